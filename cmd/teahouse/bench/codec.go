package bench

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// Packet types of MQTT 3.1.1, as the first nibble of a packet.
const (
	connect   = 1
	connack   = 2
	publish   = 3
	puback    = 4
	subscribe = 8
	suback    = 9
	pingresp  = 13
)

// maxPacket bounds what is read from a broker.
const maxPacket = 1 << 20

var errTooLong = errors.New("packet longer than 1 MiB")

// packet is one packet as read; body is valid until the next read.
type packet struct {
	kind byte
	qos  byte
	body []byte
}

// readPacket reads one packet into buf, which it may grow.
func readPacket(r *bufio.Reader, buf *[]byte) (packet, error) {
	first, err := r.ReadByte()
	if err != nil {
		return packet{}, err
	}
	n, shift := 0, 0
	for {
		b, err := r.ReadByte()
		if err != nil {
			return packet{}, err
		}
		n |= int(b&0x7f) << shift
		if b&0x80 == 0 {
			break
		}
		if shift += 7; shift > 21 {
			return packet{}, errTooLong
		}
	}
	if n > maxPacket {
		return packet{}, errTooLong
	}
	if cap(*buf) < n {
		*buf = make([]byte, n)
	}
	body := (*buf)[:n]
	_, err = io.ReadFull(r, body)
	return packet{kind: first >> 4, qos: first >> 1 & 3, body: body}, err
}

// published takes a PUBLISH apart.
func (p packet) published() (topic, payload []byte, id uint16, ok bool) {
	if len(p.body) < 2 {
		return nil, nil, 0, false
	}
	n := int(binary.BigEndian.Uint16(p.body))
	rest := p.body[2:]
	if len(rest) < n {
		return nil, nil, 0, false
	}
	topic, rest = rest[:n], rest[n:]
	if p.qos > 0 {
		if len(rest) < 2 {
			return nil, nil, 0, false
		}
		id, rest = binary.BigEndian.Uint16(rest), rest[2:]
	}
	return topic, rest, id, true
}

func appendHeader(b []byte, first byte, n int) []byte {
	b = append(b, first)
	for n >= 128 {
		b = append(b, byte(n)|0x80)
		n >>= 7
	}
	return append(b, byte(n))
}

func appendText(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(s)))
	return append(b, s...)
}

func appendConnect(b []byte, id, user, password string, clean bool, keepalive uint16) []byte {
	flags, n := byte(0), 10+2+len(id)
	if clean {
		flags |= 2
	}
	if user != "" {
		flags |= 0x80
		n += 2 + len(user)
	}
	if password != "" {
		flags |= 0x40
		n += 2 + len(password)
	}
	b = appendHeader(b, connect<<4, n)
	b = appendText(b, "MQTT")
	b = append(b, 4, flags)
	b = binary.BigEndian.AppendUint16(b, keepalive)
	b = appendText(b, id)
	if user != "" {
		b = appendText(b, user)
	}
	if password != "" {
		b = appendText(b, password)
	}
	return b
}

func appendSubscribe(b []byte, id uint16, filter string, qos byte) []byte {
	b = appendHeader(b, subscribe<<4|2, 2+2+len(filter)+1)
	b = binary.BigEndian.AppendUint16(b, id)
	return append(appendText(b, filter), qos)
}

func appendPublish(b []byte, topic string, payload []byte, qos byte, id uint16) []byte {
	n := 2 + len(topic) + len(payload)
	if qos > 0 {
		n += 2
	}
	b = appendHeader(b, publish<<4|qos<<1, n)
	b = appendText(b, topic)
	if qos > 0 {
		b = binary.BigEndian.AppendUint16(b, id)
	}
	return append(b, payload...)
}

func appendPuback(b []byte, id uint16) []byte {
	return binary.BigEndian.AppendUint16(append(b, puback<<4, 2), id)
}
