package chattest

import (
	"context"
	"encoding/json"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/attribute"
	corepkg "github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/message"
)

// Core is the door that calls the core directly.
func Core(s *corepkg.Core, app chat.AppID) Door { return core{s, app} }

type core struct {
	svc *corepkg.Core
	app chat.AppID
}

func (c core) actor(u chat.UserID) chat.Actor {
	if u == Admin {
		return chat.Actor{App: c.app, User: u, Standing: chat.AsAdmin, Platform: chat.PlatformREST}
	}
	return chat.Actor{App: c.app, User: u, Platform: chat.PlatformLinux, Device: "story"}
}

func (c core) Register(u chat.UserID) chat.Code {
	_, err := c.svc.People.Import(context.Background(), c.actor(Admin), []chat.Profile{{User: u}})
	return chat.CodeOf(err)
}

func (c core) Create(as chat.UserID, d chat.GroupDraft) (chat.GroupID, chat.Code) {
	g, err := c.svc.Group.Create(context.Background(), c.actor(as), d)
	if err != nil {
		return "", chat.CodeOf(err)
	}
	return g.ID, 0
}

func (c core) Destroy(as chat.UserID, g chat.GroupID) chat.Code {
	return chat.CodeOf(c.svc.Group.Destroy(context.Background(), c.actor(as), g))
}

func (c core) Profile(as chat.UserID, g chat.GroupID) (chat.Group, chat.Code) {
	v, err := c.svc.Group.Get(context.Background(), c.actor(as), g)
	if err != nil {
		return chat.Group{}, chat.CodeOf(err)
	}
	return *v.Group, 0
}

func (c core) Modify(as chat.UserID, g chat.GroupID, p chat.GroupPatch) chat.Code {
	return chat.CodeOf(c.svc.Group.Modify(context.Background(), c.actor(as), g, p))
}

func (c core) Joined(as chat.UserID) ([]chat.GroupID, chat.Code) {
	list, _, err := c.svc.Group.Joined(context.Background(), c.actor(as), as, group.JoinedQuery{})
	ids := make([]chat.GroupID, len(list))
	for i, j := range list {
		ids[i] = j.ID
	}
	return ids, chat.CodeOf(err)
}

func (c core) Join(as chat.UserID, g chat.GroupID) (bool, chat.Code) {
	joined, err := c.svc.Group.Join(context.Background(), c.actor(as), g, "")
	return joined, chat.CodeOf(err)
}

func (c core) Requests(as chat.UserID, g chat.GroupID) ([]Request, chat.Code) {
	list, _, err := c.svc.Group.JoinRequests(context.Background(), c.actor(as), g, 0, "")
	requests := make([]Request, len(list))
	for i, a := range list {
		requests[i] = Request{ID: a.ID, Group: a.Group, Kind: a.Kind, Newcomer: a.Newcomer, Applicant: a.Applicant, Accepted: a.Accepted}
		switch {
		case a.Open():
		case a.HandledBy == as:
			requests[i].Handled = 2
		default:
			requests[i].Handled = 1
		}
	}
	return requests, chat.CodeOf(err)
}

func (c core) Answer(as chat.UserID, r Request, yes bool) chat.Code {
	ref := chat.JoinRequestRef{ID: r.ID, Group: r.Group, Applicant: r.Newcomer}
	return chat.CodeOf(c.svc.Group.Approve(context.Background(), c.actor(as), ref, yes, ""))
}

func (c core) Quit(as chat.UserID, g chat.GroupID) chat.Code {
	return chat.CodeOf(c.svc.Group.Quit(context.Background(), c.actor(as), g))
}

func (c core) Invite(as chat.UserID, g chat.GroupID, list ...chat.UserID) ([]int, chat.Code) {
	results, err := c.svc.Group.AddMembers(context.Background(), c.actor(as), g, list, false)
	numbers := make([]int, len(results))
	for i, r := range results {
		numbers[i] = r.Result
	}
	return numbers, chat.CodeOf(err)
}

func (c core) Kick(as chat.UserID, g chat.GroupID, list ...chat.UserID) chat.Code {
	return chat.CodeOf(c.svc.Group.RemoveMembers(context.Background(), c.actor(as), g, list, false, ""))
}

func (c core) Transfer(as chat.UserID, g chat.GroupID, to chat.UserID) chat.Code {
	return chat.CodeOf(c.svc.Group.Transfer(context.Background(), c.actor(as), g, to))
}

