package inbox

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coreinbox "github.com/teahouse-im/teahouse/chat/inbox"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// syncQuery is how far a client is. Convs is an object whose names are
// conversations: a number is the MsgSeq alone (spec/00 §5).
type syncQuery struct {
	EventSeq *uint64    `wire:"EventSeq"`
	Convs    syncPoints `wire:"Convs"`
}

type syncPoints map[chat.Target]coreinbox.SyncPoint

type syncPoint struct {
	Seq uint64  `wire:"MsgSeq"`
	Rev *uint64 `wire:"Rev"`
}

func (p *syncPoints) ReadWire(value []byte) bool {
	var buf [32]wire.Member
	list, err := wire.Split(value, buf[:0])
	if err != nil {
		return false
	}
	*p = make(syncPoints, len(list))
	for _, m := range list {
		target, ok := chat.ParseTarget(string(m.Name))
		if !ok {
			return false
		}
		if m.Null() {
			continue
		}
		var one syncPoint
		if m.Value[0] == '{' {
			if api.Decode(m.Value, &one, chat.CodeConvParameter) != nil {
				return false
			}
		} else if one.Seq, ok = wire.ReadUint(m.Value, 64); !ok {
			return false
		}
		(*p)[target] = coreinbox.SyncPoint{Seq: chat.Seq(one.Seq), Rev: one.Rev}
	}
	return true
}

type syncPage struct {
	page coreinbox.SyncPage
	of   chat.UserID
}

func (p *syncPage) AppendMembers(dst []byte) []byte {
	dst = wire.PutUint(dst, "EventSeq", p.page.EventSeq)
	dst = append(wire.PutName(dst, "Events"), '[')
	for i, e := range p.page.Events {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = form.AppendUserEvent(dst, e)
	}
	dst = append(dst, ']')
	dst = append(wire.PutName(dst, "Convs"), '[')
	for i := range p.page.Convs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = p.appendConv(dst, &p.page.Convs[i])
	}
	dst = append(dst, ']')
	return wire.PutBit(dst, "IsFinished", p.page.Finished)
}

func (p *syncPage) appendConv(dst []byte, v *coreinbox.SyncConv) []byte {
	dst = append(dst, '{')
	dst = appendConv(dst, &v.ConvView)
	dst = append(wire.PutName(dst, "Events"), '[')
	for i, e := range v.Events {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = form.AppendConvEvent(dst, e, p.of)
	}
	return append(dst, "]}"...)
}

func syncState(ctx context.Context, c *api.Call, r *syncQuery) (*syncPage, error) {
	page, err := c.Core.Inbox.Sync(ctx, c.By, coreinbox.SyncQuery{EventSeq: r.EventSeq, Convs: r.Convs})
	if err != nil {
		return nil, err
	}
	return &syncPage{page, c.By.User}, nil
}
