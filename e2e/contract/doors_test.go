//go:build e2e

package contract

import (
	"math/rand/v2"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/chattest"
)

// The stories that the core tells (chat/chattest) are told through the doors
// of the real program: users over MQTT, once in each version, and the administrator over
// HTTP. The codes must be the same everywhere.
func TestStories(t *testing.T) {
	t.Parallel()
	s := start(t, "--no-limits", "--apps", "2")
	for i, version := range []byte{4, 5} {
		name := "users over MQTT 3.1.1"
		if version == 5 {
			name = "users over MQTT 5"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := s.Apps[i]
			chattest.Run(t, doors{
				users: userDoor{t: t, s: s, app: a, version: version, phones: map[chat.UserID]*raw{}},
				admin: adminDoor{t: t, b: s.backend(a)},
			})
		})
	}
}

// door is what the two doors have in common: a command by name. The name is
// that of the row in the command table.
type door interface {
	ask(as chat.UserID, c command, body object) (object, chat.Code)
	send(as, from chat.UserID, g chat.GroupID, text string) (chat.Seq, chat.Code)
	recall(as chat.UserID, g chat.GroupID, s chat.Seq) chat.Code
	history(as chat.UserID, g chat.GroupID) ([]chattest.Line, chat.Code)
}

// command has a name at each door.
type command struct{ mqtt, rest string }

// doors hands each request to the door its caller uses.
type doors struct {
	users userDoor
	admin adminDoor
}

func (d doors) of(as chat.UserID) door {
	if as == chattest.Admin {
		return d.admin
	}
	return d.users
}

// do asks for a command. One without a REST twin the administrator asks for
// as anybody does, with a phone.
func (d doors) do(as chat.UserID, mqtt, rest string, body object) (object, chat.Code) {
	if rest == "" {
		return d.users.ask(as, command{mqtt: mqtt}, body)
	}
	return d.of(as).ask(as, command{mqtt, rest}, body)
}

func (d doors) Register(u chat.UserID) chat.Code {
	return chat.Code(d.admin.b.call(d.admin.t, "im_open_login_svc/account_import", object{"UserID": u}).num("ErrorCode"))
}

func (d doors) Create(as chat.UserID, g chat.GroupDraft) (chat.GroupID, chat.Code) {
	body := object{"Type": g.Type, "Name": g.Name}
	give(body, "GroupId", string(g.ID))
	give(body, "Owner_Account", string(g.Owner))
	give(body, "ApplyJoinOption", string(g.ApplyJoin))
	give(body, "InviteJoinOption", string(g.InviteJoin))
	if g.MaxMembers != 0 {
		body["MaxMemberCount"] = g.MaxMembers
	}
	var members []object
	for _, m := range g.Members {
		one := object{"Member_Account": m.User}
		if m.Role == chat.RoleAdmin {
			one["Role"] = "Admin"
		}
		members = append(members, one)
	}
	if members != nil {
		body["MemberList"] = members
	}
	custom(body, "AppDefinedData", g.Custom)
	answer, code := d.do(as, "group.create", "create_group", body)
	return chat.GroupID(answer.str("GroupId")), code
}

func give(body object, name, value string) {
	if value != "" {
		body[name] = value
	}
}

// custom gives custom fields as the wire has them.
func custom(body object, name string, fields map[string]string) {
	var list []object
	for k, v := range fields {
		list = append(list, object{"Key": k, "Value": v})
	}
	if list != nil {
		body[name] = list
	}
}

func (d doors) Destroy(as chat.UserID, g chat.GroupID) chat.Code {
	_, code := d.do(as, "group.destroy", "destroy_group", object{"GroupId": g})
	return code
}

func (d doors) Profile(as chat.UserID, g chat.GroupID) (chat.Group, chat.Code) {
	answer, code := d.do(as, "group.get", "get_group_info", object{"GroupIdList": []chat.GroupID{g}})
	if code != 0 {
		return chat.Group{}, code
	}
	info := answer.list("GroupInfo")[0]
	if code := chat.Code(info.num("ErrorCode")); code != 0 {
		return chat.Group{}, code
	}
	of, _ := chat.ParseGroupType(info.str("Type"))
	return chat.Group{ID: g, Type: of, Name: info.str("Name"), Owner: chat.UserID(info.str("Owner_Account")), Members: info.num("MemberNum")}, 0
}

