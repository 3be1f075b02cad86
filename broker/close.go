package broker

import (
	"io"
	"time"
)

// Close ends the connection: waiting packets are sent, and the peer gets the
// configured linger to read them. It never blocks and may be called
// any number of times.
func (c *conn) Close() error {
	c.shut(closeReason(c.cause.Load()), c.opt.Linger)
	return nil
}

// CloseAfterFlush is Close with a linger of the caller's choice: within it what is
// waiting is written, the peer sees the end of the stream and has the rest of the
// time to close its side, so that a DISCONNECT or a refusing CONNACK is read and
// not cut off by a reset. It does not block; from now on nothing more is taken.
func (c *conn) CloseAfterFlush(linger time.Duration) {
	c.shut(closeReason(c.cause.Load()), linger)
}

// OnClose adds a function that is called exactly once when the connection closes,
// with the first cause, on its own goroutine and with no lock held.
// The last packets may still be on their way then. It returns false, and will not
// call f, when the connection is closed already.
func (c *conn) OnClose(f func(closeReason)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.onClose = append(c.onClose, f)
	return true
}

// shut begins the end for a reason. The first call decides; a later one without
// linger cuts the waiting of an earlier one short.
func (c *conn) shut(reason closeReason, linger time.Duration) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		if linger <= 0 {
			go c.hangUp()
		}
		return
	}
	c.closed, c.reason = true, reason
	c.closing.Store(true)
	var flushed chan struct{}
	if c.flushing {
		flushed = make(chan struct{})
		c.flushed = flushed
	}
	if c.paused != nil {
		close(c.paused)
		c.paused = nil
	}
	hooks := c.onClose
	c.onClose, c.onDrain = nil, nil
	c.mu.Unlock()

	c.stats.Closed[reason].Add(1)
	go c.end(hooks, flushed, linger)
}

// end brings a shut connection to its end: tell, flush, say goodbye, hang up.
func (c *conn) end(hooks []func(closeReason), flushed <-chan struct{}, linger time.Duration) {
	until := time.Now().Add(linger)
	if linger <= 0 {
		c.hangUp()
	}
	_ = c.sock.SetReadDeadline(longAgo) // the reader leaves
	for _, hook := range hooks {
		hook(c.reason)
	}
	if linger > 0 && waited(flushed, time.Until(until)) {
		c.goodbye(until)
	}
	c.hangUp()
	if flushed != nil {
		<-flushed // at once: its socket is closed
	}
	c.slot.leave()
	if c.opt.ended != nil {
		c.opt.ended(c)
	}
}

// longAgo is a deadline that has passed, in real and in simulated time.
var longAgo = time.Unix(1, 0)

// waited waits for done, which may be nil, no longer than d.
func waited(done <-chan struct{}, d time.Duration) bool {
	if done == nil {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// goodbye closes the sending half and reads away what the peer still sends, until
// it closes its half or the time is up. Closing a TCP socket with unread input
// resets it, and a reset discards what the peer has not read yet.
func (c *conn) goodbye(until time.Time) {
	c.readMu.Lock() // the reader has left: its deadline is past
	defer c.readMu.Unlock()
	_ = c.sock.SetReadDeadline(until)
	_ = c.sock.SetWriteDeadline(until)
	switch s := c.sock.(type) {
	case *wsConn:
		s.handshakeClose()
	case interface{ CloseWrite() error }: // TCP and TLS
		if s.CloseWrite() == nil {
			_, _ = io.CopyN(io.Discard, c.sock, drainMax)
		}
	}
}

// drainMax bounds what a closing connection reads away, in bytes.
const drainMax = 1 << 20

// hangUp closes the socket for good.
func (c *conn) hangUp() {
	_ = c.sock.Close()
}
