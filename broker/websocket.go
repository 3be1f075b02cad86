package broker

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/forwarded"
)

// Bounds of a WebSocket connection.
const (
	wsHeader      = 10      // longest header of an unmasked frame, RFC 6455 §5.2
	wsMaxMessage  = 1 << 20 // one inbound message; it is streamed, never held whole
	wsMaxHeaders  = 8 << 10 // of the upgrade request, bytes
	wsReadBuffer  = 512     // per connection, beside waitBuffer
	wsWriteBuffer = 256     // for control frames only
)

// wsRefused is said of a request that becomes no connection.
const wsRefused = "WebSocket refused"

// wsSubprotocols in the order of our preference (spec/00 §8).
var wsSubprotocols = []string{"mqtt", "mqttv3.1"}

var errNotBinary = fmt.Errorf("websocket message is not binary: %w", packets.ErrProtocolViolation) // [MQTT-6.0.0-1]

// ListenWS accepts MQTT over WebSocket on a host:port, over TLS when secure is not
// nil. Only the configured path upgrades, only with an MQTT subprotocol, only for
// the configured origins.
func (l *listeners) ListenWS(addr string, secure *tls.Config, proxies forwarded.Prefixes) (net.Addr, error) {
	mux := http.NewServeMux()
	mux.HandleFunc(l.opt.WSPath, l.upgrade)
	if l.opt.Beside != nil {
		mux.Handle("/", l.opt.Beside)
	}
	return l.ListenHTTP(addr, secure, proxies, mux)
}

// upgrade turns a request into a connection and returns: the goroutine of the HTTP
// server and what it holds are not kept for the connection's life.
func (l *listeners) upgrade(w http.ResponseWriter, r *http.Request) {
	if !offersMQTT(r) { // the client must offer it [MQTT-6.0.0-3]
		l.stats.HandshakeErrors.Add(1)
		l.opt.Lines.Info(wsRefused, "subprotocol", "remote", r.RemoteAddr, "err", "no MQTT subprotocol is offered")
		http.Error(w, "subprotocol mqtt required", http.StatusBadRequest)
		return
	}
	if !l.opt.Origins.Allows(r) {
		l.stats.HandshakeErrors.Add(1)
		origin := r.Header.Get("Origin")
		l.opt.Lines.Info(wsRefused, "origin", "remote", r.RemoteAddr, "origin", origin, "err", "pages from there are not allowed: websocket.origins names those that are")
		http.Error(w, fmt.Sprintf("pages of %q are not allowed: name them under websocket.origins", origin), http.StatusForbidden)
		return
	}
	h := &hijack{ResponseWriter: w}
	ws, err := websocket.Accept(h, r, &websocket.AcceptOptions{
		Subprotocols:       wsSubprotocols,
		InsecureSkipVerify: true, // the page is looked at above
		OnPingReceived:     slowPing,
	})
	if err != nil {
		l.stats.HandshakeErrors.Add(1)
		l.opt.Lines.Info(wsRefused, "handshake", "remote", r.RemoteAddr, "origin", r.Header.Get("Origin"), "err", err)
		return // it has answered
	}
	ws.SetReadLimit(wsMaxMessage)
	sock := &wsConn{Conn: h.sock, ws: ws}
	if r.RemoteAddr != h.sock.RemoteAddr().String() && !l.brought(sock, h.accepted, r.RemoteAddr) {
		_ = ws.Close(websocket.StatusTryAgainLater, "too many connections of one address")
		_ = h.accepted.Close()
		return
	}
	l.start(sock, h.accepted)
}

// offersMQTT looks for an MQTT subprotocol in the request.
func offersMQTT(r *http.Request) bool {
	for _, line := range r.Header.Values("Sec-WebSocket-Protocol") {
		for name := range strings.SplitSeq(line, ",") {
			name = strings.TrimSpace(name)
			if slices.ContainsFunc(wsSubprotocols, func(p string) bool { return strings.EqualFold(p, name) }) {
				return true
			}
		}
	}
	return false
}

// hijack hands the socket over with small buffers in place of the HTTP server's
// 4 KiB ones, and remembers which socket it was.
type hijack struct {
	http.ResponseWriter
	sock     net.Conn // *net.TCPConn or *tls.Conn
	accepted *accepted
}

