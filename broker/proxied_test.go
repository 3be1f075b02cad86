package broker

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/teahouse-im/teahouse/forwarded"
	"github.com/teahouse-im/teahouse/sampled"
)

// here is the address from which tests connect.
var here = forwarded.Prefixes{netip.MustParsePrefix("127.0.0.1/32")}

// behindProxy opens every kind of listener behind proxies. What is served says who has come.
func behindProxy(t *testing.T, opt transportOptions, proxies forwarded.Prefixes) (*listeners, map[string]net.Addr) {
	t.Helper()
	opt.Beside = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.RemoteAddr) })
	l := listening(t, opt, func(c *conn) {
		if _, _, err := c.Next(); err != nil {
			return
		}
		c.Authenticated(mqtt311, 0, time.Minute)
		_, _ = c.Write([]byte(c.RemoteIP() + "\n"))
		_, _, _ = c.Next()
	})
	secure := certificateFor(t, "chat.example", Protocols...)
	at := map[string]net.Addr{}
	for name, open := range map[string]func() (net.Addr, error){
		"mqtt":  func() (net.Addr, error) { return l.ListenTCP("127.0.0.1:0", proxies) },
		"mqtts": func() (net.Addr, error) { return l.ListenTLS("127.0.0.1:0", secure, proxies) },
		"ws":    func() (net.Addr, error) { return l.ListenWS("127.0.0.1:0", nil, proxies) },
		"wss":   func() (net.Addr, error) { return l.ListenWS("127.0.0.1:0", secure, proxies) },
	} {
		addr, err := open()
		if err != nil {
			t.Fatal(err)
		}
		at[name] = addr
	}
	return l, at
}

// visit sends a header, then speaks as the listener wants it, and returns what the server takes
// the client for.
func visit(t *testing.T, door string, addr net.Addr, header string, more http.Header) (string, error) {
	t.Helper()
	sock := dialTCP(t, addr)
	if _, err := io.WriteString(sock, header); err != nil {
		t.Fatal(err)
	}
	c := sock
	if door == "mqtts" || door == "wss" || door == "wss, mqtt" {
		conf := &tls.Config{InsecureSkipVerify: true}
		if door == "wss, mqtt" {
			conf.NextProtos = []string{"mqtt"}
		}
		c = tls.Client(sock, conf)
	}
	if strings.HasPrefix(door, "ws") && door != "wss, mqtt" {
		transport := &http.Transport{
			DialContext:    func(context.Context, string, string) (net.Conn, error) { return c, nil },
			DialTLSContext: func(context.Context, string, string) (net.Conn, error) { return c, nil },
		}
		ws, _, err := websocket.Dial(t.Context(), "ws://chat.example/mqtt", &websocket.DialOptions{
			HTTPClient: &http.Client{Transport: transport}, Subprotocols: []string{"mqtt"}, HTTPHeader: more,
		})
		if err != nil {
			return "", err
		}
		c = websocket.NetConn(t.Context(), ws, websocket.MessageBinary)
	}
	if _, err := c.Write(connectOf(10)); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	_ = c.Close()
	return strings.TrimSpace(line), err
}

const (
	textHeader   = "PROXY TCP4 198.51.100.7 127.0.0.1 4711 1883\r\n"
	binaryHeader = "\r\n\r\n\x00\r\nQUIT\n\x21\x21\x00\x27" +
		"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07" +
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" + "\x12\x67\x07\x5b" + "\x04\x00\x00" // an extension
	checkHeader = "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"
)

var doors = []string{"mqtt", "mqtts", "ws", "wss", "wss, mqtt"}

func TestProxyHeaderSaysWhoTheClientIs(t *testing.T) {
	l, at := behindProxy(t, transportOptions{}, here)
	for _, door := range doors {
		addr := at[strings.TrimSuffix(door, ", mqtt")]
		for header, want := range map[string]string{textHeader: "198.51.100.7", binaryHeader: "2001:db8::7", checkHeader: "127.0.0.1"} {
			if got, err := visit(t, door, addr, header, nil); err != nil || got != want {
				t.Errorf("%s: the client is %q (%v), want %s", door, got, err, want)
			}
		}
		for _, header := range []string{"", "PROXY TCP4 nonsense\r\n", "\r\n\r\n\x00\r\nQUIT\n\x21\x12\x00\x00"} {
			if got, err := visit(t, door, addr, header, nil); err == nil {
				t.Errorf("%s: %q was let in after the header %q", door, got, header)
			}
		}
	}
	if n := l.stats.HandshakeErrors.Load(); n != int64(3*len(doors)) {
		t.Errorf("%d bad headers are counted, want %d", n, 3*len(doors))
	}
}

