package admin

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/chattest"
)

// TestStories plays the stories of groups through this door: the app's backend
// calls over HTTP, and the people, who cannot, call the same rows by their methods.
func TestStories(t *testing.T) {
	h := open(t, nil)
	h.users(string(admin))
	chattest.Run(t, stage{h})
}

type stage struct{ *house }

// m is a JSON object.
type m map[string]any

func (s stage) text(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		s.Fatal(err)
	}
	return string(text)
}

// ask calls a command: over HTTP for the administrator where it has a REST
// name, else by its method. into takes the answer of a success.
func (s stage) ask(as chat.UserID, rest, method string, body m, into any) chat.Code {
	s.Helper()
	var a answer
	if as == admin && rest != "" {
		a = s.call(rest, s.text(body))
	} else {
		a = s.request(as, method, s.text(body))
	}
	if a.ErrorCode == 0 && into != nil {
		s.into(a, into)
	}
	return a.ErrorCode
}

// request runs a method as the MQTT door does.
func (s stage) request(as chat.UserID, method, body string) answer {
	s.Helper()
	c, ok := s.table.Method(method)
	if !ok {
		s.Fatalf("no method %s", method)
	}
	by := chat.Actor{App: app, User: as, Device: "story", Platform: chat.PlatformLinux}
	if as == admin {
		by.Standing = chat.AsAdmin
	}
	result, err := c.Run(s.Context(), by, []byte(body), api.MostMQTT)
	a := answer{text: c.Envelope(nil, result, err)}
	s.into(a, &a)
	return a
}

func (s stage) Register(u chat.UserID) chat.Code {
	return s.call(account+"account_import", s.text(m{"UserID": u})).ErrorCode
}

// pairs are custom fields on the wire.
func pairs(custom map[string]string) []m {
	list := []m{}
	for k, v := range custom {
		list = append(list, m{"Key": k, "Value": v})
	}
	return list
}

func (s stage) Create(as chat.UserID, d chat.GroupDraft) (chat.GroupID, chat.Code) {
	body := m{
		"GroupId": d.ID, "Type": d.Type.WireName(false), "Name": d.Name, "Introduction": d.Introduction,
		"Notification": d.Notification, "FaceUrl": d.FaceURL, "Owner_Account": d.Owner,
		"ApplyJoinOption": d.ApplyJoin, "InviteJoinOption": d.InviteJoin,
	}
	if d.MaxMembers > 0 {
		body["MaxMemberCount"] = d.MaxMembers
	}
	if d.Custom != nil {
		body["AppDefinedData"] = pairs(d.Custom)
	}
	if d.SupportTopic {
		body["SupportTopic"] = 1
	}
	var members []m
	for _, one := range d.Members {
		member := m{"Member_Account": one.User}
		if one.Role != chat.NotMember {
			member["Role"] = one.Role.String()
		}
		members = append(members, member)
	}
	if members != nil {
		body["MemberList"] = members
	}
	var got struct{ GroupId chat.GroupID }
	code := s.ask(as, group+"create_group", "group.create", body, &got)
	return got.GroupId, code
}

func (s stage) Destroy(as chat.UserID, g chat.GroupID) chat.Code {
	return s.ask(as, group+"destroy_group", "group.destroy", m{"GroupId": g}, nil)
}

func (s stage) Profile(as chat.UserID, g chat.GroupID) (chat.Group, chat.Code) {
	var got struct {
		GroupInfo []struct {
			ErrorCode     chat.Code
			Type, Name    string
			Introduction  string
			Notification  string
			FaceUrl       string
			Owner_Account chat.UserID
			MemberNum     int
			MaxMemberNum  int
			MuteAllMember string
		}
	}
	code := s.ask(as, group+"get_group_info", "group.get", m{"GroupIdList": []chat.GroupID{g}}, &got)
	if code != 0 {
		return chat.Group{}, code
	}
	one := got.GroupInfo[0]
	kind, _ := chat.ParseGroupType(one.Type)
	return chat.Group{
		App: app, ID: g, Type: kind, Name: one.Name, Introduction: one.Introduction, Notification: one.Notification,
		FaceURL: one.FaceUrl, Owner: one.Owner_Account, Members: one.MemberNum, MaxMembers: one.MaxMemberNum,
		MuteAll: one.MuteAllMember == "On",
	}, one.ErrorCode
}

