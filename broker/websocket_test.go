package broker

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/teahouse-im/teahouse/origins"
)

// wsDial connects a WebSocket client.
func wsDial(t *testing.T, url string, opt websocket.DialOptions) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(transport.CloseIdleConnections)
	opt.HTTPClient = &http.Client{Transport: transport}
	c, response, err := websocket.Dial(t.Context(), url, &opt)
	if err == nil {
		c.SetReadLimit(8 << 20)
		t.Cleanup(func() { _ = c.CloseNow() })
	}
	return c, response, err
}

// wsListening starts a WebSocket listener and returns its URL.
func wsListening(t *testing.T, opt transportOptions, handle func(*conn)) (*listeners, string) {
	t.Helper()
	l := listening(t, opt, handle)
	addr, err := l.ListenWS("127.0.0.1:0", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return l, "ws://" + addr.String() + "/mqtt"
}

func mustDial(t *testing.T, url string) *websocket.Conn {
	t.Helper()
	c, _, err := wsDial(t, url, websocket.DialOptions{Subprotocols: []string{"mqtt"}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func send(t *testing.T, c *websocket.Conn, message []byte) {
	t.Helper()
	if err := c.Write(t.Context(), websocket.MessageBinary, message); err != nil {
		t.Fatal(err)
	}
}

// readBytes reads n bytes from however many binary messages.
func readBytes(t *testing.T, c *websocket.Conn, n int) (got []byte, messages int) {
	t.Helper()
	for len(got) < n {
		kind, m, err := c.Read(t.Context())
		if err != nil {
			t.Fatalf("after %d of %d bytes: %v", len(got), n, err)
		}
		if kind != websocket.MessageBinary {
			t.Fatalf("message of kind %v", kind)
		}
		got = append(got, m...)
		messages++
	}
	return got, messages
}

func TestUpgradeChecksPathProtocolAndOrigin(t *testing.T) {
	rows := []struct {
		name      string
		path      string
		protocols []string
		origin    string
		allowed   []string
		status    int
		chosen    string
	}{
		{"mqtt", "/mqtt", []string{"mqtt"}, "", nil, 101, "mqtt"},
		{"mqttv3.1", "/mqtt", []string{"mqttv3.1"}, "", nil, 101, "mqttv3.1"},
		{"both, old one first", "/mqtt", []string{"mqttv3.1", "mqtt"}, "", nil, 101, "mqtt"},
		{"among others", "/mqtt", []string{"chat", "mqtt"}, "", nil, 101, "mqtt"},
		{"no subprotocol", "/mqtt", nil, "", nil, 400, ""},
		{"another subprotocol", "/mqtt", []string{"chat"}, "", nil, 400, ""},
		{"another path", "/", []string{"mqtt"}, "", nil, 404, ""},
		{"foreign origin", "/mqtt", []string{"mqtt"}, "https://evil.example", nil, 403, ""},
		{"foreign origin, others allowed", "/mqtt", []string{"mqtt"}, "https://evil.example", []string{"chat.example"}, 403, ""},
		{"allowed origin", "/mqtt", []string{"mqtt"}, "https://chat.example", []string{"chat.example"}, 101, "mqtt"},
		{"allowed by pattern", "/mqtt", []string{"mqtt"}, "https://a.chat.example", []string{"*.chat.example"}, 101, "mqtt"},
		{"any origin", "/mqtt", []string{"mqtt"}, "https://evil.example", []string{"*"}, 101, "mqtt"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			allowed, err := origins.Parse(row.allowed)
			if err != nil {
				t.Fatal(err)
			}
			_, url := wsListening(t, transportOptions{Origins: allowed}, echo)
			header := http.Header{}
			if row.origin != "" {
				header.Set("Origin", row.origin)
			}
			c, response, err := wsDial(t, strings.TrimSuffix(url, "/mqtt")+row.path, websocket.DialOptions{Subprotocols: row.protocols, HTTPHeader: header})
			if response == nil {
				t.Fatal(err)
			}
			if response.StatusCode != row.status {
				t.Errorf("status %d, want %d", response.StatusCode, row.status)
			}
			if err == nil && c.Subprotocol() != row.chosen {
				t.Errorf("subprotocol %q, want %q", c.Subprotocol(), row.chosen)
			}
		})
	}
}

func TestPlainRequestReleasesSlot(t *testing.T) {
	l, url := wsListening(t, transportOptions{}, echo)
	c, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(url, "ws://"), "/mqtt"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := io.WriteString(c, "GET /mqtt HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") {
		t.Errorf("answer %q, %v; want 400 and the end", answer, err)
	}
	l.gate.mu.Lock()
	defer l.gate.mu.Unlock()
	if l.gate.open != 0 {
		t.Errorf("%d places still held", l.gate.open)
	}
}

func TestPacketsMaySpanWebSocketMessages(t *testing.T) {
	first, second := connectOf(300), packetOf(0x30, 5000)
	for i := range second[3:] {
		second[3+i] = byte(i)
	}
	stream := append(bytes.Clone(first), second...)
	stream = append(stream, 0xC0, 0)
	rows := []struct {
		name string
		cuts []int // lengths of all messages but the last
	}{
		{"one message", nil},
		{"a message per packet", []int{len(first), len(second)}},
		{"a header cut in the middle", []int{1, 1, len(first) - 2 + 2}},
		{"an empty message between", []int{len(first), 0, 10, 0, 0}},
		{"small pieces", bytesOf(len(stream)/7, 7)},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, url := wsListening(t, transportOptions{}, echo)
			c := mustDial(t, url)
			rest := stream
			for _, n := range row.cuts {
				send(t, c, rest[:n])
				rest = rest[n:]
			}
			send(t, c, rest)
			if got, _ := readBytes(t, c, len(stream)); !bytes.Equal(got, stream) {
				t.Error("the echo differs")
			}
		})
	}
}

func bytesOf(count, size int) []int {
	all := make([]int, count)
	for i := range all {
		all[i] = size
	}
	return all
}

func TestFragmentedMessagesAndPings(t *testing.T) {
	_, url := wsListening(t, transportOptions{}, echo)
	c := mustDial(t, url)
	stream := connectOf(1000)
	w, err := c.Writer(t.Context(), websocket.MessageBinary)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range [][]byte{stream[:1], stream[1:700], stream[700:]} {
		if _, err := w.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, _ := readBytes(t, c, len(stream)); !bytes.Equal(got, stream) {
		t.Error("the echo differs")
	}
	ctx := c.CloseRead(t.Context())
	if err := c.Ping(ctx); err != nil {
		t.Errorf("ping: %v", err)
	}
}

func TestFlushIsOneWebSocketMessage(t *testing.T) {
	const size = 3*flushChunk + 100
	_, url := wsListening(t, transportOptions{}, func(c *conn) {
		c.Authenticated(mqtt311, 0, time.Minute)
		_, _ = c.Write(bytes.Repeat([]byte{7}, size)) // one flush, four chunks
		_, _ = io.Copy(io.Discard, &stream{c: c})
	})
	c := mustDial(t, url)
	got, messages := readBytes(t, c, size)
	if !bytes.Equal(got, bytes.Repeat([]byte{7}, size)) {
		t.Error("the bytes differ")
	}
	if messages != 4 {
		t.Errorf("%d messages, want 4", messages)
	}
}

func TestEveryMessageLengthEncoding(t *testing.T) {
	_, url := wsListening(t, transportOptions{MaxPacket: 1 << 20}, echo)
	c := mustDial(t, url)
	send(t, c, connectOf(1))
	readBytes(t, c, 3)
	for _, n := range []int{1, 123, 124, 125, 126, 200, 65_531, 65_532, 65_533, 70_000} {
		packet := packetOf(0x30, n)
		send(t, c, packet)
		if got, _ := readBytes(t, c, len(packet)); !bytes.Equal(got, packet) {
			t.Errorf("packet of %d bytes came back different", len(packet))
		}
	}
}

func TestBadWebSocketMessagesCloseConnection(t *testing.T) {
	rows := []struct {
		name   string
		kind   websocket.MessageType
		size   int
		status websocket.StatusCode
		reason closeReason
	}{
		{"text", websocket.MessageText, 5, websocket.StatusUnsupportedData, closedProtocol},
		{"a message above the bound", websocket.MessageBinary, wsMaxMessage + 10, websocket.StatusMessageTooBig, closedOversize},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			reasons := make(chan closeReason, 1)
			_, url := wsListening(t, transportOptions{MaxConnect: 2 << 20}, func(c *conn) {
				c.OnClose(func(r closeReason) { reasons <- r })
				_, _ = io.Copy(io.Discard, &stream{c: c})
			})
			c := mustDial(t, url)
			message := connectOf(row.size)
			go func() { _ = c.Write(t.Context(), row.kind, message) }()
			_, _, err := c.Read(t.Context())
			if got := websocket.CloseStatus(err); got != row.status {
				t.Errorf("closed with %v (%v), want %v", got, err, row.status)
			}
			if r := <-reasons; r != row.reason {
				t.Errorf("reason %v, want %v", r, row.reason)
			}
		})
	}
}

