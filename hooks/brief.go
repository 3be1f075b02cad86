package hooks

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire/form"
)

// replyHeader is the most that a packet on im/ack or im/err has beside its payload: fixed
// header, topic, an empty list of properties.
const replyHeader = 14

// takes reports whether the client's packets have room for the payload of a reply.
func (l *Link) takes(body []byte) bool {
	return l.MaxPacket == 0 || len(body)+replyHeader <= int(l.MaxPacket)
}

// ackBody writes what goes on im/ack: all of it, or what a client with small packets can
// take (spec/00 §4).
func (l *Link) ackBody(topic string, id uint16, r chat.Receipt) []byte {
	body := form.AppendAck(make([]byte, 0, 256), topic, id, r)
	if !l.takes(body) {
		body = form.AppendBriefAck(body[:0], topic, id, r)
	}
	return body
}

// errBody writes what goes on im/err, in the same way.
func (l *Link) errBody(topic, own string, id uint16, err error) []byte {
	body := form.AppendErr(nil, topic, own, "", id, err)
	if !l.takes(body) {
		body = form.AppendBriefErr(body[:0], topic, own, id, err)
	}
	return body
}
