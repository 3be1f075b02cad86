package hooks

import (
	"bytes"
	"context"
	"fmt"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
	"github.com/teahouse-im/teahouse/wire/form"
)

// markRead is im/read/{conv}.
func (l *Link) markRead(p *publish, to topics.Publish, payload []byte) {
	upTo, err := form.DecodeRead(payload, l.Actor.User, to.Target)
	if err != nil {
		p.refuse(err)
		return
	}
	l.command(p, func(ctx context.Context) error {
		return l.door.core.MarkRead(ctx, *p.by(), "", to.Target, upTo)
	})
}

// recall is im/recall/{conv}.
func (l *Link) recall(p *publish, to topics.Publish, payload []byte) {
	ref, reason, err := form.DecodeRecall(payload, l.Actor.User, to.Target)
	if err != nil {
		p.refuse(err)
		return
	}
	l.command(p, func(ctx context.Context) error {
		_, err := l.door.core.Recall(ctx, *p.by(), "", to.Target, ref, reason)
		return err
	})
}

// typing is im/typing/c2c/{user}: 1 or 0, answered only when refused.
func (l *Link) typing(p *publish, to topics.Publish, payload []byte) {
	text := string(payload)
	if text != "0" && text != "1" {
		p.refuse(chat.Refuse(chat.CodeNotJSON, "typing is 1 or 0"))
		return
	}
	l.later(func(ctx context.Context) {
		if err := l.door.core.Typing(ctx, *p.by(), to.Target.User(), text == "1"); err != nil {
			p.refuse(err)
			return
		}
		p.settle(answer{}, "ok")
	})
}

// setStatus is im/status: the custom status, answered only when refused.
func (l *Link) setStatus(p *publish, payload []byte) {
	text := string(payload)
	l.later(func(ctx context.Context) {
		if err := l.door.core.SetStatus(ctx, *p.by(), text); err != nil {
			p.refuse(err)
			return
		}
		p.settle(answer{}, "ok")
	})
}

// command runs a call and answers on im/ack or im/err.
func (l *Link) command(p *publish, call func(context.Context) error) {
	l.later(func(ctx context.Context) { p.done(call(p.claimed(ctx))) })
}

// asking is a request on its way to its answer.
type asking struct {
	link        *Link
	pub         *publish
	method      string
	to          topics.Outbound
	correlation []byte
	body        []byte
}

// request is im/req/{method}[/{rid}] (spec/00 §5).
func (l *Link) request(p *publish, to topics.Publish, in *incoming) {
	a, err := l.asking(p, to, in)
	if err != nil {
		p.refuse(err)
		return
	}
	if cmd, ok := l.door.opt.Table.Method(a.method); ok && cmd.Packets > 1 {
		l.spend(cmd.Packets-1, 0)
	}
	l.later(a.run)
}

// asking finds where the answer goes: the Response Topic, else the rid of the
// topic, else the method's name.
func (l *Link) asking(p *publish, to topics.Publish, in *incoming) (*asking, error) {
	a := &asking{link: l, pub: p, method: to.Method, body: bytes.Clone(in.payload)}
	rid := to.RID
	if rid == "" {
		rid = to.Method
	}
	if in.props != nil {
		a.correlation = in.props.CorrelationData
		if t := in.props.ResponseTopic; t != "" {
			var ok bool
			if rid, ok = topics.ParseResponse(t); !ok {
				return nil, chat.Refuse(chat.CodeBadPath, "Response Topic must lie under im/res/")
			}
		}
	}
	a.to = topics.Res(rid)
	return a, nil
}

