package group

import (
	"maps"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// admits reports whether somebody of a rank is let in by one of the levels. self: the
// field is their own.
func admits(levels []chat.Level, by chat.Role, self bool) bool {
	if by == grouptype.RankApp {
		return true
	}
	for _, l := range levels {
		switch {
		case l == chat.LevelUser,
			l == chat.LevelMember && by >= chat.RoleMember,
			l == chat.LevelAdmin && by >= chat.RoleAdmin,
			l == chat.LevelOwner && by >= chat.RoleOwner,
			l == chat.LevelSelf && self:
			return true
		}
	}
	return false
}

// mayWriteFields decides about a change of custom fields. Where the app declares none,
// the rules for the action alone decide, and every key is known. A field that is bound to
// other group types is not known.
func mayWriteFields(declared map[string]chat.FieldRights, in chat.GroupType, change map[string]string, by chat.Role, self bool) error {
	if len(declared) == 0 {
		return nil
	}
	for _, k := range slices.Sorted(maps.Keys(change)) {
		field, ok := declared[k]
		switch {
		case !ok:
			return chat.Refuse(chat.CodeGroupParameter, "custom field %s is not declared", k)
		case !field.In(in):
			return chat.Refuse(chat.CodeGroupParameter, "custom field %s is not declared for %s groups", k, in)
		}
		if !admits(field.Write, by, self) {
			return chat.Refuse(chat.CodeGroupNotAllowed, "custom field %s may not be written", k)
		}
	}
	return nil
}

// readFields is what somebody may read of custom fields; values itself when that is
// all. A field that is not declared any more is for app administrators.
func readFields(declared map[string]chat.FieldRights, in chat.GroupType, values map[string]string, by chat.Role, self bool) map[string]string {
	if len(declared) == 0 || len(values) == 0 || by == grouptype.RankApp {
		return values
	}
	hides := func(k string, _ string) bool {
		f := declared[k]
		return !f.In(in) || !admits(f.Read, by, self)
	}
	for k := range values {
		if hides(k, "") {
			shown := maps.Clone(values)
			maps.DeleteFunc(shown, hides)
			return shown
		}
	}
	return values
}

// mayFill decides about the custom fields of a group to be made.
func mayFill(d *chat.GroupDraft, app *chat.App, by chat.Role) error {
	if err := mayWriteFields(app.Custom.Group, d.Type, d.Custom, by, false); err != nil {
		return err
	}
	for _, m := range d.Members {
		if err := mayWriteFields(app.Custom.Member, d.Type, m.Custom, by, false); err != nil {
			return err
		}
	}
	return nil
}

// shown is the seat's group with the custom fields that its holder may read.
func (s *Seat) shown(g *chat.Group) *chat.Group {
	fields := readFields(s.App.Custom.Group, g.Type, g.Custom, s.Rank, false)
	if len(fields) == len(g.Custom) {
		return g
	}
	copied := *g
	copied.Custom = fields
	return &copied
}

// hideFields takes out of members the custom fields that the seat's holder may not read.
func (s *Seat) hideFields(me chat.UserID, list []chat.MemberView) {
	for i := range list {
		m := list[i].Member
		fields := readFields(s.App.Custom.Member, s.Group.Type, m.Custom, s.Rank, m.User == me)
		if len(fields) != len(m.Custom) {
			copied := *m
			copied.Custom = fields
			list[i].Member = &copied
		}
	}
}
