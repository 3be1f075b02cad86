package broker_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/origins"
)

// readSlowly gives each connection a budget of so many packets a second.
func (h *house) readSlowly(packets int) {
	h.limits(func(l *chat.Limits) { l.ConnectionPackets, l.UserPackets = packets, -1 })
}

var pingreq = packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}}

// A connection that floods is read at its rate, and another is served meanwhile. The
// bound holds however slow the machine is.
func TestFloodIsReadAtItsRate(t *testing.T) {
	const rate, flood, honest = 100, 20_000, 150
	h := open(t, nil)
	h.readSlowly(rate)
	ann, bob := h.dial(hello{user: "ann", mute: true}), h.dial(hello{user: "bob"})
	begun := time.Now()
	go func() {
		ping := encode(pingreq)
		for range flood {
			if _, err := ann.sock.Write(ping); err != nil {
				return
			}
		}
	}()
	answers := 0
	counted := make(chan struct{})
	go func() {
		defer close(counted)
		for {
			if _, err := ann.read(); err != nil {
				return
			}
			answers++
		}
	}()
	for range honest {
		bob.quiet()
	}
	_ = ann.sock.Close()
	await(t, counted)
	if most := int(time.Since(begun).Seconds()*rate) + 3*rate; answers > most {
		t.Errorf("%d packets were read, want at most %d", answers, most)
	}
}

func TestWebSocketIsReadAtItsRate(t *testing.T) {
	const rate = 100
	h := open(t, func(o *broker.Options) { o.Origins = origins.Any })
	h.readSlowly(rate)
	addr, err := h.b.ListenWS("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, fmt.Sprintf("ws://%s/mqtt", addr), &websocket.DialOptions{Subprotocols: []string{"mqtt"}})
	if err != nil {
		t.Fatal(err)
	}
	sock := websocket.NetConn(ctx, ws, websocket.MessageBinary)
	d := &device{TB: t, sock: sock, version: 5}
	d.send(d.connect(h, hello{user: "ann"}))
	var some []byte
	for range 10 * rate {
		some = append(some, encode(pingreq)...)
	}
	begun := time.Now()
	if _, err := sock.Write(some); err != nil {
		t.Fatal(err)
	}
	answers, buf := 0, make([]byte, 4096)
	for answers < 2*3*rate { // bytes: two of a PINGRESP, some of CONNACK
		n, err := sock.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		answers += n
	}
	if took := time.Since(begun); took < 400*time.Millisecond {
		t.Errorf("%d packets were read in %v", 3*rate, took)
	}
	_ = ws.CloseNow()
}

// slowed is a connection that is read no further for a minute.
func (h *house) slowed(o hello) *device {
	h.Helper()
	h.readSlowly(100)
	d := h.dial(o)
	many := make([]string, 8000)
	for i := range many {
		many[i] = fmt.Sprintf("x/%d", i)
	}
	d.sendSubscribe(0, many...)
	d.want(packets.Suback)
	d.send(pingreq)
	return d
}

func TestTakeoverOfASlowedConnection(t *testing.T) {
	h := open(t, nil)
	old := h.slowed(hello{user: "ann", client: "phone"})
	h.dial(hello{user: "ann", client: "phone"}).quiet()
	if bye := old.end(); bye.ReasonCode != packets.ErrSessionTakenOver.Code {
		t.Errorf("the old connection ended with %v", bye)
	}
}

func TestStopDoesNotWaitForASlowedConnection(t *testing.T) {
	h := open(t, nil)
	d := h.slowed(hello{user: "ann"})
	stopped := make(chan struct{})
	go func() {
		h.stop()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-time.After(patience):
		t.Error("the server did not stop")
	}
	d.end()
}

// A client that the server itself makes wait is not closed for silence.
func TestKeepaliveCountsFromReading(t *testing.T) {
	h := open(t, nil)
	h.readSlowly(100)
	d := h.dial(hello{user: "ann", change: func(pk *packets.Packet) { pk.Connect.Keepalive = 1 }})
	many := make([]string, 400) // two seconds; the keepalive is 1.5
	for i := range many {
		many[i] = fmt.Sprintf("x/%d", i)
	}
	d.sendSubscribe(0, many...)
	d.want(packets.Suback)
	d.quiet()
}
