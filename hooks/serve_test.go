package hooks

import (
	"context"
	"fmt"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

func TestPing(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		d := open(t, setup{}).enter(login{version: version})
		for range 2 {
			d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
			d.want("PINGRESP")
		}
	})
}

// The packets of QoS 2 for ids that mean nothing: nothing of the server's own is
// sent with QoS 2, so it awaits no PUBREC and no PUBCOMP.
func TestAcknowledgementsOfNothing(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		d := open(t, setup{}).enter(login{version: version})
		d.ack(packets.Pubrec, 9)
		if got := d.want("PUBREL 92"); got.id != 9 {
			t.Errorf("PUBREL of %d", got.id)
		}
		d.ack(packets.Pubrel, 9)
		if got := d.want("PUBCOMP 92"); got.id != 9 {
			t.Errorf("PUBCOMP of %d", got.id)
		}
		d.ack(packets.Pubcomp, 9)
		d.ack(packets.Puback, 9)
		d.quiet()
	})
}

// How a connection ends is how its session hears of it: a normal DISCONNECT
// alone keeps the Will from being sent.
func TestDisconnect(t *testing.T) {
	disconnect := func(reason byte, change func(*packets.Properties)) func(*client) {
		return func(c *client) {
			pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}, ReasonCode: reason}
			if change != nil {
				change(&pk.Properties)
			}
			c.send(pk)
		}
	}
	expiry := func(n uint32) func(*packets.Properties) {
		return func(p *packets.Properties) { p.SessionExpiryInterval, p.SessionExpiryIntervalFlag = n, true }
	}
	raw := func(body string) func(*client) {
		return func(c *client) { c.raw(packetBytes(packets.Disconnect<<4, body)) }
	}
	for _, c := range []struct {
		what    string
		version byte
		keep    bool
		end     func(*client)
		want    []string
		ending  Ending
	}{
		{"a 3.1.1 client", 4, false, raw(""), []string{"closed"}, Ending{Clean: true}},
		{"a 3.1.1 client that comes back", 4, true, raw(""), []string{"closed"}, Ending{Clean: true, Expiry: maxExpiry}},
		{"no reason code", 5, false, raw(""), []string{"closed"}, Ending{Clean: true}},
		{"reason 0", 5, false, raw("\x00"), []string{"closed"}, Ending{Clean: true}},
		{"reason 0 and no properties", 5, false, raw("\x00\x00"), []string{"closed"}, Ending{Clean: true}},
		{"reason 4: send the Will", 5, false, disconnect(4, nil), []string{"closed"}, Ending{}},
		{"an error", 5, false, disconnect(0x80, nil), []string{"closed"}, Ending{}},
		{"a session that is kept", 5, true, disconnect(0, nil), []string{"closed"}, Ending{Clean: true, Expiry: 3600}},
		{"a shorter expiry", 5, true, disconnect(0, expiry(60)), []string{"closed"}, Ending{Clean: true, Expiry: 60}},
		{"an expiry of 0", 5, true, disconnect(0, expiry(0)), []string{"closed"}, Ending{Clean: true}},
		{"a longer expiry is cut", 5, true, disconnect(0, expiry(7200)), []string{"closed"}, Ending{Clean: true, Expiry: 3600}},
		{"an expiry out of nothing", 5, false, disconnect(0, expiry(60)), []string{"DISCONNECT 82", "closed"}, Ending{}},
		{"properties cut short", 5, true, raw("\x00\x05\x11"), []string{"DISCONNECT 81", "closed"}, Ending{Expiry: 3600}},
		{"the connection is lost", 5, true, (*client).lose, []string{"closed"}, Ending{Expiry: 3600}},
	} {
		t.Run(c.what, func(t *testing.T) {
			d := open(t, setup{}).enter(login{version: c.version, keep: c.keep})
			c.end(d)
			d.want(c.want...)
			if got := <-d.ended; got != c.ending {
				t.Errorf("ended as %+v, want %+v", got, c.ending)
			}
		})
	}
}

