package hooks

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire/form"
)

// replyHeader is the most that a packet on im/ack or im/err has beside its payload, when that is
// shorter than 16 KiB: fixed header, topic, an empty list of properties.
const replyHeader = 12

// takes reports whether the client's packets have room for the payload of a reply.
func (l *Link) takes(body []byte) bool {
	return l.MaxPacket == 0 || len(body)+replyHeader <= int(l.MaxPacket)
}

// brief writes the longest of three short forms of a reply that the client can take: with the
// topic, without it, with the packet id alone. The last fits into minPacket.
func (l *Link) brief(write func(dst []byte, topic, own string) []byte, topic, own string) []byte {
	body := write(nil, topic, own)
	if !l.takes(body) {
		body = write(body[:0], "", own)
	}
	if !l.takes(body) {
		body = write(body[:0], "", "")
	}
	return body
}

// ackBody writes what goes on im/ack: all of it, or what a client with small packets can
// take (spec/00 §4).
func (l *Link) ackBody(topic string, id uint16, r chat.Receipt) []byte {
	body := form.AppendAck(make([]byte, 0, 256), topic, id, r)
	if l.takes(body) {
		return body
	}
	return l.brief(func(dst []byte, topic, own string) []byte { return form.AppendBriefAck(dst, topic, own, id, r) }, topic, r.ClientMsgID)
}

// errBody writes what goes on im/err, in the same way.
func (l *Link) errBody(topic, own string, id uint16, err error) []byte {
	body := form.AppendErr(nil, topic, own, "", id, err)
	if l.takes(body) {
		return body
	}
	return l.brief(func(dst []byte, topic, own string) []byte { return form.AppendBriefErr(dst, topic, own, id, err) }, topic, own)
}
