package hooks

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// Who is not let in, who breaks the protocol and who meets a limit is in the
// operator's log, with address, app, user and code; no ticket is.
func TestOperatorLines(t *testing.T) {
	for _, c := range []struct {
		what  string
		do    func(h *house)
		line  string
		login int // code counted; -1: none
	}{
		{
			"a forged ticket", func(h *house) {
				h.dial(login{ticket: h.mint(app, "ann", otherSecret, h.clock())}).want("CONNACK 86", "closed")
			},
			`msg="login refused" remote=192.0.2.1 app=1400000001 user=ann client=phone code=70009`, 70009,
		},
		{
			"a ticket that cannot be read, and a long name", func(h *house) {
				h.dial(login{name: strings.Repeat("x", 100) + "?app=1400000001", ticket: "hush"}).want("CONNACK 86", "closed")
			},
			`msg="login refused" remote=192.0.2.1 app=1400000001 user=` + strings.Repeat("x", 64) + `… client=phone code=70003`, 70003,
		},
		{
			"a name that may not be registered", func(h *house) {
				h.dial(login{user: "@TIM#SYSTEM"}).want("CONNACK 86", "closed")
			},
			`msg="login refused" remote=192.0.2.1 app=1400000001 user=@TIM#SYSTEM client=phone code=70402`, 70402,
		},
		{
			"a client id too long", func(h *house) {
				h.dial(login{client: strings.Repeat("c", 300)}).want("CONNACK 85", "closed")
			},
			`msg="protocol error" remote=192.0.2.1 app=0 user=ann client=` + strings.Repeat("c", 64) + `… code=133 err=client-id`, -1,
		},
		{
			"no CONNECT first", func(h *house) { h.dialRaw([]byte{packets.Pingreq << 4, 0}).want("closed") },
			`msg="protocol error" remote=192.0.2.1 app=0 user="" client="" code=130`, -1,
		},
		{
			"a second CONNECT", func(h *house) {
				d := h.dial(login{})
				d.want("CONNACK 00")
				d.raw([]byte{packets.Connect << 4, 0})
				d.want("DISCONNECT 82", "closed")
			},
			`msg="protocol error" remote=192.0.2.1 app=1400000001 user=ann client=phone code=130`, 0,
		},
	} {
		t.Run(c.what, func(t *testing.T) {
			log := &logText{}
			h := open(t, setup{options: func(o *Options) { o.Log = slog.New(slog.NewTextHandler(log, nil)) }})
			c.do(h)
			if text := log.String(); !strings.Contains(text, "level=INFO "+c.line) || strings.Contains(text, "hush") {
				t.Errorf("the log says:\n%swant\n%s", text, c.line)
			}
			for _, code := range []int{0, 70009, 70003, 70402} {
				want := 0
				if code == c.login {
					want = 1
				}
				if got := h.counts.total(fmt.Sprint("login ", code)); got != want {
					t.Errorf("%d logins counted with code %d, want %d", got, code, want)
				}
			}
		})
	}
}

// Of one cause a few lines are enough.
func TestOperatorLinesAreSampled(t *testing.T) {
	log := &logText{}
	h := open(t, setup{options: func(o *Options) { o.Log = slog.New(slog.NewTextHandler(log, nil)) }})
	for range 20 {
		h.dial(login{ticket: "xyz"}).want("CONNACK 86", "closed")
	}
	h.dial(login{user: "bob", ticket: h.mint(app, "ann", secret, h.clock())}).want("CONNACK 86", "closed")
	text := log.String()
	if n := strings.Count(text, "code=70003"); n != 5 {
		t.Errorf("%d lines, want 5", n)
	}
	if !strings.Contains(text, "user=bob client=phone code=70013") {
		t.Errorf("another cause is left out:\n%s", text)
	}
	if n := h.counts.total(fmt.Sprint("login ", int(chat.CodeTicketMalformed))); n != 20 {
		t.Errorf("%d logins counted, want 20", n)
	}
}
