package hooks

import (
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// What is read beyond the budgets is waited for. The budgets of the test are 100 packets and
// 100,000 bytes a second and two seconds of each at once; each flood is worth five
// seconds, so that reading it takes three.
func TestBudgetSlowsReading(t *testing.T) {
	packet := limitsOf(100, -1)
	bytes := limitsOf(-1, 100_000)
	ping := []byte{packets.Pingreq << 4, 0}
	for _, c := range []struct {
		what   string
		limits func(*chat.Limits)
		flood  func(*client)
		of     Budget
	}{
		{"PINGREQ", packet, func(c *client) {
			for range 500 {
				c.raw(ping)
			}
		}, OfConnection},
		{"filters of SUBSCRIBE", packet, func(c *client) {
			for range 5 {
				c.subscribe(1, filters(100)...)
			}
		}, OfConnection},
		{"one SUBSCRIBE", packet, func(c *client) { c.subscribe(1, filters(500)...) }, OfConnection},
		{"filters of UNSUBSCRIBE", packet, func(c *client) {
			pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: 1}
			for _, f := range filters(500) {
				pk.Filters = append(pk.Filters, packets.Subscription{Filter: f})
			}
			c.send(pk)
		}, OfConnection},
		{"messages", packet, func(c *client) {
			for range 500 {
				c.publish(0, "im/text/c2c/bob", "x")
			}
		}, OfConnection},
		{"acknowledgements of nothing", packet, func(c *client) {
			for i := range 500 {
				c.ack(packets.Puback, uint16(strangeAcks+i))
			}
		}, OfConnection},
		{"creations of groups", packet, func(c *client) {
			for range 10 {
				c.publish(0, "im/req/group.create/r", `{}`)
			}
		}, OfConnection},
		{"PUBREL", packet, func(c *client) {
			for range 500 {
				c.ack(packets.Pubrel, 7)
			}
		}, OfConnection},
		{"large requests", bytes, func(c *client) {
			body := `{"x":"` + strings.Repeat("x", 4968) + `"}`
			for range 100 {
				c.publish(0, "im/req/help/1", body)
			}
		}, OfConnection},
		{"a user", func(l *chat.Limits) { packet(l); l.ConnectionPackets = -1; l.UserPackets = 100 }, func(c *client) {
			for range 500 {
				c.raw(ping)
			}
		}, OfUser},
		{"an app", func(l *chat.Limits) { packet(l); l.ConnectionPackets = -1; l.AppPackets = 100 }, func(c *client) {
			for range 500 {
				c.raw(ping)
			}
		}, OfApp},
	} {
		t.Run(c.what, func(t *testing.T) {
			h := open(t, setup{})
			h.limits(c.limits)
			d := h.dial(login{})
			c.flood(d)
			d.bye()
			if got := h.counts.paused(); got < 2600*time.Millisecond || got > 3100*time.Millisecond {
				t.Errorf("reading waited %v, want about 3 s", got)
			}
			if n := h.counts.total("slowed " + string(c.of)); n == 0 {
				t.Errorf("no budget of the %s has bitten: %v", c.of, h.counts.by)
			}
			if n := h.counts.total("publish limited"); n > 0 {
				t.Errorf("%d publishes were refused", n)
			}
		})
	}
}

// limitsOf limits what one connection sends and leaves its user alone.
func limitsOf(packets, bytes int) func(*chat.Limits) {
	return func(l *chat.Limits) {
		l.ConnectionPackets, l.ConnectionBytes, l.UserPackets, l.UserBytes = packets, bytes, -1, -1
	}
}

func filters(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("im/in/c2c/%d", i))
	}
	return list
}

// bye ends the connection behind everything sent so far.
func (c *client) bye() {
	c.Helper()
	c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}})
	select {
	case <-c.over:
	case <-time.After(patience):
		c.Fatal("the connection did not end")
	}
}

// Acknowledgements of what the server has sent are free, but for oversized ones.
func TestAcknowledgementsAreFree(t *testing.T) {
	for _, c := range []struct {
		what  string
		bytes int
		free  bool
	}{{"short", 0, true}, {"long", shortAck, false}} {
		t.Run(c.what, func(t *testing.T) {
			h := open(t, setup{})
			h.limits(limitsOf(100, -1))
			d := h.dial(login{})
			for i := range 500 {
				pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: uint16(i + 1)}
				if c.bytes > 0 {
					pk.Properties.ReasonString = strings.Repeat("x", c.bytes)
					pk.ReasonCode = packets.ErrUnspecifiedError.Code
				}
				d.send(pk)
			}
			d.bye()
			if slow := h.counts.paused() > 0; slow == c.free {
				t.Errorf("reading waited %v", h.counts.paused())
			}
		})
	}
}

// A budget is shared by what it belongs to, outlives connections, and is not shared
// beyond: an honest client is not slowed.
func TestBudgetsAreShared(t *testing.T) {
	user := func(l *chat.Limits) { limitsOf(-1, -1)(l); l.UserPackets = 100 }
	none := limitsOf(-1, -1)
	for _, c := range []struct {
		what          string
		limits        func(*chat.Limits)
		first, second login
		slow          bool
	}{
		{"devices of a user", user, login{client: "phone"}, login{client: "laptop", ip: "192.0.2.9"}, true},
		{"a device that returns", user, login{}, login{ip: "192.0.2.9"}, true},
		{"two users", user, login{}, login{user: "bob", ip: "192.0.2.9"}, false},
		{"an address", none, login{}, login{user: "bob"}, true},
		{"two addresses", none, login{}, login{user: "bob", ip: "192.0.2.2"}, false},
		{"a network", none, login{ip: "2001:db8::1"}, login{user: "bob", ip: "2001:db8::2:3"}, true},
		{"two networks", none, login{ip: "2001:db8::1"}, login{user: "bob", ip: "2001:db8:0:1::1"}, false},
		{"this machine", none, login{ip: "127.0.0.1"}, login{user: "bob", ip: "127.0.0.1"}, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			h := open(t, setup{options: func(o *Options) { o.AddressPackets = 100 }})
			h.limits(c.limits)
			flood := h.dial(c.first)
			for range 190 {
				flood.raw([]byte{packets.Pingreq << 4, 0})
			}
			flood.bye()
			d := h.dial(c.second)
			for range 60 {
				d.raw([]byte{packets.Pingreq << 4, 0})
			}
			d.bye()
			if slow := h.counts.paused() > 0; slow != c.slow {
				t.Errorf("reading waited %v", h.counts.paused())
			}
		})
	}
}

