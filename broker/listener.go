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
	s, v := ln.owner.gate.enter(addressOf(sock.RemoteAddr()))
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
		return &accepted{Conn: sock, slot: s, at: time.Now()}
	}
	ln.owner.opt.Lines.Info("limit reached", why, "limit", why, "remote", addressOf(sock.RemoteAddr()).String())
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
	return a.Conn.Close()
}
