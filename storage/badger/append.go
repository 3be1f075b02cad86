package badger

import (
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// stage puts a commit into the transaction and fills in the numbers. The order
// is that of the fields of Commit, except that leaving comes last: a mark of
// one who leaves goes with him.
func (b *batch) stage(c *chat.Commit) error {
	if err := b.room(costOf(c)); err != nil {
		return err
	}
	if c.Drop {
		return b.stageDrop(c)
	}
	h, err := b.head(c.Conv)
	if err != nil {
		return err
	}
	before := h.Seq
	if err := b.stageGroup(c, before); err != nil {
		return err
	}
	if err := b.stageMessages(c, &h); err != nil {
		return err
	}
	if err := b.stageReceipts(c); err != nil {
		return err
	}
	if err := b.stageEvents(c, &h); err != nil {
		return err
	}
	if len(c.Messages) > 0 || len(c.Events) > 0 {
		b.heads[c.Conv] = h
	}
	if err := b.stageReads(c, &h); err != nil {
		return err
	}
	if err := b.stageLeaves(c); err != nil {
		return err
	}
	return b.stageTold(c)
}

// stageTold stages what single users and the app are told.
func (b *batch) stageTold(c *chat.Commit) error {
	if err := b.stageNotices(c); err != nil {
		return err
	}
	return b.stageOutbox(c)
}

// costOf is about what a commit adds to a transaction.
func costOf(c *chat.Commit) cost {
	n := cost{
		entries: 6*len(c.Messages) + len(c.Edits) + len(c.Events) + 4*len(c.Joins) + 4*len(c.Leaves) +
			len(c.Mutes) + len(c.Reads) + 2*len(c.Receipts) + 2*len(c.Notices) + len(c.Outbox) + 8,
	}
	n.bytes = 256 * n.entries
	for _, list := range [][]*chat.Message{c.Messages, c.Edits} {
		for _, m := range list {
			n.bytes += weight(m)
		}
	}
	for _, e := range c.Outbox {
		if e.Message != nil {
			n.bytes += weight(e.Message)
		}
		n.bytes += 40 * len(e.Users)
	}
	asked := applicationsCost(c.Applications)
	n.entries += asked.entries
	n.bytes += asked.bytes
	if c.Drop {
		n.entries += 3 * dropAtOnce
		n.bytes += 3 * dropAtOnce * 256
	}
	return n
}

// head returns the head as it is after what is staged.
func (b *batch) head(c chat.Conversation) (headState, error) {
	if h, ok := b.heads[c]; ok {
		return h, nil
	}
	if h, ok := b.s.heads.get(c); ok {
		return h, nil
	}
	return readValue(b.view(), putConv(nil, keyHead, c), decodeHead)
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
	return readValue(b.view(), putText(putConv(nil, keySender, c), u), decodeSender)
}

func (b *batch) setSender(h *headState, c chat.Conversation, u chat.UserID, st chat.SenderStat) {
	if own := h.ownOf(c, u); own != nil {
		*own = st
		return
	}
	b.senders[senderKey{c, u}] = st
}

func (b *batch) stageMessages(c *chat.Commit, h *headState) error {
	for _, m := range c.Messages {
		if err := b.append(m, h); err != nil {
			return err
		}
	}
	if len(c.Messages) > 0 && !h.listed && c.Conv.Kind == chat.C2C && h.Seq > 0 {
		if err := b.list(c.Conv); err != nil {
			return err
		}
		h.listed = true
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
		before, err := b.seen(ref)
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
	h.Seq++
	b.counters.clock++
	if m.Countable() {
		h.Counted++
		st.Counted++
	}
	m.Seq, m.Counted, m.Own, m.Clock = h.Seq, h.Counted, st.Counted, b.counters.clock
	m.Time = max(m.Time, h.Time)
	h.Time, h.Clock = m.Time, m.Clock
	if !m.Control.Has(chat.NoLastMsg) {
		h.LastSeq, h.LastTime = m.Seq, m.Time
	}
	st.LastSeq, st.Time = m.Seq, m.Time
	b.setSender(h, m.Conv, m.From, st)
	return nil
}

func (b *batch) putMessage(m *chat.Message) error {
	key := b.keep(putNumber(putConv(b.space(), keyMessage, m.Conv), uint64(m.Seq)))
	value, err := encodeMessage(b.space(), m)
	if err != nil {
		return err
	}
	return b.put(key, b.keep(value), m.Expires)
}

func (b *batch) putDedup(ref dedupRef, m *chat.Message) error {
	d := first{seq: m.Seq}
	expires := m.Expires
	if m.DedupFor != 0 {
		until := b.now.Add(m.DedupFor)
		d.until = until.UnixMilli()
		if second := until.Unix() + 1; expires == 0 || second < expires {
			expires = second
		}
	}
	return b.put(b.keep(putDedupKey(b.space(), ref.conv, ref.key)), b.keep(encodeFirst(b.space(), d)), expires)
}

// seen returns the message that ref stands for, in this transaction or on disk.
// Whoever sends has asked Seen just before, so its answer is at hand and the committer,
// of which there is one, need not look.
func (b *batch) seen(ref dedupRef) (*chat.Message, error) {
	if m := b.fresh[ref]; m != nil {
		return m, nil
	}
	key := putDedupKey(b.space(), ref.conv, ref.key) // not kept: only looked at
	var d first
	if kept, ok, _ := b.s.rows.get(key); ok {
		d = kept.(first)
	} else {
		var err error
		if d, err = readValue(b.view(), key, decodeFirst); err != nil {
			return nil, err
		}
	}
	return b.s.firstOf(b.view(), ref.conv, d, b.now)
}

// list gives both users of a C2C conversation their rows, keeping marks that
// are there.
func (b *batch) list(c chat.Conversation) error {
	users := []chat.UserID{chat.UserID(c.A), chat.UserID(c.B)}
	for _, u := range slices.Compact(users) {
		key := putRow(nil, c, u)
		has, err := b.view().has(key)
		if err != nil {
			return err
		}
		if has {
			continue
		}
		if err := b.put(key, encodeMark(nil, chat.ReadMark{}), 0); err != nil {
			return err
		}
	}
	return nil
}

// stageReads moves read marks forward; a mark that lies behind the stored one
// is passed over, and so is that of somebody who is not a member of the group.
func (b *batch) stageReads(c *chat.Commit, h *headState) error {
	for i := range c.Reads {
		r := &c.Reads[i]
		if r.AtHead {
			st, err := b.sender(h, c.Conv, r.User)
			if err != nil {
				return err
			}
			r.Seq, r.Counted, r.Own = h.Seq, h.Counted, st.Counted
		}
		has, err := b.mayMark(c.Conv, h.Seq, r.User)
		if err != nil {
			return err
		}
		if !has {
			continue
		}
		key := putRow(nil, c.Conv, r.User)
		old, err := readValue(b.view(), key, markOf(r.User))
		if err != nil {
			return err
		}
		if r.Seq < old.Seq {
			continue
		}
		if err := b.put(key, b.keep(encodeMark(b.space(), *r)), 0); err != nil {
			return err
		}
	}
	return nil
}

// mayMark reports whether u has the conversation: a mark does not make him one.
func (b *batch) mayMark(c chat.Conversation, head chat.Seq, u chat.UserID) (bool, error) {
	if c.Kind == chat.C2C {
		return head > 0, nil
	}
	return b.view().has(b.keep(putPair(b.space(), keyMember, c.App, c.Group(), u)))
}

func markOf(u chat.UserID) func([]byte) (chat.ReadMark, error) {
	return func(v []byte) (chat.ReadMark, error) { return decodeMark(u, v) }
}
