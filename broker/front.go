package broker

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"regexp"
	"time"

	"github.com/teahouse-im/teahouse/forwarded"
)

// Bounds of HTTP/2, which pages are fetched by over TLS. A connection ends when nothing of it is
// under way, as with HTTP/1.1.
const (
	streamsMax = 64               // at the same time on one connection
	pingAfter  = 10 * time.Second // of silence; who does not answer in pingWait is gone
	pingWait   = 5 * time.Second
)

// ListenHTTP serves a handler on a host:port, over TLS when secure is not nil. Over TLS a client
// that negotiates "mqtt" speaks MQTT.
func (l *listeners) ListenHTTP(addr string, secure *tls.Config, proxies forwarded.Prefixes, h http.Handler) (net.Addr, error) {
	own, err := l.open(addr)
	if err != nil {
		return nil, err
	}
	own.proxies, own.forwarders = proxies, l.opt.Forwarders
	server := &http.Server{
		Handler:           forwarded.Handler(h, l.opt.Forwarders),
		ReadHeaderTimeout: l.opt.ConnectTimeout,
		ReadTimeout:       l.opt.ConnectTimeout,
		WriteTimeout:      l.opt.WriteTimeout,
		MaxHeaderBytes:    wsMaxHeaders,
		ErrorLog:          l.opt.Lines.HTTPErrors(),
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: streamsMax, SendPingTimeout: pingAfter, PingTimeout: pingWait, WriteByteTimeout: l.opt.WriteTimeout,
		},
	}
	// Connections that wait for a second request would take the places of those that log in.
	server.SetKeepAlivesEnabled(false)
	if err := l.add(server); err != nil {
		_ = own.Close()
		return nil, err
	}
	ln := net.Listener(own)
	if secure != nil || len(proxies) > 0 {
		f := &front{listener: own, secure: secure, ready: make(chan net.Conn)}
		ln = f
		l.wg.Add(1) // l.add has one that is given back last
		go func() {
			defer l.wg.Done()
			f.run()
		}()
	}
	go func() {
		defer l.wg.Done()
		_ = server.Serve(ln) // until Close, the only thing a listener's Accept fails for
	}()
	return own.Addr(), nil
}

// front takes the connections of a listener to where HTTP begins: through the header of a proxy
// and the TLS handshake, each on a goroutine of its own and within the CONNECT deadline. What is
// not HTTP then goes another way.
type front struct {
	*listener
	secure *tls.Config // nil: plain
	ready  chan net.Conn
}

// Accept implements net.Listener, for net/http.
func (f *front) Accept() (net.Conn, error) {
	select {
	case c := <-f.ready:
		return c, nil
	case <-f.closed:
		return nil, net.ErrClosed
	}
}

// run is the accept loop.
func (f *front) run() {
	for {
		a, err := f.next()
		if err != nil {
			return // the listener is closed
		}
		if f.owner.comes(a) {
			go f.receive(a)
		}
	}
}

// comes registers a connection that is not known to be a conn yet, unless the end has come.
func (l *listeners) comes(a *accepted) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		_ = a.Close()
		return false
	}
	l.early[a] = struct{}{}
	l.wg.Add(1)
	return true
}

// goes ends that: the connection is another's now, or closed.
func (l *listeners) goes(a *accepted) {
	l.mu.Lock()
	delete(l.early, a)
	l.mu.Unlock()
	l.wg.Done()
}

// receive brings one connection through, or closes it.
func (f *front) receive(a *accepted) {
	l := f.owner
	defer l.goes(a)
	if !f.handOn(a) {
		_ = a.Close()
	}
}

// handOn gives a connection to who serves it; false means that nobody does.
func (f *front) handOn(a *accepted) (served bool) {
	l := f.owner
	defer l.caught(a)
	by := a.at.Add(l.opt.ConnectTimeout)
	if !l.introduced(a, by) || !a.waited() {
		return false
	}
	if f.secure == nil {
		return f.pass(a)
	}
	t := tls.Server(a, f.secure)
	_ = t.SetDeadline(by)
	if err := t.Handshake(); err != nil {
		l.noteHandshake(a.RemoteIP(), err)
		tellPlain(err)
		return false
	}
	a.met = true
	_ = t.SetDeadline(time.Time{})
	if !l.stats.secured(t) {
		_ = t.CloseWrite()
		return false
	}
	if t.ConnectionState().NegotiatedProtocol == alpnMQTT {
		l.start(t, a)
		return true
	}
	return f.pass(t)
}

// pass gives a connection to the HTTP server.
func (f *front) pass(c net.Conn) bool {
	select {
	case f.ready <- c:
		return true
	case <-f.closed:
		return false
	}
}

// request is how a request of HTTP begins.
var request = regexp.MustCompile(`^(GET|HEAD|POST|PUT|OPTI)[ O/]?`)

// tellPlain answers a client that speaks HTTP where TLS is spoken: a common mistake.
func tellPlain(err error) {
	var record tls.RecordHeaderError
	if !errors.As(err, &record) || record.Conn == nil || !request.Match(record.RecordHeader[:]) {
		return
	}
	_ = record.Conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = io.WriteString(record.Conn, "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\n\r\nThis port speaks TLS: the address has to begin with https:// or wss://\n")
}
