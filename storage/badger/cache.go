package badger

import (
	"hash/maphash"
	"sync"
)

const (
	headsCached = 64 << 10 // rows of one kind kept in memory, about 200 bytes each
	cacheShards = 32
)

// cache keeps small rows in memory, bounded. The committer puts what it has
// made durable; readers may install what they have read. A shard holds two generations: when
// the young one is full it becomes the old one, and what was old and not asked
// for since is forgotten.
type cache[K comparable, V any] struct {
	seed   maphash.Seed
	shards [cacheShards]cacheShard[K, V]
}

type cacheShard[K comparable, V any] struct {
	mu         sync.Mutex // guards all below
	limit      int
	young, old map[K]V
	forgotten  uint64 // how often rows have been given up
}

func newCache[K comparable, V any](rows int) *cache[K, V] {
	c := &cache[K, V]{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i].limit = rows / cacheShards / 2
		c.shards[i].young = map[K]V{}
	}
	return c
}

func (c *cache[K, V]) shard(k K) *cacheShard[K, V] {
	return &c.shards[maphash.Comparable(c.seed, k)%cacheShards]
}

// get returns a row. ticket is for install after a miss.
func (c *cache[K, V]) get(k K) (v V, ok bool, ticket uint64) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok = s.young[k]; ok {
		return v, true, 0
	}
	if v, ok = s.old[k]; ok {
		s.add(k, v)
		return v, true, 0
	}
	return v, false, s.forgotten
}

// put is the committer's: v is the truth.
func (c *cache[K, V]) put(k K, v V) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.old, k)
	s.add(k, v)
}

// install keeps what a reader has read after the get that gave the ticket. It
// must not replace something newer: a row that the committer has put since is
// there, or has been forgotten since, and then the ticket is void.
func (c *cache[K, V]) install(k K, v V, ticket uint64) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.forgotten != ticket {
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
	s.forgotten++
}

func (s *cacheShard[K, V]) add(k K, v V) {
	if len(s.young) >= s.limit {
		s.old = s.young
		s.young = make(map[K]V, s.limit)
		s.forgotten++
	}
	s.young[k] = v
}
