package badger

import (
	"hash/maphash"
	"slices"
	"sort"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
)

const (
	tailShards = 16
	// tailRun bounds what one conversation may hold, so that a busy one leaves
	// room for others: messages, and the part of its shard's bytes.
	tailRun     = 1024
	tailRunPart = 4
	// messageOverhead is about what a message takes in memory besides its texts.
	messageOverhead = 400
)

// tail keeps the last messages of conversations that were written or read
// lately, bounded in bytes: the engine's iterator is the dear part of a read.
// Of a conversation it holds one run without holes; expired messages may stay
// in it and are for the reader to pass over.
type tail struct {
	seed   maphash.Seed
	shards [tailShards]tailShard
}

type tailShard struct {
	mu     sync.Mutex // guards all below
	limit  int        // bytes
	bytes  int
	runs   map[chat.Conversation]*run
	newest run    // ring of runs by use: newest.next is the latest used
	edits  uint64 // how often something in it has been replaced or dropped
	asks
}

// run is a stretch of one conversation, oldest first, never empty.
type run struct {
	conv       chat.Conversation
	msgs       []*chat.Message
	bytes      int
	prev, next *run
}

func newTail(bytes int64) *tail {
	t := &tail{seed: maphash.MakeSeed()}
	for i := range t.shards {
		s := &t.shards[i]
		s.limit = int(bytes / tailShards)
		s.runs = map[chat.Conversation]*run{}
		s.newest.prev, s.newest.next = &s.newest, &s.newest
	}
	return t
}

func (t *tail) shard(c chat.Conversation) *tailShard {
	return &t.shards[maphash.Comparable(t.seed, c)%tailShards]
}

func weight(m *chat.Message) int {
	return messageOverhead + len(m.Body) + len(m.Cloud) + len(m.Push) + len(m.Quote) + 40*(len(m.At)+len(m.To))
}

// add appends a message just committed.
func (t *tail) add(m *chat.Message) {
	s := t.shard(m.Conv)
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[m.Conv]
	if r != nil && r.last() != m.Seq-1 {
		s.remove(r)
		r = nil
	}
	if r == nil {
		r = s.insert(m.Conv)
	}
	r.msgs = append(r.msgs, m)
	s.grow(r, weight(m))
	s.touch(r)
	s.shrink(r)
}

// replace puts a changed message in the place of its former self.
func (t *tail) replace(m *chat.Message) {
	s := t.shard(m.Conv)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.edits++
	r := s.runs[m.Conv]
	if r == nil || m.Seq < r.first() || m.Seq > r.last() {
		return
	}
	at := &r.msgs[m.Seq-r.first()]
	s.grow(r, weight(m)-weight(*at))
	*at = m
}

// drop forgets a conversation.
func (t *tail) drop(c chat.Conversation) {
	s := t.shard(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.edits++
	if r := s.runs[c]; r != nil {
		s.remove(r)
	}
}

// get copies the messages from lo to hi into buf, if all of them are here.
// ticket is for install after a miss.
func (t *tail) get(buf []*chat.Message, c chat.Conversation, lo, hi chat.Seq) (msgs []*chat.Message, ok bool, ticket uint64) {
	s := t.shard(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[c]
	hit := r != nil && lo >= r.first() && hi <= r.last()
	s.count(hit)
	if !hit {
		return buf, false, s.edits
	}
	s.touch(r)
	return append(buf, r.msgs[lo-r.first():hi-r.first()+1]...), true, 0
}

// asked sums up what the tail was asked for, by get.
func (t *tail) asked() (sum asks) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		sum.add(s.asks)
		s.mu.Unlock()
	}
	return sum
}

// next finds the first message from n on and before end that is wanted, as far
// as the run goes, if it has message n. It returns the number from which the search
// must go on elsewhere.
func (t *tail) next(c chat.Conversation, n, end chat.Seq, wanted func(*chat.Message) bool) (*chat.Message, chat.Seq) {
	s := t.shard(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[c]
	if r == nil || n < r.first() {
		return nil, n
	}
	for ; n <= r.last() && n < end; n++ {
		if m := r.msgs[n-r.first()]; wanted(m) {
			return m, n
		}
	}
	return nil, n
}

// find is a binary search for the first message that after is true of. ok is
// false unless it is known to lie here: the run ends at head and begins before it.
func (t *tail) find(c chat.Conversation, head chat.Seq, now int64, after func(stamp) bool) (chat.Seq, bool) {
	s := t.shard(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[c]
	if r == nil || r.last() != head || after(stampOf(r.msgs[0])) {
		return 0, false
	}
	i := sort.Search(len(r.msgs), func(i int) bool { return after(stampOf(r.msgs[i])) })
	for i < len(r.msgs) && lapsed(r.msgs[i].Expires, now) {
		i++
	}
	return r.first() + chat.Seq(i), true
}

func stampOf(m *chat.Message) stamp {
	return stamp{time: m.Time, clock: m.Clock, expires: m.Expires}
}

// install keeps a run that a reader has read from the disk, oldest first, when
// nothing was replaced since the ticket and the conversation has none.
func (t *tail) install(msgs []*chat.Message, ticket uint64) {
	c := msgs[0].Conv
	s := t.shard(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.edits != ticket || s.runs[c] != nil {
		return
	}
	r := s.insert(c)
	r.msgs = slices.Clone(msgs)
	for _, m := range msgs {
		s.grow(r, weight(m))
	}
	s.shrink(r)
}

func (r *run) first() chat.Seq { return r.msgs[0].Seq }
func (r *run) last() chat.Seq  { return r.msgs[len(r.msgs)-1].Seq }

func (s *tailShard) grow(r *run, n int) {
	r.bytes += n
	s.bytes += n
}

func (s *tailShard) insert(c chat.Conversation) *run {
	r := &run{conv: c}
	s.runs[c] = r
	s.link(r)
	return r
}

func (s *tailShard) link(r *run) {
	r.prev, r.next = &s.newest, s.newest.next
	r.prev.next, r.next.prev = r, r
}

func (s *tailShard) touch(r *run) {
	r.prev.next, r.next.prev = r.next, r.prev
	s.link(r)
}

func (s *tailShard) remove(r *run) {
	r.prev.next, r.next.prev = r.next, r.prev
	s.bytes -= r.bytes
	delete(s.runs, r.conv)
}

// shrink keeps r within its part and the shard within its limit.
func (s *tailShard) shrink(r *run) {
	cut := 0
	bytes := r.bytes
	for len(r.msgs)-cut > 1 && (len(r.msgs)-cut > tailRun || bytes > s.limit/tailRunPart) {
		bytes -= weight(r.msgs[cut])
		cut++
	}
	if cut > 0 {
		s.grow(r, bytes-r.bytes)
		clear(r.msgs[:cut])
		r.msgs = r.msgs[cut:] // append moves the rest to a new array in its time
	}
	for s.bytes > s.limit && s.newest.prev != &s.newest {
		s.remove(s.newest.prev)
	}
}
