package hooks

import (
	"unicode/utf8"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
)

// publish is one PUBLISH of a client until its acknowledgement. in.mu guards
// link, stage and reply once it is in a table.
type publish struct {
	in    *Inbound // nil for QoS 0
	link  *Link    // whose connection gets the answer
	topic string
	own   string // ClientMsgId
	id    uint16
	qos   byte
	stage stage
	reply answer
}

// publish handles PUBLISH. It never waits for the core (a 3.1.1 client with
// maxBusy publishes under way excepted): answers come from wherever they arise.
func (l *Link) publish(pk *packets.Packet) error {
	if code := publishFault(pk); code != 0 {
		return l.fail(code, "")
	}
	p := &publish{link: l, topic: pk.TopicName, id: pk.PacketID, qos: pk.FixedHeader.Qos}
	if p.qos > 0 {
		switch l.pubs.begin(p, pk.FixedHeader.Dup) {
		case tooMany:
			return l.fail(packets.ErrReceiveMaximum.Code, "") // [MQTT-3.3.4-9]
		case gone:
			return packets.ErrRejectPacket
		case repeated:
			return nil
		}
	}
	l.execute(p, pk)
	return nil
}

// publishFault finds what makes a PUBLISH a protocol error rather than a bad
// request. The library's own check would run too late.
func publishFault(pk *packets.Packet) byte {
	props := &pk.Properties
	switch {
	case pk.FixedHeader.Qos > 0 && pk.PacketID == 0: // [MQTT-2.2.1-3]
		return packets.ErrProtocolViolation.Code
	case props.TopicAliasFlag: // our Topic Alias Maximum is 0 [MQTT-3.3.2-9]
		return packets.ErrTopicAliasInvalid.Code
	case pk.TopicName == "": // [MQTT-4.7.3-1]
		return packets.ErrProtocolViolation.Code
	case len(props.SubscriptionIdentifier) > 0: // [MQTT-3.3.4-6]
		return packets.ErrProtocolViolation.Code
	}
	return 0
}

// execute turns a publish into a call of the core.
func (l *Link) execute(p *publish, pk *packets.Packet) {
	if l.limit != nil && !l.limit.Allow() {
		l.tooFast(p, pk)
		return
	}
	to, err := topics.ParsePublish(pk.TopicName)
	if err != nil {
		p.refuse(err)
		return
	}
	if pk.Properties.PayloadFormat == 1 && !utf8.Valid(pk.Payload) {
		p.refuse(chat.Refuse(chat.CodeNotJSON, "payload is not UTF-8"))
		return
	}
	switch to.Verb {
	case topics.SendText, topics.SendMessage:
		d, err := draftOf(to, pk.Payload)
		p.own = d.ClientMsgID
		if err != nil {
			p.refuse(err)
			return
		}
		l.door.core.Send(l.door.ctx, l.Actor, d, p.sent)
	case topics.MarkRead:
		l.markRead(p, to, pk.Payload)
	case topics.Recall:
		l.recall(p, to, pk.Payload)
	case topics.SetTyping:
		l.typing(p, to, pk.Payload)
	case topics.Request:
		l.request(p, to, pk)
	default: // im/status: custom states are not offered by this release
		p.refuse(chat.Refuse(chat.CodeUnknownCommand, "not offered by this server"))
	}
}

// draftOf reads the payload of im/text and im/send.
func draftOf(to topics.Publish, payload []byte) (chat.Draft, error) {
	if to.Verb == topics.SendText {
		return api.TextDraft(payload, to.Target)
	}
	return api.DecodeSend(payload, to.Target)
}

var errTooFast = chat.Refuse(chat.CodeCommandRate, "more requests a second than this connection may make")

// tooFast refuses a publish over the connection's rate. A request is answered
// where its answer is awaited.
func (l *Link) tooFast(p *publish, pk *packets.Packet) {
	if to, err := topics.ParsePublish(pk.TopicName); err == nil && to.Verb == topics.Request {
		l.refuseRequest(p, to, pk, errTooFast)
		return
	}
	p.refuse(errTooFast)
}

// sent is the completion of a send. It runs on a lane and does not block.
func (p *publish) sent(r chat.Receipt, err error) {
	if err != nil {
		p.refuse(err)
		return
	}
	p.ok(r)
}

// ok answers on im/ack. The body is not written for a client that has not asked
// for it: many rely on the acknowledgement alone.
func (p *publish) ok(r chat.Receipt) {
	a := answer{to: topics.Ack}
	if _, asked := p.link.session.Filters().QoS(topics.Ack); asked {
		a.body = api.Ack(make([]byte, 0, 256), p.topic, p.id, r)
	}
	p.settle(a, "ok")
}

// done is the completion of a command that has nothing to tell but success.
func (p *publish) done(err error) {
	if err != nil {
		p.refuse(err)
		return
	}
	p.ok(chat.Receipt{})
}

// refuse answers on im/err and by reason code.
func (p *publish) refuse(err error) {
	if chat.CodeOf(err) == chat.CodeInternal {
		p.link.door.log.Error("publish failed", "app", uint32(p.link.Actor.App), "user", string(p.link.Actor.User), "err", err)
	}
	p.settle(answer{
		to: topics.Err, body: api.Err(nil, p.topic, p.own, "", p.id, err),
		code: reasonCode(chat.CodeOf(err)), reason: reasonText(err), again: retry(err),
	}, Label(err))
}

// settle gives the answer, in turn when the publish is acknowledged.
func (p *publish) settle(a answer, class string) {
	l := p.link // the door is the same for every connection of a session
	l.door.opt.Counters.Published(class)
	if p.qos == 0 {
		l.answer(&a)
		return
	}
	p.in.settle(p, a)
}
