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
	Since    string     `wire:"Since" code:"50002"`
	Convs    syncPoints `wire:"Convs"`
}

type syncPoints map[chat.Target]coreinbox.SyncPoint

type syncPoint struct {
	Seq uint64  `wire:"MsgSeq"`
	Rev *uint64 `wire:"Rev"`
}

// Shape implements api.Shaped.
func (syncPoints) Shape() any { return map[string]anySyncPoint(nil) }

// anySyncPoint is the form of a point: a bare number is its MsgSeq.
type anySyncPoint struct{}

// Either implements api.Either.
func (anySyncPoint) Either() []any { return []any{uint64(0), syncPoint{}} }

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

func (*syncPoints) Wanted() string {
	return `an object with numbers of messages, such as {"c2c/bob":12}`
}

// syncPage is sync's answer, written.
type syncPage struct{ members []byte }

// Shape implements api.Shaped.
func (*syncPage) Shape() any {
	return struct {
		EventSeq uint64            `json:"EventSeq"`
		Events   []form.EventShape `json:"Events"`
		Since    string            `json:"Since"`
		Convs    []syncConv        `json:"Convs"`
		Finished form.Bit          `json:"IsFinished"`
	}{}
}

// syncConv is the form of a conversation of a sync.
type syncConv struct {
	item
	Events []form.EventShape `json:"Events"`
}

func (p *syncPage) AppendMembers(dst []byte) []byte {
	return append(append(dst, ','), p.members...)
}

// syncFrame is what an answer has beside Since and one event or one conversation, briefEvent
// about what the brief form of an event takes.
const (
	syncFrame  = 100
	briefEvent = 250
)

// newSyncPage writes an answer. Of an event that has no room in it by itself it has the brief
// form: else it would be the last that the client hears.
func newSyncPage(page *coreinbox.SyncPage, of chat.UserID, room int) *syncPage {
	room -= syncFrame + len(page.Since)
	dst := wire.PutUint([]byte{'{'}, "EventSeq", page.EventSeq)
	dst = append(wire.PutName(dst, "Events"), '[')
	for i, e := range page.Events {
		if i > 0 {
			dst = append(dst, ',')
		}
		before := len(dst)
		if dst = form.AppendUserEvent(dst, e); len(dst)-before > room {
			dst = form.AppendBriefUserEvent(dst[:before], e)
		}
	}
	dst = append(dst, ']')
	dst = wire.PutText(dst, "Since", page.Since)
	dst = append(wire.PutName(dst, "Convs"), '[')
	for i := range page.Convs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendSyncConv(dst, &page.Convs[i], of, room)
	}
	dst = append(dst, ']')
	return &syncPage{wire.PutBit(dst, "IsFinished", page.Finished)[1:]}
}

func appendSyncConv(dst []byte, v *coreinbox.SyncConv, of chat.UserID, room int) []byte {
	start := len(dst)
	dst = appendItem(append(dst, '{'), &v.ConvView, room-briefEvent*min(len(v.Events), 1))
	room -= len(dst) - start
	dst = append(wire.PutName(dst, "Events"), '[')
	for i, e := range v.Events {
		if i > 0 {
			dst = append(dst, ',')
		}
		before := len(dst)
		if dst = form.AppendConvEvent(dst, e, of); len(dst)-before > room {
			dst = form.AppendBriefConvEvent(dst[:before], e, of)
		}
	}
	return append(dst, "]}"...)
}

// syncState asks for less until the answer has room.
func syncState(ctx context.Context, c *api.Call, r *syncQuery) (*syncPage, error) {
	q := coreinbox.SyncQuery{EventSeq: r.EventSeq, Convs: r.Convs, Since: r.Since, MaxBytes: c.Room * 2 / 3}
	for {
		page, err := c.Core.Inbox.Sync(ctx, c.By, q)
		if err != nil {
			return nil, err
		}
		answer := newSyncPage(&page, c.By.User, c.Room)
		if len(answer.members) <= c.Room || q.MaxBytes == 1 {
			return answer, nil
		}
		q.MaxBytes = max(1, q.MaxBytes/2)
	}
}
