//go:build e2e

package contract

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/e2e/codec"
)

// light is a client for crowds: it keeps no packet, only how many messages
// have come and the number of the last, and acknowledges at once.
type light struct {
	conn    net.Conn
	crowd   *crowd
	heard   atomic.Int64
	last    atomic.Int64  // MsgSeq
	holes   atomic.Int64  // messages that did not follow the one before
	answers chan byte     // types of other packets; closed at the end
	stalled chan struct{} // when not nil, it does not read until this is closed
}

// crowd counts what its members have heard in all.
type crowd struct {
	heard   atomic.Int64
	target  atomic.Int64
	reached chan struct{}
}

func newCrowd() *crowd { return &crowd{reached: make(chan struct{}, 1)} }

// expect says how much more is to be heard in all, before it is said.
func (c *crowd) expect(more int) { c.target.Store(c.heard.Load() + int64(more)) }

// wait waits until it has been heard. A crowd on a busy machine may take long;
// it has failed when nothing more is heard at all.
func (c *crowd) wait(t testing.TB) {
	t.Helper()
	for before := int64(-1); ; {
		select {
		case <-c.reached:
			return
		case <-time.After(patience):
		}
		now := c.heard.Load()
		if now == before {
			t.Fatalf("%d messages were heard, want %d", now, c.target.Load())
		}
		before = now
	}
}

func (c *crowd) hear() {
	if c != nil && c.heard.Add(1) == c.target.Load() {
		c.reached <- struct{}{}
	}
}

// sources are the addresses that crowds come from: the ports of one are fewer
// than its connections may be.
const sources = 8

// openLight connects and subscribes. It reads on a goroutine of its own.
func openLight(who person, o rawOptions, filter string, qos byte, of *crowd, i int) (*light, error) {
	l := &light{crowd: of}
	return l, l.open(who, o, filter, qos, i)
}

// openStalled is openLight for a member that does not read until stalled is
// closed.
func openStalled(who person, o rawOptions, filter string, qos byte) (*light, error) {
	l := &light{stalled: make(chan struct{})}
	return l, l.open(who, o, filter, qos, 0)
}

func (l *light) open(who person, o rawOptions, filter string, qos byte, i int) error {
	from := &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+i%sources))}
	var err error
	if l.conn, err = (&net.Dialer{LocalAddr: from, Timeout: patience}).Dial("tcp", who.home.MQTT); err != nil {
		return err
	}
	l.answers = make(chan byte, 4)
	in := bufio.NewReaderSize(l.conn, 512)
	if err := l.enter(in, who, o, filter, qos); err != nil {
		l.conn.Close()
		return err
	}
	go l.listen(in)
	return nil
}

func (l *light) enter(in *bufio.Reader, who person, o rawOptions, filter string, qos byte) error {
	r := raw{conn: l.conn, version: o.version}
	if err := r.put(o.connect(who)); err != nil {
		return err
	}
	l.conn.SetReadDeadline(time.Now().Add(patience))
	head, body, err := codec.ReadBytes(in)
	if err != nil || head>>4 != packets.Connack || body[1] != 0 {
		return fmt.Errorf("CONNECT of %s: %x %w", who.id, body, cmp.Or(err, errRefused))
	}
	err = r.put(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe}, PacketID: 1,
		Filters: packets.Subscriptions{{Filter: filter, Qos: qos}},
	})
	if err != nil {
		return err
	}
	if head, body, err = codec.ReadBytes(in); err != nil || head>>4 != packets.Suback || body[len(body)-1] > 2 {
		return fmt.Errorf("SUBSCRIBE of %s: %x %w", who.id, body, cmp.Or(err, errRefused))
	}
	l.conn.SetReadDeadline(time.Time{})
	return nil
}

var errRefused = errors.New("refused")

