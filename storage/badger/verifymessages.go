package badger

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// messageCheck goes through one conversation.
type messageCheck struct {
	*check
	conv chat.Conversation
	head headState

	last *chat.Message                   // the one before
	hole chat.Seq                        // the highest number that is missing
	sent map[chat.UserID]chat.SenderStat // by the newest message of each
}

func (m *messageCheck) run() error {
	m.sent = map[chat.UserID]chat.SenderStat{}
	err := m.each(m.conv.Shard(), putConv(nil, keyMessage, m.conv), func(r *keyReader, value []byte) error {
		got, err := decodeMessage(m.conv, chat.Seq(r.number()), value)
		if err == nil {
			m.message(got)
		}
		return err
	})
	if err == nil {
		m.end()
		err = m.senders()
	}
	if err == nil {
		err = m.dedup()
	}
	if err == nil {
		err = m.events()
	}
	return err
}

func (m *messageCheck) bad(format string, args ...any) { m.say(m.conv, format, args...) }

// message checks one message against the one before.
func (m *messageCheck) message(n *chat.Message) {
	m.Messages++
	m.clock = max(m.clock, n.Clock)
	if n.Seq > m.head.Seq {
		m.bad("message %d lies beyond the head, which is at %d", n.Seq, m.head.Seq)
	}
	before := chat.Seq(0)
	if m.last != nil {
		before = m.last.Seq
	}
	if n.Seq != before+1 {
		m.missing(before+1, n.Seq-1, n.PriorExpires)
	}
	if m.last != nil {
		m.after(n)
	}
	st := m.sent[n.From]
	one := uint64(0)
	if n.Countable() {
		one = 1
	}
	if st.LastSeq > m.hole && n.Own != st.Counted+one {
		m.bad("message %d is number %d of its sender, after %d", n.Seq, n.Own, st.Counted)
	}
	m.sent[n.From] = chat.SenderStat{Counted: n.Own, LastSeq: n.Seq, Time: n.Time}
	m.last = n
}

// after compares a message with the one before it.
func (m *messageCheck) after(n *chat.Message) {
	counted := m.last.Counted
	if n.Countable() {
		counted++
	}
	if n.Counted < counted || n.Seq == m.last.Seq+1 && n.Counted != counted {
		m.bad("message %d counts %d, after message %d with %d", n.Seq, n.Counted, m.last.Seq, m.last.Counted)
	}
	if n.Time < m.last.Time || n.Clock <= m.last.Clock {
		m.bad("message %d is older than message %d", n.Seq, m.last.Seq)
	}
}

// missing reports numbers without a message, unless they may have expired.
func (m *messageCheck) missing(lo, hi chat.Seq, until uint32) {
	m.hole = hi
	if !m.gone(until) {
		m.bad("messages %d to %d are missing", lo, hi)
	}
}

// end compares the newest message with the head.
func (m *messageCheck) end() {
	last := chat.Seq(0)
	if m.last != nil {
		last = m.last.Seq
	}
	switch h := m.head; {
	case last < h.Seq:
		m.missing(last+1, h.Seq, h.expires)
	case last == h.Seq && last > 0 && (h.Counted != m.last.Counted || h.Time != m.last.Time || h.Clock != m.last.Clock):
		m.bad("the head is not that of message %d: it counts %d, not %d", last, h.Counted, m.last.Counted)
	}
}

// senders compares what is kept of each sender with their newest message.
func (m *messageCheck) senders() error {
	for u, sent := range m.sent {
		st := m.head.ownOf(m.conv, u)
		if st == nil {
			kept, err := readValue(m.v, putSenderKey(nil, m.conv, u), senderFields)
			if err != nil {
				return err
			}
			st = &kept
		}
		gone := st.LastSeq > sent.LastSeq && m.hole > sent.LastSeq // the user's newest has expired, or is reported
		if !gone && (st.LastSeq != sent.LastSeq || st.Counted != sent.Counted) {
			m.bad("%s has sent %d up to message %d, and %d up to %d are kept", u, sent.Counted, sent.LastSeq, st.Counted, st.LastSeq)
		}
	}
	return m.each(m.conv.Shard(), putConv(nil, keySender, m.conv), func(r *keyReader, value []byte) error {
		u := r.text()
		var st chat.SenderStat
		err := record.Decode(value, &st, senderFields)
		if st.LastSeq > m.head.Seq {
			m.bad("%s has sent message %d, which lies beyond the head, %d", u, st.LastSeq, m.head.Seq)
		}
		return err
	})
}

func (m *messageCheck) dedup() error {
	return m.each(m.conv.Shard(), putConv(nil, keyDedup, m.conv), func(r *keyReader, value []byte) error {
		var d first
		r.hash()
		err := record.Decode(value, &d, firstFields)
		if d.seq > m.head.Seq {
			m.bad("a dedup key stands for message %d, which lies beyond the head, %d", d.seq, m.head.Seq)
		}
		return err
	})
}

func (m *messageCheck) events() error {
	return m.each(m.conv.Shard(), putConv(nil, keyRevision, m.conv), func(r *keyReader, value []byte) error {
		m.Events++
		rev := r.number()
		if rev > m.head.Rev {
			m.bad("event %d lies beyond the head, which is at %d", rev, m.head.Rev)
		}
		_, err := decodeConvEvent(m.conv, rev, value)
		return err
	})
}
