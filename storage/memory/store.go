// Package memory is an engine of [chat.Store] that keeps everything in maps:
// for tests of the core and the doors, and for uses without a disk. It is an
// engine and not a mock: storage/storagetest asks of it what it asks of the others,
// except to be there after Close.
//
// It refuses to be clever: there is one lock, and what has expired stays in memory
// although nobody can read it.
//
// Start reading at [Store.Apply] in append.go; what a shard holds stands in shard.go.
package memory

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// Options of an engine; the zero value works.
type Options struct {
	Now func() time.Time // nil: time.Now
}

var errClosed = errors.New("store is closed")

// Store is everything, until Close.
type Store struct {
	now func() time.Time

	mu     sync.RWMutex // guards all below
	closed bool
	clock  uint64 // largest Message.Clock
	serial uint64 // of the newest outbox event
	shards map[chat.Shard]*shard
	outbox map[string]*chat.Event
	dead   map[string]*chat.Event
}

var _ chat.Store = (*Store)(nil)

// New returns an empty store.
func New(o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Store{
		now:    o.Now,
		serial: uint64(o.Now().UnixMicro()), // ids of events differ from those of earlier stores
		shards: map[chat.Shard]*shard{},
		outbox: map[string]*chat.Event{},
		dead:   map[string]*chat.Event{},
	}
}

// Close implements chat.Store; later writes fail.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

// write runs change alone.
func (s *Store) write(change func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	change()
	return nil
}

// lapsed reports whether something that expires then (Unix seconds, 0 never)
// is gone.
func (s *Store) lapsed(expires int64) bool { return expires != 0 && expires <= s.now().Unix() }

// pageKeys returns at most limit keys after the given one in byte order.
func pageKeys[V any](m map[string]V, after string, limit int) []string {
	keys := slices.Sorted(maps.Keys(m))
	i, found := slices.BinarySearch(keys, after)
	if found {
		i++
	}
	keys = keys[i:]
	return keys[:max(0, min(limit, len(keys)))]
}
