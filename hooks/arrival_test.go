package hooks

import (
	"net/netip"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// arrivals counts how many connections of an address are not held, at one point in time.
func (h *house) arrivals(from string) (n int) {
	for n < 10_000 && h.door.Arrive(netip.MustParseAddr(from)) <= burstHold {
		n++
	}
	return n
}

func TestConnectionsOfAnAddressAreHeld(t *testing.T) {
	h := open(t, setup{})
	const burst = int(budgetBurst / arrivalCost)
	for _, from := range []string{"192.0.2.1", "127.0.0.2", "2001:db8::1"} {
		if n := h.arrivals(from); n != burst {
			t.Errorf("%d connections of %s at once, want %d", n, from, burst)
		}
		for range 1000 {
			if wait := h.door.Arrive(netip.MustParseAddr(from)); wait > longestGreeting {
				t.Fatalf("one is held for %v", wait)
			}
		}
	}
	if n := h.arrivals("192.0.2.2"); n != burst {
		t.Errorf("%d connections of another address, want %d", n, burst)
	}
	for _, from := range []string{"127.0.0.1", "::ffff:127.0.0.1", "::1"} {
		if n := h.arrivals(from); n != 10_000 {
			t.Errorf("%d connections of %s, want any number", n, from)
		}
	}
	h.wait(budgetBurst + longestGreeting)
	if n := h.arrivals("192.0.2.1"); n != burst {
		t.Errorf("%d connections later, want %d", n, burst)
	}
}

func TestAddressWithoutLimitIsNotHeld(t *testing.T) {
	h := open(t, setup{options: func(o *Options) { o.AddressPackets, o.AddressBytes = -1, -1 }})
	if n := h.arrivals("192.0.2.1"); n != 10_000 {
		t.Errorf("%d connections, want any number", n)
	}
}

// A connection that ends over what its client has sent costs its address more, and a user
// who has logged in.
func TestBadConnectionsCostMore(t *testing.T) {
	user := person{app, "ann"}
	for _, c := range []struct {
		what          string
		dial          func(h *house) *client
		address, user time.Duration
	}{
		{"a good one", func(h *house) *client {
			c := h.dial(login{})
			c.bye()
			return c
		}, 0, loginCost},
		{"a bad ticket", func(h *house) *client { return h.dial(login{ticket: "bad"}) }, faultCost, 0},
		{"a CONNECT that is none", func(h *house) *client { return h.dialRaw([]byte{packets.Connect << 4, 0}) }, faultCost, 0},
		{"a bad packet", func(h *house) *client {
			c := h.dial(login{})
			c.raw([]byte{0, 0})
			return c
		}, faultCost, loginCost + loginFaultCost},
	} {
		t.Run(c.what, func(t *testing.T) {
			h := open(t, setup{})
			h.limits(func(l *chat.Limits) { l.UserPackets = 1000 })
			<-c.dial(h).over
			const packetsOf = time.Millisecond // what a CONNECT and a packet cost at most
			b := &h.door.budgets
			if got := time.Duration(b.addresses.all[netip.MustParseAddr("192.0.2.1")].packets - h.door.budgetClock()); got < c.address || got > c.address+packetsOf {
				t.Errorf("the address owes %v, want %v", got, c.address)
			}
			if got := time.Duration(b.users.all[user].packets - h.door.budgetClock()); c.user > 0 && (got < c.user || got > c.user+2*packetsOf) {
				t.Errorf("the user owes %v, want %v", got, c.user)
			}
		})
	}
}

// Who logs in again and again waits before the server does anything for them; others do
// not.
func TestLoginsOfAUserAreSlowed(t *testing.T) {
	h := open(t, setup{})
	h.limits(func(l *chat.Limits) { l.UserPackets = 1_000_000 }) // packets cost next to nothing
	h.dial(login{}).bye()
	if got := h.counts.paused(); got > 0 {
		t.Fatalf("the first login waited %v", got)
	}
	const more = 40
	for range more {
		h.dial(login{}).bye()
	}
	if got := h.counts.paused(); got < more*loginCost-budgetBurst || got > more*loginCost {
		t.Errorf("%d more waited %v, want up to two seconds less than %v", more, got, more*loginCost)
	}
	before := h.counts.paused()
	h.dial(login{user: "bob"}).bye()
	if h.counts.paused() != before {
		t.Error("another user waited")
	}
}

// Those of an address who come at once are let in one after another, at four times the
// rate that they may come at for long.
func TestBurstOfConnectionsIsSpread(t *testing.T) {
	h := open(t, setup{})
	const burst = int(budgetBurst / arrivalCost)
	last := time.Duration(-1)
	for i := range burst {
		wait := h.door.Arrive(netip.MustParseAddr("192.0.2.1"))
		if wait < last || wait > burstHold {
			t.Fatalf("connection %d is held for %v, the one before for %v", i, wait, last)
		}
		last = wait
	}
	if last < burstHold-arrivalCost {
		t.Errorf("the last is held for %v, want about %v", last, burstHold)
	}
	if n := h.counts.total("slowed address"); n > 0 {
		t.Errorf("%d are counted as slowed, though all are within the budget", n)
	}
}
