package broker

import (
	"cmp"
	"crypto/tls"
	"slices"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// stalls knows since when clients have been seen to owe an acknowledgement. It is filled by what
// looks at all connections, such as a scrape: acknowledgements themselves note no time.
type stalls struct {
	mu   sync.Mutex // held during a look at all connections
	seen map[*session]stall
	look uint64 // counts the looks
}

// stall is the oldest packet that a client owes an acknowledgement for.
type stall struct {
	first uint16 // its id
	since moment // when it was seen first
	look  uint64 // the last one that has seen it
}

// of is for how long a session's oldest packet has been seen, and notes it. stalls.mu and
// session.mu are held.
func (t *stalls) of(s *session, now time.Time) time.Duration {
	if len(s.out.queue) == 0 {
		return 0
	}
	was, ok := t.seen[s]
	if !ok || was.first != s.out.first {
		was = stall{first: s.out.first, since: at(now)}
	}
	was.look = t.look
	t.seen[s] = was
	return max(0, time.Duration(at(now)-was.since))
}

// begin begins a look at all connections, and end ends it: what it has not seen is forgotten.
func (t *stalls) begin() {
	t.mu.Lock()
	t.look++
	if t.seen == nil {
		t.seen = map[*session]stall{}
	}
}

func (t *stalls) end() {
	for s, one := range t.seen {
		if one.look != t.look {
			delete(t.seen, s)
		}
	}
	t.mu.Unlock()
}

// Glance looks at all connections, and names the most slow ones of an app (0: of all), by by. It
// is for operators: it takes each session's lock in turn.
func (b *Broker) Glance(app chat.AppID, by chat.SlowBy, most int) chat.Glance {
	g := chat.Glance{Transports: map[chat.Transport]int{}, Versions: map[byte]int{}}
	now := b.opt.Now()
	b.stalls.begin()
	defer b.stalls.end()
	b.index.everyone(func(u *user) {
		u.mu.Lock()
		all := slices.Clone(u.all)
		u.mu.Unlock()
		for _, s := range all {
			c, ok := s.connection(func() time.Duration { return b.stalls.of(s, now) })
			if !ok {
				g.Detached++
				continue
			}
			g.Connected++
			g.Transports[c.Transport]++
			g.Versions[c.Version]++
			if slow(&c) && (app == 0 || c.App == app) {
				g.Slow = append(g.Slow, c)
			}
		}
		if len(g.Slow) > 4*most+1024 { // what is not shown is not held
			g.Slow = slowest(g.Slow, by, most)
		}
	})
	g.Slow = slowest(g.Slow, by, most)
	return g
}

// slow reports whether something of a connection waits.
func slow(c *chat.Connection) bool { return c.Unacked > 0 || c.Behind > 0 || c.Waiting > 0 }

func slowest(list []chat.Connection, by chat.SlowBy, most int) []chat.Connection {
	slices.SortFunc(list, func(x, y chat.Connection) int {
		return cmp.Or(
			-cmp.Compare(slowness(&x, by), slowness(&y, by)),
			-cmp.Compare(x.Stuck, y.Stuck), -cmp.Compare(x.Waiting, y.Waiting), -cmp.Compare(x.Unacked, y.Unacked), compareConnections(&x, &y),
		)
	})
	return list[:min(most, len(list))]
}

func slowness(c *chat.Connection, by chat.SlowBy) int64 {
	switch by {
	case chat.SlowByUnacked:
		return int64(c.Unacked)
	case chat.SlowByWaiting:
		return int64(c.Waiting)
	case chat.SlowByBehind:
		return int64(c.Behind)
	}
	return int64(c.Stuck)
}

// transport is what carries a connection's MQTT.
func (c *conn) transport() chat.Transport {
	sock, ws := c.sock, false
	if w, ok := sock.(*wsConn); ok {
		sock, ws = w.Conn, true
	}
	_, secure := sock.(*tls.Conn)
	switch {
	case ws && secure:
		return chat.OverWSS
	case ws:
		return chat.OverWS
	case secure:
		return chat.OverTLS
	}
	return chat.OverTCP
}

// Traffic is what the clients of an app have sent and been sent since the server was started;
// messages that were sent are not the broker's to count.
func (b *Broker) Traffic(app chat.AppID) (t chat.Traffic) {
	b.meters.mu.Lock()
	m := b.meters.all[app]
	b.meters.mu.Unlock()
	if m != nil { // a client of it has come
		t.PacketsIn, t.PacketsOut, t.BytesIn, t.BytesOut = m.PacketsIn.Load(), m.PacketsOut.Load(), m.BytesIn.Load(), m.BytesOut.Load()
	}
	if f, ok := b.index.figures.Load(app); ok {
		t.Delivered = f.(*figures).downC2C.Load() + f.(*figures).downGroup.Load()
	}
	return t
}
