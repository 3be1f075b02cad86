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

// conn is the connection that package hooks and the delivery code share. It
// stands between them and the socket:
//
//   - A write never blocks. [conn.Write] and [conn.Frame] append to a bounded
//     buffer; a flusher goroutine that lives only while there is something to send
//     writes everything waiting in one call (flush.go).
//   - A read is bounded in time and size before anything is allocated:
//     CONNECT in time, CONNECT first and small, packets within the limit, silence
//     within the idle time.
//   - Closing loses nothing: what is waiting is sent, and the peer gets a moment to
//     read it (close.go).
//
// Writing, framing and closing are safe from any goroutine. Next and
// Authenticated belong to the one goroutine that runs the MQTT loop. An idle
// connection holds no buffer and no goroutine beside that one.
type conn struct {
	sock  net.Conn // *net.TCPConn, *tls.Conn or *wsConn
	opt   *transportOptions
	stats *traffic
	flow  *flow // what it is counted in; see count
	slot  *slot // its place at the gate; nil outside listeners

	// Owned by the reading goroutine; readMu is held during a read so that
	// closing can wait until the reader has left the socket.
	readMu    sync.Mutex
	in        inbound
	ready     ready
	begun     bool // the first packet has been handed on
	authed    bool
	version   byte
	closing   atomic.Bool
	cause     atomic.Uint32 // the closeReason that the door's Close has
	maxPacket int32
	connectBy moment // CONNECT is due
	idle      time.Duration
	armed     moment // the read deadline set on the socket

	mu       sync.Mutex // guards everything below; never held during a system call
	pend     outQueue   // waiting for the flusher
	writing  int        // bytes the flusher holds and the socket has not taken
	packets  int32      // in pend
	flushing bool       // a flusher exists
	refused  bool       // Frame has refused since the last drain
	closed   bool       // takes no more bytes
	reason   closeReason
	flushed  chan struct{} // made by a closing that waits for the flusher
	paused   chan struct{} // made by a reader that pauses; closing closes it
	onDrain  drainer
	onClose  []func(closeReason)

	writeBy moment // the write deadline set on the socket; the flusher's
	chunk   int32  // the most that goes into one write; set before anything was written
}

// drainer is called when a connection that has refused frames takes them again.
type drainer interface{ drained(*conn) }

// newConn wraps a socket that was accepted at a point in time. The options must
// have their defaults.
func newConn(sock net.Conn, opt *transportOptions, stats *traffic, accepted time.Time) *conn {
	c := &conn{sock: sock, opt: opt, stats: stats, flow: &stats.flow, connectBy: at(accepted.Add(opt.ConnectTimeout)), maxPacket: int32(opt.MaxPacket), chunk: flushChunk}
	c.ready.init(sock, &c.in)
	return c
}

// Authenticated ends the connection's probation. It no longer counts for its
// address, the idle time replaces the CONNECT deadline, and maxPacket bounds each
// further packet (bytes with the fixed header; 0 keeps the default). The protocol
// version decides whether the peer can be told why the connection is closed.
// It must be called on the goroutine that reads.
func (c *conn) Authenticated(version byte, maxPacket int, idle time.Duration) {
	c.version, c.idle, c.authed = version, idle, true
	if maxPacket > 0 {
		c.maxPacket = int32(maxPacket)
	}
	if c.idle <= 0 {
		c.idle = c.opt.IdleCap
	}
	c.slot.authenticated()
}

// Next implements hooks.Transport: it waits for the next packet and returns its
// first byte and its body, which is valid until the next call. It fails when a
// deadline passes, when a fixed header announces more than is allowed (before the
// body is read) and when the first packet is not CONNECT. The reason is kept for
// OnClose. It closes the connection, except for faults of packets after
// Authenticated.
func (c *conn) Next() (head byte, body []byte, err error) {
	for {
		if c.closing.Load() {
			return 0, nil, net.ErrClosed
		}
		total := 0
		if rest := c.in.rest; len(rest) > 0 {
			at, size, err := c.header(rest)
			if err != nil {
				return 0, nil, c.fail(err)
			}
			if total = at + size; at > 0 && total <= len(rest) {
				c.in.rest = rest[total:]
				c.passed(rest[0])
				return rest[0], rest[at:total:total], nil
			}
		}
		if err := c.more(total); err != nil {
			return 0, nil, err
		}
	}
}

