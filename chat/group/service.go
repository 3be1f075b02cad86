package group

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/audience"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Service is what doors and other rooms call. Each method takes the caller and
// decides alone what they may do. Methods that change something wait until it is
// durable.
type Service struct {
	ledger *ledger.Ledger
	gate   chat.Gate
	read   reader
	words  func(ctx context.Context, app chat.AppID, texts ...*string) error
}

// New builds the room over a ledger. gate may be nil: then no app is asked. rooms is who
// watches the live rooms.
func New(l *ledger.Ledger, gate chat.Gate, rooms *audience.Rooms) *Service {
	s := &Service{ledger: l, gate: gate, read: reader{Reader: &l.Reader, rooms: rooms}}
	return s.Without(func(context.Context, chat.AppID, ...*string) error { return nil })
}

// Without sets what holds names and texts of groups against the words that an app has
// blocked, as room moderation does (spec/09 §E): it answers 80001, or replaces the words
// where they stand; nil is no text.
func (s *Service) Without(words func(ctx context.Context, app chat.AppID, texts ...*string) error) *Service {
	s.words = words
	return s
}

// changed is Without for texts that are perhaps changed, and are somebody else's.
func (s *Service) changed(ctx context.Context, app chat.AppID, texts ...**string) error {
	own := make([]*string, len(texts))
	for i, t := range texts {
		if *t != nil {
			text := **t
			own[i] = &text
		}
	}
	err := s.words(ctx, app, own...)
	for i := range texts {
		*texts[i] = own[i]
	}
	return err
}

// Find finds a group: 10015 for a malformed id, 10010 when there is none.
func (s *Service) Find(ctx context.Context, app chat.AppID, id chat.GroupID) (*chat.Group, error) {
	return s.read.group(ctx, app, id)
}

// Enter finds a group, and where by stands in it: 10015 for a malformed id, 10010 when
// there is none.
func (s *Service) Enter(ctx context.Context, by chat.Actor, id chat.GroupID) (*Seat, error) {
	return s.read.enter(ctx, by, id)
}

// Standing is by's rank in g; see reader.standing.
func (s *Service) Standing(ctx context.Context, by chat.Actor, g *chat.Group) (chat.Role, error) {
	return s.read.standing(ctx, by, g)
}

// Member returns a member's row, nil when there is none. A topic has those of its
// community, numbers in its own terms and the receive option that is set for it.
func (s *Service) Member(ctx context.Context, app chat.AppID, id chat.GroupID, u chat.UserID) (*chat.Member, error) {
	m, err := s.read.member(ctx, app, id, u)
	if err != nil || m == nil || !id.IsTopic() {
		return m, err
	}
	in := *m
	in.Group = id
	if in.Flag, err = s.read.flagIn(ctx, app, id, m); err != nil {
		return nil, err
	}
	in.JoinSeq, err = s.read.joinSeq(ctx, app, id, m)
	return &in, err
}

// MemberPage pages the member rows of a group in byte order of their users,
// after the given one ("" first).
func (s *Service) MemberPage(ctx context.Context, app chat.AppID, id chat.GroupID, after chat.UserID, limit int) ([]*chat.Member, error) {
	return s.read.memberPage(ctx, app, id, after, limit)
}

// MuteEnds is when u's mute in g ends, Unix seconds; 0 when they are not muted
// now.
func (s *Service) MuteEnds(ctx context.Context, g *chat.Group, u chat.UserID) (int64, error) {
	return s.read.muteEnds(ctx, g, u)
}

// NextLive numbers one more message of an AVChatRoom (spec/00 §6), and gives the
// row that its commit has to put, nil for most.
func (s *Service) NextLive(ctx context.Context, in chat.RowReader, c chat.Conversation) (chat.Seq, *chat.Row, error) {
	return s.read.nextLive(ctx, in, c)
}

