//go:build e2e

package contract

import (
	"flag"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var proxied = flag.Int("messages", 200, "messages of each kind of client in the proxy test")

// A line that delays, swallows answers and breaks at any byte lies between
// clients and the server. Each message is in the history once, and the receiver on a
// kept session has seen each, the first sightings in order.
func TestUnrulyLine(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for _, c := range []struct {
		name    string
		ws      bool
		version byte
		twice   bool // the library may send a message twice
		pour    func(t *testing.T, from person, p pouring) (done func())
	}{
		{"Paho for MQTT 3.1.1, QoS 1", false, 4, false, pourPaho3(1)},
		// It forgets that it has sent PUBREL, and sends PUBLISH again, against
		// [MQTT-4.3.3-1]: to any server that is a new message.
		{"Paho for MQTT 3.1.1, QoS 2", false, 4, true, pourPaho3(2)},
		{"Paho for MQTT 5, QoS 1", false, 5, false, pourPaho5(1)},
		{"Paho for MQTT 5, QoS 2", false, 5, false, pourPaho5(2)},
		{"MQTT.js with ClientMsgId", true, 5, false, pourMQTTjs(1)},
		{"MQTT.js, QoS 2", true, 5, false, pourMQTTjs(2)},
		{"Paho for Python, QoS 1", false, 4, false, pourPython(1)},
		// Cut twice before it could say PUBREL again, it sends PUBLISH again, without DUP.
		{"Paho for Python, QoS 2", false, 4, true, pourPython(2)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			conv := &conversation{}
			conv.begin(t, s, false)
			line := newUnruly(t, s, c.ws)
			reader, writer := conv.reader, conv.writer
			reader.home, writer.home = line.home, line.home
			seen := hearThrough(t, reader, c.version)
			line.wild()
			p := pouring{to: conv.target, n: *proxied}
			done := c.pour(t, writer, p)
			seen.wait(t, *proxied)
			line.calm()
			done()
			for i := range *proxied {
				conv.acked[p.text(i)] = true
			}
			for _, problem := range conv.check(t, s) {
				if !c.twice || !strings.HasSuffix(problem, "is there twice") {
					t.Error(problem)
				}
			}
			there := unique(conv.order)
			if len(there) != *proxied {
				t.Errorf("the history has %d messages, want %d", len(there), *proxied)
			}
			if got := seen.first(); !slices.Equal(got, there) {
				t.Errorf("the receiver saw\n%.600q\nand the history has\n%.600q", got, there)
			}
			t.Logf("%d connections were cut", line.cuts.Load())
			if line.cuts.Load() < int64(max(1, *proxied/200)) {
				t.Error("the line hardly ever broke: the test has no teeth")
			}
		})
	}
}

// unique leaves out what was there before.
func unique(all []string) (first []string) {
	seen := map[string]bool{}
	for _, s := range all {
		if !seen[s] {
			seen[s] = true
			first = append(first, s)
		}
	}
	return first
}

// sightings are the texts a receiver has seen.
type sightings struct {
	mu    sync.Mutex // guards the fields below
	seen  map[string]bool
	order []string
	more  chan struct{} // has room for one
}

func newSightings() *sightings {
	return &sightings{seen: map[string]bool{}, more: make(chan struct{}, 1)}
}

func (s *sightings) see(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.seen[text] {
		s.seen[text] = true
		s.order = append(s.order, text)
	}
	select {
	case s.more <- struct{}{}:
	default:
	}
}

func (s *sightings) first() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.order)
}

// wait waits until so many were seen. It has failed when nothing more comes.
func (s *sightings) wait(t *testing.T, n int) {
	t.Helper()
	for len(s.first()) < n {
		select {
		case <-s.more:
		case <-time.After(patience):
			t.Errorf("%d messages were seen, want %d", len(s.first()), n)
			return
		}
	}
}

// unruly is a line to the server that breaks, once it is told to.
type unruly struct {
	ln     net.Listener
	to     string
	home   *server // as clients of the line see it
	cuts   atomic.Int64
	broken atomic.Bool // it behaves badly

	mu     sync.Mutex // guards the fields below
	chance *rand.Rand
	conns  map[net.Conn]bool
	all    sync.WaitGroup
}

func newUnruly(t *testing.T, s *server, ws bool) *unruly {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u := &unruly{ln: ln, chance: seeded(t), conns: map[net.Conn]bool{}}
	u.home, u.to = through(s, ln.Addr().String(), ws)
	u.all.Go(u.serve)
	t.Cleanup(func() {
		ln.Close()
		u.cutAll()
		u.all.Wait()
	})
	return u
}

func (u *unruly) wild() {
	u.broken.Store(true)
	u.cutAll() // connections that were made in peace have no end
}

func (u *unruly) calm() {
	u.broken.Store(false)
	u.cutAll()
}

func (u *unruly) cutAll() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for c := range u.conns {
		c.Close()
	}
}

func (u *unruly) serve() {
	for {
		client, err := u.ln.Accept()
		if err != nil {
			return
		}
		server, err := net.DialTimeout("tcp", u.to, patience)
		if err != nil {
			client.Close()
			continue
		}
		u.all.Go(func() { u.carry(client, server) })
	}
}

// fate is what will become of a connection.
type fate struct {
	up, down int // bytes after which it is cut, -1: never
	swallow  int // bytes from the server after which nothing more arrives, -1: never
	delay    time.Duration
}

// draw draws the fate of a new connection. The handshake of most gets through.
func (u *unruly) draw() fate {
	f := fate{up: -1, down: -1, swallow: -1}
	if !u.broken.Load() {
		return f
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	switch n, kind := u.chance.IntN(2500), u.chance.IntN(3); {
	case u.cuts.Load() == 0: // a short run has one cut at least
		f.up = n / 4
	case kind == 0:
		f.up = n
	case kind == 1:
		f.down = n
	default:
		f.swallow = n / 2
	}
	f.delay = time.Duration(u.chance.Int64N(int64(3 * time.Millisecond)))
	return f
}

func (u *unruly) carry(client, server net.Conn) {
	f := u.draw()
	u.mu.Lock()
	u.conns[client], u.conns[server] = true, true
	u.mu.Unlock()
	end := sync.OnceFunc(func() {
		client.Close()
		server.Close()
	})
	cut := func() {
		u.cuts.Add(1)
		end()
	}
	var both sync.WaitGroup
	both.Go(func() { pass(server, client, f.up, f.delay, cut); end() })
	both.Go(func() {
		if f.swallow < 0 {
			pass(client, server, f.down, f.delay, cut)
		} else if pass(client, server, f.swallow, f.delay, func() {}) {
			// What the client sends from now on is served, and it does not hear of it.
			late := time.AfterFunc(50*time.Millisecond, cut)
			_, _ = io.Copy(io.Discard, server)
			late.Stop()
		}
		end()
	})
	both.Wait()
	u.mu.Lock()
	delete(u.conns, client)
	delete(u.conns, server)
	u.mu.Unlock()
}

// pass copies until an end, or so many bytes, and tells whether it was the latter.
func pass(to io.Writer, from io.Reader, most int, delay time.Duration, full func()) bool {
	buf := make([]byte, 2048)
	for {
		n, err := from.Read(buf)
		if most >= 0 && n >= most {
			_, _ = to.Write(buf[:most])
			full()
			return true
		}
		if most >= 0 {
			most -= n
		}
		time.Sleep(delay)
		if _, failed := to.Write(buf[:n]); failed != nil || err != nil {
			return false
		}
	}
}
