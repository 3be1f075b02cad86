package call

import (
	"encoding/json"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
)

// action is what a signal says; the numbers are those of actionType (spec/00 §5).
type action int

const (
	invite action = iota + 1
	cancel
	accept
	reject
	timeout
)

// signal is the JSON text that is the Data of a signal's message (spec/00 §5, "Call signals").
type signal struct {
	BusinessID  int           `json:"businessID"`
	InviteID    string        `json:"inviteID"`
	Inviter     chat.UserID   `json:"inviter"`
	InviteeList []chat.UserID `json:"inviteeList"`
	GroupID     chat.GroupID  `json:"groupID"`
	Timeout     int64         `json:"timeout"`
	ActionType  action        `json:"actionType"`
	Data        string        `json:"data"`
}

const businessID = 1

// body is the MsgBody of a signal of c. to are those it is about.
func (c *row) body(conv chat.Conversation, what action, to []chat.UserID, data string) (json.RawMessage, error) {
	text, err := json.Marshal(signal{
		BusinessID: businessID, InviteID: c.ID, Inviter: c.Inviter, InviteeList: to, GroupID: conv.Group(),
		Timeout: c.Timeout, ActionType: what, Data: data,
	})
	if err != nil {
		return nil, fmt.Errorf("write signal: %w", err)
	}
	type content struct {
		Data, Desc, Ext string
	}
	return json.Marshal([]struct {
		MsgType    string
		MsgContent content
	}{{"TIMCustomElem", content{Data: string(text)}}})
}

// signalOf reads the signal that a message is, nil when it is none.
func signalOf(m *chat.Message) *signal {
	var body []struct {
		MsgContent struct{ Data string }
	}
	var one signal
	if m == nil || json.Unmarshal(m.Body, &body) != nil || len(body) != 1 ||
		json.Unmarshal([]byte(body[0].MsgContent.Data), &one) != nil || one.BusinessID != businessID {
		return nil
	}
	return &one
}

// quiet is the mark of signals that are not unread for anybody: all in groups, and in C2C
// those that say of no call that it was missed (spec/00 §5).
func quiet(conv chat.Conversation, what action, counts bool) chat.Control {
	if !counts || conv.Kind == chat.C2C && (what == cancel || what == timeout) {
		return 0
	}
	return chat.NoUnread
}
