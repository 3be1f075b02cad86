package broker

import "sync"

// Sizes of inbound buffers, in bytes. One system call may fetch a pooled buffer
// full, some fifty small packets of a busy connection. A socket that cannot be waited for
// without a buffer, TLS or WebSocket, waits with a small one of its own.
const (
	readBuffer = 8 << 10
	waitBuffer = 256
)

var readBuffers = sync.Pool{New: func() any { return &inBuffer{b: make([]byte, readBuffer)} }}

// inBuffer is a buffer that packets are read into.
type inBuffer struct{ b []byte }

// inbound is what has been read from a socket and not been handed on. It holds a
// pooled buffer only while there is something in it: an idle connection holds none.
// It belongs to the reading goroutine.
type inbound struct {
	held *inBuffer // nil: rest is empty, or lies in wait
	rest []byte
	wait []byte // nil until needed
}

// release gives the buffer back; nothing of it may be in use any more.
func (in *inbound) release() {
	if in.held != nil && len(in.held.b) == readBuffer {
		readBuffers.Put(in.held)
	}
	in.held, in.rest = nil, nil
}

// room returns where to read more of the packet that rest begins with; total is its
// size in bytes, 0 if unknown. A large packet's buffer grows as its bytes arrive:
// an announced length allocates nothing.
func (in *inbound) room(total int) []byte {
	switch {
	case in.held == nil:
		in.adopt(readBuffers.Get().(*inBuffer))
	case len(in.rest) < len(in.held.b): // make the whole buffer usable
		in.adopt(in.held)
	default:
		in.adopt(&inBuffer{b: make([]byte, min(2*len(in.held.b), max(total, len(in.held.b)+1)))})
	}
	return in.held.b[len(in.rest):]
}

// adopt moves rest to the beginning of b.
func (in *inbound) adopt(b *inBuffer) {
	n := copy(b.b, in.rest)
	if old := in.held; old != b && old != nil && len(old.b) == readBuffer {
		readBuffers.Put(old)
	}
	in.held, in.rest = b, b.b[:n]
}

// came enters n bytes that were read into room.
func (in *inbound) came(n int) { in.rest = in.rest[:len(in.rest)+n] }
