package broker

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/sessions"
)

// memoryFor is how long a session without a connection stays in memory. A
// client that comes back later finds it in the store.
const memoryFor = time.Minute

// absence is a session that is in the store alone: of a user who watches AVChatRooms
// (they are known to this server only), until when it may come back.
type absence struct {
	client string
	until  moment
}

// forgettable reports whether nothing is lost when the session leaves memory: its
// state is saved, no Will waits, and the core has answered all it sent. mu is held.
func (s *session) forgettable(now time.Time) bool {
	return s.link == nil && s.will == nil && !s.dirty && s.stored &&
		now.Sub(time.UnixMilli(s.away)) >= memoryFor && !s.until.passed(now) && s.pubs.Idle()
}

// evict takes a session out of memory, if that still loses nothing.
func (b *Broker) evict(s *session, now time.Time) {
	stripe := b.stripe(s.user.key, s.client)
	stripe.Lock()
	defer stripe.Unlock()
	u := s.user
	u.mu.Lock()
	defer u.mu.Unlock()
	s.mu.Lock()
	can, until := s.forgettable(now), s.until
	s.mu.Unlock()
	if !can || u.session(s.client) != s {
		return
	}
	u.forget(s)
	if len(u.rooms) > 0 {
		u.absent = append(u.absent, absence{s.client, until})
	}
	b.index.drop(u)
}

// back ends the absence of a session that is in memory again, or that others have
// pushed out. u.mu is held.
func (u *user) back(client string) {
	u.absent = slices.DeleteFunc(u.absent, func(a absence) bool { return a.client == client })
}

// alone reports whether nothing is left of the user but the rooms they watched: the
// last of their absent sessions has ended. u.mu is held.
func (u *user) alone(now time.Time) bool {
	before := len(u.absent)
	u.absent = slices.DeleteFunc(u.absent, func(a absence) bool { return a.until.passed(now) })
	return before > 0 && len(u.absent) == 0 && len(u.all) == 0
}

// wasLast reports whether the user has no session left, connected or resumable, after
// the one of a client has ended. For users who watch no room the store is not looked
// into: nobody asks about them.
func (b *Broker) wasLast(u *user, client string) bool {
	u.mu.Lock()
	here, watches := len(u.all)+len(u.absent), len(u.rooms) > 0
	u.mu.Unlock()
	if here > 0 || !watches {
		return here == 0
	}
	list, err := b.stored(u.key)
	if err != nil {
		b.log.Error("list sessions failed", "app", uint32(u.key.app), "user", string(u.key.user), "err", err)
		return true
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, st := range list {
		if st.Client != client {
			u.absent = append(u.absent, absence{st.Client, at(time.Unix(st.Expires, 0))})
		}
	}
	return len(u.all)+len(u.absent) == 0
}

// stored lists the saved sessions of a user.
func (b *Broker) stored(k userKey) (list []*chat.SessionState, err error) {
	after := &chat.SessionState{App: k.app, User: k.user}
	for limit := 4; ; limit *= 4 { // most have one or two
		page, err := b.store.AllSessions(b.ctx, after, limit)
		if err != nil {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		for _, st := range page {
			if st.App != k.app || st.User != k.user {
				return list, nil
			}
			list = append(list, st)
		}
		if len(page) < limit {
			return list, nil
		}
		after = page[len(page)-1]
	}
}

// bound keeps the sessions of a user's absent devices within twice the number of
// devices (spec/00 §1): those longest away end.
func (b *Broker) bound(k userKey, devices int) {
	if devices <= 0 {
		return
	}
	list, err := b.stored(k)
	if err != nil {
		b.log.Error("bound sessions failed", "app", uint32(k.app), "user", string(k.user), "err", err)
		return
	}
	if len(list) <= 2*devices {
		return
	}
	gone := b.absentOf(k, list)
	for _, a := range gone[:max(0, len(gone)-2*devices)] {
		b.end(k, a)
	}
}

// away is a saved session that no connection has.
type away struct {
	client string
	since  int64 // Unix milliseconds
	state  *sessions.State
}

// absentOf are those of a user's saved sessions that no connection has, the longest away
// first. What memory says is newer than what was saved.
func (b *Broker) absentOf(k userKey, list []*chat.SessionState) []away {
	u := b.index.locked(k)
	defer u.mu.Unlock()
	defer b.index.drop(u)
	var gone []away
	for _, st := range list {
		a := away{client: st.Client}
		if d, err := sessions.DecodeState(st.Data); err == nil {
			a.state, a.since = d, d.Away
		}
		if s := u.session(st.Client); s != nil {
			s.mu.Lock()
			connected := s.link != nil
			a.since = s.away
			s.mu.Unlock()
			if connected {
				continue
			}
		}
		gone = append(gone, a)
	}
	slices.SortFunc(gone, func(x, y away) int { return cmp.Or(cmp.Compare(x.since, y.since), cmp.Compare(x.client, y.client)) })
	return gone
}

// end ends the session of an absent device, unless it has just come back.
func (b *Broker) end(k userKey, a away) {
	stripe := b.stripe(k, a.client)
	stripe.Lock()
	defer stripe.Unlock()
	u := b.index.locked(k)
	s := u.session(a.client)
	u.back(a.client)
	b.index.drop(u)
	u.mu.Unlock()
	if s == nil {
		if err := b.erase(k, a.client, a.state); err != nil {
			b.log.Error("delete session failed", "app", uint32(k.app), "user", string(k.user), "err", err)
		}
		return
	}
	s.mu.Lock()
	connected, will := s.link != nil, s.will
	if !connected {
		s.will = nil
	}
	s.mu.Unlock()
	if connected {
		return
	}
	b.discard(s)
	if will != nil {
		will.Fire()
	}
}

// silence drops what waits for a resumed session from groups that its user has left,
// or whose messages they discard, since it was saved. The user's memberships are
// loaded.
func (s *session) silence() {
	u := s.user
	u.mu.Lock()
	defer u.mu.Unlock()
	s.mu.Lock()
	waiting := slices.Collect(maps.Keys(s.lag.convs))
	s.mu.Unlock()
	for _, c := range waiting {
		if !u.hears(c) {
			s.mu.Lock()
			s.lag.remove(c)
			s.mu.Unlock()
		}
	}
}

// hears reports whether the user is to be sent a conversation's messages. u.mu is held.
func (u *user) hears(c chat.Conversation) bool {
	if c.Kind != chat.InGroup {
		return true
	}
	g := c.Group().Home()
	a := u.groups[g]
	if a == nil {
		return u.rooms[g] != nil
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.wants(u, c.Group()) != chat.WantNone
}

// flush saves what is left to be saved when the broker has closed.
func (b *Broker) flush() {
	var due dues
	b.index.everyone(func(u *user) {
		u.mu.Lock()
		defer u.mu.Unlock()
		for _, s := range u.all {
			s.mu.Lock()
			if s.link == nil && s.dirty {
				due.states = append(due.states, s)
			}
			s.mu.Unlock()
		}
	})
	b.write(context.Background(), &due)
}
