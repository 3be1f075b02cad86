package broker

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// gatedSocket is one end of an in-memory pipe whose writes can be held up and
// which counts them. CloseWrite is a real half-close, so that goodbyes can be
// followed.
type gatedSocket struct {
	net.Conn
	writes atomic.Int64
	ended  atomic.Bool // CloseWrite came

	mu   sync.Mutex
	gate chan struct{} // nil: open
}

// hold makes writes wait until the returned function is called.
func (s *gatedSocket) hold() (release func()) {
	gate := make(chan struct{})
	s.mu.Lock()
	s.gate = gate
	s.mu.Unlock()
	return func() {
		s.mu.Lock()
		s.gate = nil
		s.mu.Unlock()
		close(gate)
	}
}

func (s *gatedSocket) Write(p []byte) (int, error) {
	s.mu.Lock()
	gate := s.gate
	s.mu.Unlock()
	if gate != nil {
		<-gate
	}
	s.writes.Add(1)
	return s.Conn.Write(p)
}

func (s *gatedSocket) CloseWrite() error {
	s.ended.Store(true)
	return nil
}

// sinkSocket swallows writes and never delivers a byte; Read waits for Close.
type sinkSocket struct {
	once   sync.Once
	closed chan struct{}
	writes atomic.Int64
}

func newSink() *sinkSocket { return &sinkSocket{closed: make(chan struct{})} }

func (s *sinkSocket) Read([]byte) (int, error)         { <-s.closed; return 0, io.EOF }
func (s *sinkSocket) Write(p []byte) (int, error)      { s.writes.Add(1); return len(p), nil }
func (s *sinkSocket) Close() error                     { s.once.Do(func() { close(s.closed) }); return nil }
func (s *sinkSocket) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (s *sinkSocket) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)} }
func (s *sinkSocket) SetDeadline(time.Time) error      { return nil }
func (s *sinkSocket) SetReadDeadline(time.Time) error  { return nil }
func (s *sinkSocket) SetWriteDeadline(time.Time) error { return nil }

// pipeConn is a conn over a pipe, the gated socket under it and the peer's end.
func pipeConn(opt transportOptions) (*conn, *gatedSocket, net.Conn) {
	ours, peer := net.Pipe()
	opt = opt.withDefaults()
	sock := &gatedSocket{Conn: ours}
	return newConn(sock, &opt, new(traffic), time.Now()), sock, peer
}

// whenClosed returns a channel that gets the close reason.
func whenClosed(t testing.TB, c *conn) <-chan closeReason {
	t.Helper()
	reasons := make(chan closeReason, 2)
	if !c.OnClose(func(r closeReason) { reasons <- r }) {
		t.Fatal("connection is closed already")
	}
	return reasons
}

// receive collects everything the peer gets until the end of its stream.
func receive(peer net.Conn) <-chan []byte {
	all := make(chan []byte, 1)
	go func() {
		b, _ := io.ReadAll(peer)
		all <- b
	}()
	return all
}

// stream turns the packets of a connection back into bytes.
type stream struct {
	c    *conn
	left []byte
}

func (s *stream) Read(p []byte) (int, error) {
	if len(s.left) == 0 {
		head, body, err := s.c.Next()
		if err != nil {
			return 0, err
		}
		s.left = append(appendVarint([]byte{head}, len(body)), body...)
	}
	n := copy(p, s.left)
	s.left = s.left[n:]
	return n, nil
}

// handler makes a greeter of a function that serves the whole connection.
func handler(f func(*conn)) greeter {
	return func(c *conn) runner { return running(func() { f(c) }) }
}

type running func()

func (r running) Run() { r() }

// draining is a drainer made of a function.
type draining func()

func (d draining) drained(*conn) { d() }
