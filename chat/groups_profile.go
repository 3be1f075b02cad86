package chat

import (
	"context"
	"errors"
)

// Group returns a group's profile as by may see it: whole for members and
// administrators, its public part for others where the type can be found by others.
func (s *Service) Group(ctx context.Context, by Actor, id GroupID) (GroupView, error) {
	app, err := s.App(by.App)
	if err != nil {
		return GroupView{}, err
	}
	g, err := s.group(ctx, by.App, id)
	if err != nil {
		return GroupView{}, err
	}
	rank, err := s.standing(ctx, by, g)
	if err != nil {
		return GroupView{}, err
	}
	if err := may(app, g.Type, ReadProfile, rank); err != nil {
		return GroupView{}, err
	}
	g = s.counted(g)
	if rank == NotMember {
		return GroupView{Group: g.public()}, nil
	}
	head, err := s.head(ctx, g)
	if err != nil {
		return GroupView{}, err
	}
	return GroupView{Group: g, Head: head}, nil
}

// counted is g with its viewers counted, where they are its members.
func (s *Service) counted(g *Group) *Group {
	if g.Type.rules().members {
		return g
	}
	copied := *g
	copied.Members = s.rooms.count(g.Conv())
	return &copied
}

// ModifyGroup changes a group's profile (spec/22a §5). Values equal to the
// present ones change and tell nothing.
func (s *Service) ModifyGroup(ctx context.Context, by Actor, id GroupID, p GroupPatch) error {
	return s.regroup(ctx, by, id, func(ctx context.Context, t *turn) error {
		if err := p.check(t.app, t.group.Type); err != nil {
			return err
		}
		if err := p.allowed(t); err != nil {
			return err
		}
		profile, options, err := t.patch(p)
		if err != nil {
			return err
		}
		tips := t.rules().tips
		if profile != (GroupChange{}) {
			err = t.tell(ctx, tips.profile, Tip{Kind: TipGroupInfo, Change: &profile})
		}
		if options != (GroupChange{}) {
			err = errors.Join(err, t.tell(ctx, tips.options, Tip{Kind: TipGroupInfo, Change: &options}))
		}
		return err
	})
}

// allowed asks for every action that the patch needs.
func (p *GroupPatch) allowed(t *turn) error {
	for _, need := range []struct {
		given  bool
		action Action
	}{
		{p.Name != nil || p.Introduction != nil || p.Notification != nil || p.FaceURL != nil, EditProfile},
		{p.MaxMembers != nil, EditSize},
		{p.ApplyJoin != nil, EditJoin},
		{p.InviteJoin != nil, EditInvite},
		{p.MuteAll != nil, MuteAll},
		{len(p.Custom) > 0, EditCustom},
	} {
		if !need.given {
			continue
		}
		if err := t.may(need.action); err != nil {
			return err
		}
	}
	return nil
}

// patch applies p to the group and says what has changed, apart by the rows
// of the tip table.
func (t *turn) patch(p GroupPatch) (profile, options GroupChange, err error) {
	g, rules := t.group, t.rules()
	profile.Name = set(&g.Name, p.Name)
	profile.Introduction = set(&g.Introduction, p.Introduction)
	profile.Notification = set(&g.Notification, p.Notification)
	profile.FaceURL = set(&g.FaceURL, p.FaceURL)
	options.MuteAll = set(&g.MuteAll, p.MuteAll)
	if !rules.applyFixed {
		options.ApplyJoin = set(&g.ApplyJoin, p.ApplyJoin)
	}
	if !rules.inviteFixed {
		options.InviteJoin = set(&g.InviteJoin, p.InviteJoin)
	}
	changed := profile != (GroupChange{}) || options != (GroupChange{})
	if !rules.boundless {
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

// ListGroups pages all groups of the app; administrators only.
func (s *Service) ListGroups(ctx context.Context, by Actor, t GroupType, after GroupID, limit int) (ids []GroupID, total int, err error) {
	if _, err := s.App(by.App); err != nil {
		return nil, 0, err
	}
	if !by.Admin() {
		return nil, 0, Refuse(CodeGroupNotAllowed, "app administrators only")
	}
	if limit <= 0 || limit > maxGroupPage {
		limit = maxGroupPage
	}
	ids, total, err = s.store.Groups(ctx, by.App, t, after, limit)
	if err != nil {
		return nil, 0, Internal(CodeGroupInternal, err)
	}
	return ids, total, nil
}
