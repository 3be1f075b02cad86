package ledger

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/teahouse-im/teahouse/chat"
)

// maxFed bounds the shards that wait in a feed, some 100 bytes each; beyond it the feed is lost.
const maxFed = 100_000

// Feed tells one follower which shards have moved, so that it finds in the store what
// is new there. It is a hint kept in memory: after a start, and when it was lost, the follower
// looks at everything that has moved since it looked last.
type Feed struct {
	ledger *Ledger
	wants  func(*chat.Commit) bool
	ready  chan struct{}

	mu    sync.Mutex
	moved map[chat.Shard]struct{}
	order []chat.Shard // of moved, who moved first
	lost  bool
}

// Follow begins a feed of the shards whose commits wants accepts: after they are
// durable and told, with their numbers. wants is called by the lanes, so it is quick and asks
// nobody. Close ends the feed.
func (l *Ledger) Follow(wants func(*chat.Commit) bool) *Feed {
	f := &Feed{ledger: l, wants: wants, ready: make(chan struct{}, 1), moved: make(map[chat.Shard]struct{})}
	l.feeds.change(func(list []*Feed) []*Feed { return append(list, f) })
	return f
}

// Close ends the feed; what it holds is forgotten.
func (f *Feed) Close() {
	f.ledger.feeds.change(func(list []*Feed) []*Feed {
		return slices.DeleteFunc(list, func(other *Feed) bool { return other == f })
	})
}

// Ready is sent to when there is something to take.
func (f *Feed) Ready() <-chan struct{} { return f.ready }

// Take takes at most limit shards that have moved since they were taken last, those
// that have waited longest first. lost reports that more had moved than the feed holds: what it
// held is forgotten, and the follower looks at everything. While there is more to take,
// Ready is sent to again.
func (f *Feed) Take(limit int) (shards []chat.Shard, lost bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lost {
		f.lost = false
		return nil, true
	}
	n := min(limit, len(f.order))
	shards = slices.Clone(f.order[:n])
	f.order = f.order[n:]
	for _, s := range shards {
		delete(f.moved, s)
	}
	if len(f.order) == 0 {
		f.order = nil // and with it what was taken
	} else {
		f.wake()
	}
	return shards, false
}

func (f *Feed) note(c *chat.Commit) {
	if !f.wants(c) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, waits := f.moved[c.Shard]; waits || f.lost {
		return
	}
	if len(f.order) >= maxFed {
		f.lost, f.order = true, nil
		clear(f.moved)
	} else {
		f.moved[c.Shard] = struct{}{}
		f.order = append(f.order, c.Shard)
	}
	f.wake()
}

func (f *Feed) wake() {
	select {
	case f.ready <- struct{}{}:
	default:
	}
}

// feeds are those who follow; a lane asks with one load.
type feeds struct {
	mu   sync.Mutex // held to change list
	list atomic.Pointer[[]*Feed]
}

func (f *feeds) change(with func([]*Feed) []*Feed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []*Feed
	if was := f.list.Load(); was != nil {
		list = slices.Clone(*was)
	}
	list = with(list)
	f.list.Store(&list)
}

func (f *feeds) note(c *chat.Commit) {
	list := f.list.Load()
	if list == nil {
		return
	}
	for _, one := range *list {
		one.note(c)
	}
}
