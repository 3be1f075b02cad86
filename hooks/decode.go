package hooks

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/cespare/xxhash/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/topics"
)

// incoming is a PUBLISH as it lies in the read buffer: topic and payload are to
// be copied if they are kept.
type incoming struct {
	dup     bool
	qos     byte
	id      uint16
	topic   []byte
	payload []byte
	props   *packets.Properties // nil: none; has its own bytes
}

// readPublish finds the parts of a PUBLISH, MQTT 5 §3.3.2. What it refuses is
// malformed; see publishFault for what is merely forbidden.
func readPublish(version byte, fh *packets.FixedHeader, body []byte) (in incoming, err error) {
	in.dup, in.qos = fh.Dup, fh.Qos
	if len(body) < 2 {
		return in, packets.ErrMalformedTopic
	}
	n := 2 + int(binary.BigEndian.Uint16(body))
	if n > len(body) {
		return in, packets.ErrMalformedTopic
	}
	in.topic, body = body[2:n], body[n:]
	if in.qos > 0 {
		if len(body) < 2 {
			return in, packets.ErrMalformedPacketID
		}
		in.id, body = binary.BigEndian.Uint16(body), body[2:]
	}
	if version >= 5 {
		if len(body) > 0 && body[0] == 0 { // most have none
			body = body[1:]
		} else if in.props, body, err = readProperties(packets.Publish, body); err != nil {
			return in, err
		}
	}
	in.payload = body
	return in, nil
}

// varint reads a variable byte integer and returns how many bytes it takes, 0
// when it is cut short, too long, or longer than need be [MQTT-1.5.5-1].
func varint(p []byte) (value, size int) {
	for i := range min(4, len(p)) {
		value |= int(p[i]&0x7F) << (7 * i)
		if p[i] >= 0x80 {
			continue
		}
		if p[i] == 0 && i > 0 {
			break
		}
		return value, i + 1
	}
	return 0, 0
}

// lastTopic is a topic that the client has published to, and what it means. Who
// publishes again mostly publishes to the same.
type lastTopic struct {
	text string
	hash uint64
	to   topics.Publish
	err  error // the topic is not one of the contract's
	wild bool  // it holds a wildcard [MQTT-3.3.2-2]
}

// topicOf makes a topic of the bytes in the read buffer. An error means that they
// may not be a topic at all [MQTT-1.5.4-1] [MQTT-1.5.4-2].
func (l *Link) topicOf(raw []byte) (*lastTopic, error) {
	if t := l.topic; t != nil && string(raw) == t.text {
		return t, nil
	}
	if !validText(raw) {
		return nil, packets.ErrMalformedTopic
	}
	t := &lastTopic{text: string(raw), hash: xxhash.Sum64(raw), wild: bytes.ContainsAny(raw, "+#")}
	t.to, t.err = topics.ParsePublish(t.text)
	l.topic = t
	return t, nil
}

// pool holds packets of the library's, which have 800 bytes.
var pool = sync.Pool{New: func() any { return new(packets.Packet) }}

// packetOf is an empty packet of a type, until release.
func packetOf(kind byte) *packets.Packet {
	pk := pool.Get().(*packets.Packet)
	pk.FixedHeader.Type = kind
	return pk
}

func release(pk *packets.Packet) {
	*pk = packets.Packet{}
	pool.Put(pk)
}

// decodeConnect has the library's codec read a CONNECT, which keeps nothing of
// body. Its strings share one copy: the short ones that are kept are to be cloned.
func decodeConnect(pk *packets.Packet, body []byte) error {
	own := bytes.Clone(body)
	return guarded(func() error { return pk.ConnectDecode(own) })
}

// guarded runs the library's codec, which panics over some packets that are cut
// short.
func guarded(decode func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: the codec panicked: %v", packets.ErrMalformedPacket, p)
		}
	}()
	return decode()
}

// uncounted is what the library's codec forgets when it counts the length of a packet: the fixed
// header and the length of the properties.
const uncounted = 1 + 4 + 4

// send encodes a packet with the library's codec and writes it.
func (l *Link) send(pk *packets.Packet) error {
	pk.ProtocolVersion = l.Version
	pk.Mods = packets.Mods{MaxSize: l.MaxPacket, DisallowProblemInfo: l.NoReasons, AllowResponseInfo: true}
	if pk.Mods.MaxSize > 0 { // the codec leaves the reason out when all would be too long
		pk.Mods.MaxSize = max(pk.Mods.MaxSize, uncounted+1) - uncounted
	}
	var b bytes.Buffer
	var err error
	switch pk.FixedHeader.Type {
	case packets.Connack:
		err = pk.ConnackEncode(&b)
	case packets.Suback:
		err = pk.SubackEncode(&b)
	case packets.Unsuback:
		err = pk.UnsubackEncode(&b)
	}
	if err != nil {
		return err
	}
	if l.MaxPacket > 0 && b.Len() > int(l.MaxPacket) { // [MQTT-3.1.2-24]
		return packets.ErrPacketTooLarge
	}
	_, err = l.Write(b.Bytes())
	return err
}
