package badger

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// A receipt is a row of its own, and each message that has any has a row with
// their number: one receipt costs the same whether it is the first or the last, and a
// count is one look-up. Both go with the message.

func putReceipt(b []byte, c chat.Conversation, n chat.Seq, u chat.UserID) []byte {
	return putText(putNumber(putConv(b, keyReceipt, c), uint64(n)), u)
}

func putReceiptCount(b []byte, c chat.Conversation, n chat.Seq) []byte {
	return putNumber(putConv(b, keyReceiptCount, c), uint64(n))
}

// stageReceipts stages the receipts that are new, and counts the readers for
// the commit's events. It comes before stageEvents.
func (b *batch) stageReceipts(c *chat.Commit) error {
	for i := range c.Receipts {
		if err := b.stageReceipt(c.Conv, &c.Receipts[i]); err != nil {
			return err
		}
	}
	for _, e := range c.Events {
		for i := range e.Receipts {
			n, err := b.view().receiptCount(e.Conv, e.Receipts[i].Seq)
			if err != nil {
				return err
			}
			e.Receipts[i].Read = n
		}
	}
	return nil
}

func (b *batch) stageReceipt(c chat.Conversation, r *chat.ReceiptMark) error {
	key := b.keep(putReceipt(b.space(), c, r.Seq, r.User))
	has, err := b.view().has(key)
	if err != nil || has {
		return err
	}
	n, err := b.view().receiptCount(c, r.Seq)
	if err != nil {
		return err
	}
	if err := b.put(key, b.keep(encodeNumber(b.space(), uint64(r.Time))), r.Expires); err != nil {
		return err
	}
	count := b.keep(putReceiptCount(b.space(), c, r.Seq))
	return b.put(count, b.keep(encodeNumber(b.space(), uint64(n)+1)), r.Expires)
}

func (v view) receiptCount(c chat.Conversation, n chat.Seq) (int, error) {
	count, err := readValue(v, putReceiptCount(make([]byte, 0, keyRoom), c, n), decodeNumber)
	return int(count), err
}

// ReceiptCounts implements chat.ReceiptRows.
func (s *Store) ReceiptCounts(_ context.Context, c chat.Conversation, list []chat.Seq) ([]int, error) {
	v := s.view()
	defer v.discard()
	counts := make([]int, len(list))
	for i, n := range list {
		var err error
		if counts[i], err = v.receiptCount(c, n); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// Receipted implements chat.ReceiptRows.
func (s *Store) Receipted(_ context.Context, c chat.Conversation, u chat.UserID, list []chat.Seq) ([]bool, error) {
	v := s.view()
	defer v.discard()
	has := make([]bool, len(list))
	for i, n := range list {
		var err error
		if has[i], err = v.has(putReceipt(make([]byte, 0, keyRoom), c, n, u)); err != nil {
			return nil, err
		}
	}
	return has, nil
}

// Receipts implements chat.ReceiptRows.
func (s *Store) Receipts(_ context.Context, c chat.Conversation, n chat.Seq, after chat.UserID, limit int) ([]chat.ReceiptMark, error) {
	v := s.view()
	defer v.discard()
	prefix := putNumber(putConv(nil, keyReceipt, c), uint64(n))
	return page(v, prefix, beyond(prefix, after), limit, func(key *keyReader, value []byte) (chat.ReceiptMark, bool, error) {
		r := chat.ReceiptMark{Seq: n, User: chat.UserID(key.text())}
		at, err := decodeNumber(value)
		r.Time = int64(at)
		return r, true, err
	})
}

// encodeReceiptCount writes one message of a receipt event.
func encodeReceiptCount(b []byte, r chat.ReceiptCount) []byte {
	b = putUint(b, 1, r.Seq)
	b = putBytes(b, 2, r.ID)
	b = putUint(b, 3, r.Of)
	return putUint(b, 4, r.Read)
}

func decodeReceiptCount(b []byte) (r chat.ReceiptCount, err error) {
	err = readFields(b, func(f field) error {
		switch f.num {
		case 1:
			r.Seq = chat.Seq(f.n)
		case 2:
			r.ID = f.text()
		case 3:
			r.Of = int(f.n)
		case 4:
			r.Read = int(f.n)
		}
		return nil
	})
	return r, err
}
