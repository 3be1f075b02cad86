package message

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// receipt is what the sender of m is told. In a group with messages that are not
// for everybody it looks at those right before m.
func (s *Service) receipt(m *chat.Message) chat.Receipt {
	r := chat.ReceiptOf(m)
	if _, exact := m.Before(m.From); exact || m.Seq == 0 {
		return r
	}
	of := Sight{Conv: m.Conv, User: m.From, First: 1}
	prev, err := of.Before(context.Background(), s.ledger, m)
	if err != nil { // the message is stored; the number before it only makes its reader look
		s.ledger.Log().Error("read before a receipt", "conv", m.Conv.String(), "err", err)
		prev = m.Seq - 1
	}
	r.Prev = prev
	return r
}

// again is the receipt of a message that was stored before.
func (s *Service) again(first *chat.Message) *chat.Receipt {
	r := s.receipt(first)
	r.Duplicate = true
	return &r
}

// firstReceipt answers a repeated publish: the receipt of the message that the
// first has led to, or of what is known when that has left the history.
func (s *Service) firstReceipt(ctx context.Context, first *chat.Made) (chat.Receipt, error) {
	m, err := s.ledger.Message(ctx, first.Conv, first.Seq)
	switch {
	case err != nil:
		return chat.Receipt{}, fmt.Errorf("read the first message: %w", err)
	case m == nil:
		return chat.Receipt{Seq: first.Seq, Duplicate: true}, nil
	}
	return *s.again(m), nil
}

// repeated returns the first receipt of a duplicate, nil when the message is
// the first. The append finds duplicates by itself; this is for drafts that do not get
// there.
func (j *sending) repeated(ctx context.Context, in ledger.Reads) (*chat.Receipt, error) {
	m := j.msg
	if m.Dedup == (chat.DedupKey{}) || j.transient || m.Control.Has(chat.OnlineOnly) {
		return nil, nil
	}
	first, err := in.Seen(ctx, m.Conv, m.Dedup)
	if err != nil {
		return nil, fmt.Errorf("look for a duplicate: %w", err)
	}
	if first == nil {
		return nil, nil
	}
	return j.room.again(first), nil
}

// refuse settles a draft that the rules refuse with err, or, when err is nil,
// that the group's rate drops. A repetition gets the first answer all the same: a sender muted
// since must still learn that the message was stored.
func (j *sending) refuse(ctx context.Context, in ledger.Reads, err error) error {
	if err != nil && chat.CodeOf(err).Class() == chat.Fault {
		return err
	}
	first, fault := j.repeated(ctx, in)
	switch {
	case fault != nil:
		return fault
	case first != nil:
		j.answer = first
	case err != nil:
		return err
	default:
		r := chat.ReceiptOf(j.msg)
		j.answer = &r
	}
	return nil
}

// limited answers a draft that the group's rate has no room for.
func (j *sending) limited(ctx context.Context) {
	if err := j.refuse(ctx, j.room.ledger, nil); err != nil {
		j.done(chat.Receipt{}, err)
		return
	}
	if !j.answer.Duplicate {
		j.answer.DropReason = chat.DroppedByRate
	}
	j.done(*j.answer, nil)
}
