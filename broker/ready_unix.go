//go:build unix

package broker

import (
	"errors"
	"io"
	"net"
	"syscall"
)

// ready reads from a TCP socket once there is something to read. A plain Read
// needs its buffer while it waits, which is most of an idle connection's life; here the
// wait comes first.
//
// It belongs to the reading goroutine.
type ready struct {
	raw syscall.RawConn // nil: the socket is not TCP
	try func(fd uintptr) bool
	in  *inbound
	n   int   // of the last try
	err error // likewise
}

func (r *ready) init(sock net.Conn, in *inbound) {
	if p, ok := sock.(*proxied); ok { // behind its header it is a socket like others
		sock = p.TCPConn
	}
	tcp, ok := sock.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	r.raw, r.in, r.try = raw, in, r.tryRead
}

// can reports whether the socket can be waited for without a buffer.
func (r *ready) can() bool { return r.raw != nil }

// read waits for bytes behind a whole number of packets.
func (r *ready) read() (int, error) {
	if err := r.raw.Read(r.try); err != nil {
		return 0, err
	}
	return r.n, r.err
}

// tryRead is called when the socket may have something; false means wait.
func (r *ready) tryRead(fd uintptr) bool {
	p := r.in.room(0)
	n, err := syscall.Read(int(fd), p)
	for errors.Is(err, syscall.EINTR) {
		n, err = syscall.Read(int(fd), p)
	}
	if n > 0 {
		r.n, r.err = n, nil
		return true
	}
	r.in.release()
	if errors.Is(err, syscall.EAGAIN) {
		return false
	}
	if r.n, r.err = 0, err; err == nil {
		r.err = io.EOF
	}
	return true
}
