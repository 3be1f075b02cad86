package hooks

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
)

// repeat answers a publish that was finished before: the first answer again, and
// nothing is done a second time (spec/00 §3). What has to be read for it is read by the
// worker, behind the calls that came before.
func (l *Link) repeat(p *publish, t *lastTopic, in *incoming) {
	first := p.first
	switch {
	case t.err != nil:
		p.refuse(t.err)
	case t.to.Verb == topics.Request:
		l.repeatRequest(p, t.to, in)
	case first.code != 0:
		if d, err := draftOf(t.to, l.Actor.User, in.payload); err == nil { // else not a send, or not readable
			p.own = d.ClientMsgID
		}
		p.refuse(chat.Refuse(chat.Code(first.code), ""))
	case t.to.Verb == topics.SetTyping:
		p.settle(answer{}, "ok")
	case first.seq != 0:
		l.repeatSend(p, chat.Made{Conv: t.to.Target.Of(l.Actor.App, l.Actor.User), Seq: first.seq})
	case first.more != nil && first.more.dropped:
		p.acknowledge(answer{to: topics.Ack, body: first.more.body}, true)
	case first.more != nil && first.more.body != nil:
		p.acknowledge(answer{to: topics.Ack, body: first.more.body}, false)
	default:
		p.ok(chat.Receipt{})
	}
}

// repeatSend has the receipt made again of the message that was sent.
func (l *Link) repeatSend(p *publish, made chat.Made) {
	p.claim = &chat.Claim{First: &made}
	l.later(func(ctx context.Context) { l.door.core.Send(p.claimed(ctx), *p.by(), chat.Draft{}, p.receipt) })
}

// repeatRequest gives the answer that is remembered, or has the core answer: of what
// it has made before it says so, and everything else bears running again.
func (l *Link) repeatRequest(p *publish, to topics.Publish, in *incoming) {
	a, err := l.asking(p, to, in)
	if err != nil {
		p.refuse(err)
		return
	}
	first := p.first
	p.claim = &chat.Claim{First: &chat.Made{Seq: first.seq}}
	run := a.run
	if first.more != nil {
		p.claim.First.Conv = first.more.conv
		if first.more.body != nil {
			run = a.again
		}
	}
	l.later(run)
}

// again gives the remembered answer.
func (a *asking) again(context.Context) {
	first := a.pub.first
	var err error
	if first.code != 0 {
		err = chat.Refuse(chat.Code(first.code), "")
	}
	a.settle(first.more.body, err)
}
