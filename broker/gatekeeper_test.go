package broker

import (
	"net/netip"
	"testing"
)

func TestGatekeeperCountsUnauthenticatedByAddress(t *testing.T) {
	rows := []struct {
		name  string
		addrs []string // arriving in this order, none authenticated
		last  verdict  // of the last one, the others are admitted
	}{
		{"two of one address", []string{"192.0.2.1", "192.0.2.1"}, admitted},
		{"three of one address", []string{"192.0.2.1", "192.0.2.1", "192.0.2.1"}, tooManyOfAddress},
		{"three addresses", []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"}, admitted},
		{"three of one IPv6 network", []string{"2001:db8::1", "2001:db8::2", "2001:db8::ffff"}, tooManyOfAddress},
		{"three IPv6 networks", []string{"2001:db8:0:1::1", "2001:db8:0:2::1", "2001:db8:0:3::1"}, admitted},
		{"three of loopback", []string{"127.0.0.1", "127.0.0.1", "127.0.0.1"}, admitted},
		{"six in all", []string{"127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1"}, tooManyInAll},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			g := newGatekeeper(2, 5)
			for i, addr := range row.addrs {
				_, v := g.enter(netip.MustParseAddr(addr))
				want := admitted
				if i == len(row.addrs)-1 {
					want = row.last
				}
				if v != want {
					t.Errorf("arrival %d from %s: verdict %d, want %d", i, addr, v, want)
				}
			}
		})
	}
}

func TestGatekeeperReleasesSlots(t *testing.T) {
	addr := netip.MustParseAddr("192.0.2.1")
	g := newGatekeeper(1, 3)
	first, _ := g.enter(addr)
	if _, v := g.enter(addr); v != tooManyOfAddress {
		t.Fatalf("second stranger: verdict %d", v)
	}
	first.authenticated()
	second, v := g.enter(addr)
	if v != admitted {
		t.Fatalf("after the first authenticated: verdict %d", v)
	}
	second.leave()
	third, v := g.enter(addr)
	if v != admitted {
		t.Fatalf("after the second left: verdict %d", v)
	}
	for _, s := range []*slot{first, first, second, third, third} { // twice is once
		s.authenticated()
		s.leave()
	}
	if g.open != 0 || len(g.waiting) != 0 {
		t.Errorf("all left, still %d open and %d addresses", g.open, len(g.waiting))
	}
}

func TestGatekeeperWithoutBounds(t *testing.T) {
	g := newGatekeeper(-1, 0)
	for range 1000 {
		if _, v := g.enter(netip.MustParseAddr("192.0.2.1")); v != admitted {
			t.Fatalf("verdict %d", v)
		}
	}
	if len(g.waiting) != 0 {
		t.Error("counts addresses that have no bound")
	}
}

func TestNilSlot(t *testing.T) {
	var s *slot
	s.authenticated()
	s.leave()
}
