package badger

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

const cacheShards = 32

// cache keeps small rows in memory, about 200 bytes each, bounded in number. The committer puts what it has
// made durable; readers may install what they have read. A shard holds two generations: when
// the young one is full it becomes the old one, and what was old and not asked
// for since is forgotten.
type cache[K comparable, V any] struct {
	seed   maphash.Seed
	newest *atomic.Uint64 // Store.at
	shards [cacheShards]cacheShard[K, V]
}

type cacheShard[K comparable, V any] struct {
	mu         sync.Mutex // guards all below
	limit      int
	young, old map[K]V
}

func newCache[K comparable, V any](rows int, newest *atomic.Uint64) *cache[K, V] {
	c := &cache[K, V]{seed: maphash.MakeSeed(), newest: newest}
	for i := range c.shards {
		c.shards[i].limit = rows / cacheShards / 2
		c.shards[i].young = map[K]V{}
	}
	return c
}

func (c *cache[K, V]) shard(k K) *cacheShard[K, V] {
	return &c.shards[maphash.Comparable(c.seed, k)%cacheShards]
}

func (c *cache[K, V]) get(k K) (v V, ok bool) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok = s.young[k]; ok {
		return v, true
	}
	if v, ok = s.old[k]; ok {
		s.add(k, v)
		return v, true
	}
	return v, false
}

// put is the committer's: v is the truth.
func (c *cache[K, V]) put(k K, v V) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.old, k)
	s.add(k, v)
}

// install keeps what a reader has read in a view of transaction at. Readers
// must not go back in time: once the store has moved on, the row may be an old one.
func (c *cache[K, V]) install(k K, v V, at uint64) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.newest.Load() != at {
		return
	}
	if _, ok := s.young[k]; ok {
		return
	}
	if _, ok := s.old[k]; ok {
		return
	}
	s.add(k, v)
}

// forget drops a row; the next get reads the disk.
func (c *cache[K, V]) forget(k K) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.young, k)
	delete(s.old, k)
}

func (s *cacheShard[K, V]) add(k K, v V) {
	if len(s.young) >= s.limit {
		s.old = s.young
		s.young = make(map[K]V, s.limit)
	}
	s.young[k] = v
}
