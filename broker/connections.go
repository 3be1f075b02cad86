package broker

import (
	"cmp"
	"slices"
	"strings"

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
			if c, ok := s.connection(); ok && wanted(&q, &c) {
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

// connection is what operators see of a session that is connected.
func (s *session) connection() (c chat.Connection, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.link
	if l == nil {
		return c, false
	}
	return chat.Connection{
		App: s.user.key.app, User: s.user.key.user,
		Device:     chat.Device{Client: s.client, Platform: l.Actor.Platform, IP: l.Actor.IP, Since: l.Since, Leaving: s.kicked != ""},
		Version:    s.version,
		Persistent: s.expiry > 0, Unacked: len(s.out.queue), Behind: len(s.lag.convs) - s.lag.passed,
	}, true
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

// Connected is how many connections an app has.
func (b *Broker) Connected(app chat.AppID) int64 { return b.meters.of(app).connected.Load() }
