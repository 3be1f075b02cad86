package broker_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/chattest"
	"github.com/teahouse-im/teahouse/ticket"
)

func TestRefusedConnects(t *testing.T) {
	h := open(t, nil)
	old, err := ticket.Mint(uint32(app), "ann", secret, time.Now().Add(-2*time.Hour), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	disabled := *h.apps.App(otherApp)
	disabled.Disabled = true
	h.apps.Set(disabled)
	if err := h.ban("cat"); err != nil {
		t.Fatal(err)
	}
	will := func(topic string) func(*packets.Packet) {
		return func(pk *packets.Packet) {
			pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, topic, []byte("bye")
		}
	}
	for _, c := range []struct {
		what   string
		hello  hello
		v3, v5 byte
		reason string
	}{
		{"an expired ticket", hello{user: "ann", password: old}, 4, 0x86, "70001 "},
		{"a ticket that is none", hello{user: "ann", password: "xyz"}, 4, 0x86, "70003 "},
		{"no ticket", hello{user: "ann", change: func(pk *packets.Packet) { pk.Connect.Password = []byte{} }}, 4, 0x86, "70002 "},
		{"another user's ticket", hello{user: "ann", password: h.sig(app, "bob")}, 4, 0x86, "70013 "},
		{"another app's ticket", hello{user: "ann", name: fmt.Sprint("ann?app=", app), password: h.sig(otherApp, "ann")}, 4, 0x86, "70014 "},
		{"an unknown app", hello{user: "ann", password: h.sig(99, "ann")}, 5, 0x87, "70020 "},
		{"a disabled app", hello{user: "ann", app: otherApp}, 5, 0x87, "60016 "},
		{"a blocked user", hello{user: "cat"}, 5, 0x8a, "70051 "},
		{"a will elsewhere", hello{user: "ann", change: will("im/read/c2c/bob")}, 5, 0x90, "60002 "},
		{"a will on an unknown topic", hello{user: "ann", change: will("secret")}, 5, 0x90, "60009 "},
		{"a will that nobody may leave", hello{user: "ann", change: will("im/typing/c2c/bob")}, 5, 0x90, "60002 "},
		{"a will that is no message", hello{user: "ann", change: will("im/send/c2c/bob")}, 5, 0x99, "60003 "},
		{"a client id too long", hello{user: "ann", client: strings.Repeat("x", 300)}, 2, 0x85, ""},
	} {
		for _, version := range []byte{4, 5} {
			c.hello.version = version
			d := h.dial(c.hello)
			want := c.v3
			if version == 5 {
				want = c.v5
			}
			if d.ack.ReasonCode != want {
				t.Errorf("%s, v%d: CONNACK %#x, want %#x", c.what, version, d.ack.ReasonCode, want)
			}
			if version == 5 && !strings.HasPrefix(d.ack.Properties.ReasonString, c.reason) {
				t.Errorf("%s: reason %q, want %q", c.what, d.ack.Properties.ReasonString, c.reason)
			}
			if last := d.end(); last.FixedHeader.Type != 0 {
				t.Errorf("%s, v%d: %s after the refusal", c.what, version, name(last, true))
			}
		}
	}
}

func TestKeptSessionNeedsClientID(t *testing.T) {
	h := open(t, nil)
	d := h.dial(hello{user: "ann", version: 4, keep: true})
	if d.ack.ReasonCode != 2 {
		t.Errorf("CONNACK %#x, want 2", d.ack.ReasonCode)
	}
}

func TestConnackAnnouncesLimits(t *testing.T) {
	h := open(t, nil)
	d := h.enter(hello{user: "ann", keep: true, change: func(pk *packets.Packet) {
		pk.Connect.Keepalive = 0
		pk.Properties.RequestResponseInfo = 1
		pk.Properties.SessionExpiryInterval = 0xffffffff
	}})
	p := d.ack.Properties
	for what, ok := range map[string]bool{
		"packet size":     p.MaximumPacketSize == 128<<10,
		"receive maximum": p.ReceiveMaximum == 512,
		"aliases":         p.TopicAliasMaximum == 0,
		"retain":          p.RetainAvailableFlag && p.RetainAvailable == 1,
		"shared":          p.SharedSubAvailableFlag && p.SharedSubAvailable == 0,
		"ids":             p.SubIDAvailableFlag && p.SubIDAvailable == 0,
		"expiry":          p.SessionExpiryIntervalFlag && p.SessionExpiryInterval == 7*86400,
		"keep alive":      p.ServerKeepAliveFlag && p.ServerKeepAlive == 1200,
		"response info":   p.ResponseInfo == "im/res/",
		"assigned id":     p.AssignedClientID != "",
	} {
		if !ok {
			t.Errorf("%s: %+v", what, p)
		}
	}
}

// The same client id of two users, and of one user in two apps, are three
// clients.
func TestClientIDsAreScopedToUserAndApp(t *testing.T) {
	h := open(t, nil)
	ann := h.listener(hello{user: "ann", client: "phone"})
	bob := h.listener(hello{user: "bob", client: "phone", version: 4})
	alien := h.listener(hello{user: "ann", client: "phone", app: otherApp})
	h.say("bob", chat.ToUser("ann"), "hi")
	ann.message("im/in/c2c/bob")
	alien.quiet()
	bob.message("im/in/c2c/ann")
	bob.quiet()
}

func TestParallelConnectsTakeOver(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		var wg sync.WaitGroup
		devices := make([]*device, 20)
		for i := range devices {
			wg.Go(func() { devices[i], _ = h.knock(hello{user: "ann", client: "phone", version: version}) })
		}
		wg.Wait()
		alive := 0
		for _, d := range devices {
			if d == nil { // taken over before its CONNACK
				continue
			}
			d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
			last, ok := d.next()
			switch {
			case ok && last.FixedHeader.Type == packets.Pingresp:
				alive++
			case ok && version == 5 && last.ReasonCode == packets.ErrSessionTakenOver.Code:
			case !ok: // a reset, after the ping, takes what was on its way
			default:
				t.Errorf("v%d: %s %#x", version, name(last, ok), last.ReasonCode)
			}
		}
		if got := len(h.b.Devices(app, "ann")); got != 1 || alive != 1 {
			t.Errorf("%d devices known, %d alive, want 1", got, alive)
		}
	})
}

