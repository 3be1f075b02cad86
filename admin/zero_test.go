package admin

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

// as makes a request over MQTT in the name of a user.
func (h *house) as(u, method, body string) answer {
	h.Helper()
	c, ok := h.table.Method(method)
	if !ok {
		h.Fatalf("no method %s", method)
	}
	by := chat.Actor{App: app, User: chat.UserID(u), Platform: chat.PlatformLinux, Device: "test"}
	result, err := c.Run(h.Context(), by, []byte(body), api.MostMQTT)
	a := answer{text: c.Envelope(nil, result, err)}
	h.into(a, &a)
	return a
}

// members are the members of an answer as text.
func (h *house) members(a answer) map[string]string {
	h.Helper()
	var raw map[string]json.RawMessage
	h.into(a, &raw)
	list := map[string]string{}
	for name, v := range raw {
		list[name] = string(v)
	}
	return list
}

// A 0 that is there is a value, in every optional number of every command.
func TestZeroIsAValue(t *testing.T) {
	h := open(t, nil)
	h.users("ann", "bob", "cat")
	h.ok("group_open_http_svc/create_group", `{"GroupId":"g","Type":"Public","Name":"g","Owner_Account":"ann","MemberList":[{"Member_Account":"bob"}]}`)
	for n := range 3 {
		body := fmt.Sprintf(`"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}],"MsgRandom":%d,"IsNeedReadReceipt":1`, n)
		h.ok("group_open_http_svc/send_group_msg", `{"GroupId":"g","From_Account":"ann",`+body+`}`)
		h.ok("openim/sendmsg", `{"From_Account":"ann","To_Account":"bob",`+body+`}`)
	}
	h.ok("sns/black_list_add", `{"From_Account":"ann","To_Account":["cat"]}`)
	if a := h.as("bob", "msg.react", `{"Conv":"c2c/ann","MsgSeq":1,"ReactionId":"tea"}`); a.ErrorCode != 0 {
		t.Fatalf("%s", a.text)
	}
	for _, c := range []struct{ command, body, member, want string }{
		{"group_open_http_svc/group_msg_get_simple", `{"GroupId":"g","ReqMsgNumber":5,"ReqMsgSeq":0}`, "RspMsgList", "[]"},
		{"group_open_http_svc/group_msg_get_simple", `{"GroupId":"g","ReqMsgNumber":0}`, "RspMsgList", "[]"},
		{"group_open_http_svc/get_group_member_info", `{"GroupId":"g","Limit":0}`, "MemberList", "[]"},
		{"group_open_http_svc/get_joined_group_list", `{"Member_Account":"ann","Limit":0}`, "GroupIdList", "[]"},
		{"group_open_http_svc/get_appid_group_list", `{"Limit":0}`, "GroupIdList", "[]"},
		{"group_open_http_svc/get_group_msg_receipt_detail", `{"GroupId":"g","MsgSeq":1,"Filter":1,"Count":0}`, "UnreadList", "[]"},
		{"openim/admin_getroammsg", `{"Operator_Account":"ann","Peer_Account":"bob","MaxCnt":9,"MinTime":0,"MaxTime":0}`, "MsgList", "[]"},
		{"openim/admin_getroammsg", `{"Operator_Account":"ann","Peer_Account":"bob","MaxCnt":0,"MinTime":0,"MaxTime":1800000000}`, "MsgList", "[]"},
		{"sns/black_list_get", `{"From_Account":"ann","StartIndex":0,"MaxLimited":0}`, "BlackListItem", "[]"},
	} {
		if got := h.members(h.ok(c.command, c.body))[c.member]; got != c.want {
			t.Errorf("%s %s: %s is %s, want %s", c.command, c.body, c.member, got, c.want)
		}
	}
	for _, c := range []struct{ method, body, member, want string }{
		{"msg.history", `{"Conv":"c2c/ann","Before":0}`, "MsgList", "[]"},
		{"msg.history", `{"Conv":"c2c/ann","BeforeTime":0}`, "MsgList", "[]"},
		{"msg.history", `{"Conv":"c2c/ann","Limit":0}`, "MsgList", "[]"},
		{"msg.history", `{"Conv":"c2c/ann","Limit":0}`, "IsFinished", "0"},
		{"msg.history", `{"Conv":"c2c/ann","After":0,"Limit":1}`, "IsFinished", "0"},
		{"msg.history", `{"Conv":"c2c/ann","Around":0,"Limit":1}`, "IsFinishedBefore", "1"},
		{"conv.list", `{"Count":0}`, "Convs", "[]"},
		{"msg.reaction.users", `{"Conv":"c2c/ann","MsgSeq":1,"ReactionId":"tea","Count":0}`, "Users", "[]"},
		{"group.members", `{"GroupId":"g","Limit":0}`, "MemberList", "[]"},
		{"group.joined", `{"Limit":0}`, "GroupIdList", "[]"},
		{"black.get", `{"MaxLimited":0}`, "BlackListItem", "[]"},
	} {
		a := h.as("bob", c.method, c.body)
		if got := h.members(a)[c.member]; a.ErrorCode != 0 || got != c.want {
			t.Errorf("%s %s: %s, want %s %s", c.method, c.body, a.text, c.member, c.want)
		}
	}

	// Up to message 0 nothing is read, and a page of none says where it began.
	if a := h.as("bob", "msg.read", `{"Conv":"c2c/ann","MsgSeq":0}`); a.ErrorCode != 0 {
		t.Errorf("msg.read 0: %s", a.text)
	}
	if got := h.members(h.as("bob", "conv.get", `{"Conv":"c2c/ann"}`))["UnreadNum"]; got != "3" {
		t.Errorf("after msg.read 0 %s messages are unread, want 3", got)
	}
	if a := h.as("ann", "msg.recall", `{"Conv":"c2c/bob","MsgSeq":0}`); a.ErrorCode != chat.CodeNoMessage {
		t.Errorf("msg.recall 0: %s", a.text)
	}
	var page struct{ Cursor string }
	h.into(h.as("bob", "conv.list", `{"Count":0}`), &page)
	all := h.members(h.as("bob", "conv.list", `{}`))["Convs"]
	if got := h.members(h.as("bob", "conv.list", fmt.Sprintf(`{"Cursor":%q}`, page.Cursor)))["Convs"]; page.Cursor == "" || got != all {
		t.Errorf("after a page of none with cursor %q: %s, want %s", page.Cursor, got, all)
	}
	h.as("bob", "msg.read", `{"Conv":"c2c/ann"}`)
	for body, want := range map[string]bool{`{}`: false, `{"EventSeq":0}`: true} {
		var state struct {
			EventSeq int
			Events   []struct{}
		}
		h.into(h.as("bob", "sync", body), &state)
		if len(state.Events) > 0 != want || state.EventSeq == 0 {
			t.Errorf("sync %s: %d events up to %d", body, len(state.Events), state.EventSeq)
		}
	}
	if a := h.call("group_open_http_svc/create_group", `{"Type":"Public","Name":"g","MaxMemberCount":0}`); a.ErrorCode != chat.CodeGroupParameter {
		t.Errorf("a group of no members: %s", a.text)
	}
}
