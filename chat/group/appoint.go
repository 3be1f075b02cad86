package group

import (
	"context"
	"maps"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// ModifyMember changes a member's role, card, receive option, fields or mute,
// all or nothing (spec/22a §8); in a topic the receive option alone.
func (s *Service) ModifyMember(ctx context.Context, by chat.Actor, id chat.GroupID, u chat.UserID, p chat.MemberPatch) error {
	if err := checkMemberPatch(&p); err != nil {
		return err
	}
	if chat.Repeated(ctx, chat.GroupOf(by.App, id)) != nil {
		return nil
	}
	if id.IsTopic() {
		return s.setTopicFlag(ctx, by, id, u, p)
	}
	refused := s.changed(ctx, by.App, &p.NameCard)
	return s.Change(ctx, by, id, func(ctx context.Context, t *Turn) error {
		m, err := t.subject(ctx, u, p)
		if err != nil {
			return err
		}
		if err := t.mayPatch(&p, m); err != nil {
			return err
		}
		if refused != nil {
			return refused
		}
		if p.Mute != nil {
			if err := t.mute(ctx, []chat.UserID{u}, *p.Mute); err != nil {
				return err
			}
		}
		return t.alter(ctx, m, p)
	})
}

// subject is a copy of the row to change. Viewers of an AVChatRoom have none:
// of them only the mute can be changed, and the role where live rooms have admins.
func (t *Turn) subject(ctx context.Context, u chat.UserID, p chat.MemberPatch) (chat.Member, error) {
	m, err := t.memberOf(ctx, u)
	switch {
	case err != nil:
		return chat.Member{}, err
	case m != nil:
		return *m, nil
	}
	role, err := t.roleOf(ctx, u)
	if err != nil {
		return chat.Member{}, err
	}
	unstored := chat.Member{Group: t.group.ID, User: u, Role: role, Joined: t.Ms / 1000, Flag: t.rules().Flag}
	fields := p.Flag != nil || p.NameCard != nil || len(p.Custom) > 0
	switch {
	case fields && !t.rules().Members:
		return chat.Member{}, chat.Refuse(chat.CodeGroupNotAllowed, "members of %s groups are not stored", t.group.Type)
	case role == chat.NotMember && (fields || p.Role != nil):
		return chat.Member{}, chat.Refuse(chat.CodeGroupNotAllowed, "%q is not a member", u)
	}
	return unstored, nil
}

// mayPatch asks for every action that the patch needs. How a member wants to
// be notified is their own affair, and the app's (spec/20 §6).
func (t *Turn) mayPatch(p *chat.MemberPatch, m chat.Member) error {
	self := m.User == t.by.User
	if p.NameCard != nil || len(p.Custom) > 0 || p.Flag != nil {
		err := t.May(grouptype.EditSelf)
		if !self {
			err = t.mayTo(grouptype.EditOther, m.Role)
		}
		if err != nil {
			return err
		}
	}
	if err := mayWriteFields(t.app.Custom.Member, t.group.Type, p.Custom, t.rank, self); err != nil {
		return err
	}
	if p.Flag != nil && !self && t.rank != grouptype.RankApp {
		return chat.Refuse(chat.CodeGroupNotAllowed, "only the member may change MsgFlag")
	}
	if p.Role != nil {
		if err := t.mayTo(grouptype.Appoint, m.Role); err != nil {
			return err
		}
	}
	if p.Mute != nil {
		return t.mayTo(grouptype.MuteMember, m.Role)
	}
	return nil
}

// alter puts the changed row, with a tip and a notice for a new role.
func (t *Turn) alter(ctx context.Context, m chat.Member, p chat.MemberPatch) error {
	card := set(&m.NameCard, p.NameCard)
	changed := card != nil
	if flag := set(&m.Flag, p.Flag); flag != nil {
		changed = true
		t.accepts(m.User, *flag)
	}
	role := set(&m.Role, p.Role)
	if role != nil {
		t.binds()
	}
	if len(p.Custom) > 0 {
		custom, err := mergeCustom(m.Custom, p.Custom, maxMemberCustom, maxMemberValue)
		if err != nil {
			return err
		}
		changed = changed || !maps.Equal(m.Custom, custom)
		m.Custom = custom
	}
	if !changed && role == nil {
		return nil
	}
	t.put(m)
	if card != nil || role != nil {
		t.Tell(chat.AfterMemberField, func(e *chat.Event) {
			e.Users, e.Member = []chat.UserID{m.User}, &chat.MemberChange{Role: role, NameCard: card}
		})
	}
	if role == nil {
		return nil
	}
	t.mirror(m) // a viewer who becomes an admin had no row before
	return t.appointed(ctx, m)
}

// accepts tells delivery which messages of the group a member wants now, and their devices
// what it was set to (spec/00 §4, `conversation`).
func (t *Turn) accepts(u chat.UserID, flag chat.ReceiveOption) {
	t.Commit.Wishes = append(t.Commit.Wishes, chat.Wish{User: u, Want: flag.Want()})
	t.Commit.Notices = append(t.Commit.Notices, &chat.UserEvent{
		App: t.app.ID, User: u, Time: t.Ms, Kind: chat.UserChanged, Conv: t.Shard.Conv(),
		Detail: &chat.UserDetail{Changed: &chat.ConvChange{Option: &flag}}, Expires: t.Read.Expiry(t.app),
	})
}

func (t *Turn) appointed(ctx context.Context, m chat.Member) error {
	tip, notice := chat.TipAdminRemoved, chat.NoticeAdminRemoved
	if m.Role == chat.RoleAdmin {
		tip, notice = chat.TipAdminSet, chat.NoticeAdminSet
	}
	acc, err := t.Account(ctx, t.app.ID, m.User)
	if err != nil {
		return err
	}
	t.addNotice(m.User, chat.Notice{Kind: notice})
	return t.addTip(ctx, t.rules().Tips.People, chat.Tip{Kind: tip, Members: []chat.Person{person(m.User, acc, &m)}})
}

// Transfer makes another member the owner (spec/22a §12). The old one becomes
// an ordinary member, the new one is muted no more: nobody mutes an owner.
func (s *Service) Transfer(ctx context.Context, by chat.Actor, id chat.GroupID, to chat.UserID) error {
	return s.Change(ctx, by, id, func(ctx context.Context, t *Turn) error {
		if err := t.May(grouptype.TransferOwner); err != nil {
			return err
		}
		heir, err := t.memberOf(ctx, to)
		switch {
		case err != nil:
			return err
		case heir == nil:
			return chat.Refuse(chat.CodeGroupNotAllowed, "%q is not a member", to)
		case to == t.group.Owner:
			return nil
		}
		if err := t.dethrone(ctx); err != nil {
			return err
		}
		crowned := *heir
		crowned.Role = chat.RoleOwner
		t.put(crowned)
		until, err := t.muteEnds(ctx, t.group, to)
		if err != nil {
			return err
		}
		if until > 0 {
			t.liftMute(to)
		}
		t.addWebhook(chat.AfterGroupOwner, "", []chat.UserID{t.group.Owner, to})
		t.group.Owner = to
		t.profileChanged()
		return t.addTip(ctx, t.rules().Tips.Profile, chat.Tip{Kind: chat.TipGroupInfo, Change: &chat.GroupChange{Owner: &to}})
	})
}

// dethrone makes the present owner, if there is one, an ordinary member.
func (t *Turn) dethrone(ctx context.Context) error {
	if t.group.Owner == "" {
		return nil
	}
	old, err := t.memberOf(ctx, t.group.Owner)
	if err != nil || old == nil {
		return err
	}
	lowered := *old
	lowered.Role = chat.RoleMember
	t.put(lowered)
	t.binds()
	return nil
}
