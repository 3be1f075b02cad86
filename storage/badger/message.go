package badger

import (
	"bytes"
	"context"
	"slices"
	"time"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
)

// Message implements chat.Log.
func (s *Store) Message(_ context.Context, c chat.Conversation, n chat.Seq) (*chat.Message, error) {
	h, err := s.headOf(c.Shard())
	if err != nil || n == 0 || n > h.Seq {
		return nil, err
	}
	v := s.view()
	defer v.discard()
	now := s.seconds()
	if m, ok := s.recent(c, n, now); ok {
		return m, nil
	}
	m, err := v.stored(c, n)
	switch {
	case err != nil:
		return nil, err
	case m == nil:
		return nil, s.missing(v, c, n, n, nil)
	case lapsed(m.Expires, now):
		return nil, nil
	}
	return m, nil
}

// recent reads one message from the tail: nil when it has expired; ok is false
// when it is not there.
func (s *Store) recent(c chat.Conversation, n chat.Seq, now int64) (m *chat.Message, ok bool) {
	var one [1]*chat.Message
	got, ok, _ := s.tail.get(one[:0], c, n, n)
	if !ok || lapsed(got[0].Expires, now) {
		return nil, ok
	}
	return got[0], true
}

// message reads one message from the tail or the disk.
func (s *Store) message(v view, c chat.Conversation, n chat.Seq, now int64) (*chat.Message, error) {
	if m, ok := s.recent(c, n, now); ok {
		return m, nil
	}
	m, err := v.stored(c, n)
	if err != nil || m == nil || lapsed(m.Expires, now) {
		return nil, err
	}
	return m, nil
}

// stored reads one message from the disk, also one that has expired and is not
// gone yet.
func (v view) stored(c chat.Conversation, n chat.Seq) (*chat.Message, error) {
	value, err := v.copied(putMessageKey(make([]byte, 0, 96), c, n))
	if err != nil || value == nil {
		return nil, err
	}
	return decodeMessage(c, n, value)
}

// Seen implements chat.Log.
func (s *Store) Seen(_ context.Context, c chat.Conversation, k chat.DedupKey) (*chat.Message, error) {
	d, err := s.firstFor(c, k)
	if err != nil || d.seq == 0 {
		return nil, err
	}
	h, err := s.headOf(c.Shard())
	if err != nil || d.seq > h.Seq {
		return nil, err // dropped, and not swept up yet
	}
	v := s.view()
	defer v.discard()
	return s.firstOf(v, c, d, s.now())
}

// firstFor reads a dedup key, through memory.
func (s *Store) firstFor(c chat.Conversation, k chat.DedupKey) (first, error) {
	var room [keyRoom]byte
	key := putDedupKey(room[:0], c, k)
	kept, ok, ticket := s.rows.get(key)
	if ok {
		return kept.(first), nil
	}
	own := bytes.Clone(key) // the engine holds on to it, and the caller's is on the stack
	v := s.view()
	defer v.discard()
	d, err := readValue(v, own, firstFields)
	if err == nil {
		s.rows.keep(string(own), d, firstBytes, ticket)
	}
	return d, err
}

// firstBytes is about what a dedup entry takes on disk.
const firstBytes = 12

// firstOf returns the message that a dedup key stands for.
func (s *Store) firstOf(v view, c chat.Conversation, d first, now time.Time) (*chat.Message, error) {
	if d.seq == 0 || d.until != 0 && d.until <= now.UnixMilli() {
		return nil, nil
	}
	return s.message(v, c, d.seq, now.Unix())
}

// Messages implements chat.Log. The page comes in the order walked. A limit of
// zero or less gives nothing, maxBytes of zero or less does not bound.
func (s *Store) Messages(_ context.Context, c chat.Conversation, from chat.Seq, down bool, limit, maxBytes int) ([]*chat.Message, error) {
	h, err := s.headOf(c.Shard())
	if err != nil || h.Seq == 0 || limit <= 0 {
		return nil, err
	}
	w := walk{s: s, conv: c, now: s.seconds(), lo: 1, hi: h.Seq, down: down, limit: limit, bytes: maxBytes}
	if down {
		w.hi = min(w.hi, from)
	} else {
		w.lo = max(w.lo, from)
	}
	if w.lo > w.hi {
		return nil, nil
	}
	return w.page(h.Seq)
}

// walk is one page being read: the numbers lo to hi in one direction.
type walk struct {
	s      *Store
	conv   chat.Conversation
	now    int64 // Unix seconds
	lo, hi chat.Seq
	down   bool
	limit  int
	bytes  int
	got    []*chat.Message
	size   int

	next chat.Seq      // the number that is to come
	last *chat.Message // the one before it on the disk, also an expired one
}

// nearby is the longest stretch of numbers looked up one by one; for a longer
// one the engine's iterator, which costs as much as ten look-ups, is cheaper.
const nearby = 8