func (c core) Member(as chat.UserID, g chat.GroupID, u chat.UserID, p chat.MemberPatch) chat.Code {
	return chat.CodeOf(c.svc.Group.ModifyMember(context.Background(), c.actor(as), g, u, p))
}

func (c core) Members(as chat.UserID, g chat.GroupID) (map[chat.UserID]chat.Role, chat.Code) {
	list, _, _, err := c.svc.Group.Members(context.Background(), c.actor(as), g, chat.MemberQuery{})
	roles := make(map[chat.UserID]chat.Role, len(list))
	for _, m := range list {
		roles[m.User] = m.Role
	}
	return roles, chat.CodeOf(err)
}

func (c core) Mute(as chat.UserID, g chat.GroupID, u chat.UserID, seconds uint32) chat.Code {
	return chat.CodeOf(c.svc.Group.MuteMembers(context.Background(), c.actor(as), g, []chat.UserID{u}, seconds))
}

func (c core) Muted(as chat.UserID, g chat.GroupID) ([]chat.UserID, chat.Code) {
	list, err := c.svc.Group.MutedMembers(context.Background(), c.actor(as), g)
	users := make([]chat.UserID, len(list))
	for i, m := range list {
		users[i] = m.User
	}
	return users, chat.CodeOf(err)
}

func (c core) Ban(as chat.UserID, g chat.GroupID, u chat.UserID) chat.Code {
	return chat.CodeOf(c.svc.Group.BanMembers(context.Background(), c.actor(as), g, []chat.UserID{u}, 60, ""))
}

func (c core) SetAttr(as chat.UserID, g chat.GroupID, key, value string) chat.Code {
	list := []chat.Attr{{Key: key, Value: value}}
	return chat.CodeOf(c.svc.Attribute.WriteAttrs(context.Background(), c.actor(as), g, attribute.ModifyAttrs, list, nil))
}

func (c core) Count(as chat.UserID, g chat.GroupID, key string) chat.Code {
	list := []chat.Counter{{Key: key, Value: 1}}
	_, err := c.svc.Attribute.UpdateCounters(context.Background(), c.actor(as), g, attribute.IncreaseCounters, list)
	return chat.CodeOf(err)
}

func (c core) Notify(as chat.UserID, g chat.GroupID, content string) chat.Code {
	return chat.CodeOf(c.svc.Group.Notify(context.Background(), c.actor(as), g, nil, content))
}

func (c core) Send(as, from chat.UserID, g chat.GroupID, text string) (chat.Seq, chat.Code) {
	d := chat.Draft{To: chat.ToGroup(g), From: from, Body: bodyOf(text)}
	r, err := c.svc.Message.SendWait(context.Background(), c.actor(as), d)
	return r.Seq, chat.CodeOf(err)
}

func (c core) Recall(as chat.UserID, g chat.GroupID, s chat.Seq) chat.Code {
	_, err := c.svc.Message.Recall(context.Background(), c.actor(as), "", chat.ToGroup(g), chat.MessageRef{Seq: s}, "")
	return chat.CodeOf(err)
}

func (c core) History(as chat.UserID, g chat.GroupID) ([]Line, chat.Code) {
	page, err := c.svc.Message.History(context.Background(), c.actor(as), message.HistoryQuery{Target: chat.ToGroup(g), Limit: 100})
	if err != nil {
		return nil, chat.CodeOf(err)
	}
	lines := make([]Line, len(page.Messages))
	for i, m := range page.Messages {
		lines[i] = Line{Seq: m.Seq, From: m.From, Recalled: m.Recall != nil}
		if m.Tip != nil {
			lines[i].Tip = m.Tip.Kind
		} else if m.Recall == nil {
			lines[i].Text = textOf(m.Body)
		}
	}
	return lines, 0
}

// element is a text element, the only kind that stories send.
type element struct {
	MsgType    string
	MsgContent struct{ Text string }
}

func bodyOf(text string) json.RawMessage {
	e := element{MsgType: "TIMTextElem"}
	e.MsgContent.Text = text
	body, err := json.Marshal([]element{e})
	if err != nil {
		panic(err) // a struct of strings always encodes
	}
	return body
}

func textOf(body json.RawMessage) string {
	var list []element
	if json.Unmarshal(body, &list) != nil || len(list) == 0 {
		return ""
	}
	return list[0].MsgContent.Text
}
