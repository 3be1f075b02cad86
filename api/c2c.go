package api

import (
	"context"
	"encoding/json"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// maxUnreadPeers bounds get_c2c_unread_msg_num (spec/04 §8).
const maxUnreadPeers = 10

func c2cRows() []*Command {
	return []*Command{
		row(openim, "sendmsg", "", Admins, sendOne),
		row(openim, "batchsendmsg", "", Admins, sendMany),
		row(openim, "admin_getroammsg", "", Admins, roam),
		row(openim, "admin_msgwithdraw", "", Admins, withdraw),
		row(openim, "admin_set_msg_read", "", Admins, setRead),
		row(openim, "get_c2c_unread_msg_num", "", Admins, unreadNumbers),
	}
}

// messageDraft is the part of a send command that describes the message.
type messageDraft struct{ draft chat.Draft }

// read reads a message of an administrator. It says whether the message's
// random number was given, which both services demand.
func (m *messageDraft) read(list []wire.Member, to chat.Target) error {
	m.draft = chat.Draft{To: to}
	r := draftReader{d: &m.draft, admin: true}
	for _, one := range list {
		if err := r.member(string(one.Name), one); err != nil {
			return err
		}
	}
	if m.draft.Random == nil {
		return r.bad("MsgRandom", chat.CodeBadRandom)
	}
	return nil
}

// oneMessage is sendmsg's request (spec/04 §3).
type oneMessage struct{ messageDraft }

func (m *oneMessage) readMembers(list []wire.Member) error {
	to, ok := wire.LastText(list, "To_Account")
	if !ok || to == "" {
		return chat.Refuse(chat.CodeBadTo, "")
	}
	return m.read(list, chat.ToUser(chat.UserID(to)))
}

type sent struct {
	Time int64  `json:"MsgTime"`
	Key  string `json:"MsgKey"`
	ID   string `json:"MsgId"`
}

func sendOne(ctx context.Context, c *Call, r *oneMessage) (*sent, error) {
	receipt, err := c.svc.SendWait(ctx, c.By, r.draft)
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
	messageDraft
	to []chat.UserID
}

func (m *manyMessages) readMembers(list []wire.Member) error {
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
	return m.read(list, chat.Target{Kind: chat.C2C})
}

// batch is batchsendmsg's answer: SomeError when some failed (spec/04 §4).
type batch struct {
	Key    string        `json:"MsgKey,omitempty"`
	Errors []targetError `json:"ErrorList,omitempty"`
}

func (b *batch) actionStatus() string {
	if len(b.Errors) > 0 {
		return "SomeError"
	}
	return "OK"
}

func sendMany(ctx context.Context, c *Call, r *manyMessages) (*batch, error) {
	receipt, failures, err := c.svc.SendMany(ctx, c.By, r.draft, r.to)
	answer := batch{Key: receipt.Key, Errors: targetErrors(failures)}
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
	From     chat.UserID     `json:"From_Account"`
	To       chat.UserID     `json:"To_Account"`
	Seq      uint32          `json:"MsgSeq"`
	Random   uint32          `json:"MsgRandom"`
	Time     int64           `json:"MsgTimeStamp"`
	Flags    int             `json:"MsgFlagBits"`
	PeerRead int             `json:"IsPeerRead"`
	Receipt  int             `json:"IsNeedReadReceipt"`
	Extend   int             `json:"SupportMessageExtension"`
	Key      string          `json:"MsgKey"`
	ID       string          `json:"MsgId"`
	Body     json.RawMessage `json:"MsgBody"`
	Cloud    string          `json:"CloudCustomData,omitempty"`
}

// flagRecalled is the MsgFlagBits of a recalled message (spec/04 §6).
const flagRecalled = 8

func roam(ctx context.Context, c *Call, r *roamQuery) (*roamPage, error) {
	page, err := c.svc.Roam(ctx, c.By, chat.RoamQuery{
		Of: r.Of, Peer: r.Peer, MinTime: int64(r.MinTime), MaxTime: int64(r.MaxTime),
		Max: int(r.Most), LastKey: r.LastKey,
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
		From: m.From, To: m.Peer(), Seq: m.SenderSeq, Random: m.Random, Time: m.Seconds(),
		Receipt: wire.Bit(m.Control.Has(chat.NeedReceipt)), Extend: wire.Bit(m.Control.Has(chat.Extensible)),
		Key: m.Key(), ID: m.ID(), Body: restBody(m), Cloud: m.Cloud,
	}
	if m.Recall != nil {
		one.Flags = flagRecalled
	}
	return one
}

// restBody is a message's body as REST histories show it.
func restBody(m *chat.Message) json.RawMessage {
	switch {
	case m.Tip != nil:
		return appendTip(nil, m.Tip)
	case len(m.Body) == 0:
		return json.RawMessage("[]")
	}
	return m.Body
}

type withdrawal struct {
	From chat.UserID `wire:"!From_Account" code:"90008"`
	To   chat.UserID `wire:"!To_Account" code:"90003"`
	Key  string      `wire:"!MsgKey" code:"90054"`
}

func withdraw(ctx context.Context, c *Call, r *withdrawal) (*none, error) {
	_, err := c.svc.Recall(ctx, c.By, r.From, chat.ToUser(r.To), chat.MessageRef{Key: r.Key}, "")
	return nil, err
}

// readReport's time is documented as text and sent as a number (spec/02 §6).
type readReport struct {
	By    chat.UserID  `wire:"!Report_Account" code:"90008"`
	Peer  chat.UserID  `wire:"!Peer_Account" code:"90003"`
	Until *looseNumber `wire:"MsgReadTime"`
}

func setRead(ctx context.Context, c *Call, r *readReport) (*none, error) {
	if r.Until == nil {
		return nil, c.svc.MarkRead(ctx, c.By, r.By, chat.ToUser(r.Peer), 0)
	}
	return nil, c.svc.MarkReadUntil(ctx, c.By, r.By, chat.ToUser(r.Peer), int64(*r.Until))
}

type unreadQuery struct {
	Of    chat.UserID   `wire:"!To_Account" code:"90003"`
	Peers []chat.UserID `wire:"Peer_Account" code:"90003"`
}

type peerUnread struct {
	Peer   chat.UserID `json:"Peer_Account"`
	Unread uint64      `json:"C2CUnreadMsgNum"`
}

type peerError struct {
	Peer chat.UserID `json:"Peer_Account"`
	Code chat.Code   `json:"ErrorCode"`
}

// unreadAnswer has the total, or the numbers of the peers asked for.
type unreadAnswer struct {
	All    *uint64      `json:"AllC2CUnreadMsgNum,omitempty"`
	List   []peerUnread `json:"C2CUnreadMsgNumList,omitempty"`
	Errors []peerError  `json:"ErrorList,omitempty"`
}

func unreadNumbers(ctx context.Context, c *Call, r *unreadQuery) (*unreadAnswer, error) {
	if len(r.Peers) > maxUnreadPeers {
		return nil, chat.Refuse(chat.CodeTooManyTargets, "more than %d peers", maxUnreadPeers)
	}
	total, each, err := c.svc.UnreadC2C(ctx, c.By, r.Of, r.Peers)
	if err != nil {
		return nil, err
	}
	if len(r.Peers) == 0 {
		return &unreadAnswer{All: &total}, nil
	}
	var answer unreadAnswer
	for _, p := range each {
		if p.Code != 0 {
			answer.Errors = append(answer.Errors, peerError{p.Peer, p.Code})
			continue
		}
		answer.List = append(answer.List, peerUnread{p.Peer, p.Unread})
	}
	return &answer, nil
}