func (w *walk) page(head chat.Seq) ([]*chat.Message, error) {
	lo, hi := w.window()
	w.got = make([]*chat.Message, 0, min(w.limit, int(hi-lo)+1))
	cached, ok, ticket := w.s.tail.get(w.got, w.conv, lo, hi)
	if ok && w.filter(cached) {
		return w.got, nil
	}
	w.got, w.size = w.got[:0], 0
	v := w.s.view()
	defer v.discard()
	if err := w.read(v); err != nil {
		return nil, err
	}
	w.keep(head, ticket)
	return w.got, nil
}

// window is the run of numbers that gives a full page when none is missing.
func (w *walk) window() (lo, hi chat.Seq) {
	lo, hi = w.lo, w.hi
	n := chat.Seq(w.limit)
	if hi-lo < n {
		return lo, hi
	}
	if w.down {
		return hi - n + 1, hi
	}
	return lo, lo + n - 1
}

// filter takes the page from cached messages, oldest first. It reports false
// when expired ones leave it short of what lies beyond the window.
func (w *walk) filter(cached []*chat.Message) bool {
	if w.down {
		slices.Reverse(cached)
	}
	all := len(cached)
	live := 0
	w.got = cached[:0]
	for _, m := range cached {
		if lapsed(m.Expires, w.now) {
			continue
		}
		live++
		if !w.take(m) {
			return true
		}
	}
	return live == all || chat.Seq(all) == w.hi-w.lo+1
}

// take adds a message and reports whether there is room for another.
func (w *walk) take(m *chat.Message) bool {
	size := len(m.Body)
	if len(w.got) > 0 && w.bytes > 0 && w.size+size > w.bytes {
		return false
	}
	w.got = append(w.got, m)
	w.size += size
	return len(w.got) < w.limit
}

// read takes the page from the disk.
func (w *walk) read(v view) error {
	w.next = w.lo
	if w.down {
		w.next = w.hi
	}
	n := w.next
	for range nearby {
		if w.limit-len(w.got) > nearby && w.hi-w.lo >= nearby {
			break
		}
		m, err := v.stored(w.conv, n)
		if err != nil {
			return err
		}
		if m != nil {
			if more, err := w.reach(v, m); !more || err != nil {
				return err
			}
		}
		if n = w.beyond(n); n < w.lo || n > w.hi {
			return w.end(v)
		}
	}
	return w.iterate(v, n)
}

// beyond is the number after n in the direction of the walk.
func (w *walk) beyond(n chat.Seq) chat.Seq {
	if w.down {
		return n - 1
	}
	return n + 1
}

// iterate reads from number n on with the engine's iterator.
func (w *walk) iterate(v view, n chat.Seq) error {
	prefix := putConv(nil, keyMessage, w.conv)
	it, err := v.iterator(engine.IteratorOptions{Prefix: prefix, Reverse: w.down})
	if err != nil {
		return err
	}
	defer it.Close()
	for it.Seek(putNumber(slices.Clone(prefix), uint64(n))); it.Valid(); it.Next() {
		r := readKey(it.Item().Key()[len(prefix):])
		at := chat.Seq(r.number())
		if r.err() != nil {
			return r.err()
		}
		if at < w.lo || at > w.hi {
			break
		}
		value, err := it.Item().ValueCopy(nil)
		if err != nil {
			return err
		}
		m, err := decodeMessage(w.conv, at, value)
		if err != nil {
			return err
		}
		if more, err := w.reach(v, m); !more || err != nil {
			return err
		}
	}
	return w.end(v)
}

// reach takes a message of the disk, and reports whether the page goes on. When
// messages before it are lost, the page ends there, or is a fault.
func (w *walk) reach(v view, m *chat.Message) (more bool, err error) {
	if m.Seq != w.next {
		lo, hi, above := w.next, m.Seq-1, m
		if w.down {
			lo, hi, above = m.Seq+1, w.next, w.last
		}
		if more, err = w.pass(v, lo, hi, above); !more {
			return false, err
		}
	}
	w.next, w.last = w.beyond(m.Seq), m
	return lapsed(m.Expires, w.now) || w.take(m), nil
}

// end is reached when there are no more messages.
func (w *walk) end(v view) error {
	lo, hi, above := w.next, w.hi, (*chat.Message)(nil)
	if w.down {
		lo, hi, above = w.lo, w.next, w.last
	}
	if lo > hi {
		return nil
	}
	_, err := w.pass(v, lo, hi, above)
	return err
}

// pass goes past numbers that have no message, if they may have expired. above
// is the message after them, when it is known.
func (w *walk) pass(v view, lo, hi chat.Seq, above *chat.Message) (ok bool, err error) {
	if err := w.s.missing(v, w.conv, lo, hi, above); err != nil {
		if len(w.got) > 0 {
			return false, nil
		}
		return false, err
	}
	return true, nil
}

// keep lets the tail have a page that ends at the head and has no hole.
func (w *walk) keep(head chat.Seq, ticket uint64) {
	if len(w.got) == 0 {
		return
	}
	first, last := w.got[0], w.got[len(w.got)-1]
	if w.down {
		first, last = last, first
	}
	if last.Seq != head || int(last.Seq-first.Seq)+1 != len(w.got) {
		return
	}
	run := w.got
	if w.down {
		run = slices.Clone(run)
		slices.Reverse(run)
	}
	w.s.tail.install(run, ticket)
}