func (l *light) listen(in *bufio.Reader) {
	defer close(l.answers)
	if l.stalled != nil {
		<-l.stalled
	}
	for {
		head, body, err := codec.ReadBytes(in)
		if err != nil {
			return
		}
		if head>>4 != packets.Publish {
			select {
			case l.answers <- head >> 4:
			default:
			}
			continue
		}
		at := 2 + (int(body[0])<<8 | int(body[1]))
		if head&6 != 0 {
			l.conn.Write([]byte{packets.Puback << 4, 2, body[at], body[at+1]})
		}
		seq := seqIn(body)
		if last := l.last.Swap(seq); last != 0 && seq != last+1 {
			l.holes.Add(1)
		}
		l.heard.Add(1)
		l.crowd.hear()
	}
}

// seqIn finds the MsgSeq in a message.
func seqIn(body []byte) int64 {
	_, rest, ok := bytes.Cut(body, []byte(`"MsgSeq":`))
	if !ok {
		return 0
	}
	end := bytes.IndexAny(rest, ",}")
	n, err := strconv.ParseInt(string(rest[:max(end, 0)]), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// alive asks whether the connection still stands: a PINGRESP, or its end.
func (l *light) alive(t testing.TB) bool {
	t.Helper()
	l.conn.Write([]byte{packets.Pingreq << 4, 0})
	deadline := time.After(patience)
	for {
		select {
		case kind, ok := <-l.answers:
			if !ok || kind == packets.Pingresp {
				return ok
			}
		case <-deadline:
			t.Fatal("neither an answer nor an end")
		}
	}
}

// upTo waits until the message of a number has come; false when the connection
// has ended.
func (l *light) upTo(t testing.TB, seq int64) bool {
	t.Helper()
	for l.last.Load() < seq {
		if !l.alive(t) { // a PINGRESP comes after what was sent before it
			return false
		}
	}
	return true
}

// gather opens n lights, many at a time.
func gather(t testing.TB, n int, one func(i int) (*light, error)) []*light {
	t.Helper()
	all, failed := make([]*light, n), make([]error, n)
	var next atomic.Int64
	var hands sync.WaitGroup
	for range 32 {
		hands.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				all[i], failed[i] = one(i)
			}
		})
	}
	hands.Wait()
	for _, err := range failed {
		if err != nil {
			disperse(all)
			t.Fatal(err) // the first is as good as all
		}
	}
	return all
}

// disperse drops connections and waits until their readers have seen it.
func disperse(all []*light) {
	for _, l := range all {
		if l != nil && l.answers != nil {
			l.conn.Close()
		}
	}
	for _, l := range all {
		if l != nil && l.answers != nil {
			for range l.answers {
			}
		}
	}
}

// metrics reads the values of the server's /metrics that have no labels.
func (s *server) metrics(t testing.TB) map[string]float64 {
	t.Helper()
	answer, err := hasty.Get(s.Admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for line := range strings.SplitSeq(string(text), "\n") {
		name, value, _ := strings.Cut(line, " ")
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			all[name] = v
		}
	}
	return all
}

// metric reads one of them.
func (s *server) metric(t testing.TB, name string) float64 {
	t.Helper()
	v, ok := s.metrics(t)[name]
	if !ok {
		t.Fatalf("no metric %s", name)
	}
	return v
}

// becomes waits until a metric has a value. Nobody is told of it, so this looks
// again and again.
func (s *server) becomes(t testing.TB, name string, want float64) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		got := s.metric(t, name)
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is %v, want %v", name, got, want)
		}
	}
}

// eager makes the servers that the test starts collect their garbage all the
// time: what they hold is then seen from outside.
func eager(t *testing.T) {
	t.Helper()
	t.Setenv("GOGC", "20")
	t.Setenv("GOMEMLIMIT", "64MiB") // less than they like to have
}

// inUse is the memory of the server's objects and stacks, in bytes.
func (s *server) inUse(t testing.TB) int64 {
	t.Helper()
	m := s.metrics(t)
	return int64(m["go_memstats_heap_inuse_bytes"] + m["go_memstats_stack_inuse_bytes"])
}

// releases waits until the server holds no more memory than most, and returns
// what it holds. The store's compactions hold a lot and give it back some seconds
// later; what waits for a device would stay.
func (s *server) releases(t testing.TB, most int64) int64 {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		if got := s.inUse(t); got <= most || time.Now().After(deadline) {
			return got
		}
	}
}