// Who comes from an address that is over its budget waits for CONNACK, though not
// for ever.
func TestConnectWaitsForItsAddress(t *testing.T) {
	h := open(t, setup{options: func(o *Options) { o.AddressPackets = 100 }})
	h.limits(limitsOf(-1, -1))
	h.door.budgets.enterAddress("192.0.2.1", h.door.budgetClock(), 100_000, 0)
	d := h.dial(login{})
	d.want("CONNACK 00")
	if got := h.counts.paused(); got != longestGreeting {
		t.Errorf("CONNECT waited %v, want %v", got, longestGreeting)
	}
}

// What a lower limit says counts from the next step on.
func TestBudgetFollowsTheSettings(t *testing.T) {
	h := open(t, setup{})
	d := h.dial(login{})
	d.want("CONNACK 00")
	h.limits(limitsOf(100, -1))
	d.subscribe(1, filters(300)...)
	d.bye()
	if got := h.counts.paused(); got < 900*time.Millisecond {
		t.Errorf("reading waited %v, want 1 s", got)
	}
}

func TestBudgetIsLogged(t *testing.T) {
	log := &logText{}
	h := open(t, setup{options: func(o *Options) { o.Log = slog.New(slog.NewTextHandler(log, nil)) }})
	h.limits(limitsOf(100, -1))
	d := h.dial(login{})
	for range 10 { // in 8 s: the window of the log is 10
		d.subscribe(1, filters(100)...)
	}
	d.bye()
	line := `msg="limit reached" limit="packets and bytes of the connection" remote=192.0.2.1 app=1400000001 user=ann client=phone`
	if n := log.count(line); n == 0 || n > 5 {
		t.Errorf("%d lines say\n%s\nin\n%s", n, line, log)
	}
}

// One bucket is kept for those who are read now, not for all who ever came.
func TestIdleBudgetsAreForgotten(t *testing.T) {
	var b buckets[netip.Addr]
	p := pace{packets: 1000}
	now := int64(0)
	for i := range 100 * fewBuckets {
		var a [4]byte
		a[0], a[1], a[2] = byte(i), byte(i>>8), byte(i>>16)
		b.enter(netip.AddrFrom4(a), now, p, 1, 0)
		now += int64(time.Millisecond)
	}
	if len(b.all) > fewBuckets {
		t.Errorf("%d buckets, want at most %d", len(b.all), fewBuckets)
	}
	busy := netip.MustParseAddr("192.0.2.1")
	b.enter(busy, now, p, 1_000_000, 0)
	for range 3 {
		b.sweep(now + int64(longestPause))
	}
	if _, ok := b.all[busy]; !ok {
		t.Error("a bucket in use was forgotten")
	}
}

func TestBudgetOverdrawnIsBounded(t *testing.T) {
	var b bucket
	for range 10 {
		b.enter(0, pace{1, 1}, 1<<30, 1<<30)
	}
	if got := b.enter(0, pace{1, 1}, 1, 1); got != longestPause {
		t.Errorf("a pause of %v, want %v", got, longestPause)
	}
}

// A burst is within the budget, and read at four times the rate: what one connection
// sends at once does not keep the others waiting. While another app publishes too, it is
// read at the rate.
func TestBurstIsReadInSteps(t *testing.T) {
	for _, c := range []struct {
		company bool
		want    time.Duration
	}{{false, 500 * time.Millisecond}, {true, 2 * time.Second}} {
		h := open(t, setup{})
		h.limits(limitsOf(1000, -1))
		if c.company {
			h.door.shares.share(app).begin()
			h.door.shares.share(otherApp).begin()
		}
		d := h.dial(login{})
		for range 2000 {
			d.raw([]byte{packets.Pingreq << 4, 0})
		}
		d.bye()
		if got := h.counts.paused(); got < c.want-50*time.Millisecond || got > c.want+50*time.Millisecond {
			t.Errorf("company %v: 2,000 packets of a connection that may send 1,000 a second took %v, want %v", c.company, got, c.want)
		}
		if n := h.counts.total("slowed connection"); n > 0 {
			t.Errorf("company %v: %d times counted as slowed, though it is within its budget", c.company, n)
		}
	}
}

// A filter of a session that is kept is written to the disk, and counts as four packets.
func TestKeptFiltersCostMore(t *testing.T) {
	for _, c := range []struct {
		keep bool
		want time.Duration
	}{{false, 0}, {true, 2 * time.Second}} {
		h := open(t, setup{})
		h.limits(limitsOf(100, -1))
		d := h.dial(login{keep: c.keep})
		d.subscribe(1, filters(100)...)
		d.bye()
		if got := h.counts.paused(); got < c.want-300*time.Millisecond || got > c.want+300*time.Millisecond {
			t.Errorf("kept %v: reading waited %v, want about %v", c.keep, got, c.want)
		}
	}
}