func (a *asking) run(ctx context.Context) {
	switch a.method {
	case "login.refresh":
		a.answer(nil, nil, a.refresh(ctx))
		return
	case "logout":
		if err := a.link.door.opt.Table.Read(a.link.Actor, a.body, &api.None{}); err != nil {
			a.answer(nil, nil, err)
			return
		}
		a.link.logout.Store(true) // first: the client may leave when it has the answer
		a.link.session.LogOut(a.link)
		a.answer(nil, nil, nil)
		a.link.Goodbye(a.link.Version, packets.CodeDisconnect.Code, "")
		return
	}
	if a.watches(ctx) {
		return
	}
	cmd, ok := a.link.door.opt.Table.Method(a.method)
	if !ok {
		a.unknown()
		return
	}
	answer, err := cmd.Run(a.pub.claimed(ctx), *a.pub.by(), a.body, a.link.room(a.to, a.correlation))
	a.answer(cmd, answer, err)
}

// refresh reads login.refresh's body.
func (a *asking) refresh(ctx context.Context) error {
	var body struct {
		Ticket string `wire:"UserSig"`
	}
	if err := a.link.door.opt.Table.Read(a.link.Actor, a.body, &body); err != nil {
		return err
	}
	if body.Ticket == "" {
		return chat.Refuse(chat.CodeTicketEmpty, "UserSig is missing")
	}
	return a.link.refresh(ctx, body.Ticket)
}

// unknown answers a method that does not exist: on im/err as any bad topic, and
// also where the caller waits.
func (a *asking) unknown() {
	err := a.link.door.opt.Table.UnknownMethod(a.method, a.link.Actor.Admin())
	a.link.respond(a.to, (*api.Command)(nil).Envelope(nil, nil, err), a.correlation)
	a.pub.refuse(err)
}

// answer gives the envelope, and the acknowledgement of the publish behind it. The
// acknowledgement says that the request was served; the envelope, how.
func (a *asking) answer(cmd *api.Command, answer any, err error) {
	a.link.door.logFault(a.method, a.pub.by(), err)
	a.link.noteRefused(err, a.pub.by().Trace)
	body := cmd.Envelope(nil, answer, err)
	a.outcome(body, err)
	a.settle(body, err)
}

func (a *asking) settle(body []byte, err error) {
	s := answer{to: a.to, body: body, correlation: a.correlation, request: true}
	if err != nil {
		a.link.door.opt.Counters.Refused(chat.CodeOf(err))
		s.code, s.reason = reasonCode(chat.CodeOf(err)), reasonText(err)
	}
	a.pub.settle(s, Label(err))
}

// outcome notes what a repetition of the request is answered with. One that has
// changed nothing is run again.
func (a *asking) outcome(body []byte, err error) {
	p := a.pub
	if p.refused = uint32(chat.CodeOf(err)); err != nil {
		p.more = &outcome{body: body}
		return
	}
	if made, did := p.claim.Outcome(); did {
		p.seq, p.more = made.Seq, &outcome{conv: made.Conv, body: body}
	}
}

// beside is the most that a packet with an answer has beside it: fixed header, topic, properties.
func (l *Link) beside(to topics.Outbound, correlation []byte) int {
	n := 1 + 3 + 2 + len(to.String())
	if l.Version >= 5 {
		n += 3 // the length of the properties
	}
	if len(correlation) > 0 {
		n += 1 + 2 + len(correlation)
	}
	return n
}

// room is how long an answer may be: 64 KiB, or what the client takes if that is less.
func (l *Link) room(to topics.Outbound, correlation []byte) int {
	if l.MaxPacket == 0 {
		return api.MostMQTT
	}
	return min(api.MostMQTT, int(l.MaxPacket)-l.beside(to, correlation))
}

// respond sends an answer. One that the client cannot take (its Maximum Packet
// Size) becomes the refusal that says so, if need be without its text.
func (l *Link) respond(to topics.Outbound, body, correlation []byte) {
	if most := l.room(to, correlation); l.MaxPacket > 0 && len(body) > most {
		refusal := chat.Refuse(chat.CodeAnswerTooLong, "answer larger than the client's packets")
		if body = (*api.Command)(nil).Envelope(nil, nil, refusal); len(body) > most {
			body = fmt.Appendf(nil, `{"ActionStatus":"FAIL","ErrorCode":%d,"ErrorInfo":""}`, chat.CodeAnswerTooLong)
		}
	}
	l.session.Notify(l, to, body, correlation)
}
