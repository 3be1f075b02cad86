package core_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/call"
	"github.com/teahouse-im/teahouse/chat/core"
)

func onDevice(u chat.UserID, device string) chat.Actor {
	return chat.Actor{App: app, User: u, Device: device}
}

// signals are those of a conversation as its history has them: "1 ann>bob" and so on, and
// what of it is unread for nobody in brackets.
func (h *house) signals(by chat.UserID, to chat.Target) []string {
	h.Helper()
	page, err := h.store.Messages(h.ctx, to.Of(app, by), 1, false, 100, 1<<20)
	if err != nil {
		h.Fatal(err)
	}
	list := []string{}
	for _, m := range page {
		list = append(list, signalIn(h.T, m))
	}
	return list
}

func signalIn(t *testing.T, m *chat.Message) string {
	t.Helper()
	var body []struct{ MsgContent struct{ Data string } }
	var s struct {
		BusinessID  int           `json:"businessID"`
		Inviter     chat.UserID   `json:"inviter"`
		InviteeList []chat.UserID `json:"inviteeList"`
		ActionType  int           `json:"actionType"`
		Data        string        `json:"data"`
	}
	if m.Tip != nil {
		return "tip"
	}
	if err := json.Unmarshal(m.Body, &body); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(body[0].MsgContent.Data), &s); err != nil || s.BusinessID != 1 {
		t.Fatalf("%s: %v", m.Body, err)
	}
	names := fmt.Sprint(s.InviteeList)
	text := fmt.Sprintf("%d %s: %s>%s %s", s.ActionType, m.From, s.Inviter, names[1:len(names)-1], s.Data)
	if !m.Countable() {
		text = "(" + text + ")"
	}
	return text
}