func (d doors) Modify(as chat.UserID, g chat.GroupID, p chat.GroupPatch) chat.Code {
	body := object{"GroupId": g}
	for name, value := range map[string]*string{"Name": p.Name, "Introduction": p.Introduction, "Notification": p.Notification, "FaceUrl": p.FaceURL} {
		if value != nil {
			body[name] = *value
		}
	}
	if p.MaxMembers != nil {
		body["MaxMemberNum"] = *p.MaxMembers
	}
	if p.ApplyJoin != nil {
		body["ApplyJoinOption"] = *p.ApplyJoin
	}
	if p.InviteJoin != nil {
		body["InviteJoinOption"] = *p.InviteJoin
	}
	if p.MuteAll != nil {
		body["ShutUpAllMember"] = map[bool]string{true: "On", false: "Off"}[*p.MuteAll]
	}
	custom(body, "AppDefinedData", p.Custom)
	_, code := d.do(as, "group.update", "modify_group_base_info", body)
	return code
}

func (d doors) Joined(as chat.UserID) ([]chat.GroupID, chat.Code) {
	answer, code := d.do(as, "group.joined", "get_joined_group_list", object{"Member_Account": as})
	var ids []chat.GroupID
	for _, g := range answer.list("GroupIdList") {
		ids = append(ids, chat.GroupID(g.str("GroupId")))
	}
	return ids, code
}

func (d doors) Join(as chat.UserID, g chat.GroupID) (bool, chat.Code) {
	answer, code := d.do(as, "group.join", "", object{"GroupId": g})
	return answer.num("Joined") == 1, code
}

func (d doors) Requests(as chat.UserID, g chat.GroupID) ([]chattest.Request, chat.Code) {
	answer, code := d.do(as, "group.requests", "", object{"GroupId": g})
	list := []chattest.Request{}
	for _, q := range answer.list("Requests") {
		one := chattest.Request{
			ID: q.str("ApplicationId"), Group: chat.GroupID(q.str("GroupId")), Kind: chat.JoinRequestKind(q.num("Type")),
			Newcomer: chat.UserID(q.str("Applicant_Account")), Applicant: chat.UserID(q.str("Applicant_Account")),
			Handled: q.num("Handled"), Accepted: q.num("Result") == 1,
		}
		if q.has("Invitee") {
			one.Newcomer = chat.UserID(q.str("Invitee"))
		}
		list = append(list, one)
	}
	return list, code
}

func (d doors) Answer(as chat.UserID, r chattest.Request, yes bool) chat.Code {
	body := object{"Action": map[bool]string{true: "Approve", false: "Refuse"}[yes]}
	if r.ID != "" {
		body["ApplicationId"] = r.ID
	} else {
		body["GroupId"], body["Applicant_Account"] = r.Group, r.Newcomer
	}
	_, code := d.do(as, "group.approve", "", body)
	return code
}

func (d doors) Quit(as chat.UserID, g chat.GroupID) chat.Code {
	_, code := d.do(as, "group.quit", "", object{"GroupId": g})
	return code
}

func (d doors) Invite(as chat.UserID, g chat.GroupID, list ...chat.UserID) ([]int, chat.Code) {
	var members []object
	for _, u := range list {
		members = append(members, object{"Member_Account": u})
	}
	answer, code := d.do(as, "group.invite", "add_group_member", object{"GroupId": g, "MemberList": members})
	if code != 0 {
		return nil, code
	}
	var results []int
	for _, m := range answer.list("MemberList") {
		results = append(results, m.num("Result"))
	}
	return results, 0
}

func (d doors) Kick(as chat.UserID, g chat.GroupID, list ...chat.UserID) chat.Code {
	_, code := d.do(as, "group.kick", "delete_group_member", object{"GroupId": g, "MemberToDel_Account": list})
	return code
}

