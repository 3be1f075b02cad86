package core_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/inbox"
)

func (h *house) list(of chat.UserID) inbox.ConvPage {
	h.Helper()
	page, err := h.Inbox.Conversations(h.ctx, as(of), inbox.ConvFilter{}, "", 0)
	h.wants(err, 0)
	return page
}

// Whatever tells how much is unread tells the same.
func TestUnreadIsTheSameEverywhere(t *testing.T) {
	h := open(t, nil)
	a := *h.apps.App(app)
	a.Retention = 24 * time.Hour
	h.apps.Set(a)
	check := func(when string, want uint64) {
		t.Helper()
		total, err := h.Inbox.UnreadTotal(h.ctx, app, "bob")
		h.wants(err, 0)
		sum, each, err := h.Inbox.UnreadC2C(h.ctx, admin(), "bob", []chat.UserID{"ann"})
		h.wants(err, 0)
		got := []uint64{h.list("bob").UnreadTotal, h.conv("bob", chat.ToUser("ann")).Unread, total, sum, each[0].Unread}
		if !slices.Equal(got, []uint64{want, want, want, want, want}) {
			t.Errorf("%s: list, item, total, sum and peer say %v, want %d", when, got, want)
		}
	}
	check("at first", 0)
	_, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToUser("bob"), Body: text("x"), Control: chat.NoLastMsg})
	h.wants(err, 0)
	check("after a first message with NoLastMsg", 1)
	if n := len(h.list("bob").Convs); n != 0 {
		t.Errorf("a message with NoLastMsg lists %d conversations", n)
	}
	h.send("ann", chat.ToUser("bob"), "y")
	check("after a message that lists it", 2)
	h.wait(48 * time.Hour)
	check("when all of it has expired", 0)
}

func TestUnreadMentionsAreInTheItem(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob", "cat")
	to := chat.ToGroup(g)
	say := func(from chat.UserID, d chat.Draft) chat.Seq {
		t.Helper()
		d.To, d.Body = to, text("x")
		r, err := h.Message.SendWait(h.ctx, as(from), d)
		h.wants(err, 0)
		return r.Seq
	}
	at := func(list ...chat.UserID) chat.Draft { return chat.Draft{At: list} }
	h.send("ann", to, "1")
	say("ann", at("bob")) // 2
	h.send("ann", to, "3")
	say("cat", at(chat.AtAll))                                                   // 4
	say("cat", at("bob", chat.AtAll))                                            // 5
	say("ann", at("cat"))                                                        // 6
	say("bob", at("bob"))                                                        // 7: bob's own
	gone := say("ann", at("bob"))                                                // 8: recalled
	say("ann", chat.Draft{At: []chat.UserID{"bob"}, Only: []chat.UserID{"cat"}}) // 9: not for bob
	say("ann", chat.Draft{At: []chat.UserID{"bob"}, Control: chat.NoUnread})     // 10: not unread
	_, err := h.Message.Recall(h.ctx, as("ann"), "", to, chat.MessageRef{Seq: gone}, "")
	h.wants(err, 0)
	check := func(when string, want ...string) {
		t.Helper()
		for what, v := range map[string]inbox.ConvView{"item": h.conv("bob", to), "list": h.list("bob").Convs[0]} {
			got := []string{}
			for _, m := range v.Mentions {
				got = append(got, fmt.Sprintf("%d %s %d", m.Seq, m.From, m.Kind))
			}
			if !slices.Equal(got, append([]string{}, want...)) {
				t.Errorf("%s, %s: got %q, want %q", when, what, got, want)
			}
		}
	}
	check("unread", "2 ann 1", "4 cat 2", "5 cat 3")
	h.wants(h.Inbox.MarkRead(h.ctx, as("bob"), "", to, 4), 0)
	check("read up to 4", "5 cat 3")
	h.wants(h.Inbox.MarkRead(h.ctx, as("bob"), "", to, chat.Newest), 0)
	check("all read")
	say("cat", at(chat.AtAll))
	check("one more", "11 cat 2")
}

