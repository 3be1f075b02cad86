package broker

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// conn is the connection that the MQTT library and the delivery code share. It
// stands between them and the socket and makes true what neither can:
//
//   - A write never blocks. [conn.Write] and [conn.Frame] append to a bounded
//     buffer; a flusher goroutine that lives only while there is something to send
//     writes everything waiting in one call (flush.go).
//   - A read is bounded in time and size before the library allocates anything:
//     CONNECT in time, CONNECT first and small, packets within the limit, silence
//     within the idle time.
//   - Last words arrive: closing sends what is waiting, says goodbye and gives the
//     peer a moment to read it (close.go).
//
// Writing, framing and closing are safe from any goroutine. Reading and
// Authenticated belong to the one goroutine that runs the MQTT loop. An idle
// connection holds no buffer and no goroutine of its own.
type conn struct {
	sock  net.Conn // *net.TCPConn, *tls.Conn or *wsConn
	opt   *transportOptions
	stats *traffic
	slot  *slot       // its place at the gate; nil outside listeners
	ended func(*conn) // told when nothing of the connection is left; may be nil

	accepted time.Time

	// Owned by the reading goroutine; readMu is held during a read so that
	// closing can wait until the reader has left the socket.
	readMu    sync.Mutex
	ahead     readAhead
	scan      packetScan
	authed    bool
	version   byte
	maxPacket int
	idle      time.Duration
	armed     time.Time // the read deadline set on the socket
	closing   atomic.Bool
	parted    atomic.Bool // the client has sent DISCONNECT

	mu       sync.Mutex // guards everything below; never held during a system call
	pend     outQueue   // waiting for the flusher
	writing  int        // bytes the flusher holds and the socket has not taken
	flushing bool       // a flusher exists
	refused  bool       // Frame has refused since the last drain
	closed   bool       // takes no more bytes
	reason   closeReason
	flushed  chan struct{} // made by a closing that waits for the flusher
	onDrain  func()
	onClose  []func(closeReason)

	writeBy time.Time // the write deadline set on the socket; the flusher's
}

// newConn wraps a socket that was accepted at a point in time. The options must
// have their defaults.
func newConn(sock net.Conn, opt *transportOptions, stats *traffic, accepted time.Time) *conn {
	c := &conn{sock: sock, opt: opt, stats: stats, accepted: accepted, maxPacket: opt.MaxPacket}
	c.ahead.init(sock)
	return c
}

// Authenticated ends the connection's probation: it leaves the count of its
// address, the CONNECT deadline gives way to the idle time, and maxPacket bounds
// each further packet (bytes of remaining length; 0 keeps the default). The
// protocol version decides whether the peer can be told why it is closed.
// It must be called on the goroutine that reads, in any hook of the CONNECT.
func (c *conn) Authenticated(version byte, maxPacket int, idle time.Duration) {
	c.version, c.idle, c.authed = version, idle, true
	if maxPacket > 0 {
		c.maxPacket = maxPacket
	}
	if c.idle <= 0 {
		c.idle = c.opt.IdleCap
	}
	c.slot.authenticated()
}

// idleAfter is the silence that a client's keep alive allows: one and a half
// times the interval [MQTT-3.1.2-22], 0 for none, which [conn.Authenticated] turns
// into the idle cap.
//
// The library computes the same in 16 bits and gets 43,691 s and more wrong, and
// asks for a new deadline at every packet; its deadlines are therefore ignored.
func idleAfter(keepAlive uint16) time.Duration {
	return time.Duration(keepAlive) * time.Second * 3 / 2
}

// Read reads for the MQTT library. It fails when a deadline passes, when a fixed
// header announces more than is allowed (before the body is read) and when the
// first packet is not CONNECT; the reason is kept for OnClose.
func (c *conn) Read(p []byte) (int, error) {
	if c.closing.Load() { // do not wait for a goodbye that holds readMu
		return 0, net.ErrClosed
	}
	c.readMu.Lock()
	defer c.readMu.Unlock()
	if len(c.ahead.rest) > 0 {
		return c.ahead.take(p), nil
	}
	if c.scan.err != nil {
		return 0, c.fail(c.scan.err)
	}
	c.armRead()
	if c.closing.Load() { // looked at after arming: a close that comes later re-arms
		return 0, net.ErrClosed
	}
	return c.readSocket(p)
}

