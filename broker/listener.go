package broker

import (
	"errors"
	"net"
	"sync"
	"time"
)

// listener accepts connections on one address. Its Accept fails only when it is
// closed: it waits out the system's shortages and turns away what the gatekeeper
// refuses.
type listener struct {
	net.Listener
	owner *listeners

	once   sync.Once
	closed chan struct{}
}

// accepted is a new socket with its slot and the time of its accept. Closing it
// gives the slot back.
type accepted struct {
	net.Conn
	slot *slot
	at   time.Time

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

// admit asks the gatekeeper and closes the socket if it refuses.
func (ln *listener) admit(sock net.Conn) *accepted {
	from := addressOf(sock.RemoteAddr())
	s, v := ln.owner.gate.enter(from)
	why := ""
	switch v {
	case tooManyOfAddress:
		why = "connections of one address that have not logged in"
		ln.owner.stats.RefusedPerAddress.Add(1)
	case tooManyInAll:
		why = "connections in all"
		ln.owner.stats.RefusedTotal.Add(1)
	default:
		ln.owner.stats.Accepted.Add(1)
		return &accepted{Conn: sock, slot: s, at: time.Now(), hold: ln.owner.arrive(from), closed: make(chan struct{})}
	}
	ln.owner.opt.Lines.Info("limit reached", why, "limit", why, "remote", from.String())
	_ = sock.Close()
	return nil
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
	if a.hold > 0 {
		timer := time.NewTimer(a.hold)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-a.closed:
			return 0, net.ErrClosed
		}
		a.hold = 0
	}
	return a.Conn.Read(p)
}
