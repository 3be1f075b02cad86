package message

import (
	"context"
	"encoding/json"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coremessage "github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

func c2cRows() []*api.Command {
	return []*api.Command{
		api.Row(api.OpenIMService, "sendmsg", "", api.Admins, sendOne),
		api.Row(api.OpenIMService, "batchsendmsg", "", api.Admins, sendMany),
		api.Row(api.OpenIMService, "admin_getroammsg", "", api.Admins, roam),
		api.Row(api.OpenIMService, "admin_msgwithdraw", "", api.Admins, withdraw),
	}
}

// oneMessage is sendmsg's request (spec/04 §3).
type oneMessage struct{ draft chat.Draft }

func (m *oneMessage) Knows(name string) bool {
	return form.IsAdminDraftMember(name)
}

func (m *oneMessage) ReadMembers(list []wire.Member) (err error) {
	to, ok := wire.LastText(list, "To_Account")
	if !ok || to == "" {
		return chat.Refuse(chat.CodeBadTo, "")
	}
	m.draft, err = form.AdminDraftOf(list, chat.ToUser(chat.UserID(to)))
	return err
}

// Shape implements api.Shaped.
func (*oneMessage) Shape() any {
	return struct {
		To chat.UserID `wire:"!To_Account"`
		form.AdminDraftShape
	}{}
}

type sent struct {
	Time int64  `json:"MsgTime"`
	Key  string `json:"MsgKey"`
	ID   string `json:"MsgId"`
}

func sendOne(ctx context.Context, c *api.Call, r *oneMessage) (*sent, error) {
	receipt, err := c.Core.Message.SendWait(ctx, c.By, r.draft)
	if err != nil {
		return nil, tooLongAs(err, chat.CodeRequestTooLong)
	}
	return &sent{receipt.Time / 1000, receipt.Key, receipt.ID}, nil
}

// tooLongAs puts a command's own code on a message that is too long: 93000
// for sendmsg, 90055 for batchsendmsg (spec/04 §12).
func tooLongAs(err error, code chat.Code) error {
	if chat.CodeOf(err) != chat.CodeMessageTooLong {
		return err
	}
	_, info := chat.Outward(err)
	return chat.Refuse(code, "%s", info)
}

// manyMessages is batchsendmsg's request (spec/04 §4).
type manyMessages struct {
	draft chat.Draft
	to    []chat.UserID
}

func (m *manyMessages) Knows(name string) bool {
	return form.IsAdminDraftMember(name)
}

func (m *manyMessages) ReadMembers(list []wire.Member) (err error) {
	to := wire.Last(list, "To_Account")
	if to == nil || to[0] != '[' {
		return chat.Refuse(chat.CodeTargetsNotArray, "")
	}
	if !wire.ReadTexts(to, func(u string) { m.to = append(m.to, chat.UserID(u)) }) {
		return chat.Refuse(chat.CodeBadTo, "an entry of To_Account is not a string")
	}
	if from, ok := wire.LastText(list, "From_Account"); ok && from == "" {
		return chat.Refuse(chat.CodeBadFrom, "From_Account is empty")
	}
	m.draft, err = form.AdminDraftOf(list, chat.Target{Kind: chat.C2C})
	return err
}

// Shape implements api.Shaped.
func (*manyMessages) Shape() any {
	return struct {
		To []chat.UserID `wire:"!To_Account"`
		form.AdminDraftShape
	}{}
}

// batch is batchsendmsg's answer: SomeError when some failed (spec/04 §4).
type batch struct {
	Key    string            `json:"MsgKey,omitempty"`
	Errors []api.TargetError `json:"ErrorList,omitempty"`
}

func (b *batch) ActionStatus() string {
	if len(b.Errors) > 0 {
		return "SomeError"
	}
	return "OK"
}

func sendMany(ctx context.Context, c *api.Call, r *manyMessages) (*batch, error) {
	receipt, failures, err := c.Core.Message.SendMany(ctx, c.By, r.draft, r.to)
	answer := batch{Key: receipt.Key, Errors: api.TargetErrors(failures)}
	return &answer, tooLongAs(err, chat.CodeBatchTooLong)
}

// roamQuery asks for a page of a C2C history (spec/04 §6).
type roamQuery struct {
	Of      chat.UserID `wire:"!Operator_Account,From_Account" code:"90008"`
	Peer    chat.UserID `wire:"!Peer_Account,To_Account" code:"90003"`
	Most    uint32      `wire:"!MaxCnt"`
	MinTime uint32      `wire:"!MinTime"`
	MaxTime uint32      `wire:"!MaxTime"`
	LastKey string      `wire:"LastMsgKey"`
}

type roamPage struct {
	Complete int       `json:"Complete"`
	Count    int       `json:"MsgCnt"`
	LastTime int64     `json:"LastMsgTime"`
	LastKey  string    `json:"LastMsgKey"`
	List     []roaming `json:"MsgList"`
}

// roaming is a message of a C2C history. Administrators see the body of a
// recalled one as well: a choice.
type roaming struct {
	From     chat.UserID `json:"From_Account"`
	To       chat.UserID `json:"To_Account"`
	Seq      uint32      `json:"MsgSeq"`
	Random   uint32      `json:"MsgRandom"`
	Time     int64       `json:"MsgTimeStamp"`
	Flags    int         `json:"MsgFlagBits"`
	PeerRead int         `json:"IsPeerRead"`
	Receipt  int         `json:"IsNeedReadReceipt"`
	Extend   int         `json:"SupportMessageExtension"`
	Version  uint32      `json:"MsgVersion,omitempty"`
	Key      string      `json:"MsgKey"`
	ID       string      `json:"MsgId"`
	Body     body        `json:"MsgBody"`
	Cloud    string      `json:"CloudCustomData,omitempty"`
}

// flagRecalled is the MsgFlagBits of a recalled message (spec/04 §6).
const flagRecalled = 8

func roam(ctx context.Context, c *api.Call, r *roamQuery) (*roamPage, error) {
	page, err := c.Core.Message.Roam(ctx, c.By, coremessage.RoamQuery{
		Of: r.Of, Peer: r.Peer, MinTime: int64(r.MinTime), MaxTime: int64(r.MaxTime),
		Max: api.PageSize(&r.Most), LastKey: r.LastKey,
	})
	if err != nil {
		return nil, err
	}
	answer := roamPage{
		Complete: wire.Bit(page.Complete), Count: len(page.Messages),
		LastTime: page.LastTime, LastKey: page.LastKey, List: make([]roaming, len(page.Messages)),
	}
	for i, m := range page.Messages {
		answer.List[i] = roamingOf(m)
		answer.List[i].PeerRead = wire.Bit(page.Receipts[m.Seq].Read > 0)
	}
	return &answer, nil
}

func roamingOf(m *chat.Message) roaming {
	one := roaming{
		From: m.From, To: m.Peer(), Seq: m.SenderSeq, Random: m.Random, Time: m.Seconds(), Version: m.Version,
		Receipt: wire.Bit(m.Control.Has(chat.NeedReceipt)), Extend: wire.Bit(m.Control.Has(chat.Extensible)),
		Key: m.Key(), ID: m.ID(), Body: restBody(m), Cloud: m.Cloud,
	}
	if m.Recall != nil {
		one.Flags = flagRecalled
	}
	return one
}

// body is a MsgBody that is written as it is.
type body struct{ json.RawMessage }

// Shape implements api.Shaped.
func (body) Shape() any { return []form.ElementShape(nil) }

// restBody is a message's body as REST histories show it.
func restBody(m *chat.Message) body {
	switch {
	case m.Tip != nil:
		return body{form.AppendTip(nil, m.Tip)}
	case len(m.Body) == 0:
		return body{json.RawMessage("[]")}
	}
	return body{m.Body}
}

type withdrawal struct {
	From chat.UserID `wire:"!From_Account" code:"90008"`
	To   chat.UserID `wire:"!To_Account" code:"90003"`
	Key  string      `wire:"!MsgKey" code:"90054"`
}

func withdraw(ctx context.Context, c *api.Call, r *withdrawal) (*api.None, error) {
	_, err := c.Core.Message.Recall(ctx, c.By, r.From, chat.ToUser(r.To), chat.MessageRef{Key: r.Key}, "")
	return nil, err
}
