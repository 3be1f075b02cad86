package broker

import (
	"sync"
	"sync/atomic"
)

// Sizes of the pooled outbound buffers. Most flushes carry one or two messages and
// fit a small buffer. A connection that is behind queues large ones; each is one
// write, with room for a WebSocket header.
const (
	smallBuffer = 2 << 10
	largeBuffer = flushChunk
	frameBuffer = largeBuffer + wsHeader
)

// outBuffer holds bytes that wait for a connection's flusher. Buffers are pooled
// across connections, so that an idle connection holds none.
type outBuffer struct {
	b    []byte
	next *outBuffer
}

var (
	smallBuffers = sync.Pool{New: func() any { return &outBuffer{b: make([]byte, 0, smallBuffer)} }}
	largeBuffers = sync.Pool{New: func() any { return &outBuffer{b: make([]byte, 0, largeBuffer)} }}
	frameBuffers = sync.Pool{New: func() any { return &outBuffer{b: make([]byte, 0, frameBuffer)} }}
)

// bufferFor returns an empty buffer with room for n bytes.
func bufferFor(n int) *outBuffer {
	switch {
	case n <= smallBuffer:
		return smallBuffers.Get().(*outBuffer)
	case n <= largeBuffer:
		return largeBuffers.Get().(*outBuffer)
	case n <= frameBuffer:
		return frameBuffers.Get().(*outBuffer)
	}
	return &outBuffer{b: make([]byte, 0, n)}
}

// release gives the buffer back; it must not be used afterwards. One of an odd
// size is left to the garbage collector.
func (o *outBuffer) release() {
	o.b, o.next = o.b[:0], nil
	switch cap(o.b) {
	case smallBuffer:
		smallBuffers.Put(o)
	case largeBuffer:
		largeBuffers.Put(o)
	case frameBuffer:
		frameBuffers.Put(o)
	}
}

// outQueue is what waits for the flusher: a chain of buffers, so that growing
// copies nothing but the first small one. The bytes of all but small buffers are
// counted in held, across connections; a connection has at most one small buffer.
type outQueue struct {
	head, tail *outBuffer
	size       int // bytes in all of them
}

// add appends a copy of p in one piece and returns that copy.
func (q *outQueue) add(p []byte, held *atomic.Int64) []byte {
	if q.tail == nil || cap(q.tail.b)-len(q.tail.b) < len(p) {
		q.extend(len(p))
		if n := q.tail.counted(); n > 0 {
			held.Add(n)
		}
	}
	t := q.tail
	start := len(t.b)
	t.b = append(t.b, p...)
	q.size += len(p)
	return t.b[start:]
}

// extend makes the tail a buffer with room for n bytes: a lone small buffer gives
// way to a large one with its content, otherwise the chain grows.
func (q *outQueue) extend(n int) {
	old := q.tail
	if old == nil {
		q.head = bufferFor(n)
		q.tail = q.head
		return
	}
	if cap(old.b) == smallBuffer && len(old.b)+n <= largeBuffer {
		bigger := largeBuffers.Get().(*outBuffer)
		bigger.b = append(bigger.b, old.b...)
		old.release()
		q.head, q.tail = bigger, bigger
		return
	}
	old.next = bufferFor(max(n, smallBuffer+1)) // never a small one behind another
	q.tail = old.next
}

// counted is what the buffer adds to held.
func (o *outBuffer) counted() int64 {
	if cap(o.b) == smallBuffer {
		return 0
	}
	return int64(cap(o.b))
}

// drop releases everything.
func (q *outQueue) drop(held *atomic.Int64) {
	for o := q.head; o != nil; {
		o = o.free(held)
	}
	*q = outQueue{}
}

// free releases a queued buffer and returns the one behind it.
func (o *outBuffer) free(held *atomic.Int64) *outBuffer {
	next := o.next
	if n := o.counted(); n > 0 {
		held.Add(-n)
	}
	o.release()
	return next
}
