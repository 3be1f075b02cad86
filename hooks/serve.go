package hooks

import (
	"errors"

	"github.com/mochi-mqtt/server/v2/packets"
)

// errEnd ends a connection whose client has been told why, or needs no telling.
var errEnd = errors.New("the connection is over")

// pingresp is the whole packet [MQTT-3.12.4-1].
var pingresp = []byte{packets.Pingresp << 4, 0}

// serve handles packets until one ends the connection. Its frame is on the stack
// of every idle connection: what needs room is called from here, and returns.
func (l *Link) serve() (err error) {
	defer l.guard(&err)
	for {
		if l.owing() {
			l.pay()
		}
		head, body, err := l.Next()
		if err != nil {
			return l.unreadable(err)
		}
		if err := l.packet(head, body); err != nil {
			return err
		}
	}
}

// publishQos is the QoS in the fixed header of a PUBLISH.
const publishQos = 0x06

// packet handles one packet. body is good until it returns.
func (l *Link) packet(head byte, body []byte) error {
	l.spend(1, len(body))
	var fh packets.FixedHeader
	if head>>4 == packets.Publish && head&publishQos == publishQos { // [MQTT-3.3.1-4]
		return l.malformed(packets.ErrMalformedFlags)
	}
	if err := fh.Decode(head); err != nil { // the flags [MQTT-2.1.3-1] [MQTT-3.3.1-2]
		return l.malformed(err)
	}
	switch fh.Type {
	case packets.Publish:
		return l.publish(&fh, body)
	case packets.Puback, packets.Pubrec, packets.Pubrel, packets.Pubcomp:
		return l.acknowledgement(fh.Type, body)
	case packets.Pingreq:
		if len(body) > 0 { // MQTT 5 §3.12
			return l.malformed(packets.ErrMalformedPacket)
		}
		_, err := l.Write(pingresp)
		return err
	case packets.Subscribe:
		return l.subscribe(body)
	case packets.Unsubscribe:
		return l.unsubscribe(body)
	case packets.Disconnect:
		return l.disconnect(body)
	case packets.Reserved:
		return l.malformed(packets.ErrMalformedPacket)
	}
	// A second CONNECT [MQTT-3.1.0-2], AUTH without an agreed method, or what only
	// servers send.
	return l.fail(packets.ErrProtocolViolation)
}

// shortAck is how long an acknowledgement may be that costs nothing, in bytes.
const shortAck = 128

// acknowledgement handles PUBACK and the three packets of QoS 2.
func (l *Link) acknowledgement(packet byte, body []byte) error {
	id, err := ackForm(packet, l.Version, body)
	if err != nil {
		return l.malformed(err)
	}
	switch packet {
	case packets.Puback:
		if l.session.Acked(id) && len(body) <= shortAck {
			l.spend(-1, -len(body)) // it answers what the server has sent (spec/00 §9)
		}
	case packets.Pubrel:
		l.released(id)
	case packets.Pubrec: // nothing of ours is sent with QoS 2
		l.Ack(packets.Pubrel, l.Version, id, packets.ErrPacketIdentifierNotFound.Code, "")
	}
	return nil
}

// unreadable ends the connection over an error of the transport, which closes it
// by itself unless the client has sent what it may not.
func (l *Link) unreadable(err error) error {
	var code packets.Code
	if errors.As(err, &code) {
		return l.fail(code)
	}
	return err
}

// malformed ends the connection over a packet that cannot be read, with the
// code that the codec gives it [MQTT-4.13.1-1].
func (l *Link) malformed(err error) error {
	code := packets.ErrMalformedPacket
	var c packets.Code
	if errors.As(err, &c) && c.Code >= packets.ErrUnspecifiedError.Code {
		code = c
	}
	return l.fail(code)
}
