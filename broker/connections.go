package broker

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// Connections pages the live connections by app, user and client, at most limit. It looks at all
// of them: it is for operators.
func (b *Broker) Connections(q chat.ConnectionQuery, limit int) []chat.Connection {
	var page []chat.Connection
	b.index.everyone(func(u *user) {
		if q.App != 0 && u.key.app != q.App || !strings.HasPrefix(string(u.key.user), string(q.User)) {
			return
		}
		for _, s := range u.sessions() {
			if c, ok := s.connection(nil); ok && wanted(&q, &c) {
				page = append(page, c)
			}
		}
		if len(page) > 4*limit+1024 { // what is not of this page is not held
			page = firstOf(page, limit)
		}
	})
	return firstOf(page, limit)
}

func firstOf(page []chat.Connection, limit int) []chat.Connection {
	slices.SortFunc(page, func(a, b chat.Connection) int { return compareConnections(&a, &b) })
	return page[:min(limit, len(page))]
}

func wanted(q *chat.ConnectionQuery, c *chat.Connection) bool {
	return (q.Platform == "" || c.Platform == q.Platform) && strings.HasPrefix(c.IP, q.Address) &&
		(q.After == nil || compareConnections(c, q.After) > 0)
}

func compareConnections(a, b *chat.Connection) int {
	return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.User, b.User), cmp.Compare(a.Client, b.Client))
}

// connection is what operators see of a session that is connected. stuck, if not nil, is asked with
// the session's lock held.
func (s *session) connection(stuck func() time.Duration) (c chat.Connection, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.link
	if l == nil {
		return c, false
	}
	c = chat.Connection{
		App: s.user.key.app, User: s.user.key.user,
		Device:  chat.Device{Client: s.client, Platform: l.Actor.Platform, IP: l.Actor.IP, Since: l.Since, Leaving: s.kicked != ""},
		Version: s.version, Transport: s.conn.transport(),
		Persistent: s.expiry > 0, Unacked: len(s.out.queue), Behind: len(s.lag.convs) - s.lag.passed, Waiting: s.conn.Pending(),
	}
	if stuck != nil {
		c.Stuck = stuck()
	}
	return c, true
}

// CutOff closes the connections of an app that nobody may use any more, and returns how many
// there were.
func (b *Broker) CutOff(app chat.AppID) (n int) {
	b.index.everyone(func(u *user) {
		if u.key.app != app {
			return
		}
		for _, s := range u.sessions() {
			s.kick(chat.KickServer, chat.KickedBy{})
			n++
		}
	})
	return n
}

// Forget closes the connections of an app that is being erased, and forgets its sessions that
// have none: their rows are the store's to remove. It returns how many connections there were: their
// sessions are forgotten by a later call.
func (b *Broker) Forget(app chat.AppID) (open int) {
	b.index.everyone(func(u *user) {
		if u.key.app != app {
			return
		}
		u.mu.Lock()
		all := slices.Clone(u.all)
		u.absent = nil
		watches := len(u.rooms) > 0
		u.mu.Unlock()
		left := 0
		for _, s := range all {
			if !b.forget(s) {
				s.kick(chat.KickServer, chat.KickedBy{})
				left++
			}
		}
		if open += left; left == 0 && watches {
			b.svc.Offline(b.ctx, chat.Actor{App: app, User: u.key.user}, "", "", true)
		}
	})
	return open
}

// forget takes a session out of memory that has no connection, and reports whether it had none.
func (b *Broker) forget(s *session) bool {
	stripe := b.stripe(s.user.key, s.client)
	stripe.Lock()
	defer stripe.Unlock()
	u := s.user
	u.mu.Lock()
	defer u.mu.Unlock()
	s.mu.Lock()
	connected := s.link != nil
	if !connected {
		s.will, s.stored, s.dirty = nil, false, false
	}
	s.mu.Unlock()
	if !connected {
		b.disconnect(u, s)
		u.forget(s)
		b.index.drop(u)
	}
	return !connected
}

// Connected is how many connections an app has.
func (b *Broker) Connected(app chat.AppID) int64 { return b.meters.of(app).connected.Load() }
