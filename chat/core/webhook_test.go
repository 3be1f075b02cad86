package core_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/webhook"
)

// hooked is a house whose app takes all webhooks.
func hooked(t *testing.T, change func(*chat.App)) *house {
	t.Helper()
	h := open(t, nil)
	a := *h.apps.App(app)
	a.Webhook = chat.Webhook{URL: "http://127.0.0.1:1", All: true}
	if change != nil {
		change(&a)
	}
	h.apps.Set(a)
	return h
}

// bodies are those of the kinds named that wait to be told, after the given event.
func (h *house) bodies(after string, kinds ...chat.EventKind) (list []string, last string) {
	h.Helper()
	h.told()
	events, err := h.store.Pending(h.ctx, after, 1000)
	h.wants(err, 0)
	last = after
	for _, e := range events {
		last = e.ID
		for _, k := range kinds {
			if e.Kind == k {
				b, err := webhook.Body(h.apps.App(app), e)
				h.wants(err, 0)
				list = append(list, string(b))
			}
		}
	}
	return list, last
}

// What changes in a group is told the app, with what changed and nothing else.
func TestGroupChangesAreToldToTheApp(t *testing.T) {
	h := hooked(t, func(a *chat.App) { a.Limits.GroupRate = 2 })
	const members = 3
	g, err := h.Group.Create(h.ctx, admin(), chat.GroupDraft{
		Type: chat.Public, Name: "g", ID: "g", Owner: "ann", Members: []chat.NewMember{{User: "bob"}},
	})
	h.wants(err, 0)
	name, empty, most := "Tea", "", members
	_, from := h.bodies("")
	for _, step := range []struct {
		what string
		do   func() error
		want chat.Code
		told []string
	}{
		{"a new name and introduction", func() error {
			return h.Group.Modify(h.ctx, as("ann"), g.ID, chat.GroupPatch{Name: &name, Introduction: &empty})
		}, 0, []string{
			`{"CallbackCommand":"Group.CallbackAfterGroupInfoChanged","GroupId":"g","Type":"Public","Operator_Account":"ann","Name":"Tea","EventTime":1700000000000}`,
		}},
		{"the same again", func() error {
			return h.Group.Modify(h.ctx, as("ann"), g.ID, chat.GroupPatch{Name: &name})
		}, 0, nil},
		{"a size", func() error {
			return h.Group.Modify(h.ctx, admin(), g.ID, chat.GroupPatch{MaxMembers: &most})
		}, 0, nil},
		{"a card", func() error {
			return h.Group.ModifyMember(h.ctx, as("bob"), g.ID, "bob", chat.MemberPatch{NameCard: &name})
		}, 0, []string{
			`{"CallbackCommand":"Group.CallbackAfterMemberFieldChanged","GroupId":"g","Type":"Public","Operator_Account":"bob","Member_Account":"bob","NameCard":"Tea","EventTime":1700000000000}`,
		}},
		{"an admin", func() error {
			role := chat.RoleAdmin
			return h.Group.ModifyMember(h.ctx, as("ann"), g.ID, "bob", chat.MemberPatch{Role: &role})
		}, 0, []string{
			`{"CallbackCommand":"Group.CallbackAfterMemberFieldChanged","GroupId":"g","Type":"Public","Operator_Account":"ann","Member_Account":"bob","Role":"Admin","EventTime":1700000000000}`,
		}},
		{"an owner", func() error { return h.Group.Transfer(h.ctx, as("ann"), g.ID, "bob") }, 0, []string{
			`{"CallbackCommand":"Group.CallbackAfterChangeGroupOwner","GroupId":"g","Type":"Public","Operator_Account":"ann","OldOwner_Account":"ann","NewOwner_Account":"bob","EventTime":1700000000000}`,
		}},
		{"the last place", func() error {
			_, err := h.Group.AddMembers(h.ctx, admin(), g.ID, []chat.UserID{"cat"}, true)
			return err
		}, 0, []string{`{"CallbackCommand":"Group.CallbackAfterGroupFull","GroupId":"g","EventTime":1700000000000}`}},
		{"one more", func() error {
			_, err := h.Group.AddMembers(h.ctx, admin(), g.ID, []chat.UserID{"admin"}, true)
			return err
		}, chat.CodeGroupFull, []string{`{"CallbackCommand":"Group.CallbackAfterGroupFull","GroupId":"g","EventTime":1700000000000}`}},
		{"a message with receipts", func() error {
			_, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToGroup(g.ID), Body: text("x"), Control: chat.NeedReceipt})
			return err
		}, 0, []string{
			`{"CallbackCommand":"Group.CallbackAfterReadReceipt","GroupId":"g","Type":"Public","GroupMsgReceiptList":[{"MsgSeq":4,"ReadNum":0,"UnreadNum":2,"ReadReceiptMembers":[]}],"EventTime":1700000000000}`,
		}},
		{"a receipt", func() error {
			return h.Message.SendReceipts(h.ctx, as("bob"), "", chat.ToGroup(g.ID), []chat.MessageRef{{Seq: 4}})
		}, 0, []string{
			`{"CallbackCommand":"Group.CallbackAfterReadReceipt","GroupId":"g","Type":"Public","GroupMsgReceiptList":[{"MsgSeq":4,"ReadNum":1,"UnreadNum":1,"ReadReceiptMembers":[{"Member_Account":"bob"}]}],"EventTime":1700000000000}`,
		}},
		{"a recall", func() error {
			_, err := h.Message.Recall(h.ctx, as("ann"), "", chat.ToGroup(g.ID), chat.MessageRef{Seq: 4}, "")
			return err
		}, 0, []string{
			`{"CallbackCommand":"Group.CallbackAfterRecallMsg","GroupId":"g","Type":"Public","Operator_Account":"ann","MsgSeqList":[{"MsgSeq":4}],"EventTime":1700000000000}`,
		}},
		{"a mute", func() error { return h.Group.MuteMembers(h.ctx, as("bob"), g.ID, []chat.UserID{"cat"}, 60) }, 0, nil},
		{"words of the muted", func() error {
			random := uint32(9)
			_, err := h.Message.SendWait(h.ctx, as("cat"), chat.Draft{To: chat.ToGroup(g.ID), Body: text("x"), Cloud: "c", Random: &random})
			return err
		}, chat.CodeMuted, []string{
			fmt.Sprintf(`{"CallbackCommand":"Group.CallbackSendMsgException","GroupId":"g","Type":"Public","From_Account":"cat","Operator_Account":"cat","Random":9,"OnlineOnlyFlag":0,"MsgBody":%s,"CloudCustomData":"c","ErrorCode":10017,"ErrorInfo":"muted","EventTime":1700000000000}`, text("x")),
		}},
		{"words to nobody", func() error {
			_, err := h.Message.SendWait(h.ctx, as("cat"), chat.Draft{To: chat.ToGroup("none"), Body: text("x")})
			return err
		}, chat.CodeNoGroup, nil},
	} {
		h.wants(step.do(), step.want)
		var got []string
		got, from = h.bodies(from, chat.AfterGroupInfo, chat.AfterMemberField, chat.AfterGroupOwner, chat.AfterGroupFull,
			chat.AfterGroupRecall, chat.AfterReceipt, chat.SendException)
		h.same(step.what, got, step.told)
	}
}

