package broker

import (
	"context"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
	"github.com/teahouse-im/teahouse/wire/form"
)

// The states of users are told by one goroutine, so that nobody gets an older one behind a
// newer: it reads a state right before it tells it. A state that moves several times before its
// turn comes is told once. A login does no more than put its user into the queue.
const (
	statesAtOnce = 64                    // read together
	framesAtOnce = 256                   // told before others get the processor
	framesRest   = time.Millisecond      // after so many
	movesRest    = 40 * time.Millisecond // after some moves, so that a storm's are told together
)

// watchers knows which connections watch which users, in memory: connections end it. The locks of shards are
// taken under session.mu.
type watchers struct {
	b      *Broker
	seed   maphash.Seed
	shards [indexShards]watchShard
	users  atomic.Int64 // who are watched

	mu     sync.Mutex // guards the queue
	moved  []userKey  // whose state may have changed, each once
	queued map[userKey]bool
	toTell []told
	wake   chan struct{}
	urgent chan struct{} // a session waits for present states
}

type watchShard struct {
	mu sync.Mutex
	m  map[userKey]*watchedUser
}

// watchedUser is a user that is watched.
type watchedUser struct {
	by    map[*session]uint64 // and the hash of the state that each was told last; 0: none
	until int64               // when the state ends by itself, Unix seconds; 0: it does not
}

// told is a session that is to be told the present states of users.
type told struct {
	s     *session
	users []chat.UserID
}

func newWatchers(b *Broker) *watchers {
	w := &watchers{b: b, seed: b.seed, queued: map[userKey]bool{}, wake: make(chan struct{}, 1), urgent: make(chan struct{}, 1)}
	for i := range w.shards {
		w.shards[i].m = map[userKey]*watchedUser{}
	}
	return w
}

func (w *watchers) shard(k userKey) *watchShard {
	return &w.shards[maphash.Comparable(w.seed, k)%indexShards]
}

func (w *watchers) add(k userKey, s *session) {
	sh := w.shard(k)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	u := sh.m[k]
	if u == nil {
		u = &watchedUser{by: map[*session]uint64{}}
		sh.m[k] = u
		w.users.Add(1)
	}
	if _, has := u.by[s]; !has {
		u.by[s] = 0
	}
}

func (w *watchers) remove(k userKey, s *session) {
	sh := w.shard(k)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	u := sh.m[k]
	if u == nil {
		return
	}
	delete(u.by, s)
	if len(u.by) == 0 {
		delete(sh.m, k)
		w.users.Add(-1)
	}
}

// StateMoved implements chat.Deliverer.
func (b *Broker) StateMoved(app chat.AppID, u chat.UserID) { b.watchers.move(userKey{app, u}) }

// move puts a user into the queue, if anybody watches them.
func (w *watchers) move(k userKey) {
	if w.users.Load() == 0 {
		return
	}
	sh := w.shard(k)
	sh.mu.Lock()
	watched := sh.m[k] != nil
	sh.mu.Unlock()
	if !watched {
		return
	}
	w.mu.Lock()
	if !w.queued[k] {
		w.queued[k] = true
		w.moved = append(w.moved, k)
	}
	w.mu.Unlock()
	ring(w.wake)
}

// greet has a session told the present states of users.
func (w *watchers) greet(s *session, users []chat.UserID) {
	w.mu.Lock()
	w.toTell = append(w.toTell, told{s, users})
	w.mu.Unlock()
	ring(w.wake)
	ring(w.urgent)
}

func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

// run tells states until ctx ends.
func (w *watchers) run(ctx context.Context) {
	defer w.b.workers.Done()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		}
		for ctx.Err() == nil && (w.tellOne(ctx) || w.moveSome(ctx)) {
		}
	}
}

