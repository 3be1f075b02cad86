package broker

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/forwarded"
)

// listener accepts connections on one address. Its Accept fails only when it is
// closed: it waits out the system's shortages and turns away what the gatekeeper
// refuses.
type listener struct {
	net.Listener
	owner *listeners
	// proxies begin their connections with a header that says who is behind them; the requests
	// of forwarders say so.
	proxies, forwarders forwarded.Prefixes

	once   sync.Once
	closed chan struct{}
}

// accepted is a new socket with its slot and the time of its accept. Closing it
// gives the slot back.
type accepted struct {
	net.Conn
	slot  *slot
	at    time.Time
	proxy *proxied // the same as Conn, while its header is to be read; nil: there is none
	met   bool     // the TLS handshake is done

	hold   time.Duration // how long it is not read yet; see waited
	once   sync.Once
	closed chan struct{}
}

func newListener(ln net.Listener, owner *listeners) *listener {
	return &listener{Listener: ln, owner: owner, closed: make(chan struct{})}
}

// Accept implements net.Listener, for net/http.
func (ln *listener) Accept() (net.Conn, error) {
	a, err := ln.next()
	if err != nil {
		return nil, err
	}
	return a, nil
}

// next returns the next connection that may stay, or an error once the
// listener is closed.
func (ln *listener) next() (*accepted, error) {
	pause := acceptPauseMin
	for {
		sock, err := ln.Listener.Accept()
		if err == nil {
			pause = acceptPauseMin
			if a := ln.admit(sock); a != nil {
				return a, nil
			}
			continue
		}
		if !ln.pause(err, pause) {
			return nil, net.ErrClosed
		}
		pause = min(2*pause, acceptPauseMax)
	}
}

// admit asks the gatekeeper and closes the socket if it refuses. What a proxy brings is counted
// for an address when it is known whose.
func (ln *listener) admit(sock net.Conn) *accepted {
	from := addressOf(sock.RemoteAddr())
	proxy, anothers := ln.proxies.Has(from), ln.forwarders.Has(from)
	counted := from
	if proxy || anothers {
		counted = netip.Addr{}
	}
	s, v := ln.owner.gate.enter(counted)
	if v != admitted {
		ln.owner.noteFull(v, from)
		_ = sock.Close()
		return nil
	}
	ln.owner.stats.Accepted.Add(1)
	a := &accepted{Conn: sock, slot: s, at: time.Now(), closed: make(chan struct{})}
	switch {
	case proxy:
		a.proxy = newProxied(sock)
		a.Conn = a.proxy
	case !anothers:
		a.hold = ln.owner.arrive(from)
	}
	return a
}

// noteFull counts and logs a connection that is turned away.
func (l *listeners) noteFull(v verdict, from netip.Addr) {
	why := "connections in all"
	if v == tooManyOfAddress {
		why = "connections of one address that have not logged in"
		l.stats.RefusedPerAddress.Add(1)
	} else {
		l.stats.RefusedTotal.Add(1)
	}
	l.opt.Lines.Info("limit reached", why, "limit", why, "remote", from.String())
}

// pause waits after a failed accept; false means that the listener is closed.
func (ln *listener) pause(err error, pause time.Duration) bool {
	select {
	case <-ln.closed:
		return false
	default:
	}
	if errors.Is(err, net.ErrClosed) {
		return false
	}
	ln.owner.stats.AcceptErrors.Add(1)
	ln.owner.opt.Logger.Warn("accept", "address", ln.Addr().String(), "err", err, "retry", pause)
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ln.closed:
		return false
	case <-timer.C:
		return true
	}
}

// Close ends Accept.
func (ln *listener) Close() error {
	ln.once.Do(func() { close(ln.closed) })
	return ln.Listener.Close()
}

// Close closes the socket and gives its slot back.
func (a *accepted) Close() error {
	a.slot.leave()
	a.once.Do(func() { close(a.closed) })
	return a.Conn.Close()
}

// Read is for the HTTP server of a WebSocket listener, which reads on one goroutine. The
// first waits as long as the connection is held.
func (a *accepted) Read(p []byte) (int, error) {
	if !a.waited() {
		return 0, net.ErrClosed
	}
	return a.Conn.Read(p)
}

// waited waits as long as the connection is held; false means that it was closed.
func (a *accepted) waited() bool {
	if a.hold <= 0 {
		return true
	}
	timer := time.NewTimer(a.hold)
	defer timer.Stop()
	select {
	case <-timer.C:
		a.hold = 0
		return true
	case <-a.closed:
		return false
	}
}

// RemoteIP is the client's address without port, as text.
func (a *accepted) RemoteIP() string { return addressOf(a.RemoteAddr()).String() }
