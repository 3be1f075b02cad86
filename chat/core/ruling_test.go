package core_test

import (
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/message"
)

func TestEmptyReceiverListIsRefused(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	_, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToGroup(g), Body: text("psst"), Only: []chat.UserID{}})
	h.wants(err, chat.CodeGroupParameter)
	if n := len(h.heard()); n != 0 {
		t.Errorf("%d messages delivered, want none", n)
	}
}

// Targeted messages, and what only its sender has, are not in an administrator's
// simple history, and nothing stands in their place (spec/22b §5).
func TestTheSimpleHistoryLeavesOutWhatIsNotForEverybody(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob", "cat")
	secret := func() {
		t.Helper()
		_, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToGroup(g), Body: text("psst"), Only: []chat.UserID{"bob"}})
		h.wants(err, 0)
	}
	secret()
	h.send("ann", chat.ToGroup(g), "two")
	secret()
	h.send("ann", chat.ToGroup(g), "four")
	secret()
	for _, c := range []struct {
		from  chat.Seq
		count int
		want  []chat.Seq
	}{
		{chat.Newest, 10, []chat.Seq{4, 2}},
		{5, 10, []chat.Seq{4, 2}},
		{1000, 1, []chat.Seq{4}}, // above the newest is the newest
		{3, 1, []chat.Seq{2}},
		{1, 1, nil},
	} {
		p, err := h.Message.GroupMessages(h.ctx, admin(), g, c.from, c.count, false)
		h.wants(err, 0)
		if !same(numbers(p.Messages), c.want) || len(p.Missing) != 0 || p.Finished != 1 {
			t.Errorf("%d from %d: got %v, %v in place of others, finished %d, want %v", c.count, c.from, numbers(p.Messages), p.Missing, p.Finished, c.want)
		}
	}
	p, err := h.Message.History(h.ctx, admin(), message.HistoryQuery{Target: chat.ToGroup(g)})
	h.wants(err, 0)
	h.same("the administrator's history", numbers(p.Messages), []chat.Seq{2, 4})
}

func TestUnreadIsExactUnlessTheAppCapsIt(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	a := *h.apps.App(app)
	a.Limits = a.Limits.NoRates()
	h.apps.Set(a)
	for range 300 {
		h.send("ann", chat.ToUser("bob"), "x")
		h.send("ann", chat.ToGroup(g), "x")
	}
	for cap, want := range map[int]uint64{0: 300, 250: 250, 400: 300} {
		a.Limits.C2CUnreadCap = cap
		h.apps.Set(a)
		if v := h.conv("bob", chat.ToUser("ann")); v.Unread != want {
			t.Errorf("cap %d: %d unread, want %d", cap, v.Unread, want)
		}
		if total, err := h.Inbox.UnreadTotal(h.ctx, app, "bob"); err != nil || total != want {
			t.Errorf("cap %d: %d unread in all (%v), want %d", cap, total, err, want)
		}
		if v := h.conv("bob", chat.ToGroup(g)); v.Unread != 300 {
			t.Errorf("cap %d: %d unread in the group, want 300", cap, v.Unread)
		}
	}
}

func TestTheSimpleHistoryNamesWhatHasExpired(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	a := *h.apps.App(app)
	a.Retention = time.Hour
	h.apps.Set(a)
	for range 3 {
		h.send("ann", chat.ToGroup(g), "x")
	}
	h.wait(2 * time.Hour)
	h.send("ann", chat.ToGroup(g), "x")
	for count, want := range map[int][]chat.Seq{1: nil, 2: {3}, 4: {3, 2, 1}, 9: {3, 2, 1}} {
		p, err := h.Message.GroupMessages(h.ctx, admin(), g, chat.Newest, count, false)
		h.wants(err, 0)
		h.same("there", numbers(p.Messages), []chat.Seq{4})
		h.same("expired", p.Missing, want)
	}
}
