package badger

import (
	"hash/maphash"
	"sync"
)

// rowCache keeps rows (as *chat.Cell, with what they decode to), dedup
// entries (as first) and long ranges of rows (as *rowRange) by their keys, bounded in bytes;
// that a row or an entry does not exist is kept too. The
// rules of every send are read from it: does the receiver exist, is the sender blocked,
// a member, muted, has the sender sent this before.
//
// It answers what the disk would at the same moment, never something older: the
// committer holds the keys it has written while it moves readers on to the new
// state (batch.publish), and in that time nothing of their shard is kept. A shard holds
// two generations, like cache.
type rowCache struct {
	seed   maphash.Seed
	shards [cacheShards]rowShard
}

type rowShard struct {
	mu         sync.Mutex // guards all below
	limit      int        // bytes of one generation
	bytes      int        // of young
	young, old map[string]keptRow
	held       int    // keys the committer is about to change
	changes    uint64 // grows whenever a held key is let go
	asks
}

type keptRow struct {
	value any
	bytes int
}

// rowOverhead is about what a kept row takes besides key and value: its cell,
// its place in the map, and what it decodes to.
const rowOverhead = 300

// keptKind reports whether entries of a prefix are kept.
func keptKind(prefix byte) bool { return prefix == keyRow || prefix == keyDedup }

func newRowCache(bytes int64) *rowCache {
	c := &rowCache{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i].limit = int(bytes / cacheShards / 2)
		c.shards[i].young = map[string]keptRow{}
	}
	return c
}

func (c *rowCache) shard(key []byte) *rowShard {
	return &c.shards[maphash.Bytes(c.seed, key)%cacheShards]
}

// get returns a row. ticket is for keep after a miss; take it before the view.
func (c *rowCache) get(key []byte) (v any, ok bool, ticket uint64) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if row, ok := s.young[string(key)]; ok {
		s.hits++
		return row.value, true, 0
	}
	if row, ok := s.old[string(key)]; ok {
		s.hits++
		delete(s.old, string(key))
		s.add(string(key), row)
		return row.value, true, 0
	}
	s.misses++
	return nil, false, s.changes
}

// asked sums up what the cache was asked for.
func (c *rowCache) asked() (sum asks) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		sum.add(s.asks)
		s.mu.Unlock()
	}
	return sum
}

// keep keeps what a reader has read after the get that gave the ticket, unless
// it may have changed since. size is that of the row on disk.
func (c *rowCache) keep(key string, v any, size int, ticket uint64) {
	s := &c.shards[maphash.String(c.seed, key)%cacheShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held > 0 || s.changes != ticket {
		return
	}
	if _, ok := s.young[key]; !ok {
		s.add(key, keptRow{v, len(key) + 2*size + rowOverhead})
	}
}

// hold forgets a row and keeps its shard from taking any until letGo. It is
// the committer's.
func (c *rowCache) hold(key []byte) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if row, ok := s.young[string(key)]; ok {
		s.bytes -= row.bytes
		delete(s.young, string(key))
	}
	delete(s.old, string(key))
	s.held++
}

// letGo ends a hold: readers from now on read the new state.
func (c *rowCache) letGo(key []byte) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held--
	s.changes++
}

// holdWithRange is hold for a row and the range that it lies in.
func (c *rowCache) holdWithRange(key []byte) {
	var room [keyRoom]byte
	if in := rangeOf(room[:0], key); in != nil {
		c.hold(in)
	}
	c.hold(key)
}

// letGoWithRange ends that.
func (c *rowCache) letGoWithRange(key []byte) {
	var room [keyRoom]byte
	if in := rangeOf(room[:0], key); in != nil {
		c.letGo(in)
	}
	c.letGo(key)
}

func (s *rowShard) add(key string, row keptRow) {
	if s.bytes+row.bytes > s.limit && len(s.young) > 0 {
		s.old, s.young, s.bytes = s.young, map[string]keptRow{}, 0
	}
	if row.bytes > s.limit {
		return
	}
	s.young[key] = row
	s.bytes += row.bytes
}
