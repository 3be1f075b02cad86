package badger

import (
	"slices"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

func (b *batch) stageMessages(c *chat.Commit, h *headState) error {
	for _, m := range c.Messages {
		if err := b.append(m, h); err != nil {
			return err
		}
	}
	for _, m := range c.Edits {
		if m.Seq == 0 || m.Seq > h.Seq {
			continue // there is nothing to replace
		}
		if err := b.putMessage(m); err != nil {
			return err
		}
		b.edited = append(b.edited, m)
	}
	return nil
}

// append numbers and stages one message, unless it repeats another.
func (b *batch) append(m *chat.Message, h *headState) error {
	ref := dedupRef{m.Conv, m.Dedup}
	if m.Dedup != (chat.DedupKey{}) {
		before, err := b.seen(ref, h)
		if err != nil {
			return err
		}
		if m.Duplicate = before; before != nil {
			return nil
		}
	}
	if err := b.number(m, h); err != nil {
		return err
	}
	if err := b.putMessage(m); err != nil {
		return err
	}
	b.appended = append(b.appended, m)
	if m.Dedup == (chat.DedupKey{}) {
		return nil
	}
	b.fresh[ref] = m
	return b.putDedup(ref, m)
}

// number gives a message its numbers and moves the head over it.
func (b *batch) number(m *chat.Message, h *headState) error {
	st, err := b.sender(h, m.Conv, m.From)
	if err != nil {
		return err
	}
	m.Time = max(m.Time, h.Time)
	if m.Chosen && m.Time/1000 == h.Time/1000 { // else its second has no other message
		if err := b.avoidKeys(m, h.Seq); err != nil {
			return err
		}
	}
	b.leapMessages(h)
	b.counters.clock++
	h.Number(m, &st, b.counters.clock)
	m.PriorExpires, h.expires = h.expires, untilOf(m)
	b.setSender(h, m.Conv, m.From, st)
	return nil
}

// avoidKeys sees to it that a chosen MsgKey is not that of an earlier message: first
// of those staged, then of those committed, up to number last. Recent ones are in memory.
func (b *batch) avoidKeys(m *chat.Message, last chat.Seq) (err error) {
	m.AvoidKeys(func(yield func(*chat.Message) bool) {
		for _, other := range slices.Backward(b.appended) {
			if other.Conv != m.Conv {
				continue
			}
			if last = other.Seq - 1; !yield(other) {
				return
			}
		}
		for gone := 0; last > 0 && gone < lookAhead; last-- { // a long stretch that is gone is older than a second
			var other *chat.Message
			other, err = b.s.message(b.view(), m.Conv, last, b.now.Unix())
			if err != nil || other != nil && !yield(other) {
				return
			}
			if other == nil {
				gone++
			}
		}
	})
	return err
}

// sender returns what u has sent, after what is staged. In C2C that is in h.
func (b *batch) sender(h *headState, c chat.Conversation, u chat.UserID) (chat.SenderStat, error) {
	if own := h.ownOf(c, u); own != nil {
		return *own, nil
	}
	k := senderKey{c, u}
	if st, ok := b.senders[k]; ok {
		return st, nil
	}
	if st, ok := b.s.senders.get(k); ok {
		return st, nil
	}
	if h.Seq == 0 {
		return chat.SenderStat{}, nil // perhaps a drop has not swept up yet
	}
	return readValue(b.view(), putSenderKey(nil, c, u), senderFields)
}

func (b *batch) setSender(h *headState, c chat.Conversation, u chat.UserID, st chat.SenderStat) {
	if own := h.ownOf(c, u); own != nil {
		*own = st
		return
	}
	b.senders[senderKey{c, u}] = st
}

func (b *batch) putMessage(m *chat.Message) error {
	key := b.keep(putMessageKey(b.space(), m.Conv, m.Seq))
	return b.put(key, b.keep(encodeMessage(b.space(), m)), m.Expires)
}

func (b *batch) putDedup(ref dedupRef, m *chat.Message) error {
	d := first{seq: m.Seq}
	expires := m.Expires
	if m.DedupSeconds != 0 {
		until := b.now.Add(time.Duration(m.DedupSeconds) * time.Second)
		d.until = until.UnixMilli()
		if second := until.Unix() + 1; expires == 0 || second < expires {
			expires = second
		}
	}
	key := b.keep(putDedupKey(b.space(), ref.conv, ref.key))
	return b.put(key, b.keep(record.Encode(b.space(), &d, firstFields)), expires)
}

// seen returns the message that ref stands for, in this transaction or on disk.
// Send has just called Seen, so the row is cached and the committer avoids a read.
func (b *batch) seen(ref dedupRef, h *headState) (*chat.Message, error) {
	if m := b.fresh[ref]; m != nil {
		return m, nil
	}
	key := putDedupKey(b.space(), ref.conv, ref.key) // not kept: only looked at
	var d first
	if kept, ok, _ := b.s.rows.get(key); ok {
		d = kept.(first)
	} else {
		var err error
		if d, err = readValue(b.view(), key, firstFields); err != nil {
			return nil, err
		}
	}
	if d.seq > h.Seq {
		return nil, nil
	}
	return b.s.firstOf(b.view(), ref.conv, d, b.now)
}
