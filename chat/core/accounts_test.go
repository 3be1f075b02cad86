package core_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
)

// lodge has devices at the door, and remembers who was thrown out.
type lodge struct {
	*ears
	mu      sync.Mutex
	devices map[chat.UserID][]chat.Device
	late    []chat.Device // who is there from the second time on that anybody asks
	asked   int
	thrown  []string
	left    []string
}

func (l *lodge) Devices(_ chat.AppID, u chat.UserID) []chat.Device {
	if l.asked++; l.asked > 1 && l.late != nil {
		return l.late
	}
	return l.devices[u]
}

func (l *lodge) Kick(_ chat.AppID, u chat.UserID, _ string, why chat.KickReason, by chat.UserID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.thrown = append(l.thrown, string(u)+" "+string(why)+" by "+string(by))
}

func (l *lodge) Left(_ chat.AppID, g chat.GroupID, users []chat.UserID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, u := range users {
		l.left = append(l.left, string(u)+" "+string(g))
	}
}

func openLodge(t *testing.T, change func(*core.Options)) (*house, *lodge) {
	h := open(t, change)
	l := &lodge{ears: h.ears, devices: map[chat.UserID][]chat.Device{}}
	h.Attach(l)
	return h, l
}

func profile(u chat.UserID, nick string) chat.Profile { return chat.Profile{User: u, Nick: &nick} }

func TestLogin(t *testing.T) {
	h := open(t, nil)
	now := h.clock()
	if _, err := h.People.Login(h.ctx, app, "newcomer", chat.Ticket{Issued: now.Unix()}); err != nil {
		t.Fatalf("first login: %v", err)
	}
	acc, err := h.Ledger().Account(h.ctx, app, "newcomer")
	if err != nil || acc == nil || acc.Created != now.Unix() {
		t.Errorf("the first login made %+v, %v", acc, err)
	}
	h.apps.Set(chat.App{ID: 7, Disabled: true})
	banned := chat.Account{App: app, User: "banned", Blocked: true}
	if err := h.put(&banned); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what string
		app  chat.AppID
		user chat.UserID
		want chat.Code
	}{
		{"an app nobody knows", 8, "ann", chat.CodeUnknownApp},
		{"an app that is switched off", 7, "ann", chat.CodeAppDisabled},
		{"a name that may not be registered", app, " ann", chat.CodeAccountParameter},
		{"an account that is blocked", app, "banned", chat.CodeAccountBlocked},
		{"somebody known", app, "ann", 0},
	} {
		if _, err := h.People.Login(h.ctx, c.app, c.user, chat.Ticket{Issued: now.Unix()}); chat.CodeOf(err) != c.want {
			t.Errorf("%s: got %v, want %d", c.what, err, c.want)
		}
	}
}

func TestKickRevokesEarlierTickets(t *testing.T) {
	h, l := openLodge(t, nil)
	h.wants(h.People.Kick(h.ctx, admin(), "ann"), 0)
	if want := []string{"ann admin by admin"}; !slices.Equal(l.thrown, want) {
		t.Errorf("thrown out: %v, want %v", l.thrown, want)
	}
	kicked := h.clock().Unix()
	for _, c := range []struct {
		what   string
		issued int64
		want   chat.Code
	}{
		{"a ticket from before", kicked - 1, chat.CodeTicketRevoked},
		{"a ticket of the same second", kicked, chat.CodeTicketRevoked},
		{"a ticket from after", kicked + 1, 0},
		{"a ticket dated no further ahead than clocks differ", kicked + 60, 0},
		{"a ticket dated further ahead", kicked + 61, chat.CodeTicketRevoked},
		{"a ticket without a time", 0, chat.CodeTicketRevoked},
	} {
		if _, err := h.People.Login(h.ctx, app, "ann", chat.Ticket{Issued: c.issued}); chat.CodeOf(err) != c.want {
			t.Errorf("%s: got %v, want %d", c.what, err, c.want)
		}
	}
	h.wants(h.People.Kick(h.ctx, admin(), "nobody"), chat.CodeNoAccount)
	h.wants(h.People.Kick(h.ctx, as("bob"), "ann"), chat.CodeAccountNeedAdmin)
}