func TestWebSocketCloseHandshake(t *testing.T) {
	_, url := wsListening(t, transportOptions{}, func(c *conn) {
		_, _, _ = c.Next()
		_, _ = c.Write([]byte("last words"))
		c.CloseAfterFlush(5 * time.Second)
	})
	c := mustDial(t, url)
	send(t, c, connectOf(10))
	if got, _ := readBytes(t, c, 10); string(got) != "last words" {
		t.Errorf("read %q", got)
	}
	_, _, err := c.Read(t.Context())
	if got := websocket.CloseStatus(err); got != websocket.StatusNormalClosure {
		t.Errorf("closed with %v (%v), want a normal closure", got, err)
	}
}

func TestWebSocketPeerClose(t *testing.T) {
	reasons := make(chan closeReason, 1)
	_, url := wsListening(t, transportOptions{}, func(c *conn) {
		c.OnClose(func(r closeReason) { reasons <- r })
		_, _ = io.Copy(io.Discard, &stream{c: c})
	})
	c := mustDial(t, url)
	send(t, c, connectOf(10))
	if err := c.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Errorf("close handshake: %v", err)
	}
	if r := <-reasons; r != closedByPeer {
		t.Errorf("reason %v, want %v", r, closedByPeer)
	}
}

func TestSilentWebSocketIsClosedAtConnectDeadline(t *testing.T) {
	reasons := make(chan closeReason, 1)
	_, url := wsListening(t, transportOptions{ConnectTimeout: 50 * time.Millisecond}, func(c *conn) {
		c.OnClose(func(r closeReason) { reasons <- r })
		_, _ = io.Copy(io.Discard, &stream{c: c})
	})
	c := mustDial(t, url)
	if _, _, err := c.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		t.Errorf("read ended with %v, want a close frame", err)
	}
	if r := <-reasons; r != closedConnectTimeout {
		t.Errorf("reason %v, want %v", r, closedConnectTimeout)
	}
}

