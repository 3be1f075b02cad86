package badger

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// messageFields lists a message; conversation and number are in the key, and
// the texts of the conversation are shared when it is known. The body is kept as the sender
// wrote it, byte for byte.
func messageFields(f *record.Fields, m *chat.Message) {
	a, b := chat.UserID(m.Conv.A), chat.UserID(m.Conv.B)
	record.Int(f, 1, &m.Time) // 1 to 3: see stampFields
	record.Int(f, 2, &m.Clock)
	record.Int(f, 3, &m.Expires)
	record.Text(f, 4, &m.From, a, b)
	record.Raw(f, 5, &m.Body)
	record.Int(f, 6, &m.Random)
	record.Int(f, 7, &m.Counted)
	record.Int(f, 8, &m.Own)
	record.Int(f, 9, &m.SenderSeq)
	record.Text(f, 10, &m.ClientMsgID)
	record.Text(f, 11, &m.Cloud)
	record.Raw(f, 12, &m.Push)
	record.Raw(f, 13, &m.Quote)
	record.Int(f, 14, &m.Priority)
	record.Int(f, 15, &m.Control)
	record.Texts(f, 16, &m.At)
	record.Texts(f, 17, &m.To)
	hiddenField(f, m)
	record.Int(f, 19, &m.Audience)
	record.JSON(f, 20, &m.Tip)
	record.One(f, 21, &m.Recall, recallFields)
	record.Int(f, 22, &m.Skips[0])
	record.Int(f, 23, &m.Skips[1])
	record.Int(f, 24, &m.PriorExpires)
	record.Int(f, 25, &m.Mention)
	record.Int(f, 26, &m.Version)
	record.Int(f, 27, &m.PushLife)
	record.Int(f, 40, &m.Holder)
	record.One(f, 46, &m.Author, authorFields)
	record.Int(f, 47, &m.Media)
}

// hiddenField keeps NotSender as the name of who does not see the message.
func hiddenField(f *record.Fields, m *chat.Message) {
	name := chat.UserID("")
	if m.NotSender {
		name = m.From
	}
	record.Text(f, 18, &name, m.From)
	if name != "" && name == m.From && !m.NotSender { // one that is written is shared, and stays untouched
		m.NotSender = true
	}
}

func authorFields(f *record.Fields, a *chat.Author) {
	record.Text(f, 1, &a.Nick)
	record.Text(f, 2, &a.FaceURL)
	record.Text(f, 3, &a.NameCard)
}

func recallFields(f *record.Fields, r *chat.Recall) {
	record.Text(f, 1, &r.By)
	record.Text(f, 2, &r.Reason)
	record.Int(f, 3, &r.Time)
}

// encodeMessage appends the record of m to b.
func encodeMessage(b []byte, m *chat.Message) []byte { return record.Encode(b, m, messageFields) }

// decodeMessage reads a record. The message keeps v, which must not change
// afterwards.
func decodeMessage(c chat.Conversation, n chat.Seq, v []byte) (*chat.Message, error) {
	m := &chat.Message{Conv: c, Seq: n}
	if err := record.Decode(v, m, messageFields); err != nil {
		return nil, err
	}
	return m, nil
}

// stamp is what places a message without reading it whole.
type stamp struct {
	time    int64
	clock   uint64
	expires int64
}

func (s stamp) gone(now int64) bool { return lapsed(s.expires, now) }

// stampFields are the first fields of messageFields: searches read no further.
func stampFields(f *record.Fields, s *stamp) {
	record.Int(f, 1, &s.time)
	record.Int(f, 2, &s.clock)
	record.Int(f, 3, &s.expires)
}