func TestImport(t *testing.T) {
	h := open(t, nil)
	long := strings.Repeat("x", 501)
	face := "http://x/face"
	failed, err := h.People.Import(h.ctx, admin(), []chat.Profile{
		profile("dora", "Dora"),
		{User: "dora", FaceURL: &face},
		profile("", "x"), profile(" eve", "x"),
		profile("@TLS#NOT_FOUND", "x"), profile(chat.SystemUser, "x"),
		{User: "fred", Nick: &long},
		profile(chat.UserID(strings.Repeat("x", 33)), "x"), profile("ann", "Ann"),
	})
	h.wants(err, 0)
	var got []chat.Code
	for _, f := range failed {
		got = append(got, f.Code)
	}
	want := []chat.Code{
		chat.CodeAccountParameter, chat.CodeAccountParameter, chat.CodeAccountParameter, chat.CodeAccountParameter,
		chat.CodeProfileTooLong, chat.CodeAccountParameter,
	}
	if !slices.Equal(got, want) {
		t.Errorf("failures %v, want %v", failed, want)
	}
	if acc, _ := h.Ledger().Account(h.ctx, app, "dora"); acc == nil || acc.Nick != "Dora" || acc.FaceURL != face {
		t.Errorf("dora named twice in one call is %+v", acc)
	}
	h.wants(h.People.Kick(h.ctx, admin(), "dora"), 0)
	if _, err := h.People.Import(h.ctx, admin(), []chat.Profile{profile("dora", "")}); err != nil {
		t.Fatal(err)
	}
	acc, _ := h.Ledger().Account(h.ctx, app, "dora")
	if acc.Nick != "" || acc.FaceURL != face || acc.KickedAt == 0 {
		t.Errorf("a second import leaves %+v, want the nick alone changed", acc)
	}
	exist, err := h.People.Check(h.ctx, admin(), []chat.UserID{"dora", "fred", "ann"})
	if err != nil || !slices.Equal(exist, []bool{true, false, true}) {
		t.Errorf("check: %v %v", exist, err)
	}
	_, err = h.People.Import(h.ctx, as("ann"), []chat.Profile{profile("x", "x")})
	h.wants(err, chat.CodeAccountNeedAdmin)
	_, err = h.People.Check(h.ctx, as("ann"), nil)
	h.wants(err, chat.CodeAccountNeedAdmin)
}

// Kicks and imports of one account at a time must not undo each other.
func TestConcurrentAccountChanges(t *testing.T) {
	h := open(t, nil)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { h.wants(h.People.Kick(h.ctx, admin(), "ann"), 0) })
		all.Go(func() {
			_, err := h.People.Import(h.ctx, admin(), []chat.Profile{profile("bob", "B"), profile("ann", "A")})
			h.wants(err, 0)
		})
	}
	all.Wait()
	if acc, _ := h.Ledger().Account(h.ctx, app, "ann"); acc.Nick != "A" || acc.KickedAt == 0 {
		t.Errorf("something was undone: %+v", acc)
	}
}

func TestDeleteAccountKeepsMessages(t *testing.T) {
	h, l := openLodge(t, nil)
	owned := h.group("ann", chat.Public, "bob")
	joined := h.group("bob", chat.Work, "ann")
	h.send("ann", chat.ToUser("bob"), "remember me")
	_, err := h.People.BlockUsers(h.ctx, as("bob"), "bob", []chat.UserID{"ann"})
	h.wants(err, 0)

	results, err := h.DeleteAccounts(h.ctx, admin(), []chat.UserID{"ann", "nobody"})
	h.wants(err, 0)
	if results[0].Code != 0 || results[1].Code != chat.CodeNoAccount {
		t.Errorf("results %+v", results)
	}
	if acc, _ := h.Ledger().Account(h.ctx, app, "ann"); acc != nil {
		t.Error("the account is there")
	}
	for _, g := range []chat.GroupID{owned, joined} {
		roles, err := h.Group.Roles(h.ctx, admin(), g, []chat.UserID{"ann", "bob"})
		if err != nil || roles[0] != chat.NotMember || roles[1] == chat.NotMember {
			t.Errorf("roles in %s: %v %v", g, roles, err)
		}
	}
	if g, err := h.Group.Get(h.ctx, admin(), owned); err != nil || g.Owner != "" || g.Members != 1 {
		t.Errorf("the group without its owner: %+v %v", g.Group, err)
	}
	if want := []string{"ann admin by admin"}; !slices.Equal(l.thrown, want) {
		t.Errorf("thrown out: %v", l.thrown)
	}
	list, err := h.People.Blocklist(h.ctx, as("bob"), "bob", "", 10)
	if err != nil || len(list) != 0 {
		t.Errorf("bob's blocklist: %v %v", list, err)
	}
	words, err := h.store.Messages(h.ctx, chat.C2COf(app, "ann", "bob"), 1, false, 10, 1<<20)
	if err != nil || len(words) != 1 {
		t.Errorf("ann's messages to bob: %d messages, %v", len(words), err)
	}
	_, err = h.DeleteAccounts(h.ctx, as("bob"), []chat.UserID{"cat"})
	h.wants(err, chat.CodeAccountNeedAdmin)
}