func (h *house) wantSignals(by chat.UserID, to chat.Target, want ...string) {
	h.Helper()
	if got := h.signals(by, to); !slices.Equal(got, want) {
		h.Errorf("the history has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// starts has the house end calls that are due.
func (h *house) starts() {
	h.Helper()
	if err := h.Resume(h.ctx, []chat.AppID{app}); err != nil {
		h.Fatal(err)
	}
}

func (h *house) invite(by chat.UserID, in call.Invitation) string {
	h.Helper()
	id, err := h.Calls.Invite(h.ctx, as(by), in)
	if err != nil {
		h.Fatal(err)
	}
	return id
}

func toBob(id string) call.Invitation {
	return call.Invitation{To: chat.ToUser("bob"), ID: id, Data: "audio", Timeout: 30}
}

func TestCallIsAcceptedByTheFirstDevice(t *testing.T) {
	h := open(t, nil)
	id := h.invite("ann", toBob(""))
	if len(id) != 32 {
		t.Errorf("InviteID %q", id)
	}
	h.wants(h.Calls.Accept(h.ctx, onDevice("cat", "c"), id, ""), chat.CodeNotInvited)
	h.wants(h.Calls.Cancel(h.ctx, onDevice("bob", "phone"), id, ""), chat.CodeNotInvited)
	h.wants(h.Calls.Accept(h.ctx, onDevice("bob", "phone"), id, "yes"), 0)
	h.wants(h.Calls.Accept(h.ctx, onDevice("bob", "phone"), id, "yes"), 0) // a repetition
	h.wants(h.Calls.Accept(h.ctx, onDevice("bob", "laptop"), id, ""), chat.CodeCallTaken)
	h.wants(h.Calls.Reject(h.ctx, onDevice("bob", "phone"), id, ""), chat.CodeCallTaken)
	h.wants(h.Calls.Cancel(h.ctx, as("ann"), id, ""), chat.CodeNoCall)
	h.wants(h.Calls.Accept(h.ctx, as("bob"), "another", ""), chat.CodeNoCall)
	h.wantSignals("ann", chat.ToUser("bob"), "(1 ann: ann>bob audio)", "(3 bob: ann>bob yes)")
}

func TestMissedCallsCountAsUnread(t *testing.T) {
	h := open(t, nil)
	id := h.invite("ann", toBob("a"))
	h.wants(h.Calls.Cancel(h.ctx, as("ann"), id, "bye"), 0)
	h.wants(h.Calls.Cancel(h.ctx, as("ann"), id, "bye"), 0)
	h.wants(h.Calls.Accept(h.ctx, as("bob"), id, ""), chat.CodeNoCall)
	h.wantSignals("ann", chat.ToUser("bob"), "(1 ann: ann>bob audio)", "2 ann: ann>bob bye")
	h.invite("ann", toBob("b"))
	h.wants(h.Calls.Cancel(h.ctx, as("ann"), "b", ""), 0)
	h.wantSignals("ann", chat.ToUser("bob"), "(1 ann: ann>bob audio)", "2 ann: ann>bob bye", "(1 ann: ann>bob audio)", "2 ann: ann>bob audio")
	item, err := h.Inbox.Item(h.ctx, app, "bob", chat.ToUser("ann"))
	if err != nil || item.Unread != 2 {
		t.Errorf("%+v, %v: want two unread", item, err)
	}
}

func TestRepeatedInvitationHasNoSecondEffect(t *testing.T) {
	h := open(t, nil)
	for range 2 {
		if id := h.invite("ann", toBob("a")); id != "a" {
			t.Errorf("InviteID %q", id)
		}
	}
	_, err := h.Calls.Invite(h.ctx, as("cat"), toBob("a"))
	h.wants(err, chat.CodeCallTaken)
	in := toBob("a")
	in.To = chat.ToUser("cat")
	_, err = h.Calls.Invite(h.ctx, as("ann"), in)
	h.wants(err, chat.CodeCallTaken)
	h.wants(h.Calls.Reject(h.ctx, as("bob"), "a", "busy"), 0)
	h.invite("ann", toBob("a")) // over, and the same still
	h.wantSignals("ann", chat.ToUser("bob"), "(1 ann: ann>bob audio)", "(4 bob: ann>bob busy)")
}

func TestGroupCallIsOverWhenAllHaveAnswered(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob", "cat")
	to := chat.ToGroup(g)
	in := call.Invitation{To: to, ID: "a", Invitees: []chat.UserID{"bob", "admin"}, Timeout: 30}
	_, err := h.Calls.Invite(h.ctx, as("ann"), in)
	h.wants(err, chat.CodeGroupParameter) // no member
	in.Invitees = []chat.UserID{"bob", "cat"}
	_, err = h.Calls.Invite(h.ctx, chat.Actor{App: app, User: "dan"}, in)
	h.wants(err, chat.CodeGroupNotAllowed)
	h.invite("ann", in)
	h.wants(h.Calls.Accept(h.ctx, as("bob"), "a", ""), 0)
	h.wants(h.Calls.Cancel(h.ctx, as("ann"), "a", ""), 0) // of cat, who has not answered
	h.wants(h.Calls.Accept(h.ctx, as("cat"), "a", ""), chat.CodeNoCall)
	in.ID = "b"
	h.invite("ann", in)
	h.wants(h.Calls.Reject(h.ctx, as("cat"), "b", ""), 0)
	h.wants(h.Calls.Accept(h.ctx, as("bob"), "b", ""), 0)
	h.wants(h.Calls.Cancel(h.ctx, as("ann"), "b", ""), chat.CodeNoCall)
	got := h.signals("ann", to)
	want := []string{
		"(1 ann: ann>bob cat )", "(3 bob: ann>bob )", "(2 ann: ann>cat )",
		"(1 ann: ann>bob cat )", "(4 cat: ann>cat )", "(3 bob: ann>bob )",
	}
	if !slices.Equal(got[len(got)-len(want):], want) {
		t.Errorf("the history has\n%s", strings.Join(got, "\n"))
	}
	live := call.Invitation{To: chat.ToGroup(h.group("ann", chat.AVChatRoom)), Invitees: []chat.UserID{"bob"}, Timeout: 30}
	_, err = h.Calls.Invite(h.ctx, as("ann"), live)
	h.wants(err, chat.CodeGroupNotAllowed)
}

func TestInvitationIsChecked(t *testing.T) {
	h := open(t, nil)
	for what, change := range map[string]func(*call.Invitation){
		"no time":            func(in *call.Invitation) { in.Timeout = 0 },
		"more than a day":    func(in *call.Invitation) { in.Timeout = call.MaxTimeout + 1 },
		"long Data":          func(in *call.Invitation) { in.Data = strings.Repeat("x", 2049) },
		"long InviteID":      func(in *call.Invitation) { in.ID = strings.Repeat("x", 65) },
		"InviteID with line": func(in *call.Invitation) { in.ID = "a\nb" },
		"another invitee":    func(in *call.Invitation) { in.Invitees = []chat.UserID{"cat"} },
		"oneself":            func(in *call.Invitation) { in.To = chat.ToUser("ann") },
		"somebody twice":     func(in *call.Invitation) { in.Invitees = []chat.UserID{"bob", "bob"} },
	} {
		in := toBob("a")
		change(&in)
		if _, err := h.Calls.Invite(h.ctx, as("ann"), in); chat.CodeOf(err) != chat.CodeBadJSON {
			t.Errorf("%s: %v", what, err)
		}
	}
	in := toBob("a")
	in.To = chat.ToUser("nobody")
	_, err := h.Calls.Invite(h.ctx, as("ann"), in)
	h.wants(err, chat.CodeToUnknown)
	in.To, in.Push = chat.ToUser("bob"), []byte(`{"Desc":1}`)
	_, err = h.Calls.Invite(h.ctx, as("ann"), in)
	h.wants(err, chat.CodeBadPushInfo)
	for i := range 11 {
		_, err = h.Calls.Invite(h.ctx, as("ann"), toBob(fmt.Sprint(i)))
	}
	h.wants(err, chat.CodeBusy)
	h.wants(h.Calls.Cancel(h.ctx, as("ann"), "3", ""), 0)
	_, err = h.Calls.Invite(h.ctx, as("ann"), toBob("10"))
	h.wants(err, 0)
}

// A call to who has blocked its inviter reaches nobody, its end neither.
func TestBlockedCallRingsNowhere(t *testing.T) {
	h := open(t, nil)
	if _, err := h.People.BlockUsers(h.ctx, as("bob"), "bob", []chat.UserID{"ann"}); err != nil {
		t.Fatal(err)
	}
	h.invite("ann", toBob("a"))
	h.starts()
	h.wait(31 * time.Second)
	h.timesOut(2)
	for _, m := range h.heard() {
		if m.VisibleTo("bob") {
			t.Errorf("bob gets %s", m.Body)
		}
	}
	h.wantSignals("ann", chat.ToUser("bob"), "(1 ann: ann>bob audio)", "(5 ann: ann>bob audio)")
}

// timesOut waits until the history of ann and bob has so many signals, having the worker look.
func (h *house) timesOut(signals int) {
	h.Helper()
	if !eventually(func() bool {
		h.Calls.Look()
		return len(h.signals("ann", chat.ToUser("bob"))) >= signals
	}) {
		h.Fatal("the call is open")
	}
}

func TestServerEndsCallsThatNobodyAnswers(t *testing.T) {
	h := open(t, nil)
	h.starts()
	g := h.group("ann", chat.Work, "bob", "cat")
	h.invite("ann", call.Invitation{To: chat.ToGroup(g), ID: "g", Invitees: []chat.UserID{"bob", "cat"}, Timeout: 20})
	h.wants(h.Calls.Accept(h.ctx, as("cat"), "g", ""), 0)
	h.invite("ann", call.Invitation{To: chat.ToUser("bob"), ID: "o", Timeout: 25, OnlineOnly: true})
	h.invite("ann", toBob("a"))
	h.wait(31 * time.Second)
	h.Calls.Look()
	late := 0
	if !eventually(func() bool {
		late = 0
		for _, m := range h.heard() {
			if m.Tip == nil && strings.HasPrefix(strings.Trim(signalIn(h.T, m), "("), "5 ") {
				late++
			}
		}
		return late >= 3
	}) {
		t.Errorf("%d calls have timed out, want 3", late)
	}
	h.wantSignals("ann", chat.ToUser("bob"), "(1 ann: ann>bob audio)", "5 ann: ann>bob audio")
	got := h.signals("ann", chat.ToGroup(g))
	if last := got[len(got)-1]; last != "(5 ann: ann>bob )" {
		t.Errorf("in the group: %s", last)
	}
	h.wants(h.Calls.Accept(h.ctx, as("bob"), "a", ""), chat.CodeNoCall)
	if n := h.Calls.Waiting(); n != 0 {
		t.Errorf("%d calls wait still", n)
	}
}

// What is open is ended after a restart, once, whatever the clock says then.
func TestCallsEndAfterARestart(t *testing.T) {
	for _, clock := range []time.Duration{time.Hour, -time.Hour} {
		t.Run(clock.String(), func(t *testing.T) {
			h := open(t, nil)
			h.invite("ann", toBob("a"))
			for range 2 {
				h.wait(clock)
				next := core.New(core.Options{Store: h.store, Apps: h.apps, Now: h.clock, Lanes: 1})
				if err := next.Resume(h.ctx, []chat.AppID{app}); err != nil {
					t.Fatal(err)
				}
				if clock < 0 { // it waits no longer than its Timeout
					h.wait(31 * time.Second)
				}
				if !eventually(func() bool {
					next.Calls.Look()
					return chat.CodeOf(next.Calls.Cancel(h.ctx, as("cat"), "a", "")) != 0 && next.Calls.Waiting() == 0
				}) {
					t.Error("the call waits still")
				}
				if err := next.Close(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			h.wantSignals("ann", chat.ToUser("bob"), "(1 ann: ann>bob audio)", "5 ann: ann>bob audio")
		})
	}
}

// Calls whose inviter or group is no more end without a signal.
func TestCallsEndWithTheirInviterAndGroup(t *testing.T) {
	h := open(t, nil)
	g := h.group("cat", chat.Public, "ann", "bob")
	h.invite("ann", call.Invitation{To: chat.ToGroup(g), ID: "g", Invitees: []chat.UserID{"bob"}, Timeout: 20})
	h.invite("cat", call.Invitation{To: chat.ToUser("bob"), ID: "c", Timeout: 20})
	if err := h.Core.Group.Destroy(h.ctx, admin(), g); err != nil {
		t.Fatal(err)
	}
	if _, err := h.DeleteAccounts(h.ctx, admin(), []chat.UserID{"cat"}); err != nil {
		t.Fatal(err)
	}
	h.starts()
	h.wait(21 * time.Second)
	if !eventually(func() bool {
		h.Calls.Look()
		return h.Calls.Waiting() == 0
	}) {
		t.Fatal("calls wait still")
	}
	rows := func(s chat.Shard, kind chat.RowKind, prefix string) int {
		list, err := h.store.Rows(h.ctx, s, kind, prefix, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if !eventually(func() bool {
		return rows(chat.AppShard(app), 114, "d") == 0 && rows(chat.UserShard(app, "ann"), 115, "") == 0
	}) {
		t.Error("rows of calls that are over stay")
	}
}

// sessionEars notes the session that each message is not delivered to.
type sessionEars struct {
	ears
	of chan uint64
}

func (s *sessionEars) Deliver(_ *chat.Message, session uint64) { s.of <- session }

// All devices see the signals of a call, the one that sends them, too.
func TestSignalsReachTheDeviceThatSendsThem(t *testing.T) {
	h := open(t, nil)
	s := &sessionEars{of: make(chan uint64, 1)}
	h.Attach(s)
	by := chat.Actor{App: app, User: "ann", Session: 7}
	if _, err := h.Calls.Invite(h.ctx, by, toBob("a")); err != nil {
		t.Fatal(err)
	}
	select {
	case not := <-s.of:
		if not != 0 {
			t.Errorf("session %d does not get it", not)
		}
	case <-time.After(10 * time.Second):
		t.Error("nothing is delivered")
	}
}
