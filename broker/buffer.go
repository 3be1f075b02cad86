package broker

import "sync"

// Sizes of the pooled outbound buffers: most flushes carry a message or two, a
// connection that is behind fills the large one, and what outgrows that is left
// to the garbage collector.
const (
	smallBuffer = 2 << 10
	largeBuffer = flushChunk + wsHeader
)

// outBuffer holds bytes that wait for a connection's flusher. Buffers are pooled
// across connections, so that an idle connection holds none.
type outBuffer struct {
	b []byte
}

var (
	smallBuffers = sync.Pool{New: func() any { return &outBuffer{b: make([]byte, 0, smallBuffer)} }}
	largeBuffers = sync.Pool{New: func() any { return &outBuffer{b: make([]byte, 0, largeBuffer)} }}
)

// add appends p to o, which may be nil, and returns the buffer that now holds
// everything.
func (o *outBuffer) add(p []byte) *outBuffer {
	if o == nil {
		o = bufferFor(len(p))
	}
	if need := len(o.b) + len(p); need > cap(o.b) && cap(o.b) < largeBuffer && need <= largeBuffer {
		bigger := largeBuffers.Get().(*outBuffer)
		bigger.b = append(bigger.b, o.b...)
		o.release()
		o = bigger
	}
	o.b = append(o.b, p...)
	return o
}

func bufferFor(n int) *outBuffer {
	if n <= smallBuffer {
		return smallBuffers.Get().(*outBuffer)
	}
	return largeBuffers.Get().(*outBuffer)
}

// release gives the buffer back. Nil is allowed; o must not be used afterwards.
func (o *outBuffer) release() {
	if o == nil {
		return
	}
	o.b = o.b[:0]
	switch c := cap(o.b); {
	case c > largeBuffer:
	case c == largeBuffer:
		largeBuffers.Put(o)
	default:
		smallBuffers.Put(o)
	}
}