// A client may send its first packet along with the upgrade request.
func TestBytesAfterUpgradeRequestAreRead(t *testing.T) {
	_, url := wsListening(t, transportOptions{}, echo)
	c, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(url, "ws://"), "/mqtt"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	request := "GET /mqtt HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
	frame := append([]byte{0x82, 0x84, 0, 0, 0, 0}, 0x10, 2, 5, 6) // masked with zeros
	if _, err := c.Write(append([]byte(request), frame...)); err != nil {
		t.Fatal(err)
	}
	want := []byte{0x82, 4, 0x10, 2, 5, 6}
	var got []byte
	buf := make([]byte, 1000)
	for !bytes.HasSuffix(got, want) {
		n, err := c.Read(buf)
		if err != nil {
			t.Fatalf("after %q: %v", got, err)
		}
		got = append(got, buf[:n]...)
	}
}

func TestWebSocketAndTLSListeners(t *testing.T) {
	certs := certificateFor(t, "chat.example")
	l := listening(t, transportOptions{}, welcome)
	plain, err := l.ListenWS("127.0.0.1:0", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	secure, err := l.ListenWS("127.0.0.1:0", certs, nil)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := l.ListenTLS("127.0.0.1:0", certs, nil)
	if err != nil {
		t.Fatal(err)
	}
	accepted := []byte{0x20, 2, 0, 0, 0xD0, 0}
	for _, url := range []string{"ws://" + plain.String(), "wss://" + secure.String()} {
		c := mustDial(t, url+"/mqtt")
		exchange(t, websocket.NetConn(context.Background(), c, websocket.MessageBinary), "right", accepted)
		refused := mustDial(t, url+"/mqtt")
		exchange(t, websocket.NetConn(context.Background(), refused, websocket.MessageBinary), "wrong", []byte{0x20, 2, 0, 5})
	}
	c := dialTLS(t, stream, nil)
	exchange(t, c, "right", accepted)
	if l.stats.Open.Load() == 0 {
		t.Error("no connection counted")
	}
}
