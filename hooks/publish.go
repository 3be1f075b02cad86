package hooks

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/sessions"
	"github.com/teahouse-im/teahouse/topics"
	"github.com/teahouse-im/teahouse/trace"
	"github.com/teahouse-im/teahouse/wire/form"
)

// publish is one PUBLISH of a client until its acknowledgement. in.mu guards
// link, releaser, stage and reply once it is in a table.
type publish struct {
	in   *Inbound // nil for QoS 0
	from *Link    // the connection it came on
	link *Link    // whose connection gets the answer
	// releaser is the connection that has asked last, by PUBREL, for the id to be free.
	releaser *Link

	topic string
	own   string      // ClientMsgId
	actor *chat.Actor // who is on from, with the trace of this publish; nil: it has none
	id    uint16
	qos   byte
	stage stage
	since uint32 // when a send was read, see Door.sendClock; 0: not measured
	reply answer

	// For its repetition; see finished. Of QoS 0 nothing is remembered.
	hash    uint64
	n       uint64      // counts the QoS 1 publishes of the session
	claim   *chat.Claim // nil when nobody could ask for it
	first   *finished   // this is a repetition, of that
	seq     chat.Seq
	refused uint32 // chat.Code
	stored  bool   // QoS 2, received by an earlier server
	more    *outcome
}

// publish handles PUBLISH. Answers come from wherever they arise: it waits for the core
// only when more is under way than a connection may have (Inbound.admits, maxWaiting).
func (l *Link) publish(fh *packets.FixedHeader, body []byte) error {
	in, err := readPublish(l.Version, fh, body)
	if err != nil {
		return l.malformed(err)
	}
	if code := publishFault(&in); code != packets.CodeSuccess {
		return l.fail(code)
	}
	t, err := l.topicOf(in.topic)
	if err != nil {
		return l.malformed(err)
	}
	if t.wild {
		return l.wildcard(t, in.id)
	}
	if l.share.full() && !l.takeTurn() {
		return errEnd
	}
	p := &publish{from: l, link: l, topic: t.text, id: in.id, qos: in.qos}
	if in.props != nil && len(in.props.User) > 0 {
		p.traced(in.props.User)
	}
	if p.qos > 0 {
		p.hash = sessions.Hash(t.hash, in.payload)
		switch l.pubs.begin(p, in.dup) {
		case tooMany:
			return l.fail(packets.ErrReceiveMaximum) // [MQTT-3.3.4-9]
		case gone:
			return errEnd
		case repeated:
			return nil
		}
	} else {
		l.loose.begin()
	}
	l.share.begin()
	l.execute(p, t, &in)
	return nil
}

// publishFault finds what makes a PUBLISH a protocol error rather than a bad
// request.
func publishFault(in *incoming) packets.Code {
	props := in.props
	switch {
	case in.qos > 0 && in.id == 0: // [MQTT-2.2.1-3]
		return packets.ErrProtocolViolation
	case props != nil && props.TopicAliasFlag: // our Topic Alias Maximum is 0 [MQTT-3.3.2-9]
		return packets.ErrTopicAliasInvalid
	case len(in.topic) == 0: // [MQTT-4.7.3-1]
		return packets.ErrProtocolViolation
	}
	return packets.CodeSuccess
}

// execute turns a publish into a call of the core. Drafts have their own bytes;
// what else of the payload outlives the call is copied.
func (l *Link) execute(p *publish, t *lastTopic, in *incoming) {
	if p.first != nil {
		l.repeat(p, t, in)
		return
	}
	if t.err != nil {
		p.refuse(t.err)
		return
	}
	if in.props != nil && in.props.PayloadFormat == 1 && !utf8.Valid(in.payload) {
		p.refuse(chat.Refuse(chat.CodeNotJSON, "payload is not UTF-8"))
		return
	}
	if p.qos > 0 {
		p.claim = p.in.claim(p, t.to.Verb == topics.Request)
	}
	switch t.to.Verb {
	case topics.SendText, topics.SendMessage:
		p.since = l.door.sendClock()
		d, err := draftOf(t.to, l.Actor.User, in.payload)
		p.own = d.ClientMsgID
		if err != nil {
			p.refuse(err)
			return
		}
		l.submit(p, d)
	case topics.MarkRead:
		l.markRead(p, t.to, in.payload)
	case topics.Recall:
		l.recall(p, t.to, in.payload)
	case topics.SetTyping:
		l.typing(p, t.to, in.payload)
	case topics.Request:
		l.request(p, t.to, in)
	case topics.SetStatus:
		l.setStatus(p, in.payload)
	}
}

