//go:build e2e

package contract

import (
	"bufio"
	"flag"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

var (
	crashes   = flag.Int("crashes", 5, "how often the crash test kills the program")
	crashSeed = flag.Uint64("seed", 0, "of the crash, proxy and tenants tests; 0 draws one")
)

// seeded is a source of chance that a failed test can be given again.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := *crashSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// Crash: the program is killed in the middle of all kinds of traffic, and
// sometimes while it starts, again and again on one folder. What was acknowledged is
// there, once, and the numbers have no holes; sessions, filters, groups and
// webhooks are whole.
func TestCrash(t *testing.T) {
	t.Parallel()
	chance := seeded(t)
	data := t.TempDir()
	hooks := newTally(t)
	args := []string{"--no-limits", "--data", data, "--webhook", hooks.url}
	s := start(t, args...)
	l := newLoad(t, s, 4)
	hooks.follow(l.mix(t, s)...)
	total, unborn := 0, 0
	for range *crashes {
		limit := 50 + chance.IntN(1500) // at an unforeseen moment of the load, and of the commit
		l.run(func(acked int) bool { return acked >= limit }, func() {
			if err := s.Kill(); err != nil {
				t.Error(err)
			}
		})
		total += int(l.acked.Load())
		for chance.IntN(3) == 0 {
			killedAtStart(t, time.Duration(chance.Int64N(int64(150*time.Millisecond))), args...)
			unborn++
		}
		if chance.IntN(2) == 0 {
			sound(t, data)
		}
		s = start(t, args...)
		if problems := append(l.check(t, s), hooks.problems()...); len(problems) > 0 {
			t.Fatalf("after %d kills:\n%s", l.round, strings.Join(problems[:min(20, len(problems))], "\n"))
		}
	}
	l.fromTheStart()
	for _, problem := range append(l.check(t, s), hooks.settled()...) {
		t.Error(problem)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	sound(t, data)
	if total < *crashes*50 {
		t.Errorf("%d messages were acknowledged in %d rounds: there was no load to speak of", total, *crashes)
	}
	t.Logf("%d kills under load and %d during a start, %d sends and changes acknowledged, %d webhooks told, all there",
		l.round, unborn, total, hooks.count())
}

// killedAtStart starts the program and kills it before it is ready, or soon after.
func killedAtStart(t *testing.T, after time.Duration, args ...string) {
	t.Helper()
	s, err := house.Begin(filepath.Join(t.TempDir(), "ready"), args...)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.Done():
		t.Errorf("the program ended by itself: %s", s.Log)
	case <-time.After(after):
	}
	if err := s.Kill(); err != nil {
		t.Error(err)
	}
}

// sound runs "teahouse verify".
func sound(t *testing.T, data string) {
	t.Helper()
	if out, err := house.Run("verify", "--data", data); err != nil {
		t.Fatalf("verify: %v\n%s", err, out)
	}
}

// The checks of TestCrash can fail: here they watch a server that
// acknowledges before it appends. It is the real one behind a proxy that answers each
// publish itself and forwards it later: what a server would be that sends PUBACK
// first. When it is killed, messages that were acknowledged are missing, and the check must say so.
func TestCrashCheckDetectsEarlyAck(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := start(t, "--no-limits", "--data", data)
	l := newLoad(t, s, 2)
	honest := s.MQTT
	early := newEarlyAck(t, honest)
	s.MQTT = early.addr()
	l.run(func(acked int) bool { return acked >= 1000 }, func() {
		if err := s.Kill(); err != nil {
			t.Error(err)
		}
		early.close()
	})
	s = start(t, "--no-limits", "--data", data)
	problems := l.check(t, s)
	if !slices.ContainsFunc(problems, func(p string) bool { return strings.HasSuffix(p, "was acknowledged and is not there") }) {
		t.Errorf("a server that acknowledges too early passes the check: %q", problems)
	}
}

// And it sees holes and repetitions.
func TestCrashCheckDetectsHolesAndRepetitions(t *testing.T) {
	t.Parallel()
	message := func(seq int, name string) object {
		return object{"MsgSeq": float64(seq), "ClientMsgId": name, "MsgBody": textBody(name)}
	}
	c := conversation{name: "c2c/x", stored: map[string]bool{}}
	if p := append(c.account(message(1, "a")), c.account(message(2, "b"))...); len(p) != 0 {
		t.Errorf("two good messages: %q", p)
	}
	if p := c.account(message(4, "c")); len(p) != 1 {
		t.Errorf("a hole: %q", p)
	}
	if p := c.account(message(5, "a")); len(p) != 1 {
		t.Errorf("a repetition: %q", p)
	}
}

// earlyAck is the proxy of TestCrashCheckDetectsEarlyAck.
type earlyAck struct {
	ln    net.Listener
	to    string
	mu    sync.Mutex // guards conns
	conns []net.Conn
	all   sync.WaitGroup
}

func newEarlyAck(t *testing.T, to string) *earlyAck {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &earlyAck{ln: ln, to: to}
	p.all.Go(p.serve)
	t.Cleanup(p.close)
	return p
}

func (p *earlyAck) addr() string { return p.ln.Addr().String() }

func (p *earlyAck) close() {
	p.ln.Close()
	p.mu.Lock()
	for _, c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
	p.all.Wait()
}

func (p *earlyAck) serve() {
	for {
		client, err := p.ln.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.to)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		p.all.Go(func() { p.forward(client, server) })
		p.all.Go(func() { p.back(client, server) })
	}
}

// lateness is how many publishes the proxy has acknowledged and not yet
// forwarded.
const lateness = 20

// forward answers publishes itself and passes them on late.
func (p *earlyAck) forward(client, server net.Conn) {
	defer server.Close()
	in := bufio.NewReader(client)
	var held [][]byte
	for {
		whole, kind, body, err := readWhole(in)
		if err != nil {
			return
		}
		if kind != packets.Publish {
			server.Write(whole)
			continue
		}
		topic := int(body[0])<<8 | int(body[1])
		client.Write([]byte{packets.Puback << 4, 2, body[2+topic], body[3+topic]})
		if held = append(held, whole); len(held) > lateness {
			server.Write(held[0])
			held = held[1:]
		}
	}
}

// back passes on what the server says, except its acknowledgements.
func (p *earlyAck) back(client, server net.Conn) {
	defer client.Close()
	in := bufio.NewReader(server)
	for {
		whole, kind, _, err := readWhole(in)
		if err != nil {
			return
		}
		if kind != packets.Puback {
			client.Write(whole)
		}
	}
}

// readWhole reads one packet as bytes.
func readWhole(in *bufio.Reader) (whole []byte, kind byte, body []byte, err error) {
	first, err := in.ReadByte()
	if err != nil {
		return nil, 0, nil, err
	}
	whole = []byte{first}
	n := 0
	for shift := 0; ; shift += 7 {
		b, err := in.ReadByte()
		if err != nil {
			return nil, 0, nil, err
		}
		whole = append(whole, b)
		n |= int(b&0x7f) << shift
		if b < 0x80 {
			break
		}
	}
	head := len(whole)
	whole = append(whole, make([]byte, n)...)
	if _, err := io.ReadFull(in, whole[head:]); err != nil {
		return nil, 0, nil, err
	}
	return whole, first >> 4, whole[head:], nil
}
