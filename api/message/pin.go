package message

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coremessage "github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// pinRows are the methods about pinned messages (spec/00 §5); REST has none.
func pinRows() []*api.Command {
	return []*api.Command{
		api.Row(api.NoService, "", "msg.pin", api.Anyone, pin(true)).
			Shows(`{"Conv":"group/tea","MsgSeq":42}`),
		api.Row(api.NoService, "", "msg.unpin", api.Anyone, pin(false)).
			Shows(`{"Conv":"group/tea","MsgSeq":42}`),
		api.Row(api.NoService, "", "msg.pins", api.Anyone, pins).
			Shows(`{"Conv":"group/tea"}`),
	}
}

type pinning struct {
	Conv api.Conv `wire:"!Conv" code:"50002"`
	Seq  uint64   `wire:"!MsgSeq"`
}

func pin(on bool) func(context.Context, *api.Call, *pinning) (*api.None, error) {
	return func(ctx context.Context, c *api.Call, r *pinning) (*api.None, error) {
		return nil, c.Core.Message.Pin(ctx, c.By, chat.Target(r.Conv), chat.Seq(r.Seq), on)
	}
}

type pinQuery struct {
	Conv api.Conv `wire:"!Conv" code:"50002"`
}

type pinList struct{ coremessage.PinnedPage }

// Shape implements api.Shaped.
func (*pinList) Shape() any {
	return struct {
		List []form.MessageShape `json:"MsgList"`
	}{}
}

// AppendMembers implements api.Written.
func (l *pinList) AppendMembers(dst []byte) []byte {
	dst = append(wire.PutName(dst, "MsgList"), '[')
	for i, m := range l.Messages {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = form.AppendEntry(dst, m, l.Before[i], form.Around{Receipt: receiptOf(l.Receipts, m), Pinned: true})
	}
	return append(dst, ']')
}

func pins(ctx context.Context, c *api.Call, r *pinQuery) (*pinList, error) {
	page, err := c.Core.Message.Pins(ctx, c.By, chat.Target(r.Conv))
	if err != nil {
		return nil, err
	}
	list := &pinList{page}
	if len(list.AppendMembers([]byte("{"))) > c.Room { // there is no paging (spec/00 §5)
		return nil, chat.Refuse(chat.CodeAnswerTooLong, "")
	}
	return list, nil
}
