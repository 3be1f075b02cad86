package broker

import (
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
)

// systemEvery is how often the values below $SYS/ are sent (spec/00 §4).
const systemEvery = 10 * time.Second

// flow counts what passes through connections.
type flow struct {
	BytesIn   atomic.Int64
	PacketsIn atomic.Int64 // begun, by their fixed headers

	_ [64]byte // readers and flushers on other cores do not share a cache line

	BytesOut   atomic.Int64
	PacketsOut atomic.Int64
	Flushes    atomic.Int64 // writes to sockets
}

// meter is what one app's clients make of the server, since it started.
type meter struct {
	flow
	connected atomic.Int64 // now
}

// meters has an app's meter from its first client on.
type meters struct {
	mu  sync.Mutex
	all map[chat.AppID]*meter
}

func (m *meters) of(app chat.AppID) *meter {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil {
		m.all = map[chat.AppID]*meter{}
	}
	if m.all[app] == nil {
		m.all[app] = new(meter)
	}
	return m.all[app]
}

// sum adds up a counter over all connections, those without an app included.
func (b *Broker) sum(counter func(*flow) *atomic.Int64) func() int64 {
	return func() int64 {
		n := counter(&b.in.stats.flow).Load()
		b.meters.mu.Lock()
		defer b.meters.mu.Unlock()
		for _, m := range b.meters.all {
			n += counter(&m.flow).Load()
		}
		return n
	}
}

// system sends the values below $SYS/ that the session asks for, about its own
// app. mu is held.
func (s *session) system(now time.Time) {
	set := s.filters.Load()
	if s.sysAt = 0; !s.live || !set.System() {
		return
	}
	s.sysAt = at(now.Add(systemEvery))
	if app, err := s.b.svc.App(s.user.key.app); err != nil || !app.IsAdmin(s.user.key.user) {
		return
	}
	for _, name := range topics.SystemNames {
		to := topics.System(name)
		if s.asks(to) {
			s.once(&face{to: to, payload: []byte(s.systemValue(name, now))})
		}
	}
}

// systemValue is the text of one value. Packets of every type count as messages.
func (s *session) systemValue(name string, now time.Time) string {
	m := s.b.meters.of(s.user.key.app)
	var n int64
	switch name {
	case "version":
		return s.b.opt.Version
	case "uptime": // seconds
		n = int64(now.Sub(s.b.started) / time.Second)
	case "clients/connected":
		n = m.connected.Load()
	case "messages/received":
		n = m.PacketsIn.Load()
	case "messages/sent":
		n = m.PacketsOut.Load()
	case "bytes/received":
		n = m.BytesIn.Load()
	case "bytes/sent":
		n = m.BytesOut.Load()
	}
	return strconv.FormatInt(n, 10)
}

// Present implements hooks.Session.
func (s *session) Present() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.system(s.b.opt.Now())
	s.greets()
}
