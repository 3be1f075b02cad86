package hooks

import (
	"bytes"

	"github.com/mochi-mqtt/server/v2/packets"
)

// kind is the data type of a property, MQTT 5 §2.2.2.2.
type kind uint8

const (
	oneByte kind = iota + 1
	twoBytes
	fourBytes
	varInt
	utf8String
	topicName // a UTF-8 string that names a topic
	binaryData
	stringPair
)

// packetSet is the packets that may have a property: a bit for each packet type.
type packetSet uint16

// inWill stands for the properties of a Will, which has no packet type of its own.
const inWill = packets.Reserved

func of(types ...byte) (s packetSet) {
	for _, t := range types {
		s |= 1 << t
	}
	return s
}

// property is a row of the standard's table of properties: what a client may send.
type property struct {
	kind   kind
	in     packetSet
	server packetSet // the packet has it only on its way to a client
	least  uint32    // the least and the greatest value, of those that have bounds
	most   uint32
	many   bool // may stand there more than once
}

// propertyTable is MQTT 5 table 2-4 with the values that its chapter 3 allows. What only
// servers send is not in it, nor is AUTH, which is never agreed on.
var propertyTable = func() (all [packets.PropSharedSubAvailable + 1]property) {
	published := of(packets.Publish, inWill)
	acks := of(packets.Puback, packets.Pubrec, packets.Pubrel, packets.Pubcomp)
	all[packets.PropPayloadFormat] = property{kind: oneByte, in: published, most: 1}
	all[packets.PropMessageExpiryInterval] = property{kind: fourBytes, in: published}
	all[packets.PropContentType] = property{kind: utf8String, in: published}
	all[packets.PropResponseTopic] = property{kind: topicName, in: published}
	all[packets.PropCorrelationData] = property{kind: binaryData, in: published}
	all[packets.PropSubscriptionIdentifier] = property{kind: varInt, in: of(packets.Subscribe), server: of(packets.Publish), least: 1}
	all[packets.PropSessionExpiryInterval] = property{kind: fourBytes, in: of(packets.Connect, packets.Disconnect)}
	all[packets.PropAuthenticationMethod] = property{kind: utf8String, in: of(packets.Connect)}
	all[packets.PropAuthenticationData] = property{kind: binaryData, in: of(packets.Connect)}
	all[packets.PropRequestProblemInfo] = property{kind: oneByte, in: of(packets.Connect), most: 1}
	all[packets.PropWillDelayInterval] = property{kind: fourBytes, in: of(inWill)}
	all[packets.PropRequestResponseInfo] = property{kind: oneByte, in: of(packets.Connect), most: 1}
	all[packets.PropServerReference] = property{kind: utf8String, server: of(packets.Disconnect)}
	all[packets.PropReasonString] = property{kind: utf8String, in: acks | of(packets.Disconnect)}
	all[packets.PropReceiveMaximum] = property{kind: twoBytes, in: of(packets.Connect), least: 1}
	all[packets.PropTopicAliasMaximum] = property{kind: twoBytes, in: of(packets.Connect)}
	all[packets.PropTopicAlias] = property{kind: twoBytes, in: of(packets.Publish), least: 1}
	all[packets.PropUser] = property{kind: stringPair, in: ^packetSet(0), many: true}
	all[packets.PropMaximumPacketSize] = property{kind: fourBytes, in: of(packets.Connect), least: 1}
	return all
}()

// propertySet says which properties a packet has: a bit for each identifier.
type propertySet uint64

func (s propertySet) has(id byte) bool { return s&(1<<id) != 0 }

// checkProperties checks the properties of a client's packet: the library's decoder
// takes what the standard forbids. p is behind their length. What the packet may
// not have, and what is cut short, is malformed (MQTT 5 §2.2.2.2); a property
// twice and a value out of its bounds are protocol errors.
func checkProperties(packet byte, p []byte) (has propertySet, err error) {
	c := &cursor{rest: p}
	for len(c.rest) > 0 {
		id := byte(c.number(1))
		if int(id) >= len(propertyTable) {
			return has, packets.ErrMalformedProperties
		}
		row := &propertyTable[id]
		switch bit := packetSet(1) << packet; {
		case row.server&bit != 0:
			return has, packets.ErrProtocolViolation
		case row.in&bit == 0:
			return has, packets.ErrMalformedProperties
		case has.has(id) && !row.many:
			return has, packets.ErrProtocolViolation
		}
		has |= 1 << id
		c.value(row)
	}
	return has, c.err
}

// value passes over the value of a property, and checks it.
func (c *cursor) value(row *property) {
	var n uint32
	switch row.kind {
	case oneByte:
		n = c.number(1)
	case twoBytes:
		n = c.number(2)
	case fourBytes:
		n = c.number(4)
	case varInt:
		n = uint32(c.varint())
	case utf8String:
		c.text()
	case topicName: // [MQTT-3.3.2-13] [MQTT-3.3.2-14] [MQTT-4.7.3-1]
		if t := c.text(); len(t) == 0 || bytes.ContainsAny(t, "+#") {
			c.bad(packets.ErrProtocolViolation)
		}
	case binaryData:
		c.binary()
	case stringPair:
		c.text()
		c.text()
	}
	if n < row.least || row.most > 0 && n > row.most {
		c.bad(packets.ErrProtocolViolation)
	}
}

// properties passes over the properties of a packet with their length, and checks
// them.
func (c *cursor) properties(packet byte) propertySet {
	p := c.take(c.varint())
	if c.err != nil {
		return 0
	}
	has, err := checkProperties(packet, p)
	if err != nil {
		c.rest, c.err = nil, err
	}
	return has
}

// readProperties checks and decodes the properties that p begins with, and returns
// what is behind them. They keep nothing of p.
func readProperties(packet byte, p []byte) (*packets.Properties, []byte, error) {
	c := &cursor{rest: p}
	c.properties(packet)
	if c.err != nil {
		return nil, nil, c.err
	}
	props := &packets.Properties{}
	err := guarded(func() error {
		_, err := props.Decode(packet, bytes.NewBuffer(bytes.Clone(p[:len(p)-len(c.rest)])))
		return err
	})
	return props, c.rest, err
}