// A message over the group's rate is a success for its sender, and told as 10023.
func TestDroppedByRateIsToldToTheApp(t *testing.T) {
	h := hooked(t, func(a *chat.App) { a.Limits.GroupRate = 1 })
	g := h.group("ann", chat.Public)
	for range 2 {
		h.send("ann", chat.ToGroup(g), "x")
	}
	if got, _ := h.bodies("", chat.SendException); len(got) != 1 {
		t.Errorf("told %d times: %v", len(got), got)
	}
}

func TestRecallIsToldToTheApp(t *testing.T) {
	h := hooked(t, nil)
	r := h.send("ann", chat.ToUser("bob"), "x")
	h.send("ann", chat.ToUser("bob"), "y")
	_, err := h.Message.Recall(h.ctx, as("ann"), "", chat.ToUser("bob"), chat.MessageRef{Seq: r.Seq}, "")
	h.wants(err, 0)
	want := fmt.Sprintf(`{"CallbackCommand":"C2C.CallbackAfterMsgWithDraw","From_Account":"ann","To_Account":"bob","MsgKey":%q,"UnreadMsgNum":2}`, r.Key)
	if got, _ := h.bodies("", chat.AfterC2CRecall); len(got) != 1 || got[0] != want {
		t.Errorf("told %s, want %s", got, want)
	}
}

