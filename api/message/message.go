package message

import (
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coremessage "github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// messageRows are the requests about messages in either kind of conversation
// (spec/00 §5).
func messageRows() []*api.Command {
	return []*api.Command{
		api.Row(api.NoService, "", "msg.send", api.Anyone, sendMessage).
			Shows(`{"Conv":"c2c/bob","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hello"}}],"ClientMsgId":"7f1c"}`),
		api.Row(api.NoService, "", "msg.recall", api.Anyone, recallMessage).
			Shows(`{"Conv":"c2c/bob","MsgSeq":42}`),
		api.Row(api.NoService, "", "msg.history", api.Anyone, history).
			Shows(`{"Conv":"c2c/bob","Before":42,"Limit":20}`),
	}
}

// anyMessage is msg.send's request: im/send's with Conv.
type anyMessage struct{ draft chat.Draft }

func (m *anyMessage) Knows(name string) bool {
	return name == "Conv" || form.IsDraftMember(name)
}

func (m *anyMessage) ReadMembers(list []wire.Member) error {
	to, err := api.ConvOf(list)
	if err != nil {
		return err
	}
	m.draft, err = form.DraftOf(list, to)
	return err
}

// Shape implements api.Shaped: what im/send may hold, and Conv (spec/00 §3).
func (*anyMessage) Shape() any {
	return struct {
		Conv api.Conv `wire:"!Conv"`
		form.SendShape
	}{}
}

// receipt is msg.send's answer: what im/ack carries.
type receipt struct{ chat.Receipt }

// Shape implements api.Shaped.
func (*receipt) Shape() any { return form.ReceiptShape{} }

func (r *receipt) AppendMembers(dst []byte) []byte {
	dst = wire.PutTextIf(dst, "ClientMsgId", r.ClientMsgID)
	dst = form.PutReceipt(dst, r.Receipt)
	return wire.PutTextIf(dst, "MsgDropReason", r.DropReason)
}

func sendMessage(ctx context.Context, c *api.Call, r *anyMessage) (*receipt, error) {
	got, err := c.Core.Message.SendWait(ctx, c.By, r.draft)
	if err != nil {
		return nil, err
	}
	return &receipt{got}, nil
}

// recall is the request of msg.recall.
type recall struct {
	target chat.Target
	ref    chat.MessageRef
	reason string
}

func (m *recall) Knows(name string) bool {
	return name == "Conv" || form.IsRefMember(name)
}

func (m *recall) ReadMembers(list []wire.Member) (err error) {
	if m.target, err = api.ConvOf(list); err != nil {
		return err
	}
	m.ref, m.reason, err = form.RecallOf(list, m.target)
	return err
}

// Shape implements api.Shaped: one of the three names of a message is needed.
func (*recall) Shape() any {
	return struct {
		Conv api.Conv `wire:"!Conv"`
		form.RecallShape
	}{}
}

func recallMessage(ctx context.Context, c *api.Call, r *recall) (*api.None, error) {
	_, err := c.Core.Message.Recall(ctx, c.By, "", r.target, r.ref, r.reason)
	return nil, err
}

type historyQuery struct {
	Conv       api.Conv  `wire:"!Conv" code:"50002"`
	Before     *chat.Seq `wire:"Before"`
	After      *chat.Seq `wire:"After"`
	Around     *chat.Seq `wire:"Around"`
	BeforeTime *int64    `wire:"BeforeTime"`
	AfterTime  *int64    `wire:"AfterTime"`
	Inclusive  int       `wire:"Inclusive"`
	Limit      *uint32   `wire:"Limit"`
}

// historyPage is msg.history's answer, its entries written.
type historyPage struct {
	page   coremessage.HistoryPage
	list   []byte
	around bool
}

func newHistoryPage(page coremessage.HistoryPage, around bool) *historyPage {
	h := &historyPage{page: page, around: around}
	for i, m := range page.Messages {
		if i > 0 {
			h.list = append(h.list, ',')
		}
		h.list = form.AppendEntry(h.list, m, page.Before(i), form.Around{
			Receipt: receiptOf(page.Receipts, m), Pinned: slices.Contains(page.Pinned, m.Seq),
		})
	}
	return h
}

// Shape implements api.Shaped.
func (*historyPage) Shape() any {
	return struct {
		List           []form.MessageShape `json:"MsgList"`
		Finished       form.Bit            `json:"IsFinished"`
		FinishedBefore form.Bit            `json:"IsFinishedBefore,omitempty"`
		FinishedAfter  form.Bit            `json:"IsFinishedAfter,omitempty"`
	}{}
}

func (h *historyPage) AppendMembers(dst []byte) []byte {
	dst = append(wire.PutName(dst, "MsgList"), '[')
	dst = append(dst, h.list...)
	dst = append(dst, ']')
	dst = wire.PutBit(dst, "IsFinished", h.page.Finished)
	if h.around {
		dst = wire.PutBit(dst, "IsFinishedBefore", h.page.FinishedBefore)
		dst = wire.PutBit(dst, "IsFinishedAfter", h.page.FinishedAfter)
	}
	return dst
}

func history(ctx context.Context, c *api.Call, r *historyQuery) (*historyPage, error) {
	return api.Fitting(c.Room, api.PageSize(r.Limit), func(most int) (*historyPage, int, int, error) {
		page, err := c.Core.Message.History(ctx, c.By, coremessage.HistoryQuery{
			Target: chat.Target(r.Conv),
			Before: r.Before, After: r.After, Around: r.Around,
			BeforeTime: r.BeforeTime, AfterTime: r.AfterTime,
			Inclusive: r.Inclusive == 1, Limit: most, MaxBytes: c.Room,
		})
		if err != nil {
			return nil, 0, 0, err
		}
		h := newHistoryPage(page, r.Around != nil)
		return h, len(page.Messages), len(h.list), nil
	})
}
