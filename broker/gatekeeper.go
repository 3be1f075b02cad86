package broker

import (
	"net/netip"
	"sync"

	"github.com/teahouse-im/teahouse/hooks"
)

// gatekeeper bounds the connections in all, and for each address those that have
// not authenticated yet. The library counts authenticated ones only; without this
// bound anybody could open silent sockets that cost us a goroutine each.
//
// Addresses count by their [hooks.Network]. Loopback has no bound of its own.
type gatekeeper struct {
	perAddress int // negative: no bound
	total      int // 0 or negative: no bound

	mu      sync.Mutex
	waiting map[netip.Addr]int // unauthenticated connections, no zero entries
	open    int
}

// verdict is the gatekeeper's answer to a new connection.
type verdict uint8

const (
	admitted verdict = iota
	tooManyOfAddress
	tooManyInAll
)

// slot is one connection's place. A nil slot belongs to a connection that was not
// counted; its methods do nothing.
type slot struct {
	gate      *gatekeeper
	key       netip.Addr
	probation bool // counted in waiting; guarded by gate.mu
	held      bool // counted in open; guarded by gate.mu
}

func newGatekeeper(perAddress, total int) *gatekeeper {
	return &gatekeeper{perAddress: perAddress, total: total, waiting: map[netip.Addr]int{}}
}

// enter asks for a place for a connection from addr.
func (g *gatekeeper) enter(addr netip.Addr) (*slot, verdict) {
	key := hooks.Network(addr)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.total > 0 && g.open >= g.total {
		return nil, tooManyInAll
	}
	bounded := g.perAddress >= 0 && key.IsValid()
	if bounded && g.waiting[key] >= g.perAddress {
		return nil, tooManyOfAddress
	}
	g.open++
	if bounded {
		g.waiting[key]++
	}
	return &slot{gate: g, key: key, probation: bounded, held: true}, admitted
}

// known counts a place for an address that was not known when it was given; refused, it is kept
// and counts for none.
func (s *slot) known(addr netip.Addr) verdict {
	if s == nil {
		return admitted
	}
	key := hooks.Network(addr)
	g := s.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.perAddress < 0, !key.IsValid(), !s.held, s.probation:
		return admitted
	case g.waiting[key] >= g.perAddress:
		return tooManyOfAddress
	}
	g.waiting[key]++
	s.key, s.probation = key, true
	return admitted
}

// authenticated ends counting the connection for its address.
func (s *slot) authenticated() {
	if s == nil {
		return
	}
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	s.endProbation()
}

// leave gives the place back. Calling it again does nothing.
func (s *slot) leave() {
	if s == nil {
		return
	}
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	s.endProbation()
	if s.held {
		s.held = false
		s.gate.open--
	}
}

// endProbation needs gate.mu.
func (s *slot) endProbation() {
	if !s.probation {
		return
	}
	s.probation = false
	if s.gate.waiting[s.key]--; s.gate.waiting[s.key] <= 0 {
		delete(s.gate.waiting, s.key)
	}
}
