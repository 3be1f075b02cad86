package badger

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// The lists of fields of what the store counts; see package record. What is in
// the key is not in the record.

func headFields(f *record.Fields, h *headState) {
	record.Int(f, 1, &h.Rules)
	record.Int(f, 2, &h.EventSeq)
	record.Int(f, 3, &h.Seq)
	record.Int(f, 4, &h.Counted)
	record.Int(f, 5, &h.Time)
	record.Int(f, 6, &h.LastSeq)
	record.Int(f, 7, &h.LastTime)
	record.Int(f, 8, &h.Clock)
	record.Int(f, 9, &h.Rev)
	for i := range h.own { // 10, 11, 12 and 13, 14, 15
		own := &h.own[i]
		record.Int(f, 10+3*i, &own.Counted)
		record.Int(f, 11+3*i, &own.LastSeq)
		record.Int(f, 12+3*i, &own.Time)
	}
	record.One(f, 16, &h.Extra, extraFields)
	record.Int(f, 17, &h.expires)
	record.Int(f, 18, &h.EventClock)
	record.Int(f, 19, &h.leapt)
}

func extraFields(f *record.Fields, a *chat.HeadExtra) {
	for i := range a.Skips { // 1, 2, 3 and 4, 5, 6
		record.Int(f, 1+3*i, &a.Skips[i])
		record.Int(f, 2+3*i, &a.Last[i].Seq)
		record.Int(f, 3+3*i, &a.Last[i].Time)
	}
	record.Int(f, 7, &a.Mention)
}

func senderFields(f *record.Fields, s *chat.SenderStat) {
	record.Int(f, 1, &s.Counted)
	record.Int(f, 2, &s.LastSeq)
	record.Int(f, 3, &s.Time)
}

// first is the message a dedup key stands for, and until when (Unix
// milliseconds, 0: for as long as the message is there).
type first struct {
	seq   chat.Seq
	until int64
}

func firstFields(f *record.Fields, d *first) {
	record.Int(f, 1, &d.seq)
	record.Int(f, 2, &d.until)
}

// numberFields is a record of one number.
func numberFields(f *record.Fields, n *uint64) { record.Int(f, 1, n) }

func encodeNumber(b []byte, n uint64) []byte { return record.Encode(b, &n, numberFields) }

// counters are the store-wide numbers, written with every transaction: the
// engine's own largest version may shrink when expired entries are compacted away.
type counters struct {
	txn    uint64 // of the transaction itself
	clock  uint64 // Message.Clock, ConvEvent.Clock
	serial uint64 // of the newest outbox event
}

func counterFields(f *record.Fields, c *counters) {
	record.Int(f, 1, &c.txn)
	record.Int(f, 2, &c.clock)
	record.Int(f, 3, &c.serial)
}

func sessionFields(f *record.Fields, s *chat.SessionState) {
	record.Int(f, 1, &s.Expires)
	record.Raw(f, 2, &s.Data)
}