func TestBlocklists(t *testing.T) {
	h := open(t, nil)
	a := *h.apps.App(app)
	a.Limits.Blocklist = 2
	h.apps.Set(a)
	results, err := h.People.BlockUsers(h.ctx, as("ann"), "ann", []chat.UserID{"bob", "nobody", "ann", "bob", "cat", "admin"})
	h.wants(err, 0)
	want := []chat.Code{0, chat.CodeRelationNoAccount, chat.CodeRelationParameter, chat.CodeRelationParameter, 0, chat.CodeBlocklistFull}
	for i, r := range results {
		if r.Code != want[i] {
			t.Errorf("%s: %+v, want %d", r.User, r, want[i])
		}
	}
	if results[3].Info != "Err_SNS_BlackListAdd_Already_Exist" {
		t.Errorf("twice: %q", results[3].Info)
	}
	results, _ = h.People.BlockUsers(h.ctx, as("ann"), "ann", []chat.UserID{"bob"})
	if results[0].Code != chat.CodeRelationParameter || results[0].Info != "Err_SNS_BlackListAdd_Already_Exist" {
		t.Errorf("again: %+v", results[0])
	}
	list, err := h.People.Blocklist(h.ctx, admin(), "ann", "bob", 10)
	if err != nil || len(list) != 1 || list[0].User != "cat" || list[0].At != h.clock().Unix() {
		t.Errorf("after bob: %v %v", list, err)
	}
	results, err = h.People.UnblockUsers(h.ctx, as("ann"), "", []chat.UserID{"cat", "admin"})
	if err != nil || results[0].Code != 0 || results[1].Code != 0 {
		t.Errorf("unblock: %v %v", results, err)
	}
	for _, err := range []error{
		second(h.People.BlockUsers(h.ctx, as("bob"), "ann", []chat.UserID{"cat"})),
		second(h.People.UnblockUsers(h.ctx, as("bob"), "ann", []chat.UserID{"cat"})),
		second(h.People.Blocklist(h.ctx, as("bob"), "ann", "", 1)),
	} {
		h.wants(err, chat.CodeRelationNeedAdmin)
	}
	h.wants(second(h.People.Blocklist(h.ctx, admin(), "nobody", "", 1)), chat.CodeRelationNoAccount)
}

func second[T any](_ T, err error) error { return err }

func TestPresenceAndMe(t *testing.T) {
	h, l := openLodge(t, nil)
	l.devices["ann"] = []chat.Device{{Client: "phone", Platform: chat.PlatformIOS}}
	states, failures, err := h.People.Presences(h.ctx, as("bob"), []chat.UserID{"ann", "nobody", "bob"})
	if err != nil || len(states) != 2 || states[0].State != chat.Online || states[1].State != chat.Unknown {
		t.Errorf("states %+v %v", states, err)
	}
	if len(failures) != 1 || failures[0].User != "nobody" || failures[0].Code != chat.CodeNoAccount {
		t.Errorf("failures %+v", failures)
	}
	me, err := h.People.Me(h.ctx, as("ann"))
	if err != nil || me.Account.User != "ann" || len(me.Devices) != 1 || me.Admin || me.Limits.Blocklist != 1000 {
		t.Errorf("ann is %+v, %v", me, err)
	}
	if me, err := h.People.Me(h.ctx, as("admin")); err != nil || !me.Admin {
		t.Errorf("the administrator is %+v, %v", me, err)
	}
}

// bell rings when the outbox has something.
type bell chan struct{}

func (b bell) Committed() { b <- struct{}{} }

func TestStateChangeEventsAreInOrder(t *testing.T) {
	rung := make(bell, 8)
	h := open(t, func(o *core.Options) { o.Observer = rung })
	device := chat.Actor{App: app, User: "ann", Device: "d", Platform: chat.PlatformIOS, IP: "10.0.0.1"}
	h.Online(h.ctx, device, nil) // nobody asked to be told
	a := *h.apps.App(app)
	a.Webhook = chat.Webhook{URL: "http://x", Events: map[string]bool{string(chat.StateChange): true}}
	h.apps.Set(a)

	h.Online(h.ctx, device, []chat.Platform{chat.PlatformWeb})
	h.Offline(h.ctx, device, "Disconnect", "TimeOut", true)
	var told []*chat.Event
	for len(told) < 2 {
		<-rung
		var err error
		if told, err = h.store.Pending(context.Background(), "", 10); err != nil {
			t.Fatal(err)
		}
	}
	in, out := told[0], told[1]
	if in.Action != "Login" || in.Reason != "Register" || !slices.Equal(in.Kicked, []chat.Platform{chat.PlatformWeb}) {
		t.Errorf("first %+v", in)
	}
	if out.Action != "Disconnect" || out.Reason != "TimeOut" || out.Key != in.Key || !slices.Equal(out.Users, []chat.UserID{"ann"}) {
		t.Errorf("then %+v", out)
	}
	if rows, err := h.Inbox.UserConvs(context.Background(), app, "ann"); err != nil || len(rows) != 0 {
		t.Errorf("a state change made conversations: %v %v", rows, err)
	}
}

func TestOfflineViewerMayNotSend(t *testing.T) {
	h, l := openLodge(t, nil)
	room := h.group("bob", chat.AVChatRoom)
	if _, err := h.Group.Join(h.ctx, as("ann"), room, ""); err != nil {
		t.Fatal(err)
	}
	h.Offline(h.ctx, as("ann"), "Disconnect", "LinkClose", false)
	h.send("ann", chat.ToGroup(room), "still here")
	h.Offline(h.ctx, as("ann"), "Disconnect", "LinkClose", true)
	_, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToGroup(room), Body: text("x")})
	if !errors.Is(err, chat.ErrNotAllowed) {
		t.Errorf("ann sent to a room after leaving it: %v", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(l.left, "ann "+string(room)) {
		t.Errorf("left: %v", l.left)
	}
}
