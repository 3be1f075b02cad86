package api

import (
	"bytes"
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// messageRows are the requests about messages in either kind of conversation
// (spec/00 §5).
func messageRows() []*Command {
	return []*Command{
		row(own, "", "msg.send", Anyone, sendMessage),
		row(own, "", "msg.read", Anyone, readMessages),
		row(own, "", "msg.recall", Anyone, recallMessage),
		row(own, "", "msg.history", Anyone, history),
	}
}

// convName is the Conv of a body: c2c/ or group/ and the raw id.
type convName chat.Target

func (n *convName) readWire(value []byte) bool {
	s, ok := wire.ReadText(value)
	if !ok {
		return false
	}
	t, ok := chat.ParseTarget(s)
	*n = convName(t)
	return ok
}

// convOf takes the target out of members.
func convOf(list []wire.Member) (chat.Target, error) {
	var n convName
	if v := wire.Last(list, "Conv"); v == nil || !n.readWire(v) {
		return chat.Target{}, chat.Refuse(chat.CodeConvParameter, "Conv is missing or malformed")
	}
	return chat.Target(n), nil
}

// anyMessage is msg.send's request: im/send's with Conv.
type anyMessage struct{ draft chat.Draft }

func (m *anyMessage) readMembers(list []wire.Member) error {
	to, err := convOf(list)
	if err != nil {
		return err
	}
	m.draft, err = draftOf(list, to)
	return err
}

// receipt is msg.send's answer: what im/ack carries.
type receipt struct{ chat.Receipt }

func (r *receipt) appendMembers(dst []byte) []byte {
	dst = wire.PutTextIf(dst, "ClientMsgId", r.ClientMsgID)
	dst = appendReceipt(dst, r.Receipt)
	return wire.PutTextIf(dst, "MsgDropReason", r.DropReason)
}

func sendMessage(ctx context.Context, c *Call, r *anyMessage) (*receipt, error) {
	got, err := c.svc.SendWait(ctx, c.By, r.draft)
	if err != nil {
		return nil, err
	}
	return &receipt{got}, nil
}

// messageMark is the request of msg.read and msg.recall.
type messageMark struct {
	target chat.Target
	ref    chat.MessageRef
	reason string
}

func (m *messageMark) readMembers(list []wire.Member) error {
	target, err := convOf(list)
	if err != nil {
		return err
	}
	m.target = target
	m.ref, m.reason, err = refOf(list, target)
	return err
}

func readMessages(ctx context.Context, c *Call, r *messageMark) (*none, error) {
	upTo, err := readUpTo(r.ref, r.target)
	if err != nil {
		return nil, err
	}
	return nil, c.svc.MarkRead(ctx, c.By, "", r.target, upTo)
}

func recallMessage(ctx context.Context, c *Call, r *messageMark) (*none, error) {
	if r.ref == (chat.MessageRef{}) {
		return nil, refuseRef(r.target, "MsgSeq, MsgKey or MsgId is needed")
	}
	_, err := c.svc.Recall(ctx, c.By, "", r.target, r.ref, r.reason)
	return nil, err
}

type historyQuery struct {
	Conv       convName `wire:"!Conv" code:"50002"`
	Before     uint64   `wire:"Before"`
	After      uint64   `wire:"After"`
	Around     uint64   `wire:"Around"`
	BeforeTime int64    `wire:"BeforeTime"`
	AfterTime  int64    `wire:"AfterTime"`
	Inclusive  int      `wire:"Inclusive"`
	Limit      uint32   `wire:"Limit"`
}

type historyPage struct {
	page   chat.HistoryPage
	around bool
}

func (h *historyPage) appendMembers(dst []byte) []byte {
	dst = append(wire.PutName(dst, "MsgList"), '[')
	for i, m := range h.page.Messages {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendMessage(dst, m, receiptOf(h.page.Receipts, m))
	}
	dst = append(dst, ']')
	dst = wire.PutBit(dst, "IsFinished", h.page.Finished)
	if h.around {
		dst = wire.PutBit(dst, "IsFinishedBefore", h.page.FinishedBefore)
		dst = wire.PutBit(dst, "IsFinishedAfter", h.page.FinishedAfter)
	}
	return dst
}

// maxHistory is the largest Limit of msg.history (spec/00 §5); a larger one is
// cut to it.
const maxHistory = 100

func history(ctx context.Context, c *Call, r *historyQuery) (*historyPage, error) {
	page, err := c.svc.History(ctx, c.By, chat.HistoryQuery{
		Target: chat.Target(r.Conv),
		Before: chat.Seq(r.Before), After: chat.Seq(r.After), Around: chat.Seq(r.Around),
		BeforeTime: r.BeforeTime, AfterTime: r.AfterTime,
		Inclusive: r.Inclusive == 1, Limit: int(min(r.Limit, maxHistory)),
	})
	if err != nil {
		return nil, err
	}
	return &historyPage{page, r.Around != 0}, nil
}

// blankPayload reports a payload that says nothing.
func blankPayload(payload []byte) bool { return len(bytes.TrimSpace(payload)) == 0 }