func (d doors) Transfer(as chat.UserID, g chat.GroupID, to chat.UserID) chat.Code {
	_, code := d.do(as, "group.transfer", "change_group_owner", object{"GroupId": g, "NewOwner_Account": to})
	return code
}

func (d doors) Member(as chat.UserID, g chat.GroupID, u chat.UserID, p chat.MemberPatch) chat.Code {
	body := object{"GroupId": g, "Member_Account": u}
	if p.Role != nil {
		body["Role"] = p.Role.String()
	}
	if p.Flag != nil {
		body["MsgFlag"] = *p.Flag
	}
	if p.NameCard != nil {
		body["NameCard"] = *p.NameCard
	}
	if p.Mute != nil {
		body["ShutUpTime"] = *p.Mute
	}
	custom(body, "AppMemberDefinedData", p.Custom)
	_, code := d.do(as, "group.member", "modify_group_member_info", body)
	return code
}

func (d doors) Members(as chat.UserID, g chat.GroupID) (map[chat.UserID]chat.Role, chat.Code) {
	answer, code := d.do(as, "group.members", "get_group_member_info", object{"GroupId": g})
	roles := map[chat.UserID]chat.Role{}
	for _, m := range answer.list("MemberList") {
		roles[chat.UserID(m.str("Member_Account"))], _ = chat.ParseRole(m.str("Role"))
	}
	return roles, code
}

func (d doors) Mute(as chat.UserID, g chat.GroupID, u chat.UserID, seconds uint32) chat.Code {
	_, code := d.do(as, "group.mute", "forbid_send_msg", object{"GroupId": g, "Members_Account": []chat.UserID{u}, "MuteTime": seconds})
	return code
}

func (d doors) Ban(as chat.UserID, g chat.GroupID, u chat.UserID) chat.Code {
	_, code := d.do(as, "group.ban", "ban_group_member", object{"GroupId": g, "Members_Account": []chat.UserID{u}, "Duration": 60})
	return code
}

func (d doors) SetAttr(as chat.UserID, g chat.GroupID, key, value string) chat.Code {
	body := object{"GroupId": g, "GroupAttr": []object{{"key": key, "value": value}}}
	_, code := d.do(as, "group.attrs.modify", "modify_group_attr", body)
	return code
}

func (d doors) Count(as chat.UserID, g chat.GroupID, key string) chat.Code {
	body := object{"GroupId": g, "Mode": "Increase", "GroupCounter": []object{{"Key": key, "Value": 1}}}
	_, code := d.do(as, "group.counters.update", "update_group_counter", body)
	return code
}

func (d doors) Notify(as chat.UserID, g chat.GroupID, content string) chat.Code {
	_, code := d.do(as, "group.notify", "send_group_system_notification", object{"GroupId": g, "Content": content})
	return code
}

func (d doors) Muted(as chat.UserID, g chat.GroupID) ([]chat.UserID, chat.Code) {
	answer, code := d.do(as, "group.muted", "get_group_muted_account", object{"GroupId": g})
	users := []chat.UserID{}
	for _, m := range answer.list("MutedAccountList") {
		users = append(users, chat.UserID(m.str("Member_Account")))
	}
	return users, code
}

func (d doors) Send(as, from chat.UserID, g chat.GroupID, text string) (chat.Seq, chat.Code) {
	return d.of(as).send(as, from, g, text)
}

func (d doors) Recall(as chat.UserID, g chat.GroupID, s chat.Seq) chat.Code {
	return d.of(as).recall(as, g, s)
}

func (d doors) History(as chat.UserID, g chat.GroupID) ([]chattest.Line, chat.Code) {
	return d.of(as).history(as, g)
}

// userDoor is MQTT: each user has a phone, connected at its first use.
type userDoor struct {
	t       *testing.T
	s       *server
	app     app
	version byte
	phones  map[chat.UserID]*raw
}

func (d userDoor) phone(u chat.UserID) *raw {
	if d.phones[u] == nil {
		d.phones[u] = openRaw(d.t, d.s.known(string(u), d.app), rawOptions{version: d.version})
		d.phones[u].subscribe(d.t, "im/#")
	}
	return d.phones[u]
}

