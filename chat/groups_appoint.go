package chat

import "context"

// ModifyMember changes a member's role, card, receive option, fields or mute,
// all or nothing (spec/22a §8).
func (s *Service) ModifyMember(ctx context.Context, by Actor, id GroupID, u UserID, p MemberPatch) error {
	if err := p.check(); err != nil {
		return err
	}
	return s.regroup(ctx, by, id, func(ctx context.Context, t *turn) error {
		m, err := t.subject(ctx, u, p)
		if err != nil {
			return err
		}
		if err := p.allowed(t, m); err != nil {
			return err
		}
		if p.Mute != nil {
			if err := t.mute(ctx, []UserID{u}, *p.Mute); err != nil {
				return err
			}
		}
		return t.alter(ctx, m, p)
	})
}

// subject is a copy of the row to change. Viewers of an AVChatRoom have none:
// of them only the mute can be changed, and the role where live rooms have admins.
func (t *turn) subject(ctx context.Context, u UserID, p MemberPatch) (Member, error) {
	m, err := t.member(ctx, u)
	switch {
	case err != nil:
		return Member{}, err
	case m != nil:
		return *m, nil
	}
	role, err := t.role(ctx, t.group, u)
	if err != nil {
		return Member{}, err
	}
	unstored := Member{Group: t.group.ID, User: u, Role: role, Joined: t.ms / 1000, Flag: t.rules().flag}
	fields := p.Flag != nil || p.NameCard != nil || len(p.Custom) > 0
	switch {
	case fields && !t.rules().members:
		return Member{}, Refuse(CodeGroupNotAllowed, "members of %s groups are not stored", t.group.Type)
	case role == NotMember && (fields || p.Role != nil):
		return Member{}, Refuse(CodeGroupNotAllowed, "%q is not a member", u)
	}
	return unstored, nil
}

// allowed asks for every action that the patch needs. How a member wants to
// be notified is his own affair, and the app's (spec/20 §6).
func (p *MemberPatch) allowed(t *turn, m Member) error {
	self := m.User == t.by.User
	if p.NameCard != nil || len(p.Custom) > 0 || p.Flag != nil {
		err := t.may(EditSelf)
		if !self {
			err = t.mayTo(EditOther, m.Role)
		}
		if err != nil {
			return err
		}
	}
	if p.Flag != nil && !self && t.rank != rankApp {
		return Refuse(CodeGroupNotAllowed, "MsgFlag is the member's own")
	}
	if p.Role != nil {
		if err := t.mayTo(Appoint, m.Role); err != nil {
			return err
		}
	}
	if p.Mute != nil {
		return t.mayTo(MuteMember, m.Role)
	}
	return nil
}

// alter puts the changed row and tells of a new role.
func (t *turn) alter(ctx context.Context, m Member, p MemberPatch) error {
	changed := set(&m.NameCard, p.NameCard) != nil
	changed = set(&m.Flag, p.Flag) != nil || changed
	role := set(&m.Role, p.Role)
	if len(p.Custom) > 0 {
		custom, err := mergeCustom(m.Custom, p.Custom, maxMemberCustom, maxMemberValue)
		if err != nil {
			return err
		}
		m.Custom, changed = custom, true
	}
	if !changed && role == nil {
		return nil
	}
	t.put(m)
	if role == nil {
		return nil
	}
	return t.appointed(ctx, m)
}

func (t *turn) appointed(ctx context.Context, m Member) error {
	tip, notice := TipAdminRemoved, NoticeAdminRemoved
	if m.Role == RoleAdmin {
		tip, notice = TipAdminSet, NoticeAdminSet
	}
	acc, err := t.store.Account(ctx, t.app.ID, m.User)
	if err != nil {
		return Internal(CodeGroupInternal, err)
	}
	t.notify(m.User, Notice{Kind: notice})
	return t.tell(ctx, t.rules().tips.people, Tip{Kind: tip, Members: []Person{person(m.User, acc, &m)}})
}

// Transfer makes another member the owner (spec/22a §12). The old one becomes
// an ordinary member, the new one is muted no more: nobody mutes an owner.
func (s *Service) Transfer(ctx context.Context, by Actor, id GroupID, to UserID) error {
	return s.regroup(ctx, by, id, func(ctx context.Context, t *turn) error {
		if err := t.may(TransferOwner); err != nil {
			return err
		}
		heir, err := t.member(ctx, to)
		switch {
		case err != nil:
			return err
		case heir == nil:
			return Refuse(CodeGroupNotAllowed, "%q is not a member", to)
		case to == t.group.Owner:
			return nil
		}
		if err := t.dethrone(ctx); err != nil {
			return err
		}
		crowned := *heir
		crowned.Role = RoleOwner
		t.put(crowned)
		until, err := t.muteUntil(ctx, to)
		if err != nil {
			return err
		}
		if until > 0 {
			t.commit.Mutes = append(t.commit.Mutes, Mute{User: to})
		}
		t.group.Owner = to
		t.profileChanged()
		return t.tell(ctx, t.rules().tips.profile, Tip{Kind: TipGroupInfo, Change: &GroupChange{Owner: &to}})
	})
}

// dethrone makes the present owner, if there is one, an ordinary member.
func (t *turn) dethrone(ctx context.Context) error {
	if t.group.Owner == "" {
		return nil
	}
	old, err := t.member(ctx, t.group.Owner)
	if err != nil || old == nil {
		return err
	}
	lowered := *old
	lowered.Role = RoleMember
	t.put(lowered)
	return nil
}
