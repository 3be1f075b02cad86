package badger

import (
	"bytes"
	"context"
	"sync"
	"time"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
)

// Entry is one of the things that a store holds, as it lies on the disk.
type Entry struct {
	Key, Value []byte
	Version    uint64 // the transaction that wrote it
	Expires    int64  // Unix seconds, 0: never
}

// Snapshot is a store at one moment: everything that was answered before
// [Store.Snapshot] was called, and of every call all or nothing. What is overwritten
// or removed meanwhile is kept on the disk until Close.
type Snapshot struct {
	s      *Store
	at     uint64
	clock  uint64
	closed sync.Once

	// Rest is how long reading rests at most at a time, as long as it works otherwise, so that
	// writers are hardly held up; 0: it never rests. [Store.Snapshot] sets 20 ms.
	Rest time.Duration
}

// Bounds of what a snapshot reads between two rests.
const (
	snapshotBytes = 512 << 10
	snapshotRest  = 20 * time.Millisecond // the longest rest
)

// Snapshot takes one. The moment lies between two calls of Apply, because the committer
// chooses it. It works while the disk is full, since it writes nothing.
func (s *Store) Snapshot() (*Snapshot, error) {
	n := &Snapshot{s: s, Rest: snapshotRest}
	r := requests.Get().(*request)
	defer r.free()
	r.begun = true // a full disk is no hindrance
	r.change = func(b *batch) error {
		if b.staged() {
			if err := b.renew(); err != nil {
				return err
			}
		}
		n.at, n.clock = s.at.Load(), b.counters.clock
		s.holds.add(n.at)
		return nil
	}
	if err := s.do(r); err != nil {
		return nil, err
	}
	return n, nil
}

// Commit is the newest transaction of the snapshot; Clock its commit clock.
func (n *Snapshot) Commit() uint64 { return n.at }

// Clock is the commit clock at the moment: see chat.Message.Clock.
func (n *Snapshot) Clock() uint64 { return n.clock }

// Close lets the engine forget what only the snapshot needs. It may be called again.
func (n *Snapshot) Close() { n.closed.Do(func() { n.s.holds.remove(n.at) }) }

// Entries hands on everything that has not expired, in the order of keys; an entry is
// valid only in use. It rests as Rest says, and holds no more than about 512 KiB. It ends with
// the first error, and with that of ctx.
//
// The engine has a framework that streams a store on several goroutines. It is not used:
// it passes over entries that it cannot read, and holds hundreds of MiB.
func (n *Snapshot) Entries(ctx context.Context, use func(Entry) error) error {
	return n.entries(ctx, nil, n.Rest, use)
}

// entries is Entries of the keys that begin with a prefix, with rests of a length at most.
func (n *Snapshot) entries(ctx context.Context, prefix []byte, rest time.Duration, use func(Entry) error) error {
	var list entryList
	for from := prefix; ; {
		began := time.Now()
		next, err := n.some(&list, prefix, from)
		if err != nil {
			return err
		}
		for i := range list.all {
			if err := use(list.all[i]); err != nil {
				return err
			}
		}
		if next == nil {
			return nil
		}
		n.s.hasRead(len(list.bytes))
		if err := pause(ctx, min(time.Since(began), rest)); err != nil {
			return err
		}
		from = next
	}
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// entryList is entries with room for their bytes, used again and again.
type entryList struct {
	all   []Entry
	bytes []byte
}

// add copies an entry. What is already there keeps its bytes when the room grows.
func (l *entryList) add(key []byte, version uint64, expires int64, value []byte) {
	at := len(l.bytes)
	l.bytes = append(append(l.bytes, key...), value...)
	own := l.bytes[at:len(l.bytes):len(l.bytes)]
	l.all = append(l.all, Entry{Key: own[:len(key):len(key)], Value: own[len(key):], Version: version, Expires: expires})
}

// some reads from a key on; next is where to go on, nil at the end. The view is short, as
// all are: a slow reader keeps neither Close waiting nor old files on the disk.
func (n *Snapshot) some(list *entryList, prefix, from []byte) (next []byte, err error) {
	list.all, list.bytes = list.all[:0], list.bytes[:0]
	v := n.s.viewAt(n.at)
	defer v.discard()
	it, err := v.iterator(engine.IteratorOptions{Prefix: prefix})
	if err != nil {
		return nil, err
	}
	defer it.Close()
	for it.Seek(from); it.Valid(); it.Next() {
		item := it.Item()
		if len(list.bytes) >= snapshotBytes {
			return bytes.Clone(item.Key()), nil
		}
		err := item.Value(func(value []byte) error {
			list.add(item.Key(), item.Version(), int64(item.ExpiresAt()), value)
			return nil
		})
		if err != nil {
			name, _ := describe(item.Key())
			return nil, &unreadable{name, err}
		}
	}
	return nil, nil
}

// unreadable is an entry whose value cannot be read.
type unreadable struct {
	name string
	err  error
}

// Error implements error.
func (u *unreadable) Error() string { return "read " + u.name + ": " + u.err.Error() }

// Unwrap implements errors.Is: it is damage, and the engine's error.
func (u *unreadable) Unwrap() []error { return []error{chat.ErrDamaged, u.err} }

// holds are the transactions that snapshots read at.
type holds struct {
	mu sync.Mutex
	at map[uint64]int // how many read at each
}

func (h *holds) add(at uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.at == nil {
		h.at = map[uint64]int{}
	}
	h.at[at]++
}

func (h *holds) remove(at uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.at[at]--; h.at[at] == 0 {
		delete(h.at, at)
	}
}

// oldest is the oldest transaction that is held, or at when that is older.
func (h *holds) oldest(at uint64) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	for held := range h.at {
		at = min(at, held)
	}
	return at
}

// Row returns the row that an entry is, with its shard; ok is false for other entries. The
// row keeps the entry's bytes.
func (e Entry) Row() (s chat.Shard, r chat.Row, ok bool) {
	if len(e.Key) == 0 || e.Key[0] != keyRow {
		return s, r, false
	}
	k := readKey(e.Key[1:])
	s = k.shard(k.app())
	r = chat.Row{Kind: k.kind(), Key: k.all(), Expires: e.Expires}
	return s, r, k.err() == nil && readRow(&r, e.Value) == nil
}

// WithRow is the entry of a row with another value.
func (e Entry) WithRow(value []byte) Entry {
	e.Value = putValue(nil, value)
	return e
}
