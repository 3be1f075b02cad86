package hooks

import (
	"bytes"
	"strings"

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
		has := c.properties(packets.Connect)
		if has.has(packets.PropAuthenticationData) && !has.has(packets.PropAuthenticationMethod) { // MQTT 5 §3.1.2.11.10
			c.bad(packets.ErrProtocolViolation)
		}
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
		c.properties(inWill)
	}
	c.text() // topic [MQTT-3.1.3-10]
	c.binary()
}

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

// ackForm reads a PUBACK, PUBREC, PUBREL or PUBCOMP: a packet id, and in MQTT 5 a
// reason and properties, each of which may be left out, MQTT 5 §3.4.2.
func ackForm(packet, version byte, body []byte) (id uint16, err error) {
	c := &cursor{rest: body}
	id = uint16(c.number(2))
	if c.err == nil && id == 0 { // [MQTT-2.2.1-3]
		c.bad(packets.ErrProtocolViolation)
	}
	if version >= 5 && len(c.rest) > 0 {
		if !ackReason(packet, byte(c.number(1))) {
			c.bad(packets.ErrProtocolViolation)
		}
		if len(c.rest) > 0 {
			c.properties(packet)
		}
	}
	return id, c.end()
}

// ackReason reports whether a client's acknowledgement may carry a reason code
// [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1].
func ackReason(packet, code byte) bool {
	switch code {
	case 0x00:
		return true
	case 0x92:
		return packet == packets.Pubrel || packet == packets.Pubcomp
	case 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99:
		return packet == packets.Puback || packet == packets.Pubrec
	}
	return false
}

// wanted is a filter of a SUBSCRIBE.
type wanted struct {
	filter string
	qos    byte
}

// The options of a filter, MQTT 5 §3.8.3.1. 3.1.1 has the QoS alone.
const (
	optionQos      = 0x03
	optionNoLocal  = 0x04
	optionRetain   = 0x30 // Retain Handling
	optionReserved = 0xC0
	option3Unknown = 0xFC
)

// subscribeForm reads a SUBSCRIBE. hasID says that it asks for a Subscription
// Identifier.
func subscribeForm(version byte, body []byte) (id uint16, list []wanted, hasID bool, err error) {
	c := &cursor{rest: body}
	id = c.request(version, packets.Subscribe, &hasID)
	for len(c.rest) > 0 {
		filter := string(c.text())
		options := byte(c.number(1))
		c.options(version, options, filter)
		list = append(list, wanted{filter: filter, qos: options & optionQos})
	}
	return id, list, hasID, c.err
}

// unsubscribeForm reads an UNSUBSCRIBE.
func unsubscribeForm(version byte, body []byte) (id uint16, filters []string, err error) {
	c := &cursor{rest: body}
	id = c.request(version, packets.Unsubscribe, new(bool))
	for len(c.rest) > 0 {
		filters = append(filters, string(c.text()))
	}
	return id, filters, c.err
}

// request reads what SUBSCRIBE and UNSUBSCRIBE have before their filters, of which
// there must be one [MQTT-3.8.3-2] [MQTT-3.10.3-2].
func (c *cursor) request(version, packet byte, hasID *bool) (id uint16) {
	id = uint16(c.number(2))
	if version >= 5 {
		*hasID = c.properties(packet).has(packets.PropSubscriptionIdentifier)
	}
	if c.err == nil && (id == 0 || len(c.rest) == 0) { // [MQTT-2.2.1-3]
		c.bad(packets.ErrProtocolViolation)
	}
	return id
}

// options checks the options of a filter.
func (c *cursor) options(version, options byte, filter string) {
	switch {
	case version < 5 && options&option3Unknown != 0, options&optionReserved != 0: // [MQTT-3.8.3-5]
		c.bad(packets.ErrMalformedFlags)
	case options&optionQos > 2, options&optionRetain == optionRetain:
		c.bad(packets.ErrProtocolViolation)
	case options&optionNoLocal != 0 && strings.HasPrefix(filter, "$share/"): // [MQTT-3.8.3-4]
		c.bad(packets.ErrProtocolViolation)
	}
}
