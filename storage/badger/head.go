package badger

import (
	"errors"

	"github.com/teahouse-im/teahouse/chat"
)

// errEnough stops reading a record early; it never leaves the decoder.
var errEnough = errors.New("enough")

func encodeHead(b []byte, h headState) []byte {
	b = putUint(fields(b), 1, h.Seq)
	b = putUint(b, 2, h.Counted)
	b = putUint(b, 3, h.Time)
	b = putUint(b, 4, h.LastSeq)
	b = putUint(b, 5, h.LastTime)
	b = putUint(b, 6, h.Clock)
	b = putUint(b, 7, h.Rev)
	for i, own := range h.own { // 8, 9, 10 and 11, 12, 13
		b = putUint(b, num(int32(8+3*i)), own.Counted)
		b = putUint(b, num(int32(9+3*i)), own.LastSeq)
		b = putUint(b, num(int32(10+3*i)), own.Time)
	}
	return b
}

func decodeHead(v []byte) (h headState, err error) {
	err = readRecord(v, func(f field) error {
		switch f.num {
		case 1:
			h.Seq = chat.Seq(f.n)
		case 2:
			h.Counted = f.n
		case 3:
			h.Time = int64(f.n)
		case 4:
			h.LastSeq = chat.Seq(f.n)
		case 5:
			h.LastTime = int64(f.n)
		case 6:
			h.Clock = f.n
		case 7:
			h.Rev = f.n
		case 8, 11:
			h.own[(f.num-8)/3].Counted = f.n
		case 9, 12:
			h.own[(f.num-9)/3].LastSeq = chat.Seq(f.n)
		case 10, 13:
			h.own[(f.num-10)/3].Time = int64(f.n)
		}
		return nil
	})
	return h, err
}

func encodeSender(b []byte, s chat.SenderStat) []byte {
	return putUint(putUint(putUint(fields(b), 1, s.Counted), 2, s.LastSeq), 3, s.Time)
}

func decodeSender(v []byte) (s chat.SenderStat, err error) {
	err = readRecord(v, func(f field) error {
		switch f.num {
		case 1:
			s.Counted = f.n
		case 2:
			s.LastSeq = chat.Seq(f.n)
		case 3:
			s.Time = int64(f.n)
		}
		return nil
	})
	return s, err
}

func encodeMark(b []byte, r chat.ReadMark) []byte {
	b = putUint(fields(b), 1, r.Seq)
	b = putUint(b, 2, r.Time)
	b = putUint(b, 3, r.Counted)
	return putUint(b, 4, r.Own)
}

func decodeMark(u chat.UserID, v []byte) (chat.ReadMark, error) {
	r := chat.ReadMark{User: u}
	err := readRecord(v, func(f field) error {
		switch f.num {
		case 1:
			r.Seq = chat.Seq(f.n)
		case 2:
			r.Time = int64(f.n)
		case 3:
			r.Counted = f.n
		case 4:
			r.Own = f.n
		}
		return nil
	})
	return r, err
}

// first is the message a dedup key stands for, and until when (Unix
// milliseconds, 0: for as long as the message is there).
type first struct {
	seq   chat.Seq
	until int64
}

func encodeFirst(b []byte, d first) []byte {
	return putUint(putUint(fields(b), 1, d.seq), 2, d.until)
}

func decodeFirst(v []byte) (d first, err error) {
	err = readRecord(v, func(f field) error {
		switch f.num {
		case 1:
			d.seq = chat.Seq(f.n)
		case 2:
			d.until = int64(f.n)
		}
		return nil
	})
	return d, err
}
