package group

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// MaySpeak decides whether from may speak in g now, at the cost of at most two
// reads, and one more in a topic, and gives their row, nil where they have none. An
// administrator may speak under their own name anywhere, and under the name of anybody who
// is not muted, member or not; mute-all binds them in a plain member's name (spec/21 §4).
func (s *Service) MaySpeak(ctx context.Context, by chat.Actor, from chat.UserID, g *chat.Group) (m *chat.Member, err error) {
	if grouptype.Of(g.Type).Members {
		if m, err = s.read.member(ctx, g.App, g.ID, from); err != nil {
			return nil, err
		}
	}
	if by.Admin() && from == by.User {
		return m, nil
	}
	app, err := s.read.App(g.App)
	if err != nil {
		return nil, err
	}
	role, err := s.read.roleWith(ctx, g, from, m)
	if err != nil {
		return nil, err
	}
	switch {
	case by.Admin() && (role != chat.RoleMember || !g.MuteAll):
		role = grouptype.RankApp
	case role == chat.NotMember || role == chat.RoleOwner: // the owner is never muted
		return m, grouptype.MaySpeak(app, g, role, 0, 0)
	}
	until, err := s.read.muteEnds(ctx, g, from)
	if err != nil {
		return nil, err
	}
	return m, grouptype.MaySpeak(app, g, role, until, s.read.NowSec())
}

// SeesFrom is the number of the first message that member u may read: 1, or
// the one after they joined where the type hides what came before. 10007 for others, 10044
// for types that keep no history.
func (s *Service) SeesFrom(ctx context.Context, a *chat.App, g *chat.Group, u chat.UserID) (chat.Seq, error) {
	if !grouptype.Of(g.Type).Stored {
		return 0, chat.Refuse(chat.CodeNoHistory, "")
	}
	m, err := s.read.member(ctx, g.App, g.ID, u)
	switch {
	case err != nil:
		return 0, err
	case m == nil:
		return 0, chat.Refuse(chat.CodeGroupNotAllowed, "members only")
	case grouptype.ShowsEarlier(a, g.Type):
		return 1, nil
	}
	joined, err := s.read.joinSeq(ctx, g.App, g.ID, m)
	return joined + 1, err
}

// MayPin decides whether by may pin messages of a group, or unpin them.
func (s *Service) MayPin(ctx context.Context, by chat.Actor, id chat.GroupID) error {
	seat, err := s.read.enter(ctx, by, id)
	if err != nil {
		return err
	}
	return seat.May(grouptype.Pin)
}

// MayModify decides whether by may change a message of a group: an administrator of
// the app may, and a member what is theirs to change.
func (s *Service) MayModify(ctx context.Context, by chat.Actor, m *chat.Message, theirs bool) error {
	g, err := s.read.group(ctx, m.Conv.App, m.Conv.Group())
	if err != nil {
		return err
	}
	rank, err := s.read.standing(ctx, by, g)
	if err != nil || rank == grouptype.RankApp {
		return err
	}
	if rank == chat.NotMember || !theirs {
		return chat.Refuse(chat.CodeGroupNotAllowed, "neither the author nor an administrator")
	}
	return nil
}

// MayRecallOther decides whether by may take back what somebody else has said
// in a group: they must outrank the author (spec/21 §2).
func (s *Service) MayRecallOther(ctx context.Context, by chat.Actor, m *chat.Message) error {
	g, err := s.read.group(ctx, m.Conv.App, m.Conv.Group())
	if err != nil {
		return err
	}
	app, err := s.read.App(g.App)
	if err != nil {
		return err
	}
	rank, err := s.read.standing(ctx, by, g)
	if err != nil {
		return err
	}
	author, err := s.read.role(ctx, g, m.From)
	if err != nil {
		return err
	}
	return grouptype.MayTo(app, g.Type, grouptype.RecallOther, rank, author)
}
