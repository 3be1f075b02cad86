package media

import (
	"context"
	"net/netip"
	"sync"
)

// places bound what goes on at the same time, in all and for each address. This machine's own
// addresses have no bound of their own: a proxy's clients have all the same.
type places struct {
	total, each int

	mu    sync.Mutex
	taken int
	of    map[netip.Addr]int // no zero entries
}

func newPlaces(total, each int) *places {
	return &places{total: total, each: each, of: map[netip.Addr]int{}}
}

// enter takes a place, false when there is none.
func (p *places) enter(from netip.Addr) (leave func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	counted := from.IsValid() && !from.IsLoopback()
	if p.taken >= p.total || counted && p.of[from] >= p.each {
		return nil, false
	}
	p.taken++
	if counted {
		p.of[from]++
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.taken--
		if !counted {
			return
		}
		if p.of[from]--; p.of[from] == 0 {
			delete(p.of, from)
		}
	}, true
}

// addressOf is the network that a request comes from: the address, of IPv6 the /64.
func addressOf(remote string) netip.Addr {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	a := at.Addr().Unmap().WithZone("")
	if a.Is4() || a.IsLoopback() {
		return a
	}
	net, err := a.Prefix(64)
	if err != nil {
		return a
	}
	return net.Addr()
}

// turns let one request write a file at a time. The last that comes has it: the one before may
// be a connection that nobody has missed yet.
type turns struct {
	mu sync.Mutex
	of map[string]*turn // by key
}

// turn is a request that writes.
type turn struct {
	cut   func() // ends its reading; called under the lock, while the request is there
	ended chan struct{}
}

// take waits until the one before has ended. release must be called.
func (t *turns) take(ctx context.Context, key string, cut func()) (release func(), err error) {
	for {
		t.mu.Lock()
		before := t.of[key]
		if before == nil {
			release = t.give(key, cut)
			t.mu.Unlock()
			return release, nil
		}
		before.cut()
		t.mu.Unlock()
		select {
		case <-before.ended:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// try takes the turn when nobody has it.
func (t *turns) try(key string) (release func(), ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of[key] != nil {
		return nil, false
	}
	return t.give(key, func() {}), true
}

// give gives the turn to a request. The lock is held.
func (t *turns) give(key string, cut func()) (release func()) {
	mine := &turn{cut: cut, ended: make(chan struct{})}
	if t.of == nil {
		t.of = map[string]*turn{}
	}
	t.of[key] = mine
	return func() { t.release(key, mine) }
}

func (t *turns) release(key string, mine *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.of, key)
	close(mine.ended)
}

// endAll cuts all that write.
func (t *turns) endAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, one := range t.of {
		one.cut()
	}
}
