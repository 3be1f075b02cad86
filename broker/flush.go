package broker

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"time"
)

// flushChunk is the most that goes into one write and so under one write
// deadline: a slow but living peer has WriteTimeout for each chunk, not for
// everything waiting. It also bounds a WebSocket message.
const flushChunk = 64 << 10

var errSlow = errors.New("peer does not drain its connection")

// Write queues p and returns at once; it copies p. It is for
// replies and acks, which are small and must not be lost: the soft limit does not
// apply, and above the hard limit the connection is closed. After a close it returns
// net.ErrClosed.
func (c *conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return 0, net.ErrClosed
	}
	if c.pendingLocked()+len(p) > c.opt.HardLimit {
		c.mu.Unlock()
		c.shut(closedSlow, 0)
		return 0, errSlow
	}
	c.pend.add(p, &c.stats.Buffered)
	c.packets++
	c.wakeLocked()
	c.mu.Unlock()
	return len(p), nil
}

// Frame queues a copy of an encoded PUBLISH with its packet id (when idOffset is
// not 0) and, if wanted, its DUP bit set.
//
// It returns false, with nothing queued, when more than the soft limit is waiting
// or the connection is closed: the caller marks the session as lagging. In the
// first case the drainer of OnDrain is told once enough has left.
func (c *conn) Frame(f []byte, idOffset int, id uint16, dup bool) bool {
	return c.frames(f, 1, idOffset, id, dup)
}

// Frames is Frame for several whole packets in a row, which have no ids.
func (c *conn) Frames(f []byte, packets int) bool { return c.frames(f, packets, 0, 0, false) }

func (c *conn) frames(f []byte, packets, idOffset int, id uint16, dup bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	if c.behindLocked() {
		c.refused = true // something is pending, so a flusher exists and will tell
		c.stats.FramesRefused.Add(1)
		return false
	}
	own := c.pend.add(f, &c.stats.Buffered)
	c.packets += int32(packets)
	if idOffset > 0 {
		binary.BigEndian.PutUint16(own[idOffset:], id)
	}
	if dup {
		own[0] |= dupFlag
	}
	c.wakeLocked()
	return true
}

// behindLocked is the soft limit, of this connection or of all.
func (c *conn) behindLocked() bool {
	waiting := c.pendingLocked()
	if waiting < flushChunk && waiting < c.opt.SoftLimit {
		return false
	}
	return waiting >= c.opt.SoftLimit || c.stats.Buffered.Load() > c.opt.BufferTotal
}

// Pending is how many bytes wait for the peer, those in a write that has not
// returned included.
func (c *conn) Pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pendingLocked()
}

func (c *conn) pendingLocked() int { return c.writing + c.pend.size }

// takes says how large a packet the peer takes. Over TLS no record is longer then: each write is
// one, or several. It is called before anything was written.
func (c *conn) takes(maxPacket int) {
	if _, secure := c.sock.(*tls.Conn); secure && maxPacket > 0 {
		c.chunk = int32(min(maxPacket, flushChunk))
	}
}

// count has the connection counted in f from now on. It is called before anything
// was written.
func (c *conn) count(f *flow) {
	c.mu.Lock()
	c.flow = f
	c.mu.Unlock()
}

// OnDrain sets the drainer. After Frame has refused, it is called once when no more
// than a quarter of the soft limit is still waiting: on the flusher's goroutine and
// with no lock held. It may call Frame. It is not called when the connection closes.
func (c *conn) OnDrain(d drainer) {
	c.mu.Lock()
	c.onDrain = d
	c.mu.Unlock()
}

// wakeLocked starts the flusher unless it runs.
func (c *conn) wakeLocked() {
	if !c.flushing {
		c.flushing = true
		go c.flush()
	}
}

// flush writes until nothing is waiting, then ends. While one write is in the
// system everything new gathers for the next, which is what makes many messages
// cost one system call.
func (c *conn) flush() {
	for {
		queue := c.take()
		if queue == nil {
			return
		}
		if err := c.writeOut(queue); err != nil {
			c.endFlush(err)
			return
		}
		if d := c.relieved(); d != nil {
			d.drained(c)
		}
	}
}

// take hands everything waiting to the flusher; nil ends the flusher.
func (c *conn) take() *outBuffer {
	c.mu.Lock()
	defer c.mu.Unlock()
	queue := c.pend.head
	if queue == nil {
		c.flushing = false
		if c.flushed != nil {
			close(c.flushed)
		}
		return nil
	}
	c.flow.PacketsOut.Add(int64(c.packets))
	c.writing, c.packets = c.pend.size, 0
	c.pend = outQueue{}
	return queue
}

// writeOut writes a chain of buffers, up to the first that fails, and frees all.
func (c *conn) writeOut(o *outBuffer) error {
	var err error
	for o != nil {
		if err == nil {
			err = c.writeBuffer(o.b)
		}
		o = o.free(&c.stats.Buffered)
	}
	return err
}

// writeBuffer writes b in chunks, each under its own deadline. Only a packet that
// is larger than a chunk itself makes more than one, or a small peer; see takes.
func (c *conn) writeBuffer(b []byte) error {
	for len(b) > 0 {
		chunk := b[:min(len(b), int(c.chunk))]
		c.armWrite()
		n, err := c.sock.Write(chunk)
		c.flow.BytesOut.Add(int64(n))
		c.flow.Flushes.Add(1)
		if err != nil {
			return err
		}
		b = b[n:]
		c.mu.Lock()
		c.writing -= n
		c.mu.Unlock()
	}
	return nil
}

// armWrite gives the coming write at most WriteTimeout and at least half of it:
// like the read deadline it is left alone while it is far enough away.
func (c *conn) armWrite() {
	now := time.Now()
	if left := time.Duration(c.writeBy - at(now)); left >= c.opt.WriteTimeout/2 && left <= c.opt.WriteTimeout {
		return
	}
	due := now.Add(c.opt.WriteTimeout)
	c.writeBy = at(due)
	_ = c.sock.SetWriteDeadline(due)
}

// relieved returns the drainer to call if Frame has refused since the last call
// and few enough bytes are waiting now.
func (c *conn) relieved() drainer {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.refused || c.closed || c.pendingLocked() > c.opt.SoftLimit/4 {
		return nil
	}
	c.refused = false
	return c.onDrain
}

// endFlush ends the flusher after a failed write.
func (c *conn) endFlush(err error) {
	reason := closedByPeer
	if errors.Is(err, os.ErrDeadlineExceeded) {
		reason = closedStalled
	}
	c.shut(reason, 0) // first: a packet may be cut, nothing may follow it
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pend.drop(&c.stats.Buffered)
	c.writing, c.flushing = 0, false
	if c.flushed != nil {
		close(c.flushed)
	}
}
