package broker_test

import (
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// What no client may send ends its connection: an MQTT 5 client is told the code
// of the clause, a 3.1.1 client nothing, and what came before it is acknowledged.
func TestMalformedPackets(t *testing.T) {
	const both = 0
	for _, c := range []struct {
		what    string
		raw     string
		version byte // both unless set
		code    byte
	}{
		{"PUBLISH of QoS 3 [MQTT-3.3.1-4]", "\x36\x07\x00\x02im\x00\x01\x00", both, 0x81},
		{"DUP without QoS [MQTT-3.3.1-2]", "\x38\x05\x00\x02im\x00", both, 0x82},
		{"packet id 0 [MQTT-2.2.1-3]", "\x32\x07\x00\x02im\x00\x00\x00", both, 0x82},
		{"a topic beyond the packet", "\x30\x04\x00\x09im", both, 0x81},
		{"a topic without its length", "\x30\x01\x00", both, 0x81},
		{"a packet id cut short", "\x32\x05\x00\x02im\x00", both, 0x81},
		{"a topic that is not UTF-8 [MQTT-1.5.4-1]", "\x30\x06\x00\x03\xc3\x28x\x00", both, 0x81},
		{"a zero byte in a topic [MQTT-1.5.4-2]", "\x30\x06\x00\x03i\x00m\x00", both, 0x81},
		{"an empty topic [MQTT-4.7.3-1]", "\x30\x03\x00\x00\x00", both, 0x82},
		{"no property length", "\x30\x04\x00\x02im", 5, 0x81},
		{"properties beyond the packet", "\x30\x06\x00\x02im\x05\x01", 5, 0x81},
		{"a property length of five bytes", "\x30\x09\x00\x02im\x80\x80\x80\x80\x01", 5, 0x81},
		{"a property cut short", "\x30\x06\x00\x02im\x01\x01", 5, 0x81},
		{"a property of CONNACK", "\x30\x07\x00\x02im\x02\x24\x01", 5, 0x81},
		{"a property that is none", "\x30\x07\x00\x02im\x02\x7e\x01", 5, 0x81},
		{"PUBACK without an id", "\x40\x00", both, 0x81},
		{"PUBACK of one byte", "\x40\x01\x00", both, 0x81},
		{"PUBACK with broken properties", "\x40\x05\x00\x01\x00\x09\x1f", 5, 0x81},
		{"PUBREC with flags [MQTT-2.1.3-1]", "\x52\x02\x00\x01", both, 0x81},
		{"PUBREL without its flag [MQTT-3.6.1-1]", "\x60\x02\x00\x01", both, 0x81},
		{"SUBSCRIBE without its flag [MQTT-3.8.1-1]", "\x80\x06\x00\x01\x00\x00\x01#", both, 0x81},
		{"SUBSCRIBE with id 0", "\x82\x07\x00\x00\x00\x00\x01#\x00", 5, 0x82},
		{"SUBSCRIBE with id 0", "\x82\x06\x00\x00\x00\x01#\x00", 4, 0},
		{"SUBSCRIBE without filters [MQTT-3.8.3-2]", "\x82\x03\x00\x01\x00", 5, 0x82},
		{"SUBSCRIBE with QoS 3 [MQTT-3.8.3-5]", "\x82\x07\x00\x01\x00\x00\x01#\x03", 5, 0x82},
		{"SUBSCRIBE without options", "\x82\x07\x00\x01\x00\x00\x02im", 5, 0x81},
		{"SUBSCRIBE to what is not UTF-8", "\x82\x07\x00\x01\x00\x00\x01\xff\x00", 5, 0x81},
		{"UNSUBSCRIBE without filters [MQTT-3.10.3-2]", "\xa2\x03\x00\x01\x00", 5, 0x82},
		{"UNSUBSCRIBE without its flag [MQTT-3.10.1-1]", "\xa0\x06\x00\x01\x00\x00\x01#", both, 0x81},
		{"PINGREQ with flags", "\xc1\x00", both, 0x81},
		{"DISCONNECT with flags [MQTT-3.14.1-1]", "\xe1\x00", both, 0x81},
		{"DISCONNECT with broken properties", "\xe0\x03\x00\x05\x11", 5, 0x81},
		{"CONNACK", "\x20\x02\x00\x00", both, 0x82},
		{"SUBACK", "\x90\x03\x00\x01\x00", both, 0x82},
		{"UNSUBACK", "\xb0\x02\x00\x01", both, 0x82},
		{"PINGRESP", "\xd0\x00", both, 0x82},
		{"AUTH", "\xf0\x00", both, 0x82},
		{"packet type 0", "\x00\x00", both, 0x81},
		{"a length of five bytes", "\xc0\x80\x80\x80\x80\x01", both, 0x81},
		{"a packet too large", "\x30\xff\xff\x7f", both, 0x95},
	} {
		t.Run(c.what, func(t *testing.T) {
			h := open(t, nil)
			bob := h.listener(hello{user: "bob"})
			for _, version := range []byte{4, 5} {
				if c.version != both && c.version != version {
					continue
				}
				d := h.enter(hello{user: "ann", version: version})
				before := encode(packets.Packet{
					FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, ProtocolVersion: version,
					TopicName: "im/text/c2c/bob", Payload: []byte("before"), PacketID: 7,
				})
				_, _ = d.sock.Write(append(before, c.raw...))
				d.want(packets.Puback)
				wantEnd(t, d, c.code)
				bob.message("im/in/c2c/ann")
			}
			bob.quiet()
		})
	}
}
