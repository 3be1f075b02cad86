package memory

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// Apply implements chat.Log.
func (s *Store) Apply(_ context.Context, commits []*chat.Commit) error {
	return s.write(func() {
		for _, c := range commits {
			s.apply(c)
		}
	})
}

// Clock implements chat.Log.
func (s *Store) Clock() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.clock
}

// apply does one commit in the order of its fields, except that leaving comes
// last: a mark of one who leaves goes with him.
func (s *Store) apply(c *chat.Commit) {
	row := s.conv(c.Conv)
	before := row.head.Seq
	if !c.Drop {
		s.applyGroup(c, before)
	}
	for _, m := range c.Messages {
		s.append(row, m)
	}
	if c.Conv.Kind == chat.C2C && len(c.Messages) > 0 {
		s.list(c.Conv)
	}
	s.edit(row, c.Edits)
	s.receipts(row, c)
	for _, e := range c.Events {
		row.head.Rev++
		e.Rev = row.head.Rev
		kept := *e
		kept.Session = 0
		kept.Receipts = slices.Clone(e.Receipts)
		row.events = append(row.events, &kept)
	}
	s.read(row, c)
	for _, u := range c.Leaves {
		s.leave(c.Conv, u)
	}
	if c.Drop {
		s.drop(c.Conv)
	}
	s.tell(c)
}

// append numbers and keeps one message, unless it repeats another.
func (s *Store) append(row *conversation, m *chat.Message) {
	if m.Dedup != (chat.DedupKey{}) {
		if m.Duplicate = s.seen(row, m.Dedup); m.Duplicate != nil {
			return
		}
	}
	h, st := &row.head, row.senders[m.From]
	h.Seq++
	s.clock++
	if m.Countable() {
		h.Counted++
		st.Counted++
	}
	m.Seq, m.Counted, m.Own, m.Clock = h.Seq, h.Counted, st.Counted, s.clock
	m.Time = max(m.Time, h.Time)
	h.Time, h.Clock = m.Time, m.Clock
	if !m.Control.Has(chat.NoLastMsg) {
		h.LastSeq, h.LastTime = m.Seq, m.Time
	}
	st.LastSeq, st.Time = m.Seq, m.Time
	row.senders[m.From] = st
	row.msgs = append(row.msgs, m)
	if m.Dedup != (chat.DedupKey{}) {
		d := first{seq: m.Seq}
		if m.DedupFor != 0 {
			d.until = s.now().Add(m.DedupFor)
		}
		row.first[m.Dedup] = d
	}
}

func (s *Store) seen(row *conversation, k chat.DedupKey) *chat.Message {
	d, ok := row.first[k]
	if !ok || !d.until.IsZero() && !s.now().Before(d.until) {
		return nil
	}
	return s.live(row, d.seq)
}

// live returns message n, nil when it never was or has expired.
func (s *Store) live(row *conversation, n chat.Seq) *chat.Message {
	if row == nil || n == 0 || n > row.head.Seq {
		return nil
	}
	if m := row.msgs[n-1]; !s.lapsed(m.Expires) {
		return m
	}
	return nil
}

func (s *Store) edit(row *conversation, list []*chat.Message) {
	for _, m := range list {
		if m.Seq != 0 && m.Seq <= row.head.Seq {
			row.msgs[m.Seq-1] = m
		}
	}
}

// list gives both users of a C2C conversation their rows.
func (s *Store) list(c chat.Conversation) {
	for _, u := range []chat.UserID{chat.UserID(c.A), chat.UserID(c.B)} {
		marks := s.user(c.App, u).marks
		if _, ok := marks[c]; !ok {
			marks[c] = chat.ReadMark{User: u}
		}
	}
}

// read moves marks forward; one that lies behind the stored one is passed
// over, and so is that of somebody who is not a member of the group.
func (s *Store) read(row *conversation, c *chat.Commit) {
	for i := range c.Reads {
		r := &c.Reads[i]
		if r.AtHead {
			r.Seq, r.Counted, r.Own = row.head.Seq, row.head.Counted, row.senders[r.User].Counted
		}
		if !s.mayMark(row, c.Conv, r.User) {
			continue
		}
		marks := s.user(c.Conv.App, r.User).marks
		if r.Seq >= marks[c.Conv].Seq {
			kept := *r
			kept.AtHead = false
			marks[c.Conv] = kept
		}
	}
}

// mayMark reports whether u has the conversation: a mark does not make him one.
func (s *Store) mayMark(row *conversation, c chat.Conversation, u chat.UserID) bool {
	if c.Kind == chat.C2C {
		return row.head.Seq > 0
	}
	return s.group(c.App, c.Group()).members[u] != nil
}

// tell keeps what single users and the app are told; events of a message that
// turned out to be a duplicate are dropped.
func (s *Store) tell(c *chat.Commit) {
	for _, e := range c.Notices {
		u := s.user(e.App, e.User)
		e.Seq = uint64(len(u.events)) + 1
		kept := *e
		kept.Session = 0
		u.events = append(u.events, &kept)
	}
	for _, e := range c.Outbox {
		if e.Message != nil && e.Message.Duplicate != nil {
			continue
		}
		s.serial++
		e.ID = fmt.Sprintf("%016x", s.serial)
		kept := *e
		if e.Group != nil {
			kept.Group = copyGroup(e.Group)
		}
		s.outbox[e.ID] = &kept
	}
}

func copyGroup(g *chat.Group) *chat.Group {
	kept := *g
	kept.Custom = maps.Clone(g.Custom)
	return &kept
}
