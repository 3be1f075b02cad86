package admin

import (
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// What was said over REST in a live room, a newcomer reads with msg.history: a merged
// message that quotes another, as it came.
func TestNewcomerReadsALiveRoom(t *testing.T) {
	h := open(t, nil)
	h.settings(func(a *chat.App) { a.Limits.LiveRecent = 2 })
	h.users("ann", "bob")
	h.ok("group_open_http_svc/create_group", `{"GroupId":"r","Type":"AVChatRoom","Name":"g","Owner_Account":"ann"}`)
	const merged = `[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"t","MsgList":[{"From_Account":"cat","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]}]}}]`
	h.ok("group_open_http_svc/send_group_msg", `{"GroupId":"r","From_Account":"ann","Random":1,"MsgBody":`+merged+`,"Quote":{"MsgId":"cat-1"}}`)
	if got := h.as("bob", "msg.history", `{"Conv":"group/r"}`); got.ErrorCode != 10007 {
		t.Errorf("a stranger: %s", got.text)
	}
	if got := h.as("bob", "group.join", `{"GroupId":"r"}`); got.ErrorCode != 0 {
		t.Errorf("bob joins: %s", got.text)
	}
	got := h.members(h.as("bob", "msg.history", `{"Conv":"group/r"}`))
	if !strings.Contains(got["MsgList"], merged) || !strings.Contains(got["MsgList"], `"Quote":{"MsgId":"cat-1"}`) || got["IsFinished"] != "1" {
		t.Errorf("bob reads %v", got)
	}
}

// A member sets the option for a topic over MQTT, and both doors show it.
func TestReceiveOptionOfATopic(t *testing.T) {
	h := open(t, nil)
	h.users("ann", "bob")
	const c, topic = "@TGS#_c", "@TGS#_c@TOPIC#_t"
	h.ok("group_open_http_svc/create_group", `{"GroupId":"`+c+`","Type":"Community","Name":"g","Owner_Account":"ann","SupportTopic":1,"MemberList":[{"Member_Account":"bob"}]}`)
	h.ok("million_group_open_http_svc/create_topic", `{"GroupId":"`+c+`","TopicId":"`+topic+`","TopicName":"t"}`)
	if got := h.as("bob", "group.member", `{"GroupId":"`+c+`","TopicId":"`+topic+`","MsgFlag":"Discard"}`); got.ErrorCode != 0 {
		t.Errorf("bob discards it: %s", got.text)
	}
	for conv, want := range map[string]string{c: `"AcceptAndNotify"`, topic: `"Discard"`} {
		if got := h.members(h.as("bob", "conv.get", `{"Conv":"group/`+conv+`"}`))["RecvOpt"]; got != want {
			t.Errorf("RecvOpt of %s: %s, want %s", conv, got, want)
		}
	}
	over := h.ok("million_group_open_http_svc/get_topic", `{"GroupId":"`+c+`","From_Account":"bob","ResponseFilter":["MsgFlag"]}`)
	if !strings.Contains(string(over.text), `"SelfInfo":{"MsgFlag":"Discard"}`) {
		t.Errorf("get_topic: %s", over.text)
	}
}
