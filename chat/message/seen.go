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

// Sight is what a user may see of a conversation, whether or not they belong to it.
type Sight struct {
	Conv  chat.Conversation
	User  chat.UserID
	First chat.Seq // the lowest number they may see
	// Own is the first number of what can be meant for this holder of the name.
	Own     chat.Seq
	Deleted chat.Deletions // of their mark
}

// Before is the highest number below m's that the user may see; 0: none.
func (s *Sight) Before(ctx context.Context, in ledger.Reads, m *chat.Message) (chat.Seq, error) {
	n, exact := m.Before(s.User)
	if !exact {
		found, err := newestApart(ctx, in, s, m.Seq-1, n, 0)
		if err != nil {
			return 0, err
		}
		if found != nil {
			n = found.Seq
		}
	}
	gone, err := s.gone(ctx, in, n)
	if err != nil {
		return 0, err
	}
	if gone[n] {
		kept, err := s.newest(ctx, in, n-1, 0)
		if err != nil || kept == nil {
			return 0, err
		}
		n = kept.Seq
	}
	if n < s.First {
		n = 0
	}
	return n, nil
}

// HeadFor is the head of a conversation as somebody may see it who has deleted nothing:
// Seq, LastSeq and LastTime are those of messages that they may see. Whether they belong to
// a group, and since when, is the caller's matter.
func HeadFor(ctx context.Context, in ledger.Reads, h chat.Head, of Sight) (chat.Head, error) {
	x := h.Extra
	if of.Conv.Kind == chat.C2C || x == nil {
		return h.For(of.Conv, of.User), nil
	}
	h.Extra = nil
	if n := chat.Seq(x.Skips[0]); n > 0 {
		found, err := newestApart(ctx, in, &of, h.Seq, h.Seq-n, 0)
		if err != nil {
			return h, err
		}
		h.Seq -= n
		if found != nil {
			h.Seq = found.Seq
		}
	}
	if last := x.Last[0].Seq; last > h.LastSeq {
		found, err := newestApart(ctx, in, &of, last, h.LastSeq, chat.NoLastMsg)
		if err != nil {
			return h, err
		}
		if found != nil {
			h.LastSeq, h.LastTime = found.Seq, found.Time
		}
	}
	return h, nil
}

// Kept is the head that HeadFor has given without what the user has deleted: Seq and Time
// are those of the newest message that is left, LastSeq and LastTime of the newest that
// places the conversation. What is not there is 0.
func (s *Sight) Kept(ctx context.Context, in ledger.Reads, h chat.Head) (chat.Head, error) {
	gone, err := s.gone(ctx, in, h.Seq, h.LastSeq)
	if err != nil || len(gone) == 0 {
		return h, err
	}
	if gone[h.Seq] {
		m, err := s.newest(ctx, in, h.Seq-1, 0)
		if err != nil {
			return h, err
		}
		if h.Seq, h.Time = 0, 0; m != nil {
			h.Seq, h.Time = m.Seq, m.Time
		}
	}
	if gone[h.LastSeq] {
		m, err := s.newest(ctx, in, h.LastSeq-1, chat.NoLastMsg)
		if err != nil {
			return h, err
		}
		if h.LastSeq, h.LastTime = 0, 0; m != nil {
			h.LastSeq, h.LastTime = m.Seq, m.Time
		}
	}
	return h, nil
}

// gone returns which of the messages the user has deleted.
func (s *Sight) gone(ctx context.Context, in chat.RowReader, seqs ...chat.Seq) (map[chat.Seq]bool, error) {
	return ledger.Deleted(ctx, in, s.Conv, s.User, s.Deleted, seqs...)
}

// Has reports whether the user may see m: it lies within their view, and they have not
// deleted it.
func (s *Sight) Has(ctx context.Context, in chat.RowReader, m *chat.Message) (bool, error) {
	if m.Seq < s.First || !m.ForAll() && (!m.VisibleTo(s.User) || m.Seq < s.Own) {
		return false, nil
	}
	gone, err := s.gone(ctx, in, m.Seq)
	return !gone[m.Seq], err
}

// newest finds the newest message from a number downwards that the user may see and that
// has none of the marks; nil when there is none, or when the store has lost them.
func (s *Sight) newest(ctx context.Context, in ledger.Reads, last chat.Seq, without chat.Control) (*chat.Message, error) {
	for last >= max(s.First, 1) {
		page, err := in.Messages(ctx, s.Conv, last, true, apartPage, historyBytes)
		if chat.IsHole(err) || err == nil && len(page) == 0 {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read messages: %w", err)
		}
		for _, m := range page {
			if m.Seq < s.First {
				return nil, nil
			}
			has, err := s.Has(ctx, in, m)
			if err != nil || has && m.Control&without == 0 {
				return m, err
			}
		}
		last = page[len(page)-1].Seq - 1
	}
	return nil, nil
}

// newestApart finds the newest of these messages from number last down to above floor
// that has none of the marks; nil when there is none, or when the store has lost them: a
// reader of the history is told of that.
func newestApart(ctx context.Context, in ledger.Reads, a *Sight, last, floor chat.Seq, without chat.Control) (*chat.Message, error) {
	for last > floor {
		page, err := in.Messages(ctx, a.Conv, last, true, int(min(last-floor, apartPage)), 0)
		if chat.IsHole(err) || err == nil && len(page) == 0 {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read messages: %w", err)
		}
		for _, m := range page {
			if m.Seq <= floor || m.Seq < a.Own {
				return nil, nil
			}
			if !m.ForAll() && m.VisibleTo(a.User) && m.Control&without == 0 {
				return m, nil
			}
		}
		last = page[len(page)-1].Seq - 1
	}
	return nil, nil
}
