package badger

import (
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/teahouse-im/teahouse/chat"
)

const cacheShards = 32

// cache keeps small rows in memory, about 200 bytes each, bounded in number. The committer puts what it has
// made durable; readers may install what they have read. A shard holds two generations: when
// the young one is full it becomes the old one, and what was old and not asked
// for since is forgotten.
type cache[K comparable, V any] struct {
	hash   func(K) uint64
	newest *atomic.Uint64 // Store.at
	shards [cacheShards]cacheShard[K, V]
}

type cacheShard[K comparable, V any] struct {
	mu         sync.Mutex // guards all below
	limit      int
	young, old map[K]*V
	asks
}

// asks counts what a cache was asked for, and what of it was there.
type asks struct{ hits, misses uint64 }

func (a *asks) count(hit bool) {
	if hit {
		a.hits++
	} else {
		a.misses++
	}
}

func (a *asks) add(b asks) {
	a.hits += b.hits
	a.misses += b.misses
}

// newCache keeps about so many rows. hash spreads the keys over the shards.
func newCache[K comparable, V any](rows int, newest *atomic.Uint64, hash func(K) uint64) *cache[K, V] {
	c := &cache[K, V]{hash: hash, newest: newest}
	for i := range c.shards {
		c.shards[i].limit = rows / cacheShards / 2
		c.shards[i].young = map[K]*V{}
	}
	return c
}

func (c *cache[K, V]) shard(k K) *cacheShard[K, V] {
	return &c.shards[c.hash(k)%cacheShards]
}

// shardHash and senderHash hash what tells one key from another of the same app.
func shardHash() func(chat.Shard) uint64 {
	seed := maphash.MakeSeed()
	return func(s chat.Shard) uint64 {
		if s.B == "" {
			return maphash.String(seed, s.A)
		}
		return maphash.String(seed, s.A) ^ maphash.String(seed, s.B)<<1
	}
}

func senderHash() func(senderKey) uint64 {
	seed, shard := maphash.MakeSeed(), shardHash()
	return func(k senderKey) uint64 { return shard(k.conv.Shard()) ^ maphash.String(seed, string(k.user)) }
}

func (c *cache[K, V]) get(k K) (v V, ok bool) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	have := s.find(k)
	s.count(have != nil)
	if have != nil {
		return *have, true
	}
	return v, false
}

// look hands a row to use, which takes from it what it needs, and neither keeps nor changes
// it nor asks the cache anything.
func (c *cache[K, V]) look(k K, use func(*V)) bool {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	have := s.find(k)
	s.count(have != nil)
	if have != nil {
		use(have)
	}
	return have != nil
}

// asked sums up what the cache was asked for.
func (c *cache[K, V]) asked() (sum asks) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		sum.add(s.asks)
		s.mu.Unlock()
	}
	return sum
}

// put is the committer's: v is the truth.
func (c *cache[K, V]) put(k K, v V) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if have := s.young[k]; have != nil {
		*have = v
		return
	}
	delete(s.old, k)
	s.add(k, &v)
}

// install keeps what a reader has read in a view of transaction at. Readers
// must not go back in time: once the store has moved on, the row may be an old one.
func (c *cache[K, V]) install(k K, v V, at uint64) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.newest.Load() != at || s.young[k] != nil || s.old[k] != nil {
		return
	}
	s.add(k, &v)
}

// forget drops a row; the next get reads the disk.
func (c *cache[K, V]) forget(k K) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.young, k)
	delete(s.old, k)
}

// find is a row that is there, which is young from then on.
func (s *cacheShard[K, V]) find(k K) *V {
	if v := s.young[k]; v != nil {
		return v
	}
	v := s.old[k]
	if v != nil {
		s.add(k, v)
	}
	return v
}

func (s *cacheShard[K, V]) add(k K, v *V) {
	if len(s.young) >= s.limit {
		s.old = s.young
		s.young = make(map[K]*V, s.limit)
	}
	s.young[k] = v
}
