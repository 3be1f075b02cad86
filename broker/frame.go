package broker

import "encoding/binary"

// Protocol versions as CONNECT carries them. Everything below 5 is treated
// alike here: 3.1 and 3.1.1 differ in CONNECT only.
const (
	mqtt311 byte = 4
	mqtt5   byte = 5
)

// First byte of the packets built here: type in the upper four bits, the flags
// the specification fixes for it in the lower four [MQTT-2.1.3-1].
const (
	headPublish    byte = 0x30
	headPuback     byte = 0x40
	headPubrec     byte = 0x50
	headPubrel     byte = 0x62
	headPubcomp    byte = 0x70
	headDisconnect byte = 0xE0

	dupFlag byte = 0x08
)

// Property identifiers of MQTT 5 §2.2.2.2, those this server sends.
const (
	propPayloadFormat   byte = 0x01
	propMessageExpiry   byte = 0x02
	propContentType     byte = 0x03
	propCorrelationData byte = 0x09
	propReasonString    byte = 0x1F
	propUserProperty    byte = 0x26
)

// reasonKeepAliveTimeout is the reason code that the transport itself sends.
const reasonKeepAliveTimeout byte = 0x8D

// userProperty is one name and value of MQTT 5.
type userProperty struct {
	Key, Val string
}

// publication is the content of a PUBLISH, without what differs by receiver:
// packet id and DUP are patched into the copy that a connection sends.
//
// Everything after Payload is MQTT 5 only and left out of 3.1.1 frames; a zero
// value means absent.
type publication struct {
	Topic   string
	Payload []byte

	UTF8Payload     bool // payload format indicator 1
	MessageExpiry   uint32
	ContentType     string
	CorrelationData []byte
	UserProperties  []userProperty
}

// appendPublish appends the PUBLISH packet of p for a protocol version and a
// QoS of 0 or 1 to dst. It returns the extended slice and where the packet id
// stands, counted from the beginning of the packet (not of dst), 0 for QoS 0,
// which has none. The id is left 0 for [conn.Frame] to fill in, so that one frame
// serves every receiver of the same version and QoS.
func appendPublish(dst []byte, version, qos byte, p *publication) ([]byte, int) {
	remaining := 2 + len(p.Topic) + len(p.Payload)
	if qos > 0 {
		remaining += 2
	}
	props := 0
	if version >= mqtt5 {
		props = p.propertyBytes()
		remaining += varintLen(props) + props
	}
	start := len(dst)
	dst = grow(dst, 1+varintLen(remaining)+remaining)

	dst = append(dst, headPublish|qos<<1)
	dst = appendVarint(dst, remaining)
	dst = appendText(dst, p.Topic)
	idOffset := 0
	if qos > 0 {
		idOffset = len(dst) - start
		dst = append(dst, 0, 0)
	}
	if version >= mqtt5 {
		dst = appendVarint(dst, props)
		dst = p.appendProperties(dst)
	}
	return append(dst, p.Payload...), idOffset
}

// propertyBytes is the length of what appendProperties appends.
func (p *publication) propertyBytes() int {
	n := 0
	if p.UTF8Payload {
		n += 2
	}
	if p.MessageExpiry > 0 {
		n += 5
	}
	if p.ContentType != "" {
		n += 3 + len(p.ContentType)
	}
	if p.CorrelationData != nil {
		n += 3 + len(p.CorrelationData)
	}
	for i := range p.UserProperties {
		n += 5 + len(p.UserProperties[i].Key) + len(p.UserProperties[i].Val)
	}
	return n
}

func (p *publication) appendProperties(dst []byte) []byte {
	if p.UTF8Payload {
		dst = append(dst, propPayloadFormat, 1)
	}
	if p.MessageExpiry > 0 {
		dst = append(dst, propMessageExpiry)
		dst = binary.BigEndian.AppendUint32(dst, p.MessageExpiry)
	}
	if p.ContentType != "" {
		dst = append(dst, propContentType)
		dst = appendText(dst, p.ContentType)
	}
	if p.CorrelationData != nil {
		dst = append(dst, propCorrelationData)
		dst = appendText(dst, p.CorrelationData)
	}
	for i := range p.UserProperties {
		dst = append(dst, propUserProperty)
		dst = appendText(dst, p.UserProperties[i].Key)
		dst = appendText(dst, p.UserProperties[i].Val)
	}
	return dst
}

// appendAck appends a PUBACK, PUBREC, PUBREL or PUBCOMP (head names which) for
// packet id. Reason code and reason string reach MQTT 5 clients only; 3.1.1 has
// no place for them. The reason string must be left empty for a client that
// asked for no problem information [MQTT-3.1.2-29].
func appendAck(dst []byte, head, version byte, id uint16, code byte, reason string) []byte {
	if version < mqtt5 || code == 0 && reason == "" {
		return append(dst, head, 2, byte(id>>8), byte(id))
	}
	if reason == "" { // fewer than 4 bytes: no property length either, MQTT 5 §3.4.2.2.1
		return append(dst, head, 3, byte(id>>8), byte(id), code)
	}
	reason = clip(reason)
	props := 3 + len(reason)
	dst = append(dst, head)
	dst = appendVarint(dst, 3+varintLen(props)+props)
	dst = append(dst, byte(id>>8), byte(id), code)
	dst = appendVarint(dst, props)
	return appendText(append(dst, propReasonString), reason)
}

// appendDisconnect appends a DISCONNECT with a reason code and, unless empty, a
// reason string. MQTT 5 only: 3.1.1 knows no DISCONNECT from the server.
func appendDisconnect(dst []byte, code byte, reason string) []byte {
	if reason == "" { // the property length may be left out, but not every decoder knows
		return append(dst, headDisconnect, 2, code, 0)
	}
	reason = clip(reason)
	props := 3 + len(reason)
	dst = append(dst, headDisconnect)
	dst = appendVarint(dst, 1+varintLen(props)+props)
	dst = append(dst, code)
	dst = appendVarint(dst, props)
	return appendText(append(dst, propReasonString), reason)
}

// maxReason bounds reason strings: they are hints for people, and a packet that
// carries one should stay within any client's Maximum Packet Size.
const maxReason = 256

// clip shortens a reason string to maxReason bytes, at a character's edge.
func clip(s string) string {
	if len(s) <= maxReason {
		return s
	}
	n := maxReason
	for n > 0 && s[n]&0xC0 == 0x80 { // inside a UTF-8 sequence
		n--
	}
	return s[:n]
}

// appendText appends a string or binary value with its two bytes of length. Topics
// and properties come from decoded packets or bounded ids, never above 65,535 bytes.
func appendText[T string | []byte](dst []byte, s T) []byte {
	dst = append(dst, byte(len(s)>>8), byte(len(s)))
	return append(dst, s...)
}

// appendVarint appends a variable byte integer, MQTT 5 §1.5.5.
func appendVarint(dst []byte, n int) []byte {
	for n > 0x7F {
		dst = append(dst, byte(n)|0x80)
		n >>= 7
	}
	return append(dst, byte(n))
}

func varintLen(n int) int {
	switch {
	case n < 1<<7:
		return 1
	case n < 1<<14:
		return 2
	case n < 1<<21:
		return 3
	}
	return 4
}

// grow makes room for n more bytes with at most one allocation of the right size.
func grow(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	bigger := make([]byte, len(dst), len(dst)+n)
	copy(bigger, dst)
	return bigger
}