func (s stage) Modify(as chat.UserID, g chat.GroupID, p chat.GroupPatch) chat.Code {
	body := m{
		"GroupId": g, "Name": p.Name, "Introduction": p.Introduction, "Notification": p.Notification,
		"FaceUrl": p.FaceURL, "MaxMemberNum": p.MaxMembers, "ApplyJoinOption": p.ApplyJoin, "InviteJoinOption": p.InviteJoin,
	}
	if p.MuteAll != nil {
		body["MuteAllMember"] = map[bool]string{true: "On", false: "Off"}[*p.MuteAll]
	}
	if p.Custom != nil {
		body["AppDefinedData"] = pairs(p.Custom)
	}
	return s.ask(as, group+"modify_group_base_info", "group.update", body, nil)
}

func (s stage) Joined(as chat.UserID) ([]chat.GroupID, chat.Code) {
	var got struct {
		GroupIdList []struct{ GroupId chat.GroupID }
	}
	body := m{}
	if as == admin {
		body["Member_Account"] = as
	}
	code := s.ask(as, group+"get_joined_group_list", "group.joined", body, &got)
	var ids []chat.GroupID
	for _, g := range got.GroupIdList {
		ids = append(ids, g.GroupId)
	}
	return ids, code
}

func (s stage) Join(as chat.UserID, g chat.GroupID) (bool, chat.Code) {
	var got struct{ Joined int }
	code := s.ask(as, "", "group.join", m{"GroupId": g}, &got)
	return got.Joined == 1, code
}

func (s stage) Requests(as chat.UserID, g chat.GroupID) ([]chattest.Request, chat.Code) {
	var got struct {
		Requests []struct {
			ApplicationId     string
			GroupId           chat.GroupID
			Type              chat.JoinRequestKind
			Applicant_Account chat.UserID
			Invitee           chat.UserID
			Handled, Result   int
		}
	}
	code := s.ask(as, "", "group.requests", m{"GroupId": g}, &got)
	list := []chattest.Request{}
	for _, q := range got.Requests {
		one := chattest.Request{
			ID: q.ApplicationId, Group: q.GroupId, Kind: q.Type, Newcomer: q.Applicant_Account,
			Applicant: q.Applicant_Account, Handled: q.Handled, Accepted: q.Result == 1,
		}
		if q.Invitee != "" {
			one.Newcomer = q.Invitee
		}
		list = append(list, one)
	}
	return list, code
}

func (s stage) Answer(as chat.UserID, r chattest.Request, yes bool) chat.Code {
	body := m{"Action": map[bool]string{true: "Approve", false: "Refuse"}[yes]}
	if r.ID != "" {
		body["ApplicationId"] = r.ID
	} else {
		body["GroupId"], body["Applicant_Account"] = r.Group, r.Newcomer
	}
	return s.ask(as, "", "group.approve", body, nil)
}

func (s stage) Quit(as chat.UserID, g chat.GroupID) chat.Code {
	return s.ask(as, "", "group.quit", m{"GroupId": g}, nil)
}

func (s stage) Invite(as chat.UserID, g chat.GroupID, list ...chat.UserID) ([]int, chat.Code) {
	var members []m
	for _, u := range list {
		members = append(members, m{"Member_Account": u})
	}
	var got struct{ MemberList []struct{ Result int } }
	code := s.ask(as, group+"add_group_member", "group.invite", m{"GroupId": g, "MemberList": members}, &got)
	results := make([]int, len(got.MemberList))
	for i, one := range got.MemberList {
		results[i] = one.Result
	}
	return results, code
}

func (s stage) Kick(as chat.UserID, g chat.GroupID, list ...chat.UserID) chat.Code {
	return s.ask(as, group+"delete_group_member", "group.kick", m{"GroupId": g, "MemberToDel_Account": list}, nil)
}

func (s stage) Transfer(as chat.UserID, g chat.GroupID, to chat.UserID) chat.Code {
	return s.ask(as, group+"change_group_owner", "group.transfer", m{"GroupId": g, "NewOwner_Account": to}, nil)
}

func (s stage) Member(as chat.UserID, g chat.GroupID, u chat.UserID, p chat.MemberPatch) chat.Code {
	body := m{"GroupId": g, "Member_Account": u, "MsgFlag": p.Flag, "NameCard": p.NameCard, "MuteTime": p.Mute}
	if p.Role != nil {
		body["Role"] = p.Role.String()
	}
	if p.Custom != nil {
		body["AppMemberDefinedData"] = pairs(p.Custom)
	}
	return s.ask(as, group+"modify_group_member_info", "group.member", body, nil)
}

func (s stage) Members(as chat.UserID, g chat.GroupID) (map[chat.UserID]chat.Role, chat.Code) {
	var got struct {
		MemberList []struct {
			Member_Account chat.UserID
			Role           string
		}
	}
	code := s.ask(as, group+"get_group_member_info", "group.members", m{"GroupId": g}, &got)
	roles := map[chat.UserID]chat.Role{}
	for _, one := range got.MemberList {
		roles[one.Member_Account], _ = chat.ParseRole(one.Role)
	}
	return roles, code
}

