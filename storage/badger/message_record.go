package badger

import (
	"encoding/json"
	"errors"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/teahouse-im/teahouse/chat"
)

// The fields of a message. Conversation and number are in the key. Time and
// clock come first, because searches read no further.
const (
	fTime protowire.Number = iota + 1
	fClock
	fExpires
	fFrom
	fBody // as the sender wrote it, byte for byte
	fRandom
	fCounted
	fOwn
	fSenderSeq
	fClientMsgID
	fCloud
	fPush
	fQuote
	fPriority
	fControl
	fAt
	fTo
	fHiddenFrom
	fTip // JSON by the names of chat.Tip's fields
	fRecall
	fAudience
)

// encodeMessage appends the record of m to b.
func encodeMessage(b []byte, m *chat.Message) ([]byte, error) {
	b = fields(b)
	b = putUint(b, fTime, m.Time)
	b = putUint(b, fClock, m.Clock)
	b = putUint(b, fExpires, m.Expires)
	b = putBytes(b, fFrom, m.From)
	b = putBytes(b, fBody, m.Body)
	b = putUint(b, fRandom, m.Random)
	b = putUint(b, fCounted, m.Counted)
	b = putUint(b, fOwn, m.Own)
	b = putUint(b, fSenderSeq, m.SenderSeq)
	b = putBytes(b, fClientMsgID, m.ClientMsgID)
	b = putBytes(b, fCloud, m.Cloud)
	b = putBytes(b, fPush, m.Push)
	b = putBytes(b, fQuote, m.Quote)
	b = putUint(b, fPriority, int64(m.Priority))
	b = putUint(b, fControl, m.Control)
	b = putList(b, fAt, m.At)
	b = putList(b, fTo, m.To)
	b = putBytes(b, fHiddenFrom, m.HiddenFrom)
	b = putUint(b, fAudience, m.Audience)
	if m.Tip != nil {
		tip, err := json.Marshal(m.Tip)
		if err != nil {
			return b, err
		}
		b = putItem(b, fTip, tip)
	}
	if r := m.Recall; r != nil {
		inner := putBytes(nil, 1, r.By)
		inner = putBytes(inner, 2, r.Reason)
		inner = putUint(inner, 3, r.Time)
		b = putItem(b, fRecall, inner)
	}
	return b, nil
}

// decodeMessage reads a record. The message keeps v, which must not change
// afterwards.
func decodeMessage(c chat.Conversation, s chat.Seq, v []byte) (*chat.Message, error) {
	m := &chat.Message{Conv: c, Seq: s}
	err := readRecord(v, func(f field) error { return messageField(m, f) })
	if err != nil {
		return nil, err
	}
	return m, nil
}

func messageField(m *chat.Message, f field) (err error) {
	switch f.num {
	case fTime:
		m.Time = int64(f.n)
	case fClock:
		m.Clock = f.n
	case fExpires:
		m.Expires = int64(f.n)
	case fFrom:
		m.From = partyOf(m.Conv, f.b)
	case fBody:
		m.Body = raw(f.b)
	case fRandom:
		m.Random = uint32(f.n)
	case fCounted:
		m.Counted = f.n
	case fOwn:
		m.Own = f.n
	case fSenderSeq:
		m.SenderSeq = uint32(f.n)
	case fClientMsgID:
		m.ClientMsgID = f.text()
	case fCloud:
		m.Cloud = f.text()
	case fPush:
		m.Push = raw(f.b)
	case fQuote:
		m.Quote = raw(f.b)
	case fPriority:
		m.Priority = chat.Priority(f.n)
	case fControl:
		m.Control = chat.Control(f.n)
	case fAt:
		m.At = append(m.At, chat.UserID(f.b))
	case fTo:
		m.To = append(m.To, chat.UserID(f.b))
	case fHiddenFrom:
		m.HiddenFrom = partyOf(m.Conv, f.b)
	case fTip:
		m.Tip = &chat.Tip{}
		err = json.Unmarshal(f.b, m.Tip)
	case fRecall:
		m.Recall, err = decodeRecall(f.b)
	case fAudience:
		m.Audience = int(f.n)
	}
	return err
}

func decodeRecall(b []byte) (*chat.Recall, error) {
	r := &chat.Recall{}
	err := readFields(b, func(f field) error {
		switch f.num {
		case 1:
			r.By = chat.UserID(f.b)
		case 2:
			r.Reason = f.text()
		case 3:
			r.Time = int64(f.n)
		}
		return nil
	})
	return r, err
}

// raw caps b so that an append by anybody cannot reach the field behind it.
func raw(b []byte) json.RawMessage {
	if len(b) == 0 {
		return nil
	}
	return json.RawMessage(b[:len(b):len(b)])
}

// partyOf turns bytes into a UserID, sharing the conversation's own strings.
func partyOf(c chat.Conversation, b []byte) chat.UserID {
	if c.Kind == chat.C2C {
		if string(b) == c.A {
			return chat.UserID(c.A)
		}
		if string(b) == c.B {
			return chat.UserID(c.B)
		}
	}
	return chat.UserID(b)
}

// stamp is what places a message without reading it whole.
type stamp struct {
	time    int64
	clock   uint64
	expires int64
}

func (s stamp) gone(now int64) bool { return lapsed(s.expires, now) }

func decodeStamp(v []byte) (s stamp, err error) {
	err = readRecord(v, func(f field) error {
		switch f.num {
		case fTime:
			s.time = int64(f.n)
		case fClock:
			s.clock = f.n
		case fExpires:
			s.expires = int64(f.n)
		default:
			if f.num > fExpires {
				return errEnough
			}
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return s, err
}
