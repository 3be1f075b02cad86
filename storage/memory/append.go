package memory

import (
	"context"
	"iter"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// Apply implements chat.Log.
func (s *Store) Apply(_ context.Context, commits []*chat.Commit) error {
	return s.write(func() {
		stale := map[chat.Shard]bool{}
		for _, c := range commits {
			c.Stale = stale[c.Shard] || s.stale(c)
			if c.Stale {
				stale[c.Shard] = true
				continue
			}
			s.apply(c)
		}
	})
}

// stale reports whether the rules have moved since c was decided.
func (s *Store) stale(c *chat.Commit) bool {
	return c.Rules != 0 && c.Rules != s.shard(c.Shard).head.Rules
}

// Clock implements chat.Log.
func (s *Store) Clock() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.clock
}

// apply does one commit in the order of its fields. After a drop, sh is the
// shard as it was, so that numbers still come from it.
func (s *Store) apply(c *chat.Commit) {
	sh := s.made(c.Shard)
	if c.Raise || c.Drop {
		sh.head.Rules++
	}
	for _, m := range c.Messages {
		s.append(sh, m)
	}
	sh.edit(c.Edits)
	s.happen(sh, c.Events)
	if c.Drop {
		s.drop(c.Shard)
	} else {
		for i := range c.Rows {
			s.put(sh, &c.Rows[i], sh)
		}
	}
	for i := range c.Mirrors {
		m := &c.Mirrors[i]
		s.put(s.made(m.Shard), &m.Row, sh)
	}
	s.notify(c.Notices)
	s.post(c.Outbox)
}

// append numbers and keeps one message, unless it repeats another.
func (s *Store) append(sh *shard, m *chat.Message) {
	if m.Dedup != (chat.DedupKey{}) {
		if m.Duplicate = s.seen(sh, m.Dedup); m.Duplicate != nil {
			return
		}
	}
	m.Time = max(m.Time, sh.head.Time)
	if m.Chosen {
		m.AvoidKeys(s.newestFirst(sh))
	}
	s.clock++
	st := sh.senders[m.From]
	sh.head.Number(m, &st, s.clock)
	sh.senders[m.From] = st
	sh.msgs = append(sh.msgs, m)
	if m.Dedup != (chat.DedupKey{}) {
		d := first{seq: m.Seq}
		if m.DedupSeconds != 0 {
			d.until = s.now().Add(time.Duration(m.DedupSeconds) * time.Second)
		}
		sh.first[m.Dedup] = d
	}
}

// newestFirst goes back over the messages that have not expired.
func (s *Store) newestFirst(sh *shard) iter.Seq[*chat.Message] {
	return func(yield func(*chat.Message) bool) {
		for n := sh.head.Seq; n > 0; n-- {
			if m := s.live(sh, n); m != nil && !yield(m) {
				return
			}
		}
	}
}

// seen returns the message that a dedup key stands for, nil when there is none.
func (s *Store) seen(sh *shard, k chat.DedupKey) *chat.Message {
	d, ok := sh.first[k]
	if !ok || !d.until.IsZero() && !s.now().Before(d.until) {
		return nil
	}
	return s.live(sh, d.seq)
}

// live returns message n, nil when it never was or has expired.
func (s *Store) live(sh *shard, n chat.Seq) *chat.Message {
	if n == 0 || n > sh.head.Seq {
		return nil
	}
	if m := sh.msgs[n-1]; !s.lapsed(m.Expires) {
		return m
	}
	return nil
}

func (sh *shard) edit(list []*chat.Message) {
	for _, m := range list {
		if m.Seq != 0 && m.Seq <= sh.head.Seq {
			sh.msgs[m.Seq-1] = m
		}
	}
}
