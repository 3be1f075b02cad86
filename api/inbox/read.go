package inbox

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// maxUnreadPeers bounds get_c2c_unread_msg_num (spec/04 §8).
const maxUnreadPeers = 10

// readRows are the commands about what is read and what is not.
func readRows() []*api.Command {
	return []*api.Command{
		api.Row(api.NoService, "", "msg.read", api.Anyone, readMessages).
			Shows(`{"Conv":"c2c/bob","MsgSeq":42}`),
		api.Row(api.OpenIMService, "admin_set_msg_read", "", api.Admins, setRead),
		api.Row(api.OpenIMService, "get_c2c_unread_msg_num", "", api.Admins, unreadNumbers).Takes("Peer_Account", 0, maxUnreadPeers),
		api.Row(api.GroupService, "set_unread_msg_num", "", api.Admins, setUnread),
	}
}

// readMark is the request of msg.read: im/read's with Conv.
type readMark struct {
	target chat.Target
	upTo   chat.Seq
}

func (m *readMark) Knows(name string) bool {
	return name == "Conv" || form.IsRefMember(name)
}

func (m *readMark) ReadMembers(list []wire.Member) (err error) {
	if m.target, err = api.ConvOf(list); err != nil {
		return err
	}
	m.upTo, err = form.ReadOf(list, m.target)
	return err
}

// Shape implements api.Shaped: without the name of a message everything is read.
func (*readMark) Shape() any {
	return struct {
		Conv api.Conv `wire:"!Conv"`
		form.ReadShape
	}{}
}

func readMessages(ctx context.Context, c *api.Call, r *readMark) (*api.None, error) {
	return nil, c.Core.Inbox.MarkRead(ctx, c.By, "", r.target, r.upTo)
}

// readReport's time is documented as text and sent as a number (spec/02 §6).
type readReport struct {
	By    chat.UserID      `wire:"!Report_Account" code:"90008"`
	Peer  chat.UserID      `wire:"!Peer_Account" code:"90003"`
	Until *api.LooseNumber `wire:"MsgReadTime"`
}

func setRead(ctx context.Context, c *api.Call, r *readReport) (*api.None, error) {
	if r.Until == nil {
		return nil, c.Core.Inbox.MarkRead(ctx, c.By, r.By, chat.ToUser(r.Peer), chat.Newest)
	}
	return nil, c.Core.Inbox.MarkReadUntil(ctx, c.By, r.By, chat.ToUser(r.Peer), int64(*r.Until))
}

type unreadSetting struct {
	ID     chat.GroupID `wire:"!GroupId"`
	User   chat.UserID  `wire:"!Member_Account"`
	Unread *uint64      `wire:"!UnreadMsgNum"`
}

func setUnread(ctx context.Context, c *api.Call, r *unreadSetting) (*api.None, error) {
	return nil, c.Core.Inbox.SetUnread(ctx, c.By, r.ID, r.User, *r.Unread)
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

func unreadNumbers(ctx context.Context, c *api.Call, r *unreadQuery) (*unreadAnswer, error) {
	if len(r.Peers) > maxUnreadPeers {
		return nil, chat.Refuse(chat.CodeTooManyTargets, "more than %d peers", maxUnreadPeers)
	}
	total, each, err := c.Core.Inbox.UnreadC2C(ctx, c.By, r.Of, r.Peers)
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