// readSocket waits for bytes and passes on those that may pass; what breaks a rule
// further on fails the next read.
func (c *conn) readSocket(p []byte) (int, error) {
	got, ahead, err := c.ahead.more()
	if !ahead {
		var n int
		n, err = c.sock.Read(p)
		got = p[:n]
	}
	if len(got) == 0 {
		if err != nil {
			err = c.fail(err)
		}
		return 0, err
	}
	ok := c.inspect(got)
	if ok == 0 {
		c.ahead.drop()
		return 0, c.fail(c.scan.err)
	}
	if ahead {
		c.ahead.rest = got[:ok]
		return c.ahead.take(p), nil
	}
	return ok, nil
}

// inspect counts what came in and returns how much of it keeps to the rules.
func (c *conn) inspect(got []byte) int {
	c.stats.BytesIn.Add(int64(len(got)))
	ok, packets := c.scan.feed(got, c.opt.MaxConnect, c.maxPacket)
	c.stats.PacketsIn.Add(int64(packets))
	if c.scan.head == headDisconnect {
		c.parted.Store(true)
	}
	return ok
}

// armRead sets the socket's read deadline, seldom: resetting a timer at every
// read costs more than the read's bookkeeping, so it is set a sixteenth late and
// left alone until that sixteenth is used up.
func (c *conn) armRead() {
	if !c.authed {
		if c.armed.IsZero() {
			c.armed = c.accepted.Add(c.opt.ConnectTimeout)
			_ = c.sock.SetReadDeadline(c.armed)
		}
		return
	}
	due := time.Now().Add(c.idle)
	slack := c.idle / 16
	if left := c.armed.Sub(due); left < 0 || left > slack {
		c.armed = due.Add(slack)
		_ = c.sock.SetReadDeadline(c.armed)
	}
}

// fail records why reading ended and begins the close, telling a version 5 client
// the reason where it has one. It returns the error for the library.
func (c *conn) fail(err error) error {
	if c.closing.Load() {
		return net.ErrClosed
	}
	reason := closedByPeer
	switch {
	case errors.Is(err, errOversize):
		reason = closedOversize
		c.farewell(reasonPacketTooLarge) // [MQTT-3.2.2-15]
	case errors.Is(err, errNotConnect), errors.Is(err, errBadLength), errors.Is(err, errNotBinary):
		reason = closedProtocol
	case errors.Is(err, os.ErrDeadlineExceeded) && !c.authed:
		reason = closedConnectTimeout
	case errors.Is(err, os.ErrDeadlineExceeded):
		reason = closedIdle
		c.farewell(reasonKeepAliveTimeout)
	}
	c.shut(reason, c.opt.Linger)
	return err
}

// farewell queues a DISCONNECT for a client that understands one.
func (c *conn) farewell(code byte) {
	if c.authed && c.version >= mqtt5 {
		_, _ = c.Write(appendDisconnect(nil, code, ""))
	}
}

// LocalAddr is the address the connection was accepted on.
func (c *conn) LocalAddr() net.Addr { return c.sock.LocalAddr() }

// RemoteAddr is the peer's address and port.
func (c *conn) RemoteAddr() net.Addr { return c.sock.RemoteAddr() }

// RemoteIP is the peer's address without port, as text; empty when the socket has
// none.
func (c *conn) RemoteIP() string {
	addr := addressOf(c.sock.RemoteAddr())
	if !addr.IsValid() {
		return ""
	}
	return addr.String()
}

// addressOf takes the IP address out of a, in its shortest form.
func addressOf(a net.Addr) netip.Addr {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap()
	}
	if a == nil {
		return netip.Addr{}
	}
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

// SetDeadline does nothing: reading is bounded by Authenticated's idle time (see
// idleAfter) and writing by the flusher.
func (c *conn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing, for the reason SetDeadline gives.
func (c *conn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing, for the reason SetDeadline gives.
func (c *conn) SetWriteDeadline(time.Time) error { return nil }
