package message

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// ItemOf says what a user's list of conversations shows of one now; it only reads.
type ItemOf func(ctx context.Context, app chat.AppID, u chat.UserID, t chat.Target) (*chat.ConvItem, error)

// tellItems tells users who are connected what their lists show of a conversation now: after
// messages have gone from their views, or when the one that a list shows is recalled (last;
// 0: whichever). It is told in the order of what else happens there, and to those who are away it is not:
// the `delete`, `clear` or `recall` event that they read later is about the same, and what a
// list shows then is newer.
func (s *Service) tellItems(conv chat.Conversation, last chat.Seq, users ...chat.UserID) {
	out := s.ledger.Deliverer()
	for _, u := range users {
		if len(out.Devices(conv.App, u)) == 0 {
			continue
		}
		item := s.item
		err := s.ledger.Go(conv.Shard(), true, func(ctx context.Context, t *ledger.Turn) error {
			shown, err := item(ctx, conv.App, u, conv.For(u))
			if err != nil || last != 0 && (shown.Last == nil || shown.Last.Seq != last) {
				return err
			}
			t.Commit.Rules = 0 // decided under no rule
			t.Commit.PassingNotices = []*chat.UserEvent{{
				App: conv.App, User: u, Time: t.Ms, Kind: chat.UserChanged, Conv: conv,
				Detail: &chat.UserDetail{Changed: &chat.ConvChange{Item: shown}},
			}}
			return nil
		}, nil)
		if err != nil {
			s.ledger.Log().Debug("a list is not told of a change", "app", conv.App, "user", u, "err", err)
		}
	}
}

// tellGroupLast adds the event by which the members who are connected see that the message
// which their lists show is recalled: one for all, unless some have a newer one.
func tellGroupLast(ctx context.Context, t *ledger.Turn, m *chat.Message, member memberOf) error {
	x := t.Head.Extra
	if m.Conv.Kind != chat.InGroup || !m.ForAll() || t.Head.LastSeq != m.Seq || x != nil && x.Last[0].Seq > m.Seq {
		return nil
	}
	shown := *m
	acc, err := t.Read.Account(ctx, m.Conv.App, m.From)
	if err != nil {
		return err
	}
	if acc != nil && acc.Holder == m.Holder {
		there, err := member(ctx, m.Conv.App, m.Conv.Group(), m.From)
		if err != nil {
			return err
		}
		card := ""
		if there != nil {
			card = there.NameCard
		}
		shown.Author = chat.NewAuthor(acc.Nick, acc.FaceURL, card)
	}
	t.Commit.PassingEvents = append(t.Commit.PassingEvents, &chat.ConvEvent{
		Conv: m.Conv, Time: t.Ms, Kind: chat.EventLast, Seq: m.Seq, Message: &shown,
	})
	return nil
}

// apart are those who see a message that is not for everybody.
func apart(m *chat.Message) []chat.UserID {
	var list []chat.UserID
	for _, u := range append([]chat.UserID{m.From}, m.To...) {
		if m.VisibleTo(u) {
			list = append(list, u)
		}
	}
	return list
}