// traced notes the trace that the user properties name, MQTT 5 §3.3.2.3.7. One that is named twice
// is none.
func (p *publish) traced(list []packets.UserProperty) {
	parent, states := "", []string(nil)
	for i := range list {
		switch one := &list[i]; one.Key {
		case trace.ParentName:
			if parent != "" {
				return
			}
			parent = one.Val
		case trace.StateName:
			states = append(states, one.Val)
		}
	}
	if t := trace.Parse(parent, strings.Join(states, ",")); t != nil {
		by := p.from.Actor
		by.Trace = t
		p.actor = &by
	}
}

// by is who publishes, with the trace of the publish.
func (p *publish) by() *chat.Actor {
	if p.actor != nil {
		return p.actor
	}
	return &p.from.Actor
}

// claimed returns the context of the publish's call.
func (p *publish) claimed(ctx context.Context) context.Context {
	if p.claim == nil {
		return ctx
	}
	return chat.WithClaim(ctx, p.claim)
}

// draftOf reads the payload of im/text and im/send.
func draftOf(to topics.Publish, by chat.UserID, payload []byte) (chat.Draft, error) {
	if to.Verb == topics.SendText {
		return form.TextDraft(payload, to.Target)
	}
	return form.DecodeSend(payload, by, to.Target)
}

// sent is the completion of a send. It runs on a lane and does not block.
func (p *publish) sent(r chat.Receipt, err error) {
	p.receipt(r, err)
	p.from.worker.answered()
}

// receipt answers a send.
func (p *publish) receipt(r chat.Receipt, err error) {
	if err != nil {
		p.refuse(err)
		return
	}
	if r.DropReason != "" {
		p.link.noteLimit(r.DropReason, 0, p.by().Trace)
	}
	p.ok(r)
}

// overRate is what MQTT 5 is told of a message that the group's rate has dropped: im/ack has
// MsgDropReason, and an acknowledgement without more would say that it is stored.
var overRate = chat.Refuse(chat.CodeGroupRate, "")

// ok answers on im/ack. The body is not written for a client that has not asked
// for it: many rely on the acknowledgement alone. It can be written again from the
// message, if there is one.
func (p *publish) ok(r chat.Receipt) {
	a := answer{to: topics.Ack}
	if _, asked := p.from.session.Filters().QoS(topics.Ack); asked {
		a.body = p.from.ackBody(p.topic, p.id, r)
	}
	if p.seq = r.Seq; r.Seq == 0 && r.ID != "" {
		p.more = &outcome{body: a.body, dropped: r.DropReason != ""}
	}
	p.acknowledge(a, r.DropReason != "")
}

// acknowledge settles a publish that was not refused.
func (p *publish) acknowledge(a answer, dropped bool) {
	if dropped {
		a.code, a.reason = reasonCode(chat.CodeGroupRate), reasonText(overRate)
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
	p.from.door.logFault("publish", p.by(), err)
	p.from.noteRefused(err, p.by().Trace)
	p.refused = uint32(chat.CodeOf(err))
	p.from.door.opt.Counters.Refused(chat.CodeOf(err))
	p.settle(answer{
		to: topics.Err, body: p.from.errBody(p.topic, p.own, p.id, err),
		code: reasonCode(chat.CodeOf(err)), reason: reasonText(err), again: retry(err),
	}, Label(err))
}

// measure tells how long a send took that was let pass, from its reading to its answer.
func (p *publish) measure() {
	if p.since != 0 && p.refused == 0 {
		d := p.from.door
		d.opt.Counters.Acked(time.Duration(d.sendClock()-p.since) * time.Microsecond)
	}
}

// settle gives the answer, in turn when the publish is acknowledged.
func (p *publish) settle(a answer, class string) {
	l := p.from // the session and the door are the same for every connection it has
	l.door.opt.Counters.Published(class)
	l.share.end()
	if p.qos == 0 {
		p.measure()
		l.answer(&a)
		l.loose.done()
		return
	}
	p.in.settle(p, a)
}