func TestSyncAskedAgainAnswersNothing(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	h.send("ann", chat.ToGroup(g), "x")
	h.send("ann", chat.ToUser("bob"), "x")
	_, err := h.Message.SendWait(h.ctx, as("cat"), chat.Draft{To: chat.ToUser("bob"), Body: text("x"), Control: chat.NoLastMsg})
	h.wants(err, 0)
	h.wants(h.Message.React(h.ctx, as("bob"), chat.ToUser("ann"), 1, "tea", true), 0)
	h.wants(h.Inbox.MarkRead(h.ctx, as("ann"), "", chat.ToUser("bob"), chat.Newest), 0)
	first, err := h.Inbox.Sync(h.ctx, as("bob"), inbox.SyncQuery{EventSeq: new(uint64(0))})
	h.wants(err, 0)
	if len(first.Convs) != 3 || !first.Finished {
		t.Errorf("%d conversations, finished %v, want three and all", len(first.Convs), first.Finished)
	}
	whole, bare := map[chat.Target]inbox.SyncPoint{}, map[chat.Target]inbox.SyncPoint{}
	for _, c := range first.Convs {
		whole[c.Target] = inbox.SyncPoint{Seq: c.Head.Seq, Rev: &c.Head.Rev}
		bare[c.Target] = inbox.SyncPoint{Seq: c.Head.Seq}
	}
	for name, convs := range map[string]map[chat.Target]inbox.SyncPoint{"with Rev": whole, "bare": bare} {
		p, err := h.Inbox.Sync(h.ctx, as("bob"), inbox.SyncQuery{EventSeq: &first.EventSeq, Convs: convs})
		h.wants(err, 0)
		if len(p.Convs) != 0 || len(p.Events) != 0 || !p.Finished || p.EventSeq != first.EventSeq {
			t.Errorf("%s: asked again: %+v", name, p)
		}
	}
	h.send("ann", chat.ToUser("bob"), "y")
	p, err := h.Inbox.Sync(h.ctx, as("bob"), inbox.SyncQuery{Convs: bare})
	h.wants(err, 0)
	if len(p.Convs) != 1 || p.Convs[0].Head.Seq != 2 || len(p.Convs[0].Events) != 0 {
		t.Errorf("after one more: %+v, want that conversation without events", p)
	}
	whole[chat.ToUser("ann")] = inbox.SyncPoint{Seq: 2, Rev: new(uint64(0))}
	p, err = h.Inbox.Sync(h.ctx, as("bob"), inbox.SyncQuery{Convs: whole})
	h.wants(err, 0)
	if len(p.Convs) != 1 || len(p.Convs[0].Events) != 2 {
		t.Errorf("behind in events alone: %+v", p)
	}
}

// A joined group is in the list before its first message, and one whose history
// shows what was said before one joined shows it there too (spec/00 §5).
func TestJoinedGroupsAreListed(t *testing.T) {
	h := open(t, nil)
	for _, c := range []struct {
		kind  chat.GroupType
		empty bool     // listed before its first message
		last  chat.Seq // what a later member sees as the last message
	}{
		{chat.Meeting, true, 1},
		{chat.Public, true, 2}, // the tip that tells of the joining
		{chat.Work, false, 2},
		{chat.Community, true, 2},
	} {
		g := h.group("ann", c.kind)
		in := func(u chat.UserID) *inbox.ConvView {
			for _, v := range h.list(u).Convs {
				if v.Target == chat.ToGroup(g) {
					return &v
				}
			}
			return nil
		}
		if v := in("ann"); (v != nil) != c.empty || v != nil && (v.Last != nil || v.Head.LastTime == 0) {
			t.Errorf("%s before its first message: %+v", c.kind, v)
		}
		h.send("ann", chat.ToGroup(g), "hello")
		h.wait(time.Second)
		_, err := h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"bob"}, false)
		h.wants(err, 0)
		v := in("bob")
		switch {
		case v == nil:
			t.Errorf("%s: not in a later member's list", c.kind)
		case v.Last == nil || v.Last.Seq != c.last || v.Unread != 0:
			t.Errorf("%s: a later member's last message is %+v with %d unread, want %d", c.kind, v.Last, v.Unread, c.last)
		}
		if got := h.conv("bob", chat.ToGroup(g)); v != nil && (got.Last == nil || got.Last.Seq != v.Last.Seq) {
			t.Errorf("%s: the item says otherwise: %+v", c.kind, got.Last)
		}
	}
	room := h.group("ann", chat.AVChatRoom)
	for _, v := range h.list("ann").Convs {
		if v.Target == chat.ToGroup(room) {
			t.Error("a live room is in the list")
		}
	}
}
