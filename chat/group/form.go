package group

import (
	"encoding/base32"
	"encoding/binary"
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// Sizes of a group's fields in bytes (spec/20 §5, §6, §7).
const (
	maxGroupName    = 30
	maxIntroduction = 240
	maxNotification = 300
	maxGroupFace    = 100
	maxNameCard     = 50

	maxGroupCustom  = chat.MaxGroupFields
	maxGroupValue   = 512
	maxMemberCustom = chat.MaxMemberFields
	maxMemberValue  = 64
)

// Batch caps of spec/41 §4; where two pages differ the larger counts.
const (
	maxInitialMembers = 100
	maxAdd            = 300
	maxKick           = 500
	maxMute           = 500
	maxBan            = 20
	maxBanPage        = 100
	maxRoles          = 500
	maxMembersNamed   = 50 // spec/00 §5
	maxMemberPage     = 6000
	maxJoinedPage     = 5000
	maxGroupPage      = 10000
)

// Marks of group ids (spec/20 §4).
const (
	assignedMark          = "@TGS#"
	assignedCommunityMark = "@TGS#_@TGS#"
)

// checkCustomID is what a creator may choose as the id of a group: printable
// ASCII of at most 48 bytes that does not look like an id the server made.
func checkCustomID(t chat.GroupType, id chat.GroupID) error {
	s := string(id)
	if id.IsTopic() {
		return chat.Refuse(chat.CodeBadGroupID, "%s is for the ids of topics", chat.TopicMark)
	}
	if !id.Valid() || len(s) > chat.MaxGroupIDBytes {
		return chat.Refuse(chat.CodeBadGroupID, "")
	}
	if mark := grouptype.Of(t).IDMark; mark != "" {
		if !strings.HasPrefix(s, mark) || strings.HasPrefix(s, assignedCommunityMark) {
			return chat.Refuse(chat.CodeBadGroupID, "the id must begin with %s and not with %s", mark, assignedCommunityMark)
		}
		return nil
	}
	if strings.HasPrefix(s, assignedMark) {
		return chat.Refuse(chat.CodeBadGroupID, "ids that begin with %s are reserved for the server", assignedMark)
	}
	return nil
}

// newGroupID makes an id (spec/20 §4): 64 random bits, so that a collision is
// an accident, which Create survives.
func (r reader) newGroupID(t chat.GroupType) chat.GroupID {
	var b [8]byte
	binary.BigEndian.PutUint32(b[:4], r.Random())
	binary.BigEndian.PutUint32(b[4:], r.Random())
	mark := assignedMark
	if grouptype.Of(t).IDMark != "" {
		mark = assignedCommunityMark
	}
	return chat.GroupID(mark + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}

func checkText(name, v string, limit int) error {
	if len(v) > limit || !utf8.ValidString(v) {
		return chat.Refuse(chat.CodeGroupParameter, "%s is longer than %d bytes or not UTF-8", name, limit)
	}
	return nil
}

// checkDraft is the form of a draft: what can be said without looking at rows.
func checkDraft(d *chat.GroupDraft, app *chat.App) error {
	rules := grouptype.Of(d.Type)
	if !rules.Known() {
		return chat.Refuse(chat.CodeGroupParameter, "unknown group type")
	}
	if d.Name == "" {
		return chat.Refuse(chat.CodeGroupParameter, "Name is missing")
	}
	patch := chat.GroupPatch{
		Name: &d.Name, Introduction: &d.Introduction, Notification: &d.Notification, FaceURL: &d.FaceURL,
		Custom: d.Custom,
	}
	if d.ApplyJoin != "" {
		patch.ApplyJoin = &d.ApplyJoin
	}
	if d.InviteJoin != "" {
		patch.InviteJoin = &d.InviteJoin
	}
	if d.MaxMembers != 0 {
		patch.MaxMembers = &d.MaxMembers
	}
	if err := checkPatch(&patch, app, d.Type); err != nil {
		return err
	}
	if d.ID != "" {
		if err := checkCustomID(d.Type, d.ID); err != nil {
			return err
		}
	}
	return checkMembers(d)
}

func checkMembers(d *chat.GroupDraft) error {
	if len(d.Members) > maxInitialMembers {
		return chat.Refuse(chat.CodeGroupBatch, "more than %d members", maxInitialMembers)
	}
	for _, m := range d.Members {
		if m.Role > chat.RoleAdmin {
			return chat.Refuse(chat.CodeGroupParameter, "Role of %s is not Admin", m.User)
		}
		if _, err := mergeCustom(nil, m.Custom, maxMemberCustom, maxMemberValue); err != nil {
			return err
		}
	}
	return nil
}

// checkProfile is the form of what groups and topics have alike; called is what the wire
// calls the name.
func checkProfile(called string, name, introduction, notification, face *string) error {
	for _, f := range []struct {
		name  string
		v     *string
		limit int
	}{
		{called, name, maxGroupName},
		{"Introduction", introduction, maxIntroduction},
		{"Notification", notification, maxNotification},
		{"FaceUrl", face, maxGroupFace},
	} {
		if f.v == nil {
			continue
		}
		if err := checkText(f.name, *f.v, f.limit); err != nil {
			return err
		}
	}
	if name != nil && *name == "" {
		return chat.Refuse(chat.CodeGroupParameter, "%s is empty", called)
	}
	return nil
}

// checkPatch is the form of a profile change.
func checkPatch(p *chat.GroupPatch, app *chat.App, t chat.GroupType) error {
	if err := checkProfile("Name", p.Name, p.Introduction, p.Notification, p.FaceURL); err != nil {
		return err
	}
	switch {
	case p.ApplyJoin != nil && !p.ApplyJoin.Valid():
		return chat.Refuse(chat.CodeGroupParameter, "ApplyJoinOption has to be DisableApply, NeedPermission or FreeAccess")
	case p.InviteJoin != nil && !p.InviteJoin.Valid():
		return chat.Refuse(chat.CodeGroupParameter, "InviteJoinOption has to be DisableInvite, NeedPermission or FreeAccess")
	case p.MaxMembers != nil && *p.MaxMembers < 1:
		return chat.Refuse(chat.CodeGroupParameter, "the member limit is below 1")
	}
	if most := grouptype.Of(t).Size(&app.Limits); p.MaxMembers != nil && most > 0 && *p.MaxMembers > most {
		return chat.Refuse(chat.CodeGroupParameter, "the member limit is above %d", most)
	}
	_, err := mergeCustom(nil, p.Custom, maxGroupCustom, maxGroupValue)
	return err
}

// checkMemberPatch is the form of a change of one member.
func checkMemberPatch(p *chat.MemberPatch) error {
	switch {
	case p.Role != nil && *p.Role != chat.RoleMember && *p.Role != chat.RoleAdmin:
		return chat.Refuse(chat.CodeGroupParameter, "Role is neither Admin nor Member")
	case p.Flag != nil && !p.Flag.Valid():
		return chat.Refuse(chat.CodeGroupParameter, "MsgFlag is no receive option")
	}
	if p.NameCard != nil {
		if err := checkText("NameCard", *p.NameCard, maxNameCard); err != nil {
			return err
		}
	}
	_, err := mergeCustom(nil, p.Custom, maxMemberCustom, maxMemberValue)
	return err
}

// mergeCustom returns old with change applied, an empty value deleting.
func mergeCustom(old, change map[string]string, most, valueBytes int) (map[string]string, error) {
	if len(change) == 0 {
		return old, nil
	}
	merged := maps.Clone(old)
	if merged == nil {
		merged = map[string]string{}
	}
	for k, v := range change {
		if !chat.ValidFieldKey(k) {
			return nil, chat.Refuse(chat.CodeGroupParameter, "custom field key %q is not 1 to %d letters, digits or underscores", k, chat.MaxFieldKey)
		}
		if len(v) > valueBytes {
			return nil, chat.Refuse(chat.CodeGroupParameter, "custom field %s is longer than %d bytes", k, valueBytes)
		}
		if v == "" {
			delete(merged, k)
			continue
		}
		merged[k] = v
	}
	if len(merged) > most {
		return nil, chat.Refuse(chat.CodeGroupParameter, "more than %d custom fields", most)
	}
	return merged, nil
}