func TestTakenOverConnectionIsTold(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		old := h.listener(hello{user: "ann", client: "phone", version: version})
		h.enter(hello{user: "ann", client: "phone", version: version})
		if m := old.message("im/event/kick"); m.Reason != "replaced" {
			t.Errorf("kick says %+v", m)
		}
		wantEnd(t, old, 0x8e)
	})
}

// wantEnd checks the DISCONNECT before the end: a v5 code, nothing for 3.1.1.
func wantEnd(t testing.TB, d *device, code byte) {
	t.Helper()
	last := d.end()
	switch {
	case d.version < 5 && last.FixedHeader.Type != 0:
		t.Errorf("3.1.1 client got %s", name(last, true))
	case d.version == 5 && (last.FixedHeader.Type != packets.Disconnect || last.ReasonCode != code):
		t.Errorf("got %s %#x, want DISCONNECT %#x", name(last, true), last.ReasonCode, code)
	}
}

func TestDeviceLimitClosesOldestConnection(t *testing.T) {
	h := open(t, nil)
	h.limits(func(l *chat.Limits) { l.DevicesPerUser = 2 })
	first := h.listener(hello{user: "ann", client: "1", version: 4})
	second := h.listener(hello{user: "ann", client: "2"})
	h.listener(hello{user: "ann", client: "3"})
	if m := first.message("im/event/kick"); m.Reason != "multi-login" {
		t.Errorf("kick says %+v", m)
	}
	wantEnd(t, first, 0x8e)
	h.listener(hello{user: "ann", client: "4"})
	second.message("im/event/kick")
	wantEnd(t, second, 0x8e)
}

// A genuine ticket comes in whatever others at its address have shown; the answer to one
// bad ticket too many waits.
func TestGenuineTicketAfterManyFailuresOfItsAddress(t *testing.T) {
	waiting := make(chan time.Duration)
	h := open(t, func(o *broker.Options) {
		o.Failures = ticket.NewFailures(ticket.FailureOptions{PerMinute: 3, Wait: func(ctx context.Context, d time.Duration) {
			waiting <- d
			<-ctx.Done()
		}})
	})
	for range 3 {
		if d := h.dial(hello{user: "ann", password: "bad"}); d.ack.ReasonCode != 0x86 {
			t.Errorf("CONNACK %#x, want 0x86", d.ack.ReasonCode)
		}
	}
	sock, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close()
	d := &device{TB: t, sock: sock, version: 5}
	d.send(d.connect(h, hello{user: "ann", password: "bad"}))
	if await(t, waiting) <= 0 {
		t.Error("the answer waits for nothing")
	}
	h.enter(hello{user: "ann"})
}