// What cannot be read, and what only a server may send, ends the connection:
// with the code in MQTT 5, in silence in 3.1.1 [MQTT-4.13.1-1]. It is no normal
// DISCONNECT. broker's test of malformed packets has more.
func TestPacketsThatEndTheConnection(t *testing.T) {
	const both = 0
	for _, c := range []struct {
		what    string
		raw     []byte
		version byte
		code    byte
	}{
		{"packet type 0", []byte{0, 0}, both, 0x81},
		{"a second CONNECT", []byte{packets.Connect << 4, 0}, both, 0x82},
		{"CONNACK", []byte{packets.Connack << 4, 2, 0, 0}, both, 0x82},
		{"SUBACK", []byte{packets.Suback << 4, 3, 0, 1, 0}, both, 0x82},
		{"UNSUBACK", []byte{packets.Unsuback << 4, 2, 0, 1}, both, 0x82},
		{"PINGRESP", []byte{packets.Pingresp << 4, 0}, both, 0x82},
		{"AUTH", []byte{packets.Auth << 4, 0}, both, 0x82},
		{"PINGREQ with flags", []byte{packets.Pingreq<<4 | 1, 0}, both, 0x81},
		{"PUBACK of one byte", []byte{packets.Puback << 4, 1, 0}, both, 0x81},
		{"PUBREL without its flag", []byte{packets.Pubrel << 4, 2, 0, 1}, both, 0x81},
		{"SUBSCRIBE without its flag", packetBytes(packets.Subscribe<<4, "\x00\x01\x00\x00\x01#\x01"), both, 0x81},
		{"SUBSCRIBE of id 0", packetBytes(0x82, "\x00\x00\x00\x00\x01#\x01"), 5, 0x82},
		{"SUBSCRIBE of id 0 in 3.1.1", packetBytes(0x82, "\x00\x00\x00\x01#\x01"), 4, 0},
		{"SUBSCRIBE without filters", packetBytes(0x82, "\x00\x01\x00"), 5, 0x82},
		{"SUBSCRIBE with QoS 3", packetBytes(0x82, "\x00\x01\x00\x00\x01#\x03"), 5, 0x82},
		{"SUBSCRIBE cut short", packetBytes(0x82, "\x00\x01\x00\x00\x02im"), 5, 0x81}, // the codec panics
		{"SUBSCRIBE with an identifier", packetBytes(0x82, "\x00\x01\x02\x0b\x03\x00\x01#\x01"), 5, 0xA1},
		{"UNSUBSCRIBE of id 0", packetBytes(0xA2, "\x00\x00\x00\x00\x01#"), 5, 0x82},
		{"UNSUBSCRIBE without filters", packetBytes(0xA2, "\x00\x01\x00"), 5, 0x82},
		{"UNSUBSCRIBE cut short", packetBytes(0xA2, "\x00"), both, 0x81},
	} {
		for _, version := range []byte{4, 5} {
			if c.version != both && c.version != version {
				continue
			}
			t.Run(fmt.Sprint(c.what, ", v", version), func(t *testing.T) {
				d := open(t, setup{}).enter(login{version: version})
				d.raw(c.raw)
				d.want(fmt.Sprintf("DISCONNECT %02x", c.code), "closed")
				if end := <-d.ended; end.Clean {
					t.Error("it counts as a normal end")
				}
			})
		}
	}
}

// panicking is a core that panics.
type panicking struct{ Rooms }

func (panicking) Send(context.Context, chat.Actor, chat.Draft, func(chat.Receipt, error)) {
	panic("oops")
}

func (panicking) Typing(context.Context, chat.Actor, chat.UserID, bool) error { panic("oops") }

// A panic costs the connection it arose on, and nothing else; it is logged with
// its user. It may arise on the reader or behind it.
func TestPanicEndsOneConnection(t *testing.T) {
	for _, p := range [][2]string{{"im/text/c2c/bob", "x"}, {"im/typing/c2c/bob", "1"}} {
		t.Run(p[0], func(t *testing.T) {
			h := open(t, setup{core: func(r Rooms) Core { return panicking{r} }})
			h.mayFault = true
			bob := h.enter(login{user: "bob"})
			ann := h.enter(login{})
			ann.publish(0, p[0], p[1])
			ann.want("closed")
			if end := <-ann.ended; end.Clean {
				t.Error("it counts as a normal end")
			}
			if h.log.count("panic=oops") != 1 || h.log.count("user=ann") != 1 {
				t.Errorf("the log says:\n%s", h.log)
			}
			bob.quiet()
		})
	}
}

// Close waits for connections that are still served.
func TestCloseWaitsForConnections(t *testing.T) {
	h := open(t, setup{})
	c := h.enter(login{})
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if err := h.door.Close(over); err == nil {
		t.Error("closed while a connection is served")
	}
	h.dial(login{client: "late"}).want("CONNACK 88", "closed")
	c.lose()
	if err := h.door.Close(context.Background()); err != nil {
		t.Errorf("close: %v", err)
	}
}

// What New fills in where its options say nothing.
func TestDefaults(t *testing.T) {
	o := Options{}.withDefaults()
	o.Counters.Connect("ok")
	o.Counters.Published("ok")
	if o.MaxPacket != 128<<10 || o.MaxFilters != 1000 || o.MaxFilterBytes != 64<<10 || o.MaxSubscribe != 100 || o.ReceiveMaximum != 512 || len(o.NewID()) != 26 || o.Now().IsZero() {
		t.Errorf("%+v", o)
	}
}
