package broker_test

import (
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// What came before a bad packet in the same segment is stored and acknowledged
// first, then the connection ends (spec/00 §3), however long the app's webhook
// takes over it.
func TestWhatCameBeforeABadPacketIsAnswered(t *testing.T) {
	for _, c := range []struct {
		what, raw string
		code      byte
	}{
		{"a malformed packet", "\x30\x01\x00", 0x81},
		{"a protocol error", "\x32\x07\x00\x02im\x00\x00\x00", 0x82},
		{"a packet too large", "\x30\xff\xff\x7f", 0x95},
		{"a length of five bytes", "\xc0\xff\xff\xff\xff\x01", 0x81},
		{"a malformed SUBSCRIBE", "\x82\x03\x00\x01\x00", 0x82},
	} {
		t.Run(c.what, func(t *testing.T) {
			versions(t, func(t *testing.T, version byte) {
				h, g := slowly(t)
				bob := h.listener(hello{user: "bob"})
				ann := h.listener(hello{user: "ann", version: version})
				var segment []byte
				for qos, text := range []string{"slow", "behind it", "and last"} {
					pk := packets.Packet{
						FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: byte(qos)}, ProtocolVersion: version,
						TopicName: "im/text/c2c/bob", Payload: []byte(text), PacketID: uint16(qos),
					}
					segment = append(segment, encode(pk)...)
				}
				_, _ = ann.sock.Write(append(segment, c.raw...))
				await(t, g.asked)
				g.open()
				want := map[string]int{"PUBLISH": 3, "PUBACK": 1, "PUBREC": 1}
				for range 5 {
					pk, ok := ann.next()
					want[[]string{packets.Publish: "PUBLISH", packets.Puback: "PUBACK", packets.Pubrec: "PUBREC", packets.Disconnect: "DISCONNECT"}[pk.FixedHeader.Type]]--
					if !ok {
						break
					}
				}
				for kind, n := range want {
					if n != 0 {
						t.Errorf("%s: %d too few", kind, n)
					}
				}
				wantEnd(t, ann, c.code)
				for range 3 {
					bob.message("im/in/c2c/ann")
				}
				bob.quiet()
			})
		})
	}
}
