package broker_test

import (
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// A Will stays unsent only after a normal DISCONNECT: in MQTT 5 reason 0x00 in
// either encoding, in 3.1.1 a well-formed one (spec/00 §1). Whatever else a client
// says last, its Will is sent.
func TestOnlyANormalDisconnectKeepsTheWillUnsent(t *testing.T) {
	for _, c := range []struct {
		what    string
		version byte
		raw     string
		will    bool
		code    byte // of the server's DISCONNECT, 0: none
	}{
		{"normal", 4, "\xe0\x00", false, 0},
		{"with a body", 4, "\xe0\x01\x00", true, 0},
		{"with a body of MQTT 5", 4, "\xe0\x02\x00\x00", true, 0},
		{"with flags", 4, "\xe1\x00", true, 0},
		{"cut short", 4, "\xe0\x01", true, 0},

		{"normal, no reason", 5, "\xe0\x00", false, 0},
		{"normal, reason alone", 5, "\xe0\x01\x00", false, 0},
		{"normal, no properties", 5, "\xe0\x02\x00\x00", false, 0},
		{"normal, with a property", 5, "\xe0\x07\x00\x05\x1f\x00\x02ok", false, 0},
		{"with Will, reason alone", 5, "\xe0\x01\x04", true, 0},
		{"with Will, no properties", 5, "\xe0\x02\x04\x00", true, 0},
		{"with Will, with a property", 5, "\xe0\x07\x04\x05\x1f\x00\x02no", true, 0},
		{"an error, reason alone", 5, "\xe0\x01\x80", true, 0},
		{"an error, no properties", 5, "\xe0\x02\x83\x00", true, 0},
		{"a reason that there is not", 5, "\xe0\x01\x05", true, 0x82},
		{"a reason of servers [MQTT-3.14.2-1]", 5, "\xe0\x01\x8e", true, 0x82},
		{"with flags", 5, "\xe1\x00", true, 0x81},
		{"bytes behind the properties", 5, "\xe0\x03\x00\x00\x00", true, 0x81},
		{"properties cut short", 5, "\xe0\x02\x00\x05", true, 0x81},
		{"an expiry from nothing", 5, "\xe0\x07\x00\x05\x11\x00\x00\x00\x05", true, 0x82},
		{"cut short", 5, "\xe0\x02\x00", true, 0},
	} {
		t.Run([]string{4: "3.1.1 ", 5: "5 "}[c.version]+c.what, func(t *testing.T) {
			h := open(t, nil)
			bob := h.listener(hello{user: "bob"})
			ann := h.enter(hello{user: "ann", version: c.version, change: func(pk *packets.Packet) {
				pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, "im/text/c2c/bob", []byte("gone")
			}})
			_, _ = ann.sock.Write([]byte(c.raw))
			ann.halfClose()
			last := ann.end()
			if c.code == 0 && last.FixedHeader.Type != 0 || c.code != 0 && last.ReasonCode != c.code {
				t.Errorf("got %s %#x, want %#x", name(last, true), last.ReasonCode, c.code)
			}
			h.away("ann")
			if c.will {
				bob.message("im/in/c2c/ann")
			}
			bob.quiet()
		})
	}
}
