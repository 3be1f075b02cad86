//go:build unix

package broker

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
)

// readAheadSize is how much one system call may fetch: some twenty small packets
// of a busy connection.
const readAheadSize = 8 << 10

// readAhead reads from a TCP socket through a pooled buffer that it holds only
// while there is something in it. A plain Read needs its buffer while it waits,
// which is most of an idle connection's life; here the wait comes first. The MQTT
// library can then do with a tiny buffer of its own.
//
// It belongs to the reading goroutine.
type readAhead struct {
	raw  syscall.RawConn // nil: the socket is not TCP and is read directly
	try  func(fd uintptr) bool
	held *readBuffer // nil when nothing is left over
	rest []byte      // of held, what has not been passed on
	err  error       // of the last try
}

type readBuffer [readAheadSize]byte

var readBuffers = sync.Pool{New: func() any { return new(readBuffer) }}

func (r *readAhead) init(sock net.Conn) {
	tcp, ok := sock.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	r.raw, r.try = raw, r.tryRead
}

// more waits for bytes and returns them, to be passed on with take. ok is false
// when the socket cannot be read ahead.
func (r *readAhead) more() (p []byte, ok bool, err error) {
	if r.raw == nil {
		return nil, false, nil
	}
	if err := r.raw.Read(r.try); err != nil {
		return nil, true, err
	}
	return r.rest, true, r.err
}

// tryRead is called when the socket may have something; false means wait.
func (r *readAhead) tryRead(fd uintptr) bool {
	b := readBuffers.Get().(*readBuffer)
	n, err := syscall.Read(int(fd), b[:])
	for errors.Is(err, syscall.EINTR) {
		n, err = syscall.Read(int(fd), b[:])
	}
	if n > 0 {
		r.held, r.rest, r.err = b, b[:n], nil
		return true
	}
	readBuffers.Put(b)
	if errors.Is(err, syscall.EAGAIN) {
		return false
	}
	if r.err = err; err == nil {
		r.err = io.EOF
	}
	return true
}

// take passes on what is left over, as much as fits p.
func (r *readAhead) take(p []byte) int {
	n := copy(p, r.rest)
	if r.rest = r.rest[n:]; len(r.rest) == 0 {
		r.drop()
	}
	return n
}

// drop gives the buffer back.
func (r *readAhead) drop() {
	if r.held != nil {
		readBuffers.Put(r.held)
		r.held, r.rest = nil, nil
	}
}