// tellOne tells a piece of what the next session is to be told; false when there is none.
func (w *watchers) tellOne(ctx context.Context) bool {
	w.mu.Lock()
	if len(w.toTell) == 0 {
		w.toTell = nil
		w.mu.Unlock()
		return false
	}
	g := &w.toTell[0]
	n := min(len(g.users), statesAtOnce)
	s, users := g.s, g.users[:n]
	if g.users = g.users[n:]; len(g.users) == 0 {
		w.toTell[0] = told{}
		w.toTell = w.toTell[1:]
	}
	w.mu.Unlock()
	news := w.states(ctx, s.user.key.app, users)
	s.presence(slices.DeleteFunc(news, func(f state) bool { return !w.note(userKey{s.user.key.app, f.user}, f, s) }))
	return true
}

// note notes that a session is told a state; false when it does not watch the user.
func (w *watchers) note(k userKey, f state, s *session) bool {
	sh := w.shard(k)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	u := sh.m[k]
	if u == nil {
		return false
	}
	_, watches := u.by[s]
	if watches {
		u.by[s], u.until = f.hash, f.until
	}
	return watches
}

// moveSome tells of users whose states have moved; false when there are none.
func (w *watchers) moveSome(ctx context.Context) bool {
	w.mu.Lock()
	n := 0
	for n < min(len(w.moved), statesAtOnce) && w.moved[n].app == w.moved[0].app {
		delete(w.queued, w.moved[n]) // one that moves from here on is read again
		n++
	}
	some := w.moved[:n]
	if w.moved = w.moved[n:]; len(w.moved) == 0 {
		w.moved = nil
	}
	w.mu.Unlock()
	if n == 0 {
		return false
	}
	users := make([]chat.UserID, n)
	for i, k := range some {
		users[i] = k.user
	}
	frames := 0
	for s, news := range w.news(some, w.states(ctx, some[0].app, users)) {
		s.presence(news)
		if frames += len(news); frames >= framesAtOnce {
			frames = 0
			if !w.pause(ctx, framesRest) {
				return false
			}
		}
	}
	return w.pause(ctx, movesRest)
}

// pause waits, but not while a session waits for present states; false when ctx has ended.
func (w *watchers) pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
	case <-w.urgent:
	}
	return true
}

// news are what sessions are to be told of the states: those are theirs who were told
// others. The frames of a session come together, and so in few packets.
func (w *watchers) news(users []userKey, list []state) map[*session][]state {
	all := map[*session][]state{}
	for i, f := range list {
		sh := w.shard(users[i])
		sh.mu.Lock()
		if u := sh.m[users[i]]; u != nil {
			u.until = f.until
			for s, told := range u.by {
				if told != f.hash {
					u.by[s] = f.hash
					all[s] = append(all[s], f)
				}
			}
		}
		sh.mu.Unlock()
	}
	return all
}

// state is that of a user, ready to be told.
type state struct {
	user  chat.UserID
	face  *face
	hash  uint64
	until int64
}

// states are those of users as they are now, none when they cannot be read. Who has no
// account is Unknown.
func (w *watchers) states(ctx context.Context, app chat.AppID, users []chat.UserID) []state {
	found, _, err := w.b.svc.Presences(ctx, chat.Actor{App: app, Standing: chat.AsSystem}, users)
	if err != nil {
		if chat.IsFault(err) && ctx.Err() == nil {
			w.b.log.Error("read states failed", "app", uint32(app), "users", len(users), "err", err)
		}
		return nil
	}
	list := make([]state, len(users))
	for i, u := range users {
		p := chat.Presence{User: u, State: chat.Unknown}
		if len(found) > 0 && found[0].User == u {
			p, found = found[0], found[1:]
		}
		body := form.AppendPresence(nil, &p)
		list[i] = state{u, &face{to: topics.Presence(u), payload: body}, maphash.Bytes(w.seed, body), p.Until}
	}
	return list
}

// over moves those whose state has ended by itself.
func (w *watchers) over(now int64) {
	var list []userKey
	for i := range w.shards {
		sh := &w.shards[i]
		sh.mu.Lock()
		for k, u := range sh.m {
			if u.until != 0 && u.until <= now {
				u.until = 0
				list = append(list, k)
			}
		}
		sh.mu.Unlock()
	}
	for _, k := range list {
		w.move(k)
	}
}
