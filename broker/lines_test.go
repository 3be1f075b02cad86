package broker_test

import (
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/chat"
)

// lines is a log whose lines a test waits for.
type lines chan string

func (l lines) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

// want waits for a line and looks for words in it.
func (l lines) want(t *testing.T, words ...string) {
	t.Helper()
	select {
	case line := <-l:
		for _, w := range words {
			if !strings.Contains(line, w) {
				t.Errorf("the line is %swant %q in it", line, w)
			}
		}
	case <-time.After(patience):
		t.Errorf("no line; want %q", words)
	}
}

// A connection that its client did not end says in the log who it was and why it
// was lost; so does a limit that closes one.
func TestLostConnectionSaysWhy(t *testing.T) {
	log := make(lines, 64)
	h := open(t, func(o *broker.Options) {
		o.Log = slog.New(slog.NewTextHandler(log, nil))
		o.ConnectTimeout = 50 * time.Millisecond
	})
	const ann = "remote=127.0.0.1 app=1400000001 user=ann client=x"

	d := h.enter(hello{user: "ann", client: "x"})
	_ = d.sock.Close()
	log.want(t, `level=INFO msg="connection lost"`, ann, "reason=peer")

	d = h.enter(hello{user: "ann", client: "x"})
	h.b.Kick(app, "ann", "", chat.KickAdmin, "admin")
	log.want(t, `msg="connection lost"`, ann, "reason=admin")
	d.end()

	d = h.enter(hello{user: "ann", client: "x"})
	_, _ = d.sock.Write([]byte{0xf0, 0}) // AUTH
	log.want(t, `msg="protocol error"`, ann, "code=130")
	log.want(t, `msg="connection lost"`, ann, `reason="protocol error"`)
	d.end()

	d = h.enter(hello{user: "ann", client: "x"})
	_, _ = d.sock.Write([]byte{0x30, 0xff, 0xff, 0xff, 0x7f}) // the largest packet there is
	log.want(t, `msg="protocol error"`, ann, "code=149")
	log.want(t, `msg="connection lost"`, ann, "reason=oversize")
	d.end()

	a := *h.apps.App(app)
	a.Limits.DevicesPerUser = 1
	h.apps.Set(a)
	first := h.enter(hello{user: "ann", client: "x"})
	second := h.enter(hello{user: "ann", client: "y"})
	log.want(t, `msg="limit reached" limit="devices of a user"`, ann)
	log.want(t, `msg="connection lost"`, ann, "reason=multi-login")
	first.end()

	for _, c := range []struct{ sent, reason string }{{"GET / HTTP/1.1\r\n\r\n", "protocol"}, {"", "connect_timeout"}} {
		sock, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = sock.Write([]byte(c.sent))
		log.want(t, `msg="connection lost" remote=127.0.0.1`, "reason="+c.reason)
		_ = sock.Close()
	}

	second.publish(0, "im/req/logout/1", "") // a client that leaves is not lost
	second.end()
	select {
	case line := <-log:
		t.Errorf("a client that logs out is in the log: %s", line)
	default:
	}
}
