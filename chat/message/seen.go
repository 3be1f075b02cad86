package message

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// What one reader may see of a conversation in which not every message is for
// everybody (spec/00 §6). In C2C it is in the numbers. In groups the messages right before
// have to be looked at, which is rare: only where some are not for everybody.

// apartPage is how many messages are looked at at a time.
const apartPage = 64

// Before is the highest number below m's that u may see, from first on; 0: none. own
// is the first number of what can be meant for this holder of the name u.
func Before(ctx context.Context, in ledger.Reads, m *chat.Message, u chat.UserID, first, own chat.Seq) (chat.Seq, error) {
	n, exact := m.Before(u)
	if !exact {
		found, err := newestApart(ctx, in, apart{m.Conv, u, own}, m.Seq-1, n, 0)
		if err != nil {
			return 0, err
		}
		if found != nil {
			n = found.Seq
		}
	}
	if n < first {
		n = 0
	}
	return n, nil
}

// HeadFor is the head of a conversation as u may see it: Seq, LastSeq and LastTime
// are those of messages that u may see. Whether u belongs to a group, and since when, is the
// caller's matter. own: see Before.
func HeadFor(ctx context.Context, in ledger.Reads, c chat.Conversation, h chat.Head, u chat.UserID, own chat.Seq) (chat.Head, error) {
	x := h.Extra
	if c.Kind == chat.C2C || x == nil {
		return h.For(c, u), nil
	}
	h.Extra = nil
	if n := chat.Seq(x.Skips[0]); n > 0 {
		found, err := newestApart(ctx, in, apart{c, u, own}, h.Seq, h.Seq-n, 0)
		if err != nil {
			return h, err
		}
		h.Seq -= n
		if found != nil {
			h.Seq = found.Seq
		}
	}
	if last := x.Last[0].Seq; last > h.LastSeq {
		found, err := newestApart(ctx, in, apart{c, u, own}, last, h.LastSeq, chat.NoLastMsg)
		if err != nil {
			return h, err
		}
		if found != nil {
			h.LastSeq, h.LastTime = found.Seq, found.Time
		}
	}
	return h, nil
}

// apart is what a user has of a conversation that not everybody has: from number own
// on, before which it was meant for an earlier holder of the name.
type apart struct {
	conv chat.Conversation
	user chat.UserID
	own  chat.Seq
}

// newestApart finds the newest of these messages from number last down to above floor
// that has none of the marks; nil when there is none, or when the store has lost them: a
// reader of the history is told of that.
func newestApart(ctx context.Context, in ledger.Reads, a apart, last, floor chat.Seq, without chat.Control) (*chat.Message, error) {
	for last > floor {
		page, err := in.Messages(ctx, a.conv, last, true, int(min(last-floor, apartPage)), 0)
		if chat.IsHole(err) || err == nil && len(page) == 0 {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read messages: %w", err)
		}
		for _, m := range page {
			if m.Seq <= floor || m.Seq < a.own {
				return nil, nil
			}
			if !m.ForAll() && m.VisibleTo(a.user) && m.Control&without == 0 {
				return m, nil
			}
		}
		last = page[len(page)-1].Seq - 1
	}
	return nil, nil
}