// header parses a fixed header and checks it: the first packet must be a CONNECT
// of at most MaxConnect bytes.
func (c *conn) header(p []byte) (at, size int, err error) {
	if c.begun {
		at, size, err = fixedHeader(p, int(c.maxPacket))
		if at > 2 && p[at-1] == 0 && c.version >= mqtt5 { // longer than need be [MQTT-1.5.5-1]
			return 0, 0, errBadLength
		}
		return at, size, err
	}
	if p[0] != headConnect { // [MQTT-3.1.0-1]
		return 0, 0, errNotConnect
	}
	return fixedHeader(p, c.opt.MaxConnect)
}

// passed notes that a packet is handed on.
func (c *conn) passed(head byte) {
	c.begun = true
	c.flow.PacketsIn.Add(1)
	if head == headDisconnect {
		c.cause.Store(uint32(closedByPeer))
	}
}

// more waits for bytes. total is the size of the packet that has begun, 0 when
// there is none or its size is not known yet.
func (c *conn) more(total int) error {
	c.readMu.Lock()
	defer c.readMu.Unlock()
	c.armRead()
	if c.closing.Load() { // looked at after arming: a close that comes later re-arms
		return net.ErrClosed
	}
	n, err := c.readSocket(total)
	c.flow.BytesIn.Add(int64(n))
	if n == 0 && err != nil {
		return c.fail(err)
	}
	return nil // an error that came with these bytes will be returned again
}

// readSocket reads once. Between packets it waits without a buffer, or with the
// smallest the socket allows.
func (c *conn) readSocket(total int) (n int, err error) {
	in := &c.in
	switch {
	case len(in.rest) > 0:
		n, err = c.sock.Read(in.room(total))
		in.came(n)
		return n, err
	case c.ready.can():
		in.release()
		n, err = c.ready.read()
		if n > 0 {
			in.came(n)
		}
		return n, err
	}
	in.release()
	if in.wait == nil {
		in.wait = make([]byte, waitBuffer)
	}
	n, err = c.sock.Read(in.wait)
	in.rest = in.wait[:n]
	return n, err
}

// armRead sets the socket's read deadline. Resetting the timer at every read would
// cost more than the rest of the bookkeeping, so the deadline is set a sixteenth
// later than needed and left alone until that sixteenth has passed.
func (c *conn) armRead() {
	if !c.authed {
		if c.armed == 0 {
			c.armed = c.connectBy
			_ = c.sock.SetReadDeadline(c.armed.time())
		}
		return
	}
	now := time.Now()
	slack := c.idle / 16
	if left := time.Duration(c.armed-at(now)) - c.idle; left < 0 || left > slack {
		due := now.Add(c.idle + slack)
		c.armed = at(due)
		_ = c.sock.SetReadDeadline(due)
	}
}

// fail records why reading ended and begins the close, but for faults of packets,
// before which the door still has answers to give. It returns the error.
func (c *conn) fail(err error) error {
	if c.closing.Load() {
		return net.ErrClosed
	}
	reason := closedByPeer
	switch {
	case errors.Is(err, errOversize):
		reason = closedOversize
	case errors.Is(err, errNotConnect), errors.Is(err, errNotBinary), errors.Is(err, errBadLength):
		reason = closedProtocol
	case errors.Is(err, os.ErrDeadlineExceeded) && !c.authed:
		reason = closedConnectTimeout
	case errors.Is(err, os.ErrDeadlineExceeded):
		reason = closedIdle
		c.farewell(reasonKeepAliveTimeout)
	}
	if !c.authed && reason != closedByPeer { // else the session says why it was lost
		c.opt.Lines.Info("connection lost", reason.String(), "remote", c.RemoteIP(), "reason", reason.String(), "err", err)
	}
	if c.authed && (reason == closedOversize || reason == closedProtocol) {
		c.cause.Store(uint32(reason))
		return err
	}
	c.shut(reason, c.opt.Linger)
	return err
}

// Pause implements hooks.Transport: the reader waits here and not in the socket. What the
// peer sends meanwhile waits in the system's buffers, and then at the peer.
func (c *conn) Pause(d time.Duration, until <-chan struct{}) (open bool) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return false
	}
	paused := make(chan struct{})
	c.paused = paused
	c.mu.Unlock()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-paused:
		return false
	case <-until:
	case <-timer.C:
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paused = nil
	return !c.closed
}

// why is the first cause of the connection's end.
func (c *conn) why() closeReason {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reason
}

// farewell queues a DISCONNECT for a client that understands one.
func (c *conn) farewell(code byte) {
	if c.authed && c.version >= mqtt5 {
		_, _ = c.Write(appendDisconnect(nil, code, ""))
	}
}

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