// A client that is no proxy may not say who it is.
func TestHeaderOfStrangersIsRefused(t *testing.T) {
	_, at := behindProxy(t, transportOptions{}, forwarded.Prefixes{netip.MustParsePrefix("192.0.2.0/24")})
	for _, door := range doors {
		addr := at[strings.TrimSuffix(door, ", mqtt")]
		for _, header := range []string{textHeader, binaryHeader} {
			if got, err := visit(t, door, addr, header, nil); err == nil {
				t.Errorf("%s: %q was let in", door, got)
			}
		}
		if got, err := visit(t, door, addr, "", nil); err != nil || got != "127.0.0.1" {
			t.Errorf("%s: without a header %q, %v", door, got, err)
		}
	}
}

// What a proxy brings counts for the client's address, not for the proxy's.
func TestConnectionsBehindProxyAreCountedForTheClient(t *testing.T) {
	l, at := behindProxy(t, transportOptions{PerAddress: 2}, here)
	silent := func(header string) net.Conn {
		c := dialTCP(t, at["mqtt"])
		if _, err := io.WriteString(c, header); err != nil {
			t.Fatal(err)
		}
		return c
	}
	waiting := func(want int) {
		for {
			l.gate.mu.Lock()
			n := 0
			for _, one := range l.gate.waiting {
				n += one
			}
			l.gate.mu.Unlock()
			if n == want {
				return
			}
			runtime.Gosched()
		}
	}
	first := silent(textHeader)
	silent(textHeader)
	silent(binaryHeader)
	waiting(3)
	if _, err := silent(textHeader).Read(make([]byte, 1)); err == nil {
		t.Error("a third of one client was let in")
	}
	_ = first.Close()
	waiting(2)
	if got, err := visit(t, "mqtt", at["mqtt"], textHeader, nil); err != nil {
		t.Errorf("after one has left: %q, %v", got, err)
	}
}

func TestSilentProxyIsCutOff(t *testing.T) {
	said := make(chan string, 8)
	to := slog.New(slog.NewTextHandler(writerFunc(func(line []byte) { said <- string(line) }), nil))
	_, at := behindProxy(t, transportOptions{ConnectTimeout: 300 * time.Millisecond, Lines: sampled.New(to, nil)}, here)
	for _, door := range []string{"mqtt", "mqtts", "ws", "wss"} {
		c := dialTCP(t, at[door])
		if _, err := io.WriteString(c, textHeader[:20]); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(c); err != nil {
			t.Errorf("%s: %v, want the end", door, err)
		}
		if line := <-said; !strings.Contains(line, `msg="PROXY header refused" proxy=127.0.0.1`) {
			t.Errorf("%s: the log says %s", door, line)
		}
		check := dialTCP(t, at[door]) // connects, and is content
		_ = check.(*net.TCPConn).CloseWrite()
		if _, err := io.ReadAll(check); err != nil {
			t.Errorf("%s: a check ends with %v", door, err)
		}
	}
	select {
	case line := <-said:
		t.Errorf("a health check is in the log: %s", line)
	default:
	}
}

// An HTTP proxy names the client in a header, which is believed from it alone.
func TestForwardedForNamesTheClient(t *testing.T) {
	says := http.Header{"X-Forwarded-For": {"10.0.0.1, 198.51.100.7"}}
	for _, row := range []struct {
		name       string
		forwarders forwarded.Prefixes
		want       string
	}{{"a proxy", here, "198.51.100.7"}, {"a stranger", nil, "127.0.0.1"}} {
		t.Run(row.name, func(t *testing.T) {
			l, at := behindProxy(t, transportOptions{PerAddress: 1, Forwarders: row.forwarders}, nil)
			for _, door := range []string{"ws", "wss"} {
				if got, err := visit(t, door, at[door], "", says); err != nil || got != row.want {
					t.Errorf("%s: the client is %q (%v), want %s", door, got, err, row.want)
				}
			}
			if row.forwarders == nil {
				return
			}
			l.gate.mu.Lock()
			l.gate.waiting[netip.MustParseAddr("198.51.100.7")] = 1
			l.gate.mu.Unlock()
			if got, err := visit(t, "ws", at["ws"], "", says); err == nil {
				t.Errorf("a second of one client was let in: %q", got)
			}
		})
	}
}
