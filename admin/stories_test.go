package admin

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

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
	result, err := c.Run(s.Context(), by, []byte(body))
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

func (s stage) Join(as chat.UserID, g chat.GroupID) chat.Code {
	return s.ask(as, "", "group.join", m{"GroupId": g}, nil)
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

// What users are told when they ask for what is not theirs (spec/00 §5).
func TestUsersActForThemselvesAlone(t *testing.T) {
	h := open(t, nil)
	h.users("ann", "bob", "cat")
	s := stage{h}
	h.ok(group+"create_group", `{"Owner_Account":"ann","Type":"Public","GroupId":"g","Name":"g"}`)
	text := said("x")
	for _, c := range []struct {
		method, body string
		want         chat.Code
	}{
		{"group.create", `{"Type":"Public","Name":"x","Owner_Account":"bob"}`, 10007},
		{"group.create", `{"Type":"Public","Name":"x","Owner_Account":"ann"}`, 0},
		{"group.joined", `{"Member_Account":"bob"}`, 10007},
		{"group.joined", `{}`, 0},
		{"black.add", `{"From_Account":"bob","To_Account":["cat"]}`, 30004},
		{"black.add", `{"To_Account":["bob"]}`, 0},
		{"black.get", `{}`, 0},
		{"black.delete", `{"To_Account":["bob"]}`, 0},
		{"msg.send", `{"Conv":"c2c/bob","MsgBody":` + text + `,"From_Account":"cat"}`, 90008},
		{"msg.send", `{"Conv":"group/g","MsgBody":` + text + `,"From_Account":"cat"}`, 10019},
		{"msg.send", `{"Conv":"c2c/bob","MsgBody":` + text + `,"From_Account":"ann","ClientMsgId":"1"}`, 0},
		{"msg.send", `{"MsgBody":` + text + `}`, 50002},
		{"msg.send", `{"Conv":"bob","MsgBody":` + text + `}`, 50002},
		{"msg.read", `{"Conv":"c2c/bob"}`, 0},
		{"msg.read", `{}`, 50002},
		{"msg.recall", `{"Conv":"c2c/bob"}`, 90001},
		{"msg.recall", `{"Conv":"c2c/bob","MsgId":"ann-1"}`, 0},
		{"msg.history", `{"Conv":"c2c/bob","Limit":1000}`, 0},
		{"msg.history", `{"Conv":"c2c/bob","Before":"x"}`, 90001},
		{"msg.history", `{}`, 50002},
		{"conv.list", `{}`, 0},
		{"conv.get", `{"Conv":"c2c/bob"}`, 0},
		{"sync", `{"EventSeq":0,"Convs":{"c2c/bob":1,"group/g":{"MsgSeq":0,"Rev":0}}}`, 0},
		{"sync", `{"Convs":{"bob":1}}`, 90001},
		{"sync", `{"Convs":{"c2c/bob":"1"}}`, 90001},
		{"status.get", `{"To_Account":["bob"]}`, 0},
		{"me", `{}`, 0},
		{"help", `{}`, 0},
		{"help", `x`, 60003},
		{"group.muteall", `{"GroupId":"g","ShutUpAllMember":"On"}`, 0},
		{"group.muteall", `{"GroupId":"g"}`, 10004},
		{"group.role", `{"GroupId":"g","Member_Account":"bob"}`, 10004},
		{"group.join", `{}`, 10004},
	} {
		if a := s.request("ann", c.method, c.body); a.ErrorCode != c.want {
			t.Errorf("%s %s: %s, want %d", c.method, c.body, a.text, c.want)
		}
	}
	for command, want := range map[string]chat.Code{
		account + "kick": 70403, openim + "sendmsg": 90009, group + "get_role_in_group": 10007,
	} {
		service, name, _ := strings.Cut(command, "/")
		c, ok := h.table.REST(service, name)
		if !ok {
			t.Fatalf("no command %s", command)
		}
		if _, err := c.Run(t.Context(), chat.Actor{App: app, User: "ann"}, []byte("{}")); chat.CodeOf(err) != want {
			t.Errorf("a user asks for %s: %v, want %d", command, err, want)
		}
	}
}

// conversation of two users by method, as a transcript.
func TestRequestsTranscript(t *testing.T) {
	h := open(t, nil)
	h.users("ann", "bob")
	h.ok(account+"account_import", `{"UserID":"bob","Nick":"Bob","FaceUrl":"http://x/b"}`)
	s := stage{h}
	var b strings.Builder
	for _, line := range []string{
		`ann msg.send {"Conv":"c2c/bob","ClientMsgId":"c1","MsgRandom":9,"MsgBody":` + said("hi") + `}`,
		`ann msg.send {"Conv":"c2c/bob","ClientMsgId":"c1","MsgRandom":9,"MsgBody":` + said("hi") + `}`,
		`bob msg.send {"Conv":"c2c/ann","OnlineOnlyFlag":1,"MsgRandom":10,"MsgBody":` + said("passing") + `}`,
		`bob conv.list {}`,
		`bob conv.get {"Conv":"c2c/ann"}`,
		`bob msg.read {"Conv":"c2c/ann","MsgSeq":1}`,
		`ann conv.get {"Conv":"c2c/bob"}`,
		`bob sync {"EventSeq":0,"Convs":{"c2c/ann":1}}`,
		`ann sync {}`,
		`ann msg.recall {"Conv":"c2c/bob","MsgId":"ann-c1","Reason":"typo"}`,
		`bob msg.history {"Conv":"c2c/ann","Around":1}`,
		`ann group.create {"Type":"Meeting","Name":"tea","GroupId":"tea"}`,
		`bob group.join {"GroupId":"tea"}`,
		`bob msg.send {"Conv":"group/tea","MsgRandom":11,"MsgBody":` + said("hello") + `}`,
		`ann conv.list {"Count":1}`,
		`bob group.members {"GroupId":"tea","Limit":1,"MemberInfoFilter":["Role"]}`,
		`bob group.get {"GroupIdList":["tea"],"ResponseFilter":{"GroupBaseInfoFilter":["Type"]}}`,
		`ann me {}`,
		`ann help {}`,
	} {
		user, rest, _ := strings.Cut(line, " ")
		method, body, _ := strings.Cut(rest, " ")
		b.WriteString(line + "\n" + string(s.request(chat.UserID(user), method, body).text) + "\n\n")
	}
	h.golden("requests.txt", b.String())
}
