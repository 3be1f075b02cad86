package push

import (
	"context"
	"hash/maphash"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Which users of an app have devices that are pushed to is known in memory: a large group
// is looked at for every message, and most of its members are not asked about at all. The
// rows are read once; from then on each commit tells.

// holders are those of all apps. It is asked on the message path: that costs one load.
type holders struct {
	mu   sync.Mutex // serialises new apps
	apps atomic.Pointer[map[chat.AppID]*holding]
}

func (h *holders) all() map[chat.AppID]*holding {
	if m := h.apps.Load(); m != nil {
		return *m
	}
	return nil
}

// holding are the users of one app who have devices, by a hash of their names: what is in
// it by chance costs a read.
type holding struct {
	mu     sync.RWMutex
	seed   maphash.Seed
	users  map[uint64]struct{}
	count  atomic.Int64 // of users
	loaded bool
	// since are users who have come, in order, from number first on: lists made before
	// are completed with them.
	since []chat.UserID
	first int
}

// maxSince bounds holding.since.
const maxSince = 10_000

// holdersPage is how many rows are read at a time.
const holdersPage = 1000

// of is what is known of an app; it may be empty.
func (h *holders) of(app chat.AppID) *holding {
	if one := h.all()[app]; one != nil {
		return one
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if one := h.all()[app]; one != nil {
		return one
	}
	next := map[chat.AppID]*holding{app: {seed: maphash.MakeSeed(), users: map[uint64]struct{}{}}}
	maps.Copy(next, h.all())
	h.apps.Store(&next)
	return next[app]
}

func (h *holding) has(u chat.UserID) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	_, ok := h.users[maphash.String(h.seed, string(u))]
	return ok
}

// some reports whether there is anybody.
func (h *holding) some() bool { return h.count.Load() > 0 }

func (h *holding) add(u chat.UserID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := maphash.String(h.seed, string(u))
	if _, ok := h.users[key]; ok {
		return
	}
	h.users[key] = struct{}{}
	h.count.Store(int64(len(h.users)))
	if len(h.since) >= maxSince {
		h.first, h.since = h.first+len(h.since), nil
	}
	h.since = append(h.since, u)
}

func (h *holding) remove(u chat.UserID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.users, maphash.String(h.seed, string(u)))
	h.count.Store(int64(len(h.users)))
}

// come are the users who have come since a number, and the number for the next time; ok is
// false when they are not known any more.
func (h *holding) come(since int) (list []chat.UserID, next int, ok bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	next = h.first + len(h.since)
	if since < h.first {
		return nil, next, false
	}
	return append(list, h.since[since-h.first:]...), next, true
}

// load reads the rows of an app, once.
func (s *Service) load(ctx context.Context, app chat.AppID) (*holding, error) {
	h := s.holders.of(app)
	h.mu.RLock()
	loaded := h.loaded
	h.mu.RUnlock()
	if loaded {
		return h, nil
	}
	for after := ""; ; {
		rows, err := s.read.Rows(ctx, chat.AppShard(app), chat.RowKind(record.PushUser), "", after, holdersPage)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			h.add(chat.UserID(rows[i].Key))
			after = rows[i].Key
		}
		if len(rows) < holdersPage {
			break
		}
	}
	h.mu.Lock()
	h.loaded = true
	h.mu.Unlock()
	return h, nil
}

// holds reports whether a user may have devices.
func (s *Service) holds(ctx context.Context, app chat.AppID, u chat.UserID) (bool, error) {
	h, err := s.load(ctx, app)
	return err == nil && h.has(u), err
}

// wants tells the feed which commits it is about: messages of apps in which somebody has a device. On the way it
// notes who has got one. It runs on the lanes.
func (s *Service) wants(c *chat.Commit) bool {
	for i := range c.Mirrors {
		if m := &c.Mirrors[i]; m.Kind == chat.RowKind(record.PushUser) {
			h := s.holders.of(m.Shard.App)
			if u := chat.UserID(m.Key); m.Removes() {
				h.remove(u)
			} else {
				h.add(u)
			}
		}
	}
	if len(c.Messages) == 0 {
		return false
	}
	h := s.holders.all()[c.Shard.App]
	return h != nil && h.some()
}
