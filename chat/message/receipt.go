package message

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Bounds of read receipts.
const (
	maxReceipts       = 30  // messages of one call (spec/00 §5)
	maxReceiptMembers = 200 // members of the group when the message is sent (spec/41)
	maxReaders        = 200 // users of one page (spec/22b §8)
)

// receipt says that a user has read a message that asked for it.
type receipt struct {
	Time int64 // Unix milliseconds
}

// Receipts lie with their conversation, by the message's number and the reader's
// name; how many there are of a message, by its number. Both expire with the message.
var (
	receipts = ledger.Table(record.Receipt, func(f *record.Fields, r *receipt) { record.Int(f, 1, &r.Time) })

	receiptCounts = ledger.Counter(record.ReceiptCount).Counts(record.Receipt, receiptOf)
)

// seqKeyBytes is the length of seqKey.
const seqKeyBytes = 8

// seqKey orders by number.
func seqKey(seq chat.Seq) string {
	var b [seqKeyBytes]byte
	binary.BigEndian.PutUint64(b[:], uint64(seq))
	return string(b[:])
}

// seqOfKey is the way back, from a key that begins with seqKey's.
func seqOfKey(key string) chat.Seq {
	if len(key) < seqKeyBytes {
		return 0
	}
	return chat.Seq(binary.BigEndian.Uint64([]byte(key[:seqKeyBytes])))
}

// receiptOf is the message's part of receiptKey.
func receiptOf(key string) string { return key[:min(len(key), seqKeyBytes)] }

func receiptKey(seq chat.Seq, u chat.UserID) string { return seqKey(seq) + string(u) }

// wantsReceipt reports whether receipts of m are taken and told.
func wantsReceipt(m *chat.Message) bool { return m.Control.Has(chat.NeedReceipt) && m.Recall == nil }

// unreadCount is m's count before anybody has read it.
func unreadCount(m *chat.Message) chat.ReceiptCount {
	c := chat.ReceiptCount{Seq: m.Seq, ID: m.ID(), Of: int(m.Audience)}
	if m.Conv.Kind == chat.C2C && m.Conv.A != m.Conv.B {
		c.Of = 1
	}
	return c
}

// noReceipt is the error for a message that did not request read receipts. In
// C2C no code is documented: the choice is that of a message which is not there.
func noReceipt(kind chat.Kind) error {
	if kind == chat.InGroup {
		return chat.Refuse(chat.CodeNoReceipt, "")
	}
	return chat.Refuse(chat.CodeNoMessage, "the message requests no read receipt")
}

// admitReceipt checks a group message that asks for receipts, and counts the
// users it asks (spec/20 §2, spec/22b §1).
func (s *Service) admitReceipt(ctx context.Context, j *sending) (err error) {
	m, g := j.msg, j.group
	switch {
	case !m.Control.Has(chat.NeedReceipt):
		return nil
	case !grouptype.Of(g.Type).Receipts:
		return chat.Refuse(chat.CodeGroupNotAllowed, "%s groups have no read receipts", g.Type)
	case m.Control.Has(chat.OnlineOnly):
		return chat.Refuse(chat.CodeReceiptOnline, "")
	case g.Members > maxReceiptMembers:
		return chat.Refuse(chat.CodeReceiptGroupSize, "more than %d members", maxReceiptMembers)
	}
	n, err := s.audience(ctx, g, m)
	m.Audience = uint8(n) // at most maxReceiptMembers
	return err
}

// audience counts the members who are to read m: all, or the receivers of a
// targeted message, without its author.
func (s *Service) audience(ctx context.Context, g *chat.Group, m *chat.Message) (int, error) {
	if len(m.To) == 0 {
		author, err := s.groups.Member(ctx, g.App, g.ID, m.From)
		if err != nil || author == nil {
			return g.Members, err
		}
		return g.Members - 1, nil
	}
	n := 0
	for i, u := range m.To {
		if u == m.From || slices.Contains(m.To[:i], u) {
			continue
		}
		member, err := s.groups.Member(ctx, g.App, g.ID, u)
		if err != nil {
			return 0, err
		}
		if member != nil {
			n++
		}
	}
	return n, nil
}

// receiptView is the view of a conversation that has receipts; n is the number
// of messages asked about.
func (s *Service) receiptView(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target, n int) (*view, error) {
	if _, err := s.ledger.App(by.App); err != nil {
		return nil, err
	}
	code := chat.CodeBadBody // spec/04 §9
	if t.Kind == chat.InGroup {
		code = chat.CodeGroupParameter
		g, err := s.groups.Find(ctx, by.App, t.Group())
		if err != nil {
			return nil, err
		}
		if !grouptype.Of(g.Type).Receipts {
			return nil, chat.Refuse(chat.CodeGroupNotAllowed, "%s groups have no read receipts", g.Type)
		}
	}
	if n < 1 || n > maxReceipts {
		return nil, chat.Refuse(code, "between 1 and %d messages are needed", maxReceipts)
	}
	return s.view(ctx, by, of, t)
}

// shows reports whether m lies in the view. A group's targeted messages are
// shown to administrators too.
func (v *view) shows(by chat.Actor, m *chat.Message) bool {
	return m.Seq >= v.first && (v.sees(m) || by.Admin() && m.Conv.Kind == chat.InGroup)
}

// receiptsOf counts the readers of those messages that asked for receipts; nil
// when none did, and then at no cost.
func (s *Service) receiptsOf(ctx context.Context, conv chat.Conversation, list []*chat.Message) (map[chat.Seq]chat.ReceiptCount, error) {
	var asks []chat.RowAsk
	var asked []*chat.Message
	for _, m := range list {
		if wantsReceipt(m) {
			asks = append(asks, receiptCounts.Ask(conv.Shard(), seqKey(m.Seq)))
			asked = append(asked, m)
		}
	}
	if len(asks) == 0 {
		return nil, nil
	}
	numbers, err := receiptCounts.Of(ctx, s.ledger, asks)
	if err != nil {
		return nil, err
	}
	counts := make(map[chat.Seq]chat.ReceiptCount, len(asked))
	for i, m := range asked {
		c := unreadCount(m)
		c.Read = int(numbers[i])
		counts[m.Seq] = c
	}
	return counts, nil
}

// Receipts counts the readers of messages, for everybody who sees them, in the
// order asked. Each has a code of its own.
func (s *Service) Receipts(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target, seqs []chat.Seq) ([]chat.ReceiptCount, error) {
	v, err := s.receiptView(ctx, by, of, t, len(seqs))
	if err != nil {
		return nil, err
	}
	missing := chat.CodeOf(noReceipt(t.Kind))
	answer := make([]chat.ReceiptCount, len(seqs))
	var list []*chat.Message
	for i, seq := range seqs {
		answer[i] = chat.ReceiptCount{Seq: seq, Code: missing}
		m, err := v.message(ctx, s.ledger, seq)
		if err != nil {
			return nil, err
		}
		if m != nil && v.shows(by, m) && wantsReceipt(m) {
			list = append(list, m)
		}
	}
	counts, err := s.receiptsOf(ctx, v.conv, list)
	if err != nil {
		return nil, err
	}
	for i, seq := range seqs {
		if c, ok := counts[seq]; ok {
			answer[i] = c
		}
	}
	return answer, nil
}
