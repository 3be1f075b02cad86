package admin

import "testing"

// Unread mentions stand in the items of conversations, and in those of a sync
// (spec/00 §5).
func TestUnreadMentionsInAnItem(t *testing.T) {
	h := open(t, nil)
	h.users("ann", "bob")
	h.ok("group_open_http_svc/create_group", `{"GroupId":"g","Type":"Public","Name":"g","Owner_Account":"ann","MemberList":[{"Member_Account":"bob"}]}`)
	h.ok("group_open_http_svc/send_group_msg", `{"GroupId":"g","From_Account":"ann","Random":1,"GroupAtInfo":[{"GroupAtAllFlag":0,"GroupAt_Account":"bob"},{"GroupAtAllFlag":1}],
		"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]}`)
	const want = `[{"MsgSeq":1,"From_Account":"ann","AtType":3}]`
	if got := h.members(h.as("bob", "conv.get", `{"Conv":"group/g"}`))["GroupAtInfo"]; got != want {
		t.Errorf("conv.get: %s, want %s", got, want)
	}
	var state struct{ Convs []map[string]any }
	h.into(h.as("bob", "sync", `{"Convs":{"group/g":0}}`), &state)
	if len(state.Convs) != 1 || state.Convs[0]["GroupAtInfo"] == nil {
		t.Errorf("sync: %v", state.Convs)
	}
	h.as("bob", "msg.read", `{"Conv":"group/g"}`)
	if got, there := h.members(h.as("bob", "conv.get", `{"Conv":"group/g"}`))["GroupAtInfo"]; there {
		t.Errorf("read: %s", got)
	}
}
