package group

import (
	"context"
	"errors"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// Get returns a group's profile as by may see it: whole for members and
// administrators, its public part for others where the type can be found by others.
func (s *Service) Get(ctx context.Context, by chat.Actor, id chat.GroupID) (chat.GroupView, error) {
	seat, err := s.read.enter(ctx, by, id)
	if err != nil {
		return chat.GroupView{}, err
	}
	if err := seat.May(grouptype.ReadProfile); err != nil {
		return chat.GroupView{}, err
	}
	g := seat.shown(s.read.counted(seat.Group))
	if seat.Rank == chat.NotMember {
		view := public(g)
		if len(seat.App.Custom.Group) > 0 {
			view.Custom = g.Custom
		}
		return chat.GroupView{Group: view, Outside: true}, nil
	}
	head, err := s.read.head(ctx, g)
	if err != nil {
		return chat.GroupView{}, err
	}
	return chat.GroupView{Group: g, Head: head}, nil
}

// public is what somebody who is not a member sees of g (spec/21 §2). Which
// fields are public no document says; what is addressed to members is not: a choice.
// Custom fields are, once an app has declared them so.
func public(g *chat.Group) *chat.Group {
	return &chat.Group{
		App: g.App, ID: g.ID, Type: g.Type, Name: g.Name, Introduction: g.Introduction,
		FaceURL: g.FaceURL, Owner: g.Owner, Created: g.Created,
		Members: g.Members, MaxMembers: g.MaxMembers,
		ApplyJoin: g.ApplyJoin, InviteJoin: g.InviteJoin, SupportTopic: g.SupportTopic,
	}
}

// Modify changes a group's profile (spec/22a §5). Values equal to the
// present ones change and tell nothing.
func (s *Service) Modify(ctx context.Context, by chat.Actor, id chat.GroupID, p chat.GroupPatch) error {
	refused := s.changed(ctx, by.App, &p.Name, &p.Introduction, &p.Notification)
	return s.Change(ctx, by, id, func(ctx context.Context, t *Turn) error {
		if err := checkPatch(&p, t.app, t.group.Type); err != nil {
			return err
		}
		if err := t.mayPatchGroup(&p); err != nil {
			return err
		}
		if refused != nil {
			return refused
		}
		profile, options, err := t.patch(p)
		if err != nil {
			return err
		}
		tips := t.rules().Tips
		if profile != (chat.GroupChange{}) {
			t.Tell(chat.AfterGroupInfo, func(e *chat.Event) { e.Change = &profile })
			err = t.addTip(ctx, tips.Profile, chat.Tip{Kind: chat.TipGroupInfo, Change: &profile})
		}
		if options != (chat.GroupChange{}) {
			err = errors.Join(err, t.addTip(ctx, tips.Options, chat.Tip{Kind: chat.TipGroupInfo, Change: &options}))
		}
		return err
	})
}

// mayPatchGroup asks for every action that the patch needs.
func (t *Turn) mayPatchGroup(p *chat.GroupPatch) error {
	for _, need := range []struct {
		given  bool
		action grouptype.Action
	}{
		{p.Name != nil || p.Introduction != nil || p.Notification != nil || p.FaceURL != nil, grouptype.EditProfile},
		{p.MaxMembers != nil, grouptype.EditSize},
		{p.ApplyJoin != nil, grouptype.EditJoin},
		{p.InviteJoin != nil, grouptype.EditInvite},
		{p.MuteAll != nil, grouptype.MuteAll},
		{len(p.Custom) > 0, t.editCustom()},
	} {
		if !need.given {
			continue
		}
		if err := t.May(need.action); err != nil {
			return err
		}
	}
	return mayWriteFields(t.app.Custom.Group, t.group.Type, p.Custom, t.rank, false)
}

// editCustom is what changing custom fields of the group takes, beside their own rights:
// where the app declares fields, those decide alone.
func (t *Turn) editCustom() grouptype.Action {
	if len(t.app.Custom.Group) > 0 {
		return grouptype.ReadProfile
	}
	return grouptype.EditCustom
}

// patch applies p to the group and says what has changed, apart by the rows
// of the tip table.
func (t *Turn) patch(p chat.GroupPatch) (profile, options chat.GroupChange, err error) {
	g, rules := t.group, t.rules()
	profile.Name = set(&g.Name, p.Name)
	profile.Introduction = set(&g.Introduction, p.Introduction)
	profile.Notification = set(&g.Notification, p.Notification)
	profile.FaceURL = set(&g.FaceURL, p.FaceURL)
	options.MuteAll = set(&g.MuteAll, p.MuteAll)
	if !rules.ApplyFixed {
		options.ApplyJoin = set(&g.ApplyJoin, p.ApplyJoin)
	}
	if !rules.InviteFixed {
		options.InviteJoin = set(&g.InviteJoin, p.InviteJoin)
	}
	if options.MuteAll != nil && *options.MuteAll {
		t.binds()
	}
	changed := profile != (chat.GroupChange{}) || options != (chat.GroupChange{})
	if !rules.Boundless {
		changed = set(&g.MaxMembers, p.MaxMembers) != nil || changed
	}
	if len(p.Custom) > 0 {
		if g.Custom, err = mergeCustom(g.Custom, p.Custom, maxGroupCustom, maxGroupValue); err != nil {
			return profile, options, err
		}
		changed = true
	}
	if changed {
		t.profileChanged()
	}
	return profile, options, nil
}

// set puts a given value and returns it when that made a difference.
func set[T comparable](field *T, v *T) *T {
	if v == nil || *field == *v {
		return nil
	}
	*field = *v
	return v
}

// List pages all groups of the app; administrators only.
func (s *Service) List(ctx context.Context, by chat.Actor, t chat.GroupType, after chat.GroupID, limit int) (ids []chat.GroupID, total int, err error) {
	if _, err := s.read.App(by.App); err != nil {
		return nil, 0, err
	}
	if !by.Admin() {
		return nil, 0, chat.Refuse(chat.CodeGroupNotAllowed, "app administrators only")
	}
	limit = chat.PageSize(limit, maxGroupPage, maxGroupPage)
	n, err := counts.Get(ctx, s.read, chat.AppShard(by.App), string(t))
	if err != nil {
		return nil, 0, err
	}
	if limit == 0 {
		return nil, int(n), nil
	}
	ids, err = s.read.listPage(ctx, by.App, t, after, limit)
	return ids, int(n), err
}

// Count is how many groups an app has.
func (s *Service) Count(ctx context.Context, app chat.AppID) (int64, error) {
	return counts.Get(ctx, s.read, chat.AppShard(app), string(allGroups))
}