func (d userDoor) ask(as chat.UserID, c command, body object) (object, chat.Code) {
	answer := d.phone(as).ask(d.t, c.mqtt, body)
	return answer, chat.Code(answer.num("ErrorCode"))
}

// say publishes and returns the answer, on im/ack or im/err.
func (d userDoor) say(as chat.UserID, topic, payload string) (object, chat.Code) {
	phone := d.phone(as)
	if _, err := phone.publish(publishing(topic, payload, 1, 0)); err != nil {
		d.t.Fatal(err)
	}
	p := phone.box.take(d.t, "im/+", func(p packet) bool { return p.topic == "im/ack" || p.topic == "im/err" })
	answer := parse(d.t, p.payload)
	return answer, chat.Code(answer.num("ErrorCode"))
}

func (d userDoor) send(as, _ chat.UserID, g chat.GroupID, text string) (chat.Seq, chat.Code) {
	answer, code := d.say(as, "im/text/group/"+escape(string(g)), text)
	return chat.Seq(answer.num("MsgSeq")), code
}

func (d userDoor) recall(as chat.UserID, g chat.GroupID, s chat.Seq) chat.Code {
	_, code := d.say(as, "im/recall/group/"+escape(string(g)), jsonText(object{"MsgSeq": s}))
	return code
}

func (d userDoor) history(as chat.UserID, g chat.GroupID) ([]chattest.Line, chat.Code) {
	answer := d.phone(as).ask(d.t, "msg.history", object{"Conv": "group/" + string(g), "Limit": 100})
	var lines []chattest.Line
	for _, m := range answer.list("MsgList") {
		lines = append(lines, line(m, truthy(m["IsPlaceMsg"])))
	}
	return lines, chat.Code(answer.num("ErrorCode"))
}

// line reads a message as either door gives it.
func line(m object, recalled bool) chattest.Line {
	l := chattest.Line{Seq: chat.Seq(m.num("MsgSeq")), From: chat.UserID(m.str("From_Account")), Recalled: recalled}
	for _, element := range m.list("MsgBody") {
		if element.str("MsgType") == "TIMGroupTipElem" {
			l.Tip = chat.TipKind(element.obj("MsgContent").num("OpType"))
		}
	}
	if !recalled {
		l.Text = m.text()
	}
	return l
}

// adminDoor is HTTP, for the app's administrator.
type adminDoor struct {
	t *testing.T
	b backend
}

func (d adminDoor) ask(_ chat.UserID, c command, body object) (object, chat.Code) {
	answer := d.b.call(d.t, "group_open_http_svc/"+c.rest, body)
	return answer, chat.Code(answer.num("ErrorCode"))
}

func (d adminDoor) send(as, from chat.UserID, g chat.GroupID, text string) (chat.Seq, chat.Code) {
	body := object{"GroupId": g, "Random": rand.Uint32(), "MsgBody": textBody(text)}
	if from != as {
		body["From_Account"] = from
	}
	answer, code := d.ask(as, command{rest: "send_group_msg"}, body)
	return chat.Seq(answer.num("MsgSeq")), code
}

func (d adminDoor) recall(as chat.UserID, g chat.GroupID, s chat.Seq) chat.Code {
	answer, code := d.ask(as, command{rest: "group_msg_recall"}, object{"GroupId": g, "MsgSeqList": []object{{"MsgSeq": s}}})
	if code != 0 {
		return code
	}
	return chat.Code(answer.list("RecallRetList")[0].num("RetCode"))
}

func (d adminDoor) history(as chat.UserID, g chat.GroupID) ([]chattest.Line, chat.Code) {
	answer, code := d.ask(as, command{rest: "group_msg_get_simple"}, object{"GroupId": g, "ReqMsgNumber": 20, "WithRecalledMsg": 1})
	list := answer.list("RspMsgList")
	lines := make([]chattest.Line, 0, len(list))
	for i := len(list) - 1; i >= 0; i-- { // newest first
		lines = append(lines, line(list[i], list[i].num("IsPlaceMsg") == 2))
	}
	return lines, code
}