// Hijack is called by websocket.Accept.
func (h *hijack) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	sock, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.sock = sock
	switch s := sock.(type) {
	case *accepted:
		h.accepted, h.sock = s, s.Conn
	case *tls.Conn:
		h.accepted, _ = s.NetConn().(*accepted)
	}
	early, _ := rw.Reader.Peek(rw.Reader.Buffered()) // sent along with the request
	sock = &resumed{Conn: h.sock, early: slices.Clone(early)}
	return sock, bufio.NewReadWriter(bufio.NewReaderSize(sock, wsReadBuffer), bufio.NewWriterSize(sock, wsWriteBuffer)), nil
}

// resumed is a socket of which some bytes have been read already.
type resumed struct {
	net.Conn
	early []byte
}

func (r *resumed) Read(p []byte) (int, error) {
	if len(r.early) == 0 {
		return r.Conn.Read(p)
	}
	n := copy(p, r.early)
	if r.early = r.early[n:]; len(r.early) == 0 {
		r.early = nil
	}
	return n, nil
}

// wsConn is the byte stream inside a WebSocket. Packets may span messages and
// messages may hold several packets [MQTT-6.0.0-2], so reading ignores their
// bounds and each write is one message.
//
// Deadlines are those of the socket beneath: the library's own, through contexts,
// would close the connection where we still want to say goodbye.
type wsConn struct {
	net.Conn // the socket: addresses, deadlines
	ws       *websocket.Conn
	from     net.Addr             // who a proxy has asked for; nil: whoever has the socket
	message  io.Reader            // the message being read, nil between messages
	empty    bool                 // nothing has come of the message
	status   websocket.StatusCode // what our close frame says, 0 for a normal closure
}

// RemoteAddr is the client's address.
func (w *wsConn) RemoteAddr() net.Addr {
	if w.from != nil {
		return w.from
	}
	return w.Conn.RemoteAddr()
}

// wsPace is the time that a ping or a message without content takes: they carry no
// packets, so no budget counts them.
const wsPace = time.Millisecond

// slowPing has the library answer a ping.
func slowPing(context.Context, []byte) bool {
	time.Sleep(wsPace)
	return true
}

// Read reads on, across messages.
func (w *wsConn) Read(p []byte) (int, error) {
	for {
		if err := w.nextMessage(); err != nil {
			return 0, err
		}
		n, err := w.message.Read(p)
		w.empty = w.empty && n == 0
		if errors.Is(err, io.EOF) {
			w.message, err = nil, nil
			if w.empty {
				time.Sleep(wsPace)
			}
		}
		if n > 0 || err != nil {
			return n, w.translate(err)
		}
	}
}

func (w *wsConn) nextMessage() error {
	if w.message != nil {
		return nil
	}
	kind, message, err := w.ws.Reader(context.Background())
	if err != nil {
		return w.translate(err)
	}
	if kind != websocket.MessageBinary {
		w.status = websocket.StatusUnsupportedData
		return errNotBinary
	}
	w.message, w.empty = message, true
	return nil
}

// translate turns WebSocket errors into those of a plain socket.
func (w *wsConn) translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, websocket.ErrMessageTooBig):
		return errOversize
	case websocket.CloseStatus(err) != -1:
		return io.EOF
	}
	return err
}

// Write sends p as one binary message in one call on the socket. The frame is
// built here because the library would copy it through its buffer in several
// calls; its control frames are single calls as well, so they never mix.
func (w *wsConn) Write(p []byte) (int, error) {
	frame := bufferFor(len(p) + wsHeader)
	defer frame.release()
	frame.b = appendBinaryHeader(frame.b, len(p))
	frame.b = append(frame.b, p...)
	if _, err := w.Conn.Write(frame.b); err != nil {
		return 0, err
	}
	return len(p), nil
}

// appendBinaryHeader appends the header of a whole, unmasked binary message.
func appendBinaryHeader(dst []byte, n int) []byte {
	const finalBinary = 0x82
	switch {
	case n < 126:
		return append(dst, finalBinary, byte(n))
	case n < 1<<16:
		return append(dst, finalBinary, 126, byte(n>>8), byte(n))
	}
	dst = append(dst, finalBinary, 127)
	return binary.BigEndian.AppendUint64(dst, uint64(n))
}

// handshakeClose exchanges close frames within the socket's deadlines and closes.
func (w *wsConn) handshakeClose() {
	status := w.status
	if status == 0 {
		status = websocket.StatusNormalClosure
	}
	_ = w.ws.Close(status, "")
}

// Close closes the socket at once.
func (w *wsConn) Close() error {
	err := w.Conn.Close() // first, to end any read or write that waits
	_ = w.ws.CloseNow()
	return err
}