func (s stage) Mute(as chat.UserID, g chat.GroupID, u chat.UserID, seconds uint32) chat.Code {
	body := m{"GroupId": g, "Members_Account": []chat.UserID{u}, "MuteTime": seconds}
	return s.ask(as, group+"forbid_send_msg", "group.mute", body, nil)
}

func (s stage) Ban(as chat.UserID, g chat.GroupID, u chat.UserID) chat.Code {
	return s.ask(as, group+"ban_group_member", "group.ban", m{"GroupId": g, "Members_Account": []chat.UserID{u}, "Duration": 60}, nil)
}

func (s stage) SetAttr(as chat.UserID, g chat.GroupID, key, value string) chat.Code {
	body := m{"GroupId": g, "GroupAttr": []m{{"key": key, "value": value}}}
	return s.ask(as, group+"modify_group_attr", "group.attrs.modify", body, nil)
}

func (s stage) Count(as chat.UserID, g chat.GroupID, key string) chat.Code {
	body := m{"GroupId": g, "Mode": "Increase", "GroupCounter": []m{{"Key": key, "Value": 1}}}
	return s.ask(as, group+"update_group_counter", "group.counters.update", body, nil)
}

func (s stage) Notify(as chat.UserID, g chat.GroupID, content string) chat.Code {
	return s.ask(as, group+"send_group_system_notification", "group.notify", m{"GroupId": g, "Content": content}, nil)
}

func (s stage) Muted(as chat.UserID, g chat.GroupID) ([]chat.UserID, chat.Code) {
	var got struct {
		MutedAccountList []struct{ Member_Account chat.UserID }
	}
	code := s.ask(as, group+"get_group_muted_account", "group.muted", m{"GroupId": g}, &got)
	users := []chat.UserID{}
	for _, one := range got.MutedAccountList {
		users = append(users, one.Member_Account)
	}
	return users, code
}

// textBody is a body of one text.
func textBody(text string) []m {
	return []m{{"MsgType": "TIMTextElem", "MsgContent": m{"Text": text}}}
}

func (s stage) Send(as, from chat.UserID, g chat.GroupID, text string) (chat.Seq, chat.Code) {
	var got struct{ MsgSeq chat.Seq }
	body := m{"GroupId": g, "Random": s.count(), "MsgBody": textBody(text)}
	if as != admin {
		body = m{"Conv": "group/" + string(g), "MsgBody": textBody(text)}
	}
	if from != "" {
		body["From_Account"] = from
	}
	code := s.ask(as, group+"send_group_msg", "msg.send", body, &got)
	return got.MsgSeq, code
}

func (s stage) Recall(as chat.UserID, g chat.GroupID, seq chat.Seq) chat.Code {
	if as != admin {
		return s.ask(as, "", "msg.recall", m{"Conv": "group/" + string(g), "MsgSeq": seq}, nil)
	}
	var got struct{ RecallRetList []struct{ RetCode chat.Code } }
	code := s.ask(as, group+"group_msg_recall", "", m{"GroupId": g, "MsgSeqList": []m{{"MsgSeq": seq}}}, &got)
	if code != 0 {
		return code
	}
	return got.RecallRetList[0].RetCode
}

// wireLine is what both histories say about a message.
type wireLine struct {
	From_Account chat.UserID
	MsgSeq       chat.Seq
	IsPlaceMsg   int
	MsgBody      []struct {
		MsgContent struct {
			Text   string
			OpType chat.TipKind
		}
	}
}

func (s stage) History(as chat.UserID, g chat.GroupID) ([]chattest.Line, chat.Code) {
	var got struct{ MsgList, RspMsgList []wireLine }
	var code chat.Code
	if as == admin {
		code = s.ask(as, group+"group_msg_get_simple", "", m{"GroupId": g, "ReqMsgNumber": 20, "WithRecalledMsg": 1}, &got)
		slices.Reverse(got.RspMsgList)
	} else {
		code = s.ask(as, "", "msg.history", m{"Conv": "group/" + string(g), "Limit": 100}, &got)
	}
	lines := []chattest.Line{}
	for _, w := range append(got.MsgList, got.RspMsgList...) {
		l := chattest.Line{Seq: w.MsgSeq, From: w.From_Account, Recalled: w.IsPlaceMsg == 2}
		if len(w.MsgBody) > 0 && !l.Recalled {
			l.Text, l.Tip = w.MsgBody[0].MsgContent.Text, w.MsgBody[0].MsgContent.OpType
		}
		lines = append(lines, l)
	}
	return lines, code
}
