package broker

import (
	"errors"
	"net"
	"sync"
	"time"
)

// door is a listener whose Accept fails only when it is closed: it waits out the
// system's shortages and turns away what the gatekeeper refuses.
type door struct {
	net.Listener
	l *listeners

	once   sync.Once
	closed chan struct{}
}

// accepted is a socket with what is known of it since its accept. Closing it gives
// its slot back.
type accepted struct {
	net.Conn
	slot *slot
	at   time.Time
}

func newDoor(ln net.Listener, l *listeners) *door {
	return &door{Listener: ln, l: l, closed: make(chan struct{})}
}

// Accept is next, as net/http wants it.
func (d *door) Accept() (net.Conn, error) {
	a, err := d.next()
	if err != nil {
		return nil, err
	}
	return a, nil
}

// next returns the next connection that may stay, or an error once the door is
// closed.
func (d *door) next() (*accepted, error) {
	pause := acceptPauseMin
	for {
		sock, err := d.Listener.Accept()
		if err == nil {
			pause = acceptPauseMin
			if a := d.admit(sock); a != nil {
				return a, nil
			}
			continue
		}
		if !d.pause(err, pause) {
			return nil, net.ErrClosed
		}
		pause = min(2*pause, acceptPauseMax)
	}
}

// admit asks the gatekeeper and closes the socket if he refuses.
func (d *door) admit(sock net.Conn) *accepted {
	s, v := d.l.gate.enter(addressOf(sock.RemoteAddr()))
	switch v {
	case tooManyOfAddress:
		d.l.stats.RefusedPerAddress.Add(1)
	case tooManyInAll:
		d.l.stats.RefusedTotal.Add(1)
	default:
		d.l.stats.Accepted.Add(1)
		return &accepted{Conn: sock, slot: s, at: time.Now()}
	}
	_ = sock.Close()
	return nil
}

// pause waits after a failed accept; false means that the door is closed.
func (d *door) pause(err error, pause time.Duration) bool {
	select {
	case <-d.closed:
		return false
	default:
	}
	if errors.Is(err, net.ErrClosed) {
		return false
	}
	d.l.stats.AcceptErrors.Add(1)
	d.l.opt.Logger.Warn("accept", "address", d.Addr().String(), "err", err, "retry", pause)
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-d.closed:
		return false
	case <-timer.C:
		return true
	}
}

// Close ends Accept.
func (d *door) Close() error {
	d.once.Do(func() { close(d.closed) })
	return d.Listener.Close()
}

// Close closes the socket and gives its slot back.
func (a *accepted) Close() error {
	a.slot.leave()
	return a.Conn.Close()
}
