package broker

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/forwarded"
)

// proxied is a socket of a proxy, whose first bytes say who is behind it. Behind them it is read
// as any other: nothing is buffered here.
type proxied struct {
	*net.TCPConn
	from atomic.Pointer[net.TCPAddr] // nil: the proxy itself, or not known yet
}

// newProxied wraps a socket of one of our listeners, which are all TCP.
func newProxied(sock net.Conn) *proxied { return &proxied{TCPConn: sock.(*net.TCPConn)} }

// RemoteAddr is the client's address as soon as it is known.
func (p *proxied) RemoteAddr() net.Addr {
	if from := p.from.Load(); from != nil {
		return from
	}
	return p.TCPConn.RemoteAddr()
}

// introduced reads the header of a proxy, if the connection is one's, until a time. From then on
// the connection is the client's: it is counted and held for their address. It is false when
// there is no good header, or too many connections of that address; a connection that is closed
// without a byte is a health check, and no news.
func (l *listeners) introduced(a *accepted, by time.Time) bool {
	proxy := a.proxy
	if proxy == nil {
		return true
	}
	a.proxy = nil // it comes once
	_ = proxy.SetReadDeadline(by)
	from, err := forwarded.Read(proxy.TCPConn)
	_ = proxy.SetReadDeadline(time.Time{})
	switch {
	case errors.Is(err, io.EOF):
		return false
	case err != nil:
		l.stats.HandshakeErrors.Add(1)
		l.opt.Lines.Info("PROXY header refused", err.Error(), "proxy", a.RemoteIP(), "err", err)
		return false
	case !from.IsValid(): // the proxy speaks for itself
		return true
	}
	proxy.from.Store(net.TCPAddrFromAddrPort(from))
	return l.counted(a, from.Addr())
}

// brought is introduced for a WebSocket that an HTTP proxy has asked for in a client's name.
func (l *listeners) brought(sock *wsConn, a *accepted, client string) bool {
	at, err := netip.ParseAddrPort(client)
	if err != nil {
		return true // the proxy's own
	}
	sock.from = net.TCPAddrFromAddrPort(at)
	return l.counted(a, at.Addr())
}

// counted counts a connection for an address that was not known when it was accepted.
func (l *listeners) counted(a *accepted, from netip.Addr) bool {
	if v := a.slot.known(from); v != admitted {
		l.noteFull(v, from)
		return false
	}
	a.hold = l.arrive(from)
	return true
}
