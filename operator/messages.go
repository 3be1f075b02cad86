package operator

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/operator"
)

func (h *Handler) messageRoutes() []route {
	return []route{
		{method: get, path: "apps/{app}/messages", role: room.Read, act: "message.read", do: h.messages},
		{method: post, path: "apps/{app}/messages/recall", role: room.Write, act: "message.recall", do: h.recall},
	}
}

// messageView is a message as it is stored; of one that was recalled the text is not shown.
type messageView struct {
	Seq      chat.Seq        `json:"seq"`
	Time     int64           `json:"at"`
	From     chat.UserID     `json:"from"`
	Body     json.RawMessage `json:"body"`
	Cloud    string          `json:"cloud"`
	Key      string          `json:"key"`
	ClientID string          `json:"client_msg_id"`
	To       []chat.UserID   `json:"to"`
	Tip      string          `json:"tip"`
	Recalled bool            `json:"recalled"`
	Modified bool            `json:"modified"`
}

func messageViewOf(m *chat.Message) messageView {
	v := messageView{
		Seq: m.Seq, Time: m.Time, From: m.From, Body: m.Body, Cloud: m.Cloud, ClientID: m.ClientMsgID, To: append([]chat.UserID{}, m.To...),
		Recalled: m.Recall != nil, Modified: m.Version > 0,
	}
	if m.Conv.Kind == chat.C2C {
		v.Key = m.Key()
	}
	if m.Tip != nil {
		v.Tip = fmt.Sprint(m.Tip.Kind)
	}
	if v.Recalled {
		v.Cloud, v.Body = "", nil
	}
	if v.Body == nil {
		v.Body = json.RawMessage("[]")
	}
	return v
}

func (h *Handler) messages(ctx context.Context, c *call) (any, error) {
	limit, cursor, err := c.page()
	if err != nil {
		return nil, err
	}
	c.object = c.query("conversation")
	conv, err := parseConversation(c.app, c.object)
	if err != nil {
		return nil, err
	}
	seq, err := c.number("seq")
	if err != nil {
		return nil, err
	}
	at, err := c.number("at")
	if err != nil {
		return nil, err
	}
	from := chat.Seq(seq)
	if cursor != "" {
		if err := readCursor(cursor, &from); err != nil {
			return nil, err
		}
		at = 0
	}
	by, err := c.admin()
	if err != nil {
		return nil, err
	}
	c.detail = fmt.Sprintf("seq=%d at=%d", from, at)
	found, next, err := h.Core.Message.Look(ctx, by, conv, from, at, limit)
	if err != nil {
		return nil, err
	}
	var items []messageView
	for _, m := range found {
		items = append(items, messageViewOf(m))
	}
	more := ""
	if next > 0 {
		more = cursorOf(next)
	}
	return listOf(items, more), nil
}

type recallOrder struct {
	Conversation string   `json:"conversation"`
	Seq          chat.Seq `json:"seq"`
	Reason       string   `json:"reason"`
}

func (h *Handler) recall(ctx context.Context, c *call) (any, error) {
	var r recallOrder
	if err := c.read(&r); err != nil {
		return nil, err
	}
	c.object, c.detail = r.Conversation, fmt.Sprintf("seq=%d", r.Seq)
	conv, err := parseConversation(c.app, r.Conversation)
	if err != nil {
		return nil, err
	}
	if r.Seq == 0 {
		return nil, bad("seq: is missing")
	}
	by, err := c.admin()
	if err != nil {
		return nil, err
	}
	of, target := chat.UserID(""), chat.ToGroup(conv.Group())
	if conv.Kind == chat.C2C {
		of, target = chat.UserID(conv.A), chat.ToUser(chat.UserID(conv.B))
	}
	_, err = h.Core.Message.Recall(ctx, by, of, target, chat.MessageRef{Seq: r.Seq}, r.Reason)
	return empty{}, err
}
