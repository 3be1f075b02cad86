package inbox

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// maxConvs bounds how many conversations of one user are looked at.
const maxConvs = 10_000

// peersAtOnce is how many one-to-one conversations are read at a time.
const peersAtOnce = 1000

// held is a conversation as one user has it, with the type of its group.
type held struct {
	chat.UserConv
	group chat.GroupType // "" in C2C
}

// first is the lowest number that the user may see.
func (h *held) first() chat.Seq { return h.JoinSeq + 1 }

// UserConvs lists what a user has: the groups they are a member of and their
// one-to-one conversations, with their read marks; at most 10,000, in no order.
func (s *Service) UserConvs(ctx context.Context, app chat.AppID, u chat.UserID) ([]chat.UserConv, error) {
	list, err := s.held(ctx, app, u)
	if err != nil {
		return nil, err
	}
	convs := make([]chat.UserConv, len(list))
	for i := range list {
		convs[i] = list[i].UserConv
	}
	return convs, nil
}

// held is UserConvs with the types of the groups.
func (s *Service) held(ctx context.Context, app chat.AppID, u chat.UserID) ([]held, error) {
	in, err := s.groups.Memberships(ctx, app, u)
	if err != nil {
		return nil, err
	}
	in = in[:min(len(in), maxConvs)]
	list := make([]held, 0, len(in))
	for _, m := range in {
		list = append(list, held{group: m.Type, UserConv: chat.UserConv{
			Conv: chat.GroupOf(app, m.Group), Joined: true, JoinSeq: m.JoinSeq, Discard: m.Flag == chat.Discard,
		}})
	}
	private, err := s.private(ctx, app, u, maxConvs-len(list))
	if err != nil {
		return nil, err
	}
	list = append(list, private...)
	if err := s.addMarks(ctx, u, list); err != nil {
		return nil, err
	}
	return list, nil
}

// private lists at most so many of u's one-to-one conversations, without marks.
func (s *Service) private(ctx context.Context, app chat.AppID, u chat.UserID, most int) ([]held, error) {
	var list []held
	after := chat.UserID("")
	for most > len(list) {
		want := min(most-len(list), peersAtOnce)
		peers, err := s.ledger.Peers(ctx, app, u, after, want)
		if err != nil {
			return nil, err
		}
		for _, p := range peers {
			list = append(list, held{UserConv: chat.UserConv{Conv: chat.C2COf(app, u, p), Joined: true}})
			after = p
		}
		if len(peers) < want {
			break
		}
	}
	return list, nil
}

// addMarks fills in how far u has read.
func (s *Service) addMarks(ctx context.Context, u chat.UserID, list []held) error {
	convs := make([]chat.Conversation, len(list))
	for i := range list {
		convs[i] = list[i].Conv
	}
	marks, err := s.ledger.Marks(ctx, convs, u)
	if err != nil {
		return err
	}
	for i := range list {
		list[i].setMark(marks[i])
	}
	return nil
}

// setMark fills in how far the user has read, and in C2C where their view
// begins.
func (h *held) setMark(m chat.ReadMark) {
	h.Read = m
	if h.Conv.Kind == chat.C2C {
		h.JoinSeq = m.From
	}
}

// one is a conversation that u may have, whether or not it is listed.
func (s *Service) one(ctx context.Context, u chat.UserID, conv chat.Conversation) (held, error) {
	c := held{UserConv: chat.UserConv{Conv: conv, Joined: true}}
	mark, err := s.ledger.Mark(ctx, conv, u)
	c.setMark(mark)
	if err != nil || conv.Kind != chat.InGroup {
		return c, err
	}
	g, err := s.groups.Find(ctx, conv.App, conv.Group())
	if err != nil {
		return c, err
	}
	c.group = g.Type
	m, err := s.groups.Member(ctx, conv.App, conv.Group(), u)
	if m != nil {
		c.JoinSeq, c.Discard = m.JoinSeq, m.Flag == chat.Discard
	}
	return c, err
}
