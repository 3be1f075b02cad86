package core_test

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
)

// shown are the figures of today that are not 0.
func (h *house) shown(ago int) map[chat.Figure]int64 {
	h.Helper()
	list, err := h.Figures(h.ctx, admin())
	if err != nil || len(list) != 30 {
		h.Fatalf("%d days, %v", len(list), err)
	}
	day := list[29-ago]
	if want := h.clock().Unix()/86400 - int64(ago); day.Day != want {
		h.Errorf("day %d, want %d", day.Day, want)
	}
	maps.DeleteFunc(day.Figures, func(_ chat.Figure, n int64) bool { return n == 0 })
	return day.Figures
}

// Figures are what has happened, by day.
func TestFiguresAreCounted(t *testing.T) {
	h := open(t, nil)
	phone := chat.Actor{App: app, User: "ann", Device: "d", Platform: chat.PlatformIOS, Session: 7}
	same := func(ago int, want map[chat.Figure]int64) {
		t.Helper()
		if !eventually(func() bool { return maps.Equal(h.shown(ago), want) }) {
			t.Errorf("%d days ago: %v, want %v", ago, h.shown(ago), want)
		}
	}
	same(0, map[chat.Figure]int64{chat.FigureRegistered: 4, chat.FigureAccountsInAll: 4})
	same(1, map[chat.Figure]int64{})
	g := h.group("ann", chat.Public, "bob")
	for _, d := range []chat.Draft{
		{To: chat.ToUser("bob"), Body: text("1")},
		{To: chat.ToGroup(g), Body: text("2")},
		{To: chat.ToGroup(g), Body: text("3"), Control: chat.OnlineOnly},
	} {
		for _, by := range []chat.Actor{phone, as("ann")} { // of which the second is no device
			if _, err := h.Message.SendWait(h.ctx, by, d); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 2 {
		d := chat.Draft{To: chat.ToUser("bob"), Body: text("once"), ClientMsgID: "m"}
		if _, err := h.Message.SendWait(h.ctx, phone, d); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Core.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"cat", "bob"}, false); err != nil { // one is in it
		t.Fatal(err)
	}
	h.wants(h.Core.Group.RemoveMembers(h.ctx, admin(), g, []chat.UserID{"bob"}, false, ""), 0)
	room := h.group("ann", chat.AVChatRoom)
	if _, err := h.Core.Group.Join(h.ctx, as("bob"), room, ""); err != nil {
		t.Fatal(err)
	}
	h.wants(h.Core.Group.Quit(h.ctx, as("bob"), room), 0)
	h.Online(h.ctx, phone, nil)
	h.Online(h.ctx, phone, nil)
	h.Online(h.ctx, chat.Actor{App: app, User: "bob", Device: "d", Platform: chat.PlatformWeb}, nil)
	day := map[chat.Figure]int64{
		chat.FigureRegistered: 4, chat.FigureAccountsInAll: 4, chat.FigureGroupsMade: 2, chat.FigureGroupsInAll: 2, chat.FigureJoined: 3, chat.FigureLeft: 1,
		chat.FigureSent: 4, chat.FigureSentC2C: 2, chat.FigureSentGroup: 2, chat.FigureLogins: 3, chat.FigureLoginUsers: 2,
		chat.FigureActive: 2,
	}
	same(0, day)
	if n := h.Sent(app); n != 7 || h.Sent(2) != 0 {
		t.Errorf("%d messages since the start, want 7: those of devices and of others, written down or not", n)
	}
	h.wait(24 * time.Hour)
	same(1, day)
	if _, err := h.DeleteAccounts(h.ctx, admin(), []chat.UserID{"cat"}); err != nil {
		t.Fatal(err)
	}
	h.wants(h.Group.Destroy(h.ctx, as("ann"), g), 0)
	last := map[chat.Figure]int64{
		chat.FigureAccountsInAll: 3, chat.FigureUnregistered: 1, chat.FigureGroupsEnded: 1, chat.FigureGroupsInAll: 1, chat.FigureLeft: 1,
	}
	same(0, last)
	same(1, day)
	h.wait(29 * 24 * time.Hour)
	same(29, last)
	if _, err := h.Figures(h.ctx, as("ann")); chat.CodeOf(err) != chat.CodeNeedAdmin {
		t.Errorf("a user asks: %v", err)
	}
}

// What has been counted is there after an orderly end.
func TestFiguresOutliveAnEnd(t *testing.T) {
	h := open(t, nil)
	for i := range 3 {
		h.Online(h.ctx, chat.Actor{App: app, User: "ann", Device: fmt.Sprint(i), Platform: chat.PlatformWeb}, nil)
	}
	if err := h.Core.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	h.Core = core.New(core.Options{Store: h.store, Apps: h.apps, Now: h.clock, Lanes: 1})
	if got := h.shown(0); got[chat.FigureLogins] != 3 || got[chat.FigureRegistered] != 4 {
		t.Errorf("figures are %v", got)
	}
}

// What is delivered is counted when it is written down; the most users online are those of
// any moment of the day, and who stays over midnight is active on both days, once.
func TestFiguresOfDelivery(t *testing.T) {
	h := open(t, nil)
	phone := chat.Actor{App: app, User: "ann", Device: "d", Platform: chat.PlatformIOS}
	tell := func(online, c2c, group int64) {
		h.ears.mu.Lock()
		defer h.ears.mu.Unlock()
		h.ears.online, h.ears.c2c, h.ears.group = online, c2c, group
	}
	today := func() string {
		f := h.shown(0)
		return fmt.Sprint(f[chat.FigureActive], f[chat.FigureMostOnline], f[chat.FigureDown], f[chat.FigureDownC2C], f[chat.FigureDownGroup])
	}
	tell(5, 0, 0)
	h.Online(h.ctx, phone, nil)
	tell(3, 7, 100)
	if !eventually(func() bool { return today() == "1 5 107 7 100" }) {
		t.Errorf("got %s", today())
	}
	tell(4, 1, 0)
	h.same("later", today(), "1 5 108 8 100")
	tell(2, 0, 0)
	h.ears.stayed = 2
	h.wait(24 * time.Hour)
	h.same("the next day", today(), "2 2 0 0 0")
	h.same("again", today(), "2 2 0 0 0")
	h.Offline(h.ctx, phone, "Disconnect", "LinkClose", false) // was there since yesterday
	h.Online(h.ctx, phone, nil)
	if !eventually(func() bool { return h.shown(0)[chat.FigureLoginUsers] == 1 }) {
		t.Error("the login is not counted")
	}
	h.same("who comes back", today(), "2 2 0 0 0")
	h.Count(app, chat.FigureCalls)
	h.same("calls", h.shown(0)[chat.FigureCalls], "1")
	yesterday := h.shown(1)
	h.same("yesterday", fmt.Sprint(yesterday[chat.FigureMostOnline], yesterday[chat.FigureDown]), "5 108")
}