// With the switch for the list of viewers, the app is told who comes to an AVChatRoom and
// who is gone from it, and why (spec/30 §6.4).
func TestViewerStatesAreToldToTheApp(t *testing.T) {
	h := hooked(t, func(a *chat.App) { a.Switches.LiveMemberList = true })
	g, err := h.Group.Create(h.ctx, admin(), chat.GroupDraft{Type: chat.AVChatRoom, Name: "g", ID: "g", Owner: "ann"})
	h.wants(err, 0)
	join := func() error { _, err := h.Group.Join(h.ctx, as("bob"), g.ID, ""); return err }
	offline := func(action string, last bool) func() error {
		return func() error { h.Offline(h.ctx, as("bob"), action, "LinkClose", last); return nil }
	}
	_, from := h.bodies("")
	for _, step := range []struct {
		what        string
		do          func() error
		state, does string
	}{
		{"the first join", join, "Online", "Join"},
		{"another join", join, "", ""},
		{"a device is gone, one is left", offline("Disconnect", false), "", ""},
		{"the last device is lost", offline("Disconnect", true), "Offline", "HeartbeatInterrupt"},
		{"it is lost again", offline("", true), "", ""},
		{"the return", join, "Online", "HeartbeatRecover"},
		{"leaving", func() error { return h.Group.Quit(h.ctx, as("bob"), g.ID) }, "Offline", "Quit"},
		{"coming anew", join, "Online", "Join"},
		{"a logout", offline("Logout", true), "Offline", "Quit"},
		{"a login later", join, "Online", "Join"},
		{"a session expires", offline("", true), "Offline", "HeartbeatInterrupt"},
		{"a return after long", func() error { h.wait(time.Hour); return join() }, "Online", "Join"},
		{"a ban", func() error {
			return h.Group.BanMembers(h.ctx, admin(), g.ID, []chat.UserID{"bob", "cat"}, 60, "")
		}, "Offline", "Quit"},
	} {
		at := h.clock().UnixMilli()
		h.wants(step.do(), 0)
		if now := h.clock().UnixMilli(); now > at {
			at = now
		}
		var want []string
		if step.state != "" {
			want = []string{fmt.Sprintf(`{"CallbackCommand":"Group.CallbackOnMemberStateChange","GroupId":"g","EventType":%q,"EventCause":%q,"MemberList":[{"Member_Account":"bob"}],"EventTime":%d}`,
				step.state, step.does, at)}
		}
		var got []string
		got, from = h.bodies(from, chat.ViewerState)
		h.same(step.what, got, want)
	}
}

func TestViewerStatesNeedTheirSwitch(t *testing.T) {
	h := hooked(t, nil)
	g := h.group("ann", chat.AVChatRoom)
	_, err := h.Group.Join(h.ctx, as("bob"), g, "")
	h.wants(err, 0)
	h.Offline(h.ctx, as("bob"), "Disconnect", "LinkClose", true)
	if got, _ := h.bodies("", chat.ViewerState); len(got) != 0 {
		t.Errorf("told %q", got)
	}
}

// Who reads one-to-one messages is told of, with all that they have not read then.
func TestReadingIsToldToTheApp(t *testing.T) {
	h := hooked(t, nil)
	ann, bob := chat.ToUser("ann"), chat.ToUser("bob")
	h.send("cat", bob, "elsewhere")
	for range 3 {
		h.send("ann", bob, "x")
		h.wait(time.Second)
	}
	h.send("bob", ann, "own")
	h.send("ann", bob, "y")
	h.send("ann", bob, "z")
	h.deletes("bob", ann, 6)
	at := h.clock().Unix()
	h.wants(h.Inbox.MarkRead(h.ctx, as("bob"), "", ann, 2), 0)
	h.wants(h.Inbox.MarkRead(h.ctx, as("bob"), "", ann, 1), 0) // back: nothing
	h.wants(h.Inbox.MarkReadUntil(h.ctx, admin(), "bob", ann, at+60), 0)
	told := `{"CallbackCommand":"C2C.CallbackAfterMsgReport","Report_Account":"bob","Peer_Account":"ann","LastReadTime":%d,"UnreadMsgNum":%d}`
	got, _ := h.bodies("", chat.AfterC2CRead)
	h.same("told", got, []string{fmt.Sprintf(told, at-2, 3), fmt.Sprintf(told, at, 1)})
	if n, err := h.Inbox.UnreadTotal(h.ctx, app, "bob"); err != nil || n != 1 {
		t.Errorf("bob has %d unread, %v", n, err)
	}
	h.wants(h.Inbox.MarkRead(h.ctx, as("ann"), "", chat.ToGroup(h.group("ann", chat.Public)), 1), 0)
	if got, _ := h.bodies("", chat.AfterC2CRead); len(got) != 2 {
		t.Errorf("told of a group too: %v", got)
	}
}
