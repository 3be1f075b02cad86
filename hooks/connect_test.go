package hooks

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/chattest"
	"github.com/teahouse-im/teahouse/ticket"
)

// claims are the members of a JWT.
type claims map[string]any

// jwt signs a JWT with the app's UserSig secret.
func (h *house) jwt(algorithm string, c claims) string {
	h.Helper()
	part := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			h.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	signed := part(claims{"alg": algorithm, "typ": "JWT"}) + "." + part(c)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	if algorithm == "none" {
		return signed + "."
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// ban blocks an account.
func (h *house) ban(u chat.UserID) {
	h.Helper()
	if err := chattest.Ban(h.Context(), h.store, h.apps, app, u); err != nil {
		h.Fatalf("ban: %v", err)
	}
}

// connects runs a case as a client of each version in a house of its own.
func connects(t *testing.T, what string, run func(h *house, version byte)) {
	t.Helper()
	for _, version := range []byte{4, 5} {
		t.Run(fmt.Sprintf("%s, v%d", what, version), func(t *testing.T) { run(open(t, setup{}), version) })
	}
}

// The tickets of spec/00 §1 that let a client in, and how the app is found.
func TestConnectAccepts(t *testing.T) {
	end := func(h *house) int64 { return h.clock().Add(time.Hour).Unix() }
	for _, c := range []struct {
		what  string
		login func(h *house) login
	}{
		{"a UserSig", func(*house) login { return login{} }},
		{"a UserSig of the app that the user name names", func(*house) login { return login{name: "ann?app=1400000001"} }},
		{"a UserSig in its last second", func(h *house) login {
			return login{ticket: h.mint(app, "ann", secret, h.clock().Add(-2*time.Hour))}
		}},
		{"a UserID that is escaped", func(*house) login { return login{user: "a?b%c", name: "a%3Fb%25c?platform=IoT"} }},
		{"a packet size", func(*house) login { return login{name: "ann?packet=256"} }},
		{"a UserID that is escaped without need", func(*house) login { return login{name: "%61nn"} }},
		{"a user nobody has heard of", func(*house) login { return login{user: "new"} }},
		{"a JWT with sdkappid", func(h *house) login {
			return login{ticket: h.jwt("HS256", claims{"sub": "ann", "sdkappid": app, "exp": end(h)})}
		}},
		{"a JWT with the app as aud", func(h *house) login {
			return login{ticket: h.jwt("HS256", claims{"sub": "ann", "aud": fmt.Sprint(app), "exp": end(h)})}
		}},
		{"a JWT without an app, and the user name names it", func(h *house) login {
			return login{name: "ann?app=1400000001", ticket: h.jwt("HS256", claims{"sub": "ann", "exp": end(h)})}
		}},
		{"a JWT within its leeway", func(h *house) login {
			return login{ticket: h.jwt("HS256", claims{"sub": "ann", "sdkappid": app, "exp": h.clock().Add(-time.Minute).Unix()})}
		}},
	} {
		connects(t, c.what, func(h *house, version byte) {
			o := c.login(h)
			o.version = version
			h.dial(o).want("CONNACK 00")
			if h.counts.total("connect ok") != 1 {
				t.Error("not counted as ok")
			}
		})
	}
}

// The refusals of spec/00 §1: the return code of 3.1.1, the reason code of MQTT 5
// with the protocol's code in its Reason String, and the outcome as counted.
func TestConnectRefuses(t *testing.T) {
	hour := func(h *house) int64 { return h.clock().Add(time.Hour).Unix() }
	token := func(h *house, c claims) login { return login{ticket: h.jwt("HS256", c)} }
	change := func(f func(*packets.Packet)) func(*house) login {
		return func(*house) login { return login{change: f} }
	}
	client := func(id string) func(*house) login {
		return change(func(pk *packets.Packet) { pk.Connect.ClientIdentifier = id })
	}
	will := func(topic, payload string) func(*house) login {
		return change(func(pk *packets.Packet) { setWill(pk, topic, payload) })
	}
	for _, c := range []struct {
		what   string
		login  func(h *house) login
		v3, v5 byte
		code   chat.Code // in the Reason String; 0: none
		label  string
	}{
		{"an expired UserSig", func(h *house) login {
			return login{ticket: h.mint(app, "ann", secret, h.clock().Add(-2*time.Hour-time.Second))}
		}, 4, 0x86, 70001, "ticket"},
		{"an empty ticket", change(func(pk *packets.Packet) {
			pk.Connect.PasswordFlag, pk.Connect.Password = false, nil
		}), 4, 0x86, 70002, "ticket"},
		{"no ticket but its flag", change(func(pk *packets.Packet) { pk.Connect.Password = nil }), 4, 0x86, 70002, "ticket"},
		{"a malformed ticket", func(*house) login { return login{ticket: "xyz"} }, 4, 0x86, 70003, "ticket"},
		{"a ticket signed with another key", func(h *house) login {
			return login{ticket: h.mint(app, "ann", otherSecret, h.clock())}
		}, 4, 0x86, 70009, "ticket"},
		{"another user's ticket", func(h *house) login { return login{ticket: h.sig(app, "bob")} }, 4, 0x86, 70013, "ticket"},
		{"another app's ticket", func(h *house) login {
			return login{name: "ann?app=1400000001", ticket: h.sig(otherApp, "ann")}
		}, 4, 0x86, 70014, "ticket"},
		{"an app without keys", func(h *house) login { return login{ticket: h.sig(keylessApp, "ann")} }, 4, 0x86, 70016, "ticket"},
		{"an unknown app", func(h *house) login { return login{ticket: h.sig(99, "ann")} }, 5, 0x87, 70020, "app"},
		{"a disabled app", func(h *house) login { return login{ticket: h.sig(disabledApp, "ann")} }, 5, 0x87, 60016, "app"},
		{"a banned user", func(h *house) login { h.ban("ann"); return login{} }, 5, 0x8A, 70051, "banned"},
		{"a ticket from before a kick", func(h *house) login {
			if err := h.svc.People.Kick(h.Context(), administrator, "ann"); err != nil {
				h.Fatal(err)
			}
			return login{}
		}, 4, 0x86, 70052, "ticket"},
		{"a JWT of another user", func(h *house) login {
			return token(h, claims{"sub": "bob", "sdkappid": app, "exp": hour(h)})
		}, 4, 0x86, 70013, "ticket"},
		{"an expired JWT", func(h *house) login {
			return token(h, claims{"sub": "ann", "sdkappid": app, "exp": h.clock().Add(-61 * time.Second).Unix()})
		}, 4, 0x86, 70001, "ticket"},
		{"a JWT without exp", func(h *house) login { return token(h, claims{"sub": "ann", "sdkappid": app}) }, 4, 0x86, 70003, "ticket"},
		{"a JWT of algorithm none", func(h *house) login {
			return login{ticket: h.jwt("none", claims{"sub": "ann", "sdkappid": app, "exp": hour(h)})}
		}, 4, 0x86, 70009, "ticket"},
		{"a JWT where the app takes none", func(h *house) login {
			return token(h, claims{"sub": "ann", "sdkappid": otherApp, "exp": hour(h)})
		}, 4, 0x86, 70016, "ticket"},
		{"a JWT that names no app, and no user name does", func(h *house) login {
			return token(h, claims{"sub": "ann", "exp": hour(h)})
		}, 5, 0x87, 70020, "app"},

		{"a user name of 513 bytes", func(*house) login { return login{name: "ann?x=" + strings.Repeat("x", 507)} }, 4, 0x86, 70402, "ticket"},
		{"a user name that does not parse", func(*house) login { return login{name: "ann?platform=%zz"} }, 4, 0x86, 70402, "ticket"},
		{"a UserID with an invalid escape", func(*house) login { return login{user: "a%zz", name: "a%zz"} }, 4, 0x86, 70402, "ticket"},
		{"a UserID with an escape cut short", func(*house) login { return login{user: "100%", name: "100%?platform=IoT"} }, 4, 0x86, 70402, "ticket"},
		{"an app that is not a number", func(*house) login { return login{name: "ann?app=teahouse"} }, 4, 0x86, 60006, "ticket"},
		{"a user name that no account may have", func(*house) login { return login{user: " ann"} }, 4, 0x86, 70402, "ticket"},

		{"a client id of 257 bytes", client(strings.Repeat("x", 257)), 2, 0x85, 0, "client-id"},
		{"a client id with a control character", client("pho\tne"), 2, 0x85, 0, "client-id"},

		{"a Will on an unknown topic", will("secret", "bye"), 5, 0x90, 60009, "will"},
		{"a Will that marks read", will("im/read/c2c/bob", ""), 5, 0x90, 60002, "will"},
		{"a Will that is a request", will("im/req/me", "{}"), 5, 0x90, 60002, "will"},
		{"a Will with a broken escape", will("im/text/c2c/%zz", "bye"), 5, 0x90, 60002, "will"},
		{"a Will that is not JSON", will("im/send/c2c/bob", "bye"), 5, 0x99, 60003, "will"},
	} {
		connects(t, c.what, func(h *house, version byte) {
			o := c.login(h)
			o.version = version
			code := c.v3
			if version == 5 {
				code = c.v5
			}
			d := h.dial(o)
			got := d.want(fmt.Sprintf("CONNACK %02x", code))
			d.want("closed")
			want := ""
			if c.code != 0 && version == 5 {
				want = fmt.Sprint(int(c.code), " ")
			}
			if !strings.HasPrefix(got.reason, want) || want == "" && got.reason != "" {
				h.Errorf("reason %q, want %q", got.reason, want)
			}
			if h.counts.total("connect "+c.label) != 1 {
				h.Errorf("not counted as %s: %v", c.label, h.counts.by)
			}
		})
	}
}

// What the versions do not share.
func TestConnectRefusesByVersion(t *testing.T) {
	for _, c := range []struct {
		what    string
		version byte
		change  func(*packets.Packet)
		want    []string
		label   string
	}{
		{"a kept session without a name in 3.1.1", 4, func(pk *packets.Packet) {
			pk.Connect.ClientIdentifier, pk.Connect.Clean = "", false
		}, []string{"CONNACK 02", "closed"}, "client-id"},
		{"an authentication method", 5, func(pk *packets.Packet) {
			pk.Properties.AuthenticationMethod = "SCRAM-SHA-1"
		}, []string{"CONNACK 8c", "closed"}, "auth-method"},
		{"a Will of QoS 3", 5, func(pk *packets.Packet) {
			setWill(pk, "im/text/c2c/bob", "bye")
			pk.Connect.WillQos = 3
		}, []string{"CONNACK 81", "closed"}, "other"},
		{"a Will of QoS 3 in 3.1.1", 4, func(pk *packets.Packet) {
			setWill(pk, "im/text/c2c/bob", "bye")
			pk.Connect.WillQos = 3
		}, []string{"closed"}, "other"},
		{"another protocol", 4, func(pk *packets.Packet) {
			pk.Connect.ProtocolName = []byte("MQTS")
		}, []string{"closed"}, "other"},
	} {
		t.Run(c.what, func(t *testing.T) {
			h := open(t, setup{})
			h.dial(login{version: c.version, change: c.change}).want(c.want...)
			if h.counts.total("connect "+c.label) != 1 {
				t.Errorf("not counted as %s: %v", c.label, h.counts.by)
			}
		})
	}
}

// What is not a CONNECT, or none that can be read, is not answered
// [MQTT-3.1.0-1] [MQTT-3.1.4-1].
func TestFirstPacketMustBeConnect(t *testing.T) {
	for what, first := range map[string][]byte{
		"PINGREQ":             {packets.Pingreq << 4, 0},
		"a CONNECT cut short": {packets.Connect << 4, 3, 0, 4, 'M'},
		"an empty CONNECT":    {packets.Connect << 4, 0},
	} {
		t.Run(what, func(t *testing.T) {
			h := open(t, setup{})
			c := h.dialRaw(first)
			c.want("closed")
		})
	}
	t.Run("nothing", func(t *testing.T) {
		h := open(t, setup{})
		c := h.dialRaw()
		c.lose()
		c.want("closed")
	})
}

// Core and sessions may refuse too: what is temporary is told as that.
func TestConnectRefusedBehindTheDoor(t *testing.T) {
	for _, c := range []struct {
		what   string
		refuse func(h *house)
		v3, v5 byte
		label  string
	}{
		{"a server that is emptied", func(h *house) { h.door.Shut(true) }, 3, 0x88, "draining"},
		{"a server that shuts down", func(h *house) { h.door.Drain() }, 3, 0x88, "draining"},
		{"sessions that shut down", func(h *house) { h.sessions.err = chat.Refuse(chat.CodeShutdown, "") }, 3, 0x88, "draining"},
		{"sessions that are full", func(h *house) { h.sessions.err = chat.Refuse(chat.CodeBusy, "") }, 3, 0x97, "full"},
	} {
		connects(t, c.what, func(h *house, version byte) {
			c.refuse(h)
			code := c.v3
			if version == 5 {
				code = c.v5
			}
			h.dial(login{version: version}).want(fmt.Sprintf("CONNACK %02x", code), "closed")
			if h.counts.total("connect "+c.label) != 1 {
				h.Errorf("not counted as %s: %v", c.label, h.counts.by)
			}
		})
	}
}

// The answers to bad tickets wait when an address has shown too many. Expired
// tickets do not count, nor do other addresses, and a genuine ticket is let in at once.
func TestAddressWithTooManyBadTickets(t *testing.T) {
	var waits int
	h := open(t, setup{options: func(o *Options) {
		o.Failures = ticket.NewFailures(ticket.FailureOptions{
			PerMinute: 3, Now: o.Now, Wait: func(context.Context, time.Duration) { waits++ },
		})
	}})
	old := h.mint(app, "ann", secret, h.clock().Add(-3*time.Hour))
	for range 5 {
		h.dial(login{ticket: old}).want("CONNACK 86", "closed")
	}
	for range 5 {
		h.dial(login{ticket: "xyz"}).want("CONNACK 86", "closed")
	}
	if waits != 2 {
		t.Errorf("%d answers waited, want 2", waits)
	}
	h.dial(login{ticket: "xyz", ip: "192.0.2.2"}).want("CONNACK 86", "closed")
	h.dial(login{}).want("CONNACK 00")
	h.wait(time.Minute)
	h.dial(login{ticket: "xyz"}).want("CONNACK 86", "closed")
	if waits != 2 {
		t.Errorf("%d answers waited, want 2", waits)
	}
}

// What CONNECT says of the client is what the core and the session learn.
func TestConnectSaysWhoIsThere(t *testing.T) {
	props := func(list ...string) func(*packets.Packet) {
		return func(pk *packets.Packet) {
			for i := 0; i < len(list); i += 2 {
				pk.Properties.User = append(pk.Properties.User, packets.UserProperty{Key: list[i], Val: list[i+1]})
			}
		}
	}
	for _, c := range []struct {
		what  string
		login login
		want  chat.Actor
	}{
		{"nothing but a user", login{}, chat.Actor{User: "ann", Device: "phone", Platform: chat.PlatformIoT}},
		{"a platform", login{name: "ann?platform=Web"}, chat.Actor{User: "ann", Device: "phone", Platform: chat.PlatformWeb}},
		{"an unknown platform", login{name: "ann?platform=BeOS"}, chat.Actor{User: "ann", Device: "phone", Platform: chat.PlatformIoT}},
		{"a platform as user property", login{change: props("platform", "iOS")}, chat.Actor{User: "ann", Device: "phone", Platform: chat.PlatformIOS}},
		{"both: the user name wins", login{name: "ann?platform=Mac", change: props("platform", "iOS")}, chat.Actor{User: "ann", Device: "phone", Platform: chat.PlatformMac}},
		{"an app as user property", login{change: props("app", "1400000001")}, chat.Actor{User: "ann", Device: "phone", Platform: chat.PlatformIoT}},
		{"no client id", login{change: func(pk *packets.Packet) { pk.Connect.ClientIdentifier = "" }}, chat.Actor{User: "ann", Device: "assigned", Platform: chat.PlatformIoT}},
		{"an administrator of the app", login{user: "admin"}, chat.Actor{User: "admin", Device: "phone", Platform: chat.PlatformIoT, Standing: chat.AsAdmin}},
	} {
		t.Run(c.what, func(t *testing.T) {
			h := open(t, setup{})
			d := h.dial(c.login)
			d.want("CONNACK 00")
			c.want.App, c.want.IP = app, d.ip
			if got := d.link.Actor; got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if d.link.Born == 0 || d.link.Since != h.clock().UnixMilli() {
				t.Errorf("account of %d, connected at %d", d.link.Born, d.link.Since)
			}
		})
	}
}

// A ticket's end is the session's: JWTs have their leeway.
func TestTicketEndsTheSession(t *testing.T) {
	h := open(t, setup{})
	now := h.clock()
	sig := h.dial(login{client: "sig"})
	sig.want("CONNACK 00")
	if got, want := sig.link.TicketExpires(), now.Add(2*time.Hour).Unix(); got != want {
		t.Errorf("UserSig: %d, want %d", got, want)
	}
	web := h.dial(login{client: "jwt", ticket: h.jwt("HS256", claims{"sub": "ann", "sdkappid": app, "exp": now.Add(time.Hour).Unix()})})
	web.want("CONNACK 00")
	if got, want := web.link.TicketExpires(), now.Add(time.Hour+time.Minute).Unix(); got != want {
		t.Errorf("JWT: %d, want %d", got, want)
	}
	if sig.link.Serial() >= web.link.Serial() {
		t.Error("connections are not numbered in their order")
	}
}

// CONNACK announces to MQTT 5 what is enforced, MQTT 5 §3.2.2.3.
func TestConnackProperties(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(*packets.Packet)
		holds  func(packets.Properties) bool
	}{
		{"the limits", nil, func(p packets.Properties) bool {
			return p.ReceiveMaximum == 512 && p.MaximumPacketSize == 128<<10 && p.TopicAliasMaximum == 0
		}},
		{"what is not there", nil, func(p packets.Properties) bool {
			return p.SharedSubAvailableFlag && p.SharedSubAvailable == 0 && p.SubIDAvailableFlag && p.SubIDAvailable == 0 &&
				p.WildcardSubAvailableFlag && p.WildcardSubAvailable == 1
		}},
		{"no more than was asked", nil, func(p packets.Properties) bool {
			return p.AssignedClientID == "" && !p.ServerKeepAliveFlag && !p.SessionExpiryIntervalFlag && p.ResponseInfo == ""
		}},
		{"an assigned client id", func(pk *packets.Packet) { pk.Connect.ClientIdentifier = "" }, func(p packets.Properties) bool {
			return p.AssignedClientID == "assigned"
		}},
		{"a shorter keepalive", func(pk *packets.Packet) { pk.Connect.Keepalive = 1201 }, func(p packets.Properties) bool {
			return p.ServerKeepAliveFlag && p.ServerKeepAlive == 1200
		}},
		{"a keepalive in place of none", func(pk *packets.Packet) { pk.Connect.Keepalive = 0 }, func(p packets.Properties) bool {
			return p.ServerKeepAliveFlag && p.ServerKeepAlive == 1200
		}},
		{"a shorter session", func(pk *packets.Packet) {
			pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = math.MaxUint32, true
		}, func(p packets.Properties) bool {
			return p.SessionExpiryIntervalFlag && p.SessionExpiryInterval == maxExpiry
		}},
		{"response information", func(pk *packets.Packet) { pk.Properties.RequestResponseInfo = 1 }, func(p packets.Properties) bool {
			return p.ResponseInfo == "im/res/"
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			d := open(t, setup{}).dial(login{change: c.change})
			if p := d.want("CONNACK 00").packet.Properties; !c.holds(p) {
				t.Errorf("%+v", p)
			}
		})
	}
}

// How long a client may be silent: one and a half times its keepalive
// [MQTT-3.1.2-22]. A 3.1.1 client cannot be told of less, so its own counts.
func TestKeepAlive(t *testing.T) {
	for _, c := range []struct {
		version byte
		asked   uint16
		want    time.Duration
	}{
		{5, 60, 90 * time.Second},
		{5, 0, 1800 * time.Second},
		{5, 9999, 1800 * time.Second},
		{4, 60, 90 * time.Second},
		{4, 0, 0},
		{4, 9999, 14998500 * time.Millisecond},
	} {
		h := open(t, setup{})
		d := h.dial(login{version: c.version, change: func(pk *packets.Packet) { pk.Connect.Keepalive = c.asked }})
		d.want("CONNACK 00")
		if d.idle != c.want {
			t.Errorf("v%d, %d s: %v, want %v", c.version, c.asked, d.idle, c.want)
		}
	}
}

// A session that was kept is found again, unless the client wants a new one.
func TestSessionPresent(t *testing.T) {
	for _, version := range []byte{4, 5} {
		h := open(t, setup{})
		for _, c := range []struct {
			keep, clean, present bool
		}{{keep: true}, {keep: true, present: true}, {clean: true}, {keep: true}} {
			d := h.dial(login{version: version, keep: c.keep, change: func(pk *packets.Packet) { pk.Connect.Clean = c.clean }})
			if got := d.want("CONNACK 00").packet.SessionPresent; got != c.present {
				t.Errorf("v%d, %+v: session present %v", version, c, got)
			}
			d.lose()
			<-d.over
		}
	}
}

// A client that takes only small packets is not sent a CONNACK that is larger
// [MQTT-3.1.2-24].
func TestConnackLargerThanTheClientTakes(t *testing.T) {
	d := open(t, setup{}).dial(login{change: func(pk *packets.Packet) { pk.Properties.MaximumPacketSize = 10 }})
	d.want("closed")
}

// changing is a core in which something happens to the user between the two
// times that CONNECT asks.
type changing struct {
	Rooms
	asked  int
	second func(*chat.Account) (*chat.Account, error)
}

func (c *changing) Login(ctx context.Context, id chat.AppID, u chat.UserID, t chat.Ticket) (*chat.Account, error) {
	acc, err := c.Rooms.Login(ctx, id, u, t)
	if c.asked++; c.asked == 2 {
		return c.second(acc)
	}
	return acc, err
}

// A kick, a ban or a deletion while CONNECT is under way found no connection to
// close: the core is asked again once there is one. No session is left, and no
// Will is sent.
func TestLateRefusals(t *testing.T) {
	for _, c := range []struct {
		what   string
		second func(*chat.Account) (*chat.Account, error)
		v5     byte
	}{
		{"a kick", func(*chat.Account) (*chat.Account, error) { return nil, chat.Refuse(chat.CodeTicketRevoked, "") }, 0x86},
		{"a ban", func(*chat.Account) (*chat.Account, error) { return nil, chat.Refuse(chat.CodeAccountBlocked, "") }, 0x8A},
		{"a deletion and a new account", func(a *chat.Account) (*chat.Account, error) {
			made := *a
			made.Created++
			return &made, nil
		}, 0x86},
	} {
		t.Run(c.what, func(t *testing.T) {
			h := open(t, setup{core: func(r Rooms) Core { return &changing{Rooms: r, second: c.second} }})
			d := h.dial(login{keep: true, change: func(pk *packets.Packet) { setWill(pk, "im/text/c2c/bob", "bye") }})
			d.want(fmt.Sprintf("CONNACK %02x", c.v5), "closed")
			if end := <-d.ended; end != (Ending{Clean: true}) {
				t.Errorf("the session ends with %+v", end)
			}
		})
	}
}

// A 3.1.1 client says in its user name how large a packet it takes; what it cannot take whole
// comes short.
func TestPacketSizeOf3(t *testing.T) {
	for _, bad := range []string{"63", "-1", "many", "4294967296"} {
		h := open(t, setup{})
		h.dial(login{version: 4, name: "ann?packet=" + bad}).want("CONNACK 04")
	}
	h := open(t, setup{})
	c := h.enter(login{version: 4, name: "ann?packet=120"})
	if c.link.MaxPacket != 120 {
		t.Errorf("the packet size is %d", c.link.MaxPacket)
	}
	const own = `{` + textBody + `,"ClientMsgId":"m1"}`
	c.publish(1, "im/send/c2c/bob", own)
	if got := string(c.want("im/ack").payload); len(got) > 106 || !strings.HasPrefix(got, `{"Topic":"im/send/c2c/bob","ClientMsgId":"m1","PacketId":1,"MsgSeq":`) {
		t.Errorf("im/ack %s", got)
	}
	c.want("PUBACK")
	long := strings.Repeat("x", 32)
	c.publish(1, "im/text/c2c/"+long, "hi")
	if got, want := string(c.want("im/err 90012").payload), `{"Topic":"im/text/c2c/`+long+`","PacketId":2,"ErrorCode":90012,"ErrorInfo":""}`; got != want {
		t.Errorf("im/err %s, want %s", got, want)
	}
	c.want("PUBACK")
	h.enter(login{client: "pad", name: "ann?packet=nothing"}) // MQTT 5 has a property of its own
}

// Every publish has its im/ack or im/err, however small the client's packets and long its topic:
// an acknowledgement alone would read as success (spec/00 §3).
func TestAnswersFitThePackets(t *testing.T) {
	dropped := chat.Receipt{
		ID: "ann-" + strings.Repeat("c", 64), Key: "4186831470_3467285464_1795953937", Time: 1795953937897,
		ClientMsgID: strings.Repeat("c", 64), DropReason: chat.DroppedByRate,
	}
	stored := dropped
	stored.DropReason, stored.Seq, stored.Prev = "", 4294967295, 7
	refusal := chat.Refuse(chat.CodeMuted, "")
	for _, topic := range []string{"im/text/c2c/bob", "im/send/group/" + strings.Repeat("%E7%A9%BA", 16), strings.Repeat("x", 1024)} {
		for most := uint32(minPacket); most <= 512; most++ {
			l := &Link{MaxPacket: most}
			for what, body := range map[string][]byte{
				"stored": l.ackBody(topic, 65535, stored), "dropped": l.ackBody(topic, 65535, dropped),
				"refused": l.errBody(topic, stored.ClientMsgID, 65535, refusal),
			} {
				var got struct {
					Topic, ClientMsgId, MsgDropReason *string //nolint:revive // the names on the wire
					PacketId, ErrorCode, MsgSeq       *int64  //nolint:revive // likewise
				}
				if err := json.Unmarshal(body, &got); err != nil {
					t.Fatalf("%s: %v", body, err)
				}
				if header := 12; len(body)+header > int(most) || got.PacketId == nil || *got.PacketId != 65535 ||
					(got.MsgSeq != nil && *got.MsgSeq > 0) != (what == "stored") || (got.MsgDropReason != nil) != (what == "dropped") || (got.ErrorCode != nil) != (what == "refused") {
					t.Fatalf("packets of %d bytes, a topic of %d: %s: %s", most, len(topic), what, body)
				}
				if most >= 160 && got.ClientMsgId == nil { // what a client knows its message by
					t.Fatalf("packets of %d bytes, a topic of %d: %s without ClientMsgId: %s", most, len(topic), what, body)
				}
			}
		}
	}
}
