package broker

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// secureListening starts a WebSocket listener over TLS that pages lie beside.
func secureListening(t *testing.T, opt transportOptions) (*listeners, net.Addr) {
	t.Helper()
	opt.Beside = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto+" "+r.RemoteAddr)
	})
	l := listening(t, opt, welcome)
	addr, err := l.ListenWS("127.0.0.1:0", certificateFor(t, "chat.example", Protocols...), nil)
	if err != nil {
		t.Fatal(err)
	}
	return l, addr
}

// One port carries MQTT, WebSockets and pages over both versions of HTTP.
func TestOnePortForAll(t *testing.T) {
	l, addr := secureListening(t, transportOptions{})
	accepted := []byte{0x20, 2, 0, 0, 0xD0, 0}

	bare := dialTLS(t, addr, []string{"mqtt"})
	if got := bare.ConnectionState().NegotiatedProtocol; got != "mqtt" {
		t.Errorf("negotiated %q, want mqtt", got)
	}
	exchange(t, bare, "right", accepted)

	ws := mustDial(t, "wss://"+addr.String()+"/mqtt")
	exchange(t, websocket.NetConn(context.Background(), ws, websocket.MessageBinary), "right", accepted)

	for _, want := range []string{"HTTP/1.1", "HTTP/2.0"} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: want == "HTTP/2.0"}
		for range 3 {
			answer, err := (&http.Client{Transport: transport}).Get("https://" + addr.String() + "/page")
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			if err != nil || !strings.HasPrefix(string(text), want+" 127.0.0.1:") {
				t.Errorf("got %q, %v; want %s", text, err, want)
			}
		}
		transport.CloseIdleConnections()
	}

	for _, old := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
		if c, err := tls.Dial("tcp", addr.String(), &tls.Config{MinVersion: old, MaxVersion: old, InsecureSkipVerify: true}); err == nil {
			t.Errorf("version %#x was taken", old)
			_ = c.Close()
		}
	}
	if _, err := tls.Dial("tcp", addr.String(), &tls.Config{NextProtos: []string{"smtp"}, InsecureSkipVerify: true}); err == nil {
		t.Error("a protocol that is not spoken was negotiated")
	}
	if n := l.stats.Handshakes[1][0].Load(); n < 4 {
		t.Errorf("%d handshakes are counted, want 4 at least", n)
	}
}

func TestPlainRequestIsToldOfTLS(t *testing.T) {
	_, addr := secureListening(t, transportOptions{})
	for _, sent := range []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST /x HTTP/1.1\r\nHost: x\r\n\r\n"} {
		c := dialTCP(t, addr)
		if _, err := io.WriteString(c, sent); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), "https://") {
			t.Errorf("answered %d %q", answer.StatusCode, text)
		}
	}
}

// Who begins a handshake and does not go on loses the connection in time, and until then counts
// for their address.
func TestUnfinishedHandshakes(t *testing.T) {
	l, addr := secureListening(t, transportOptions{ConnectTimeout: 300 * time.Millisecond})
	for _, sent := range []string{"", "\x16\x03\x01", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03half a hello"} {
		c := dialTCP(t, addr)
		if _, err := io.WriteString(c, sent); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(c); errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %q: %v", sent, err)
		}
	}
	if n := l.stats.HandshakeErrors.Load(); n != 3 {
		t.Errorf("%d failures are counted, want 3", n)
	}
	l.gate.mu.Lock()
	defer l.gate.mu.Unlock()
	if l.gate.open != 0 {
		t.Errorf("%d places still held", l.gate.open)
	}
}

// Closing does not wait for handshakes under way.
func TestCloseCutsHandshakes(t *testing.T) {
	l, addr := secureListening(t, transportOptions{})
	c := dialTCP(t, addr)
	if _, err := io.WriteString(c, "\x16\x03\x01"); err != nil {
		t.Fatal(err)
	}
	for { // until it is there
		l.mu.Lock()
		n := len(l.early)
		l.mu.Unlock()
		if n == 1 {
			break
		}
		runtime.Gosched()
	}
	l.Close()
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("it is still open")
	}
	l.Wait()
}

// A connection that was a challenge for certificates ends with its handshake, at every listener.
func TestChallengesEndWithTheirHandshake(t *testing.T) {
	const challenge = "acme-tls/1"
	l := listening(t, transportOptions{}, welcome)
	secure := certificateFor(t, "chat.example", challenge, alpnMQTT)
	mqtt, err := l.ListenTLS("127.0.0.1:0", secure, nil)
	if err != nil {
		t.Fatal(err)
	}
	ws, err := l.ListenWS("127.0.0.1:0", secure, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, addr := range []net.Addr{mqtt, ws} {
		c := dialTLS(t, addr, []string{challenge})
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("something was said")
		}
	}
	if n := l.stats.Challenges.Load(); n != 2 {
		t.Errorf("%d challenges are counted, want 2", n)
	}
}