func TestTicketExpiry(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		h.lifetime = time.Hour
		ann := h.listener(hello{user: "ann", client: "a", version: version})
		bob := h.listener(hello{user: "bob", client: "b", version: version})
		h.wait(30 * time.Minute)
		bob.publish(1, "im/req/login.refresh/1", fmt.Sprintf(`{"UserSig":%q}`, h.sig(app, "bob")))
		if m := bob.message("im/res/1"); m.ErrorCode != 0 {
			t.Fatalf("refresh: %+v", m)
		}
		bob.want(packets.Puback)
		h.wait(45 * time.Minute)
		if m := ann.message("im/event/kick"); m.Reason != "ticket-expired" {
			t.Errorf("kick says %+v", m)
		}
		wantEnd(t, ann, 0x87)
		bob.quiet()
	})
}

func TestKicks(t *testing.T) {
	for why, code := range map[chat.KickReason]byte{
		chat.KickAdmin: 0x98, chat.KickTicketRevoked: 0x87, chat.KickReplaced: 0x8e,
	} {
		versions(t, func(t *testing.T, version byte) {
			h := open(t, nil)
			d := h.listener(hello{user: "ann", version: version, client: "x"})
			h.b.Kick(app, "ann", "", why, "admin")
			h.say("bob", chat.ToUser("ann"), "too late")
			if m := d.message("im/event/kick"); m.Reason != string(why) {
				t.Errorf("kick says %+v", m)
			}
			wantEnd(t, d, code)
		})
	}
}

// A client with small packets is told why it is kicked, if need be without the name of the one who did it.
func TestKickOfASmallClient(t *testing.T) {
	h := open(t, nil)
	who := hello{user: "ann", name: "ann?packet=64", version: 4, client: strings.Repeat("x", 200)}
	d := h.listener(who)
	h.enter(who)
	if m := d.message("im/event/kick"); m.Reason != string(chat.KickReplaced) {
		t.Errorf("kick says %+v", m)
	}
}

func TestLogoutForgetsTheSession(t *testing.T) {
	h := open(t, nil)
	d := h.listener(hello{user: "ann", client: "x", keep: true})
	d.publish(0, "im/req/logout/1", "")
	d.message("im/res/1")
	wantEnd(t, d, 0)
	if again := h.enter(hello{user: "ann", client: "x", keep: true}); again.ack.SessionPresent {
		t.Error("the session is still there")
	}
}

// Who has the answer to a logout is Offline, and no session is left, also when the server is
// killed then (spec/00 §5).
func TestLogoutIsAnsweredWhenItIsDurable(t *testing.T) {
	h := open(t, nil)
	ann := h.enter(hello{user: "ann", client: "x", name: "ann?platform=iOS", keep: true})
	ann.subscribe(1, "im/res/#")
	h.ears.leaving, h.ears.mayLeave = make(chan struct{}), make(chan struct{})
	letGo := sync.OnceFunc(func() { close(h.ears.mayLeave) })
	t.Cleanup(letGo)
	ann.publish(0, "im/req/logout/1", "")
	await(t, h.ears.leaving)
	ann.quiet() // nothing is answered yet
	letGo()
	ann.message("im/res/1")
	states, _, err := h.svc.People.Presences(t.Context(), chat.Actor{App: app}, []chat.UserID{"ann"})
	if err != nil || len(states) != 1 || states[0].State == chat.PushOnline {
		t.Errorf("states %+v, %v", states, err)
	}
	if n := h.sessionRows("ann"); n != 0 {
		t.Errorf("%d rows of the session are left", n)
	}
	ann.end()
}

func TestShutdownDisconnectsClients(t *testing.T) {
	h := open(t, nil)
	v5, v3 := h.listener(hello{user: "ann", client: "5"}), h.listener(hello{user: "ann", client: "3", version: 4})
	h.stop()
	for _, d := range []*device{v5, v3} {
		if m := d.message("im/event/kick"); m.Reason != "server" {
			t.Errorf("kick says %+v", m)
		}
		wantEnd(t, d, 0x8b)
	}
	h.start()
}

func TestProtocolVersions(t *testing.T) {
	h := open(t, nil)
	old := h.enter(hello{user: "ann", client: "old", version: 3, change: func(pk *packets.Packet) { pk.Connect.ProtocolName = []byte("MQIsdp") }})
	old.subscribe(0, "im/in/#")
	h.say("bob", chat.ToUser("ann"), "hi")
	old.message("im/in/c2c/bob")
	if d := h.dial(hello{user: "ann", client: "new", version: 6}); d.ack.ReasonCode != 1 {
		t.Errorf("version 6: CONNACK %#x, want 1", d.ack.ReasonCode)
	}
}

// ban blocks an account.
func (h *house) ban(u chat.UserID) error {
	return chattest.Ban(h.Context(), h.store, h.apps, app, u)
}
