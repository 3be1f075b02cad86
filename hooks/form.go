package hooks

import (
	"bytes"

	"github.com/mochi-mqtt/server/v2/packets"
)

// The flags of CONNECT, MQTT 5 §3.1.2.3.
const (
	flagReserved   = 0x01
	flagWill       = 0x04
	flagWillQos    = 0x18
	flagWillRetain = 0x20
	flagPassword   = 0x40
	flagUserName   = 0x80
)

// connectForm checks that a CONNECT has the form that its version prescribes. It
// returns the version, 0 when the protocol is none of ours.
func connectForm(body []byte) (version byte, err error) {
	c := &cursor{rest: body}
	name := c.binary()
	version = byte(c.number(1))
	switch {
	case c.err != nil:
		return 0, c.err
	case bytes.Equal(name, []byte("MQTT")) && (version == 4 || version == 5): // [MQTT-3.1.2-1] [MQTT-3.1.2-2]
	case bytes.Equal(name, []byte("MQIsdp")) && version == 3:
	case bytes.Equal(name, []byte("MQTT")), bytes.Equal(name, []byte("MQIsdp")):
		return 0, packets.ErrUnsupportedProtocolVersion
	default:
		return 0, packets.ErrProtocolViolationProtocolName
	}
	flags := byte(c.number(1))
	c.number(2) // keep alive
	if !validFlags(flags, version) {
		c.bad(packets.ErrMalformedFlags)
	}
	if version >= 5 {
		c.properties()
	}
	c.text() // client id [MQTT-3.1.3-4]
	if flags&flagWill != 0 {
		c.will(version)
	}
	if flags&flagUserName != 0 {
		c.text() // [MQTT-3.1.3-11]
	}
	if flags&flagPassword != 0 {
		c.binary()
	}
	return version, c.end()
}

// will reads the three fields of a Will.
func (c *cursor) will(version byte) {
	if version >= 5 {
		c.properties()
	}
	c.text() // topic [MQTT-3.1.3-10]
	c.binary()
}

// properties passes over the properties of a packet.
func (c *cursor) properties() { c.take(c.varint()) }

// validFlags checks the flags of CONNECT.
func validFlags(flags, version byte) bool {
	switch {
	case flags&flagReserved != 0: // [MQTT-3.1.2-3]
		return false
	case flags&flagWillQos == flagWillQos: // [MQTT-3.1.2-12]
		return false
	case flags&flagWill == 0 && flags&(flagWillQos|flagWillRetain) != 0: // [MQTT-3.1.2-11] [MQTT-3.1.2-13]
		return false
	case version < 5 && flags&flagUserName == 0 && flags&flagPassword != 0: // 3.1.1 [MQTT-3.1.2-22]
		return false
	}
	return true
}
