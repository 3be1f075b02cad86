package broker

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/forwarded"
)

// tcpKeepAlive finds peers that vanished without a word: first probe after 60 s of
// silence, given up four probes and a minute later.
var tcpKeepAlive = net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4}

// Back-off of an accept loop when the system has no more file descriptors or the
// like: doubling between these.
const (
	acceptPauseMin = 5 * time.Millisecond
	acceptPauseMax = time.Second
)

// listeners accepts connections on any number of TCP, TLS and WebSocket addresses
// and gives each, as a [conn], to one greeter on a goroutine of its own.
//
// It owns its accept loops and all connections it accepted: Close stops the loops,
// CloseConns the connections, Wait waits for both.
type listeners struct {
	opt   transportOptions
	stats traffic
	gate  *gatekeeper
	greet greeter

	mu      sync.Mutex
	closers []io.Closer
	conns   map[*conn]struct{}
	early   map[*accepted]struct{} // not known yet to be conns; see front
	stopped bool
	wg      sync.WaitGroup // accept loops, connections and their goroutines
}

// greeter reads the first packet of a connection and answers it. What it returns
// serves the connection to its end; nil means that it is not let in.
type greeter func(*conn) runner

// runner serves a connection until it is over.
type runner interface{ Run() }

// newListeners prepares listeners that listen nowhere yet. A connection is closed
// when its runner has ended, if it is not already. A panic is logged and costs that
// connection only.
func newListeners(opt transportOptions, greet greeter) *listeners {
	opt = opt.withDefaults()
	l := &listeners{
		opt:   opt,
		gate:  newGatekeeper(opt.PerAddress, opt.Total),
		greet: greet,
		conns: map[*conn]struct{}{},
		early: map[*accepted]struct{}{},
	}
	l.opt.ended = l.forget
	return l
}

// ListenTCP accepts MQTT on a host:port, port 0 for any free one. It returns the
// bound address. Connections of proxies begin with a header that says who is behind them.
func (l *listeners) ListenTCP(addr string, proxies forwarded.Prefixes) (net.Addr, error) {
	return l.listenStream(addr, nil, proxies)
}

// ListenTLS accepts MQTT over TLS.
func (l *listeners) ListenTLS(addr string, secure *tls.Config, proxies forwarded.Prefixes) (net.Addr, error) {
	return l.listenStream(addr, secure, proxies)
}

func (l *listeners) listenStream(addr string, secure *tls.Config, proxies forwarded.Prefixes) (net.Addr, error) {
	ln, err := l.open(addr)
	if err != nil {
		return nil, err
	}
	ln.proxies = proxies
	if err := l.add(ln); err != nil {
		return nil, err
	}
	go func() {
		defer l.wg.Done()
		l.acceptStreams(ln, secure)
	}()
	return ln.Addr(), nil
}

// acceptStreams is the accept loop of TCP and TLS.
func (l *listeners) acceptStreams(ln *listener, secure *tls.Config) {
	for {
		a, err := ln.next()
		if err != nil {
			return // the listener is closed
		}
		sock := a.Conn
		if secure != nil {
			sock = tls.Server(sock, secure)
		}
		l.start(sock, a)
	}
}

// start gives an accepted socket its conn and its goroutine.
func (l *listeners) start(sock net.Conn, a *accepted) {
	c := newConn(sock, &l.opt, &l.stats, a.at)
	c.slot = a.slot
	if !l.keep(c) { // closing
		_ = a.Close()
		return
	}
	go l.serve(c, a)
}

// arrive asks how long a new connection is held.
func (l *listeners) arrive(from netip.Addr) time.Duration {
	if l.opt.Arrive == nil {
		return 0
	}
	return l.opt.Arrive(from)
}

// serve admits one connection and runs it on a second goroutine. Handshakes and
// ticket checks have grown this one's stack, and a connection waits for most of its
// life.
func (l *listeners) serve(c *conn, a *accepted) {
	run := l.begin(c, a)
	if run == nil {
		l.over(c)
		return
	}
	go l.run(c, run)
}

// begin admits a connection, or returns nil. It is held first: nothing of it is read, but the
// header of a proxy.
func (l *listeners) begin(c *conn, a *accepted) runner {
	defer l.caught(c)
	if !l.introduced(a, c.connectBy.time()) {
		c.shut(closedProtocol, 0)
		return nil
	}
	if a.hold > 0 && !c.Pause(a.hold, nil) {
		return nil
	}
	if !a.met && !l.secured(c) {
		return nil
	}
	return l.greet(c)
}

func (l *listeners) run(c *conn, r runner) {
	defer l.over(c)
	defer l.caught(c)
	r.Run()
}

// caught keeps a panic from ending the process.
func (l *listeners) caught(c interface{ RemoteIP() string }) {
	if p := recover(); p != nil {
		l.stats.Panics.Add(1)
		l.opt.Logger.Error("connection panicked", "remote", c.RemoteIP(), "panic", p, "stack", string(debug.Stack()))
	}
}

// over releases what the reading goroutine owns.
func (l *listeners) over(c *conn) {
	c.in.release()
	_ = c.Close()
	l.wg.Done()
}

// Close stops accepting. Connections stay, but for those in their handshake.
func (l *listeners) Close() {
	l.mu.Lock()
	closers := l.closers
	l.closers, l.stopped = nil, true
	early := slices.Collect(maps.Keys(l.early))
	l.mu.Unlock()
	for _, c := range closers {
		_ = c.Close()
	}
	for _, a := range early {
		_ = a.Close()
	}
}

// CloseConns closes every connection that is still there, those that never
// authenticated included, each after flushing for at most linger; 0 cuts them off.
func (l *listeners) CloseConns(linger time.Duration) {
	l.mu.Lock()
	all := make([]*conn, 0, len(l.conns))
	for c := range l.conns {
		all = append(all, c)
	}
	l.mu.Unlock()
	for _, c := range all {
		c.CloseAfterFlush(linger)
	}
}

// Wait returns when, after Close, every accept loop, connection and handler has
// ended.
func (l *listeners) Wait() { l.wg.Wait() }

// keep registers a connection for CloseConns and Wait, unless Close came first.
func (l *listeners) keep(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return false
	}
	l.conns[c] = struct{}{}
	l.stats.Open.Add(1)
	l.wg.Add(2) // the reader, and the socket until it is closed
	return true
}

// forget is the end of a connection.
func (l *listeners) forget(c *conn) {
	l.mu.Lock()
	delete(l.conns, c)
	l.mu.Unlock()
	l.stats.Open.Add(-1)
	l.wg.Done()
}

// add registers something to close, and a goroutine to wait for.
func (l *listeners) add(c io.Closer) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		_ = c.Close()
		return net.ErrClosed
	}
	l.closers = append(l.closers, c)
	l.wg.Add(1)
	return nil
}

// open binds an address.
func (l *listeners) open(addr string) (*listener, error) {
	config := net.ListenConfig{KeepAliveConfig: tcpKeepAlive}
	ln, err := config.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return newListener(ln, l), nil
}