// Memberships lists the groups a user is in, at most 10,000, in byte order.
func (s *Service) Memberships(ctx context.Context, app chat.AppID, u chat.UserID) ([]chat.Membership, error) {
	list, stale, err := s.read.memberships(ctx, app, u)
	for _, id := range stale {
		s.forget(app, id, u, members.Has, membersOf.Gone)
	}
	return list, err
}

// forget takes a group off a list of a user who has no row in it, if that is still so
// when the group's lane comes to it. Nobody waits for that: the list is checked whenever it is
// read.
func (s *Service) forget(app chat.AppID, id chat.GroupID, u chat.UserID,
	has func(context.Context, chat.RowReader, chat.Shard, string) (bool, error), gone func(key string) chat.Row,
) {
	err := s.ledger.Go(chat.GroupShard(app, id), true, func(ctx context.Context, base *ledger.Turn) error {
		in, err := has(ctx, base.Read, base.Shard, string(u))
		if err == nil && !in {
			base.Mirror(chat.UserShard(app, u), gone(string(id)))
		}
		return err
	}, nil)
	if err != nil {
		s.ledger.Log().Debug("group stays on a list", "app", app, "group", id, "user", u, "err", err)
	}
}

// EveryGroup pages the groups of an app in byte order, after the given one (""
// first), for those who go through all of them and are in no hurry. A page may have fewer than
// limit, or none, though more follow: last is where the next begins, "" at the end.
func (s *Service) EveryGroup(ctx context.Context, app chat.AppID, after chat.GroupID, limit int) (page []*chat.Group, last chat.GroupID, err error) {
	return s.read.everyGroup(ctx, app, after, limit)
}

// BusyRooms lists the AVChatRooms of an app that somebody watches, in byte order.
func (s *Service) BusyRooms(app chat.AppID) []chat.GroupID { return s.read.rooms.Busy(app) }

// LeaveAll takes a user, whose account is being deleted, out of all their
// groups and rooms. by lends device and address. A group whose owner may not quit is left
// without one, which is allowed in every type (spec/20 §2).
func (s *Service) LeaveAll(ctx context.Context, by chat.Actor, u chat.UserID) error {
	self := chat.Actor{App: by.App, User: u, Platform: by.Platform, IP: by.IP, Trace: by.Trace}
	s.LeaveRooms(self, false)
	groups, err := s.Memberships(ctx, by.App, u)
	if err != nil {
		return err
	}
	for _, g := range groups {
		err := s.Quit(ctx, self, g.Group)
		switch code := chat.CodeOf(err); code {
		case chat.CodeOwnerMayNotQuit:
			err = s.abandon(ctx, self, g.Group)
		case chat.CodeNoGroup, chat.CodeGroupNotAllowed: // they are out already
			err = nil
		}
		if err == nil {
			err = s.erase(ctx, self, g.Group)
		}
		if err != nil {
			return err
		}
	}
	return s.endFlags(ctx, by.App, u)
}

// erase removes the row that a user still has after leaving: that of an admin of a
// live room who was not watching.
func (s *Service) erase(ctx context.Context, by chat.Actor, id chat.GroupID) error {
	m, err := s.read.member(ctx, by.App, id, by.User)
	if err != nil || m == nil {
		return err
	}
	err = s.Change(ctx, by, id, func(ctx context.Context, t *Turn) error {
		m, err := t.memberOf(ctx, by.User)
		if err != nil || m == nil {
			return err
		}
		members.Remove(t.Turn, string(by.User))
		t.DropMark(by.User)
		t.unmirror(by.User)
		return nil
	})
	if chat.CodeOf(err) == chat.CodeNoGroup {
		return nil
	}
	return err
}

// abandon leaves a group without its owner.
func (s *Service) abandon(ctx context.Context, by chat.Actor, id chat.GroupID) error {
	return s.Change(ctx, by, id, func(ctx context.Context, t *Turn) error {
		if t.group.Owner != by.User {
			return nil
		}
		t.disowned()
		t.group.Owner = ""
		t.profileChanged()
		return t.expel(ctx, by.User)
	})
}
