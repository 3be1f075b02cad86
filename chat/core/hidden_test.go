package core_test

import (
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/inbox"
	"github.com/teahouse-im/teahouse/chat/message"
)

// block puts ann on bob's blocklist, or takes ann off it.
func (h *house) block(on bool) {
	h.Helper()
	change := h.People.UnblockUsers
	if on {
		change = h.People.BlockUsers
	}
	_, err := change(h.ctx, as("bob"), "bob", []chat.UserID{"ann"})
	h.wants(err, 0)
}

func (h *house) page(of chat.UserID, t chat.Target) message.HistoryPage {
	h.Helper()
	p, err := h.Message.History(h.ctx, as(of), message.HistoryQuery{Target: t})
	h.wants(err, 0)
	return p
}

func (h *house) conv(of chat.UserID, t chat.Target) inbox.ConvView {
	h.Helper()
	v, err := h.Inbox.Conversation(h.ctx, as(of), t)
	h.wants(err, 0)
	return v
}

// sees reports what was delivered to u of a conversation.
func (h *house) sees(u chat.UserID) (list []chat.Seq) {
	h.Helper()
	for _, m := range h.heard() {
		if m.VisibleTo(u) {
			list = append(list, m.Seq)
		}
	}
	return list
}

// befores are the numbers that the messages of a page say are before them.
func befores(p message.HistoryPage) (list []chat.Seq) {
	for i := range p.Messages {
		list = append(list, p.Before(i))
	}
	return list
}

func (h *house) sameNumbers(what string, got, want []chat.Seq) {
	h.Helper()
	if !same(got, want) {
		h.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestABlockedSenderCannotTell(t *testing.T) {
	h := open(t, nil)
	bob := chat.ToUser("bob")
	h.send("ann", bob, "one")
	h.block(true)
	h.wait(time.Second)
	d := chat.Draft{To: bob, Body: text("psst"), ClientMsgID: "c-1"}
	first, err := h.Message.SendWait(h.ctx, as("ann"), d)
	h.wants(err, 0)
	again, err := h.Message.SendWait(h.ctx, as("ann"), d)
	h.wants(err, 0)
	if first.Seq != 2 || first.Prev != 1 || !again.Duplicate || again.Seq != 2 {
		t.Errorf("got %+v and again %+v, want number 2 both times", first, again)
	}
	h.sameNumbers("ann's history", numbers(h.page("ann", bob).Messages), span(1, 2))
	if v := h.conv("ann", bob); v.Head.Seq != 2 || v.Last == nil || v.Last.Seq != 2 || v.Head.LastTime != first.Time {
		t.Errorf("ann's conversation: %+v", v)
	}
	if page, err := h.Inbox.Conversations(h.ctx, as("ann"), inbox.ConvFilter{}, "", 0); err != nil || page.Convs[0].Last.Seq != 2 {
		t.Errorf("ann's list: %+v, %v", page, err)
	}
}

func TestABlockedMessageIsNothingToItsReceiver(t *testing.T) {
	h := open(t, nil)
	bob, ann := chat.ToUser("bob"), chat.ToUser("ann")
	h.send("ann", bob, "one")
	before := h.conv("bob", ann)
	point := inbox.SyncQuery{Convs: map[chat.Target]inbox.SyncPoint{ann: {Seq: before.Head.Seq, Rev: &before.Head.Rev}}}
	h.block(true)
	h.wait(time.Second)
	hidden, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: bob, Body: text("psst"), Control: chat.NeedReceipt})
	h.wants(err, 0)

	nothing := func(when string) {
		t.Helper()
		h.sameNumbers(when+" delivered to bob", h.sees("bob"), span(1, 1))
		h.sameNumbers(when+" bob's history", numbers(h.page("bob", ann).Messages), span(1, 1))
		if v := h.conv("bob", ann); v.Head.Seq != 1 || v.Head.LastTime != before.Head.LastTime || v.Head.Rev != before.Head.Rev ||
			v.Last.Seq != 1 || v.Unread != 1 {
			t.Errorf("%s bob's conversation: %+v", when, v)
		}
		page, err := h.Inbox.Sync(h.ctx, as("bob"), point)
		h.wants(err, 0)
		if len(page.Convs) != 0 || len(page.Events) != 0 {
			t.Errorf("%s bob's sync: %+v", when, page)
		}
		if total, err := h.Inbox.UnreadTotal(h.ctx, app, "bob"); err != nil || total != 1 {
			t.Errorf("%s bob has %d unread (%v), want 1", when, total, err)
		}
		for _, e := range h.events() {
			t.Errorf("%s told: %+v", when, e)
		}
	}
	nothing("at once")

	never := chat.MessageRef{Seq: 99}
	for name, ref := range map[string]chat.MessageRef{"number": {Seq: hidden.Seq}, "key": {Key: hidden.Key}, "id": {ID: hidden.ID}} {
		_, err := h.Message.Recall(h.ctx, as("bob"), "", ann, ref, "")
		_, missing := h.Message.Recall(h.ctx, as("bob"), "", ann, never, "")
		if err == nil || err.Error() != missing.Error() {
			t.Errorf("bob recalls by %s: got %v, want %v", name, err, missing)
		}
	}
	h.wants(h.Message.SendReceipts(h.ctx, as("bob"), "", ann, []chat.MessageRef{{Seq: hidden.Seq}}), chat.CodeNoMessage)
	h.wants(h.Message.React(h.ctx, as("bob"), ann, hidden.Seq, "tea", true), chat.CodeNoMessage)
	_, err = h.Message.Recall(h.ctx, as("ann"), "", bob, chat.MessageRef{Seq: hidden.Seq}, "sorry")
	h.wants(err, 0)
	nothing("after the recall")
	h.wants(h.Inbox.MarkRead(h.ctx, as("bob"), "", ann, chat.Newest), 0)
	if v := h.conv("ann", bob); v.PeerRead.Seq != 1 {
		t.Errorf("ann is told that bob has read up to %d, want 1", v.PeerRead.Seq)
	}

	h.block(false)
	third := h.send("ann", bob, "friends again?")
	page := h.page("bob", ann)
	h.sameNumbers("bob's history after", numbers(page.Messages), []chat.Seq{1, third.Seq})
	h.sameNumbers("numbers before", befores(page), []chat.Seq{0, 1})
	h.sameNumbers("ann's numbers before", befores(h.page("ann", bob)), span(0, 2))
	if third.Prev != 2 {
		t.Errorf("before ann's third message is %d, want 2", third.Prev)
	}
	if v := h.conv("bob", ann); v.LastPrev != 1 || v.Head.Seq != 3 {
		t.Errorf("bob's conversation: %+v", v)
	}
}

func TestARecallThatNotEverybodySeesIsToldToThoseWhoDo(t *testing.T) {
	h := open(t, nil)
	h.block(true)
	r := h.send("ann", chat.ToUser("bob"), "psst")
	_, err := h.Message.Recall(h.ctx, as("ann"), "", chat.ToUser("bob"), chat.MessageRef{Seq: r.Seq}, "sorry")
	h.wants(err, 0)
	g := h.group("ann", chat.Public, "bob", "cat")
	secret, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToGroup(g), Body: text("bob only"), Only: []chat.UserID{"bob"}})
	h.wants(err, 0)
	_, err = h.Message.Recall(h.ctx, as("cat"), "", chat.ToGroup(g), chat.MessageRef{Seq: secret.Seq}, "")
	h.wants(err, chat.CodeGroupNoMessage)
	_, err = h.Message.Recall(h.ctx, as("ann"), "", chat.ToGroup(g), chat.MessageRef{Seq: secret.Seq}, "")
	h.wants(err, 0)
	if told := h.events(); len(told) != 0 {
		t.Errorf("conversations are told of recalls that not everybody sees: %+v", told[0])
	}
	for u, want := range map[chat.UserID]int{"ann": 2, "bob": 1, "cat": 0} {
		list, err := h.store.UserEvents(h.ctx, app, u, 0, 100)
		h.wants(err, 0)
		n := 0
		for _, e := range list {
			if e.Kind == chat.UserRecall {
				n++
			}
		}
		if n != want {
			t.Errorf("%s is told of %d recalls, want %d", u, n, want)
		}
	}
}

func TestWhoHasBlockedTheSenderHasNoNewConversation(t *testing.T) {
	h := open(t, nil)
	h.block(true)
	h.send("ann", chat.ToUser("bob"), "psst")
	if page, err := h.Inbox.Conversations(h.ctx, as("bob"), inbox.ConvFilter{}, "", 0); err != nil || len(page.Convs) != 0 {
		t.Errorf("bob's list has %d conversations (%v), want none", len(page.Convs), err)
	}
	if list, err := h.Inbox.UserConvs(h.ctx, app, "bob"); err != nil || len(list) != 0 {
		t.Errorf("bob has %d conversations (%v), want none", len(list), err)
	}
	if v := h.conv("bob", chat.ToUser("ann")); v.Head.Seq != 0 || v.Last != nil {
		t.Errorf("bob's conversation: %+v", v)
	}
	if page, err := h.Inbox.Conversations(h.ctx, as("ann"), inbox.ConvFilter{}, "", 0); err != nil || len(page.Convs) != 1 {
		t.Errorf("ann's list has %d conversations (%v), want one", len(page.Convs), err)
	}
	h.block(false)
	h.send("ann", chat.ToUser("bob"), "hello")
	if page, err := h.Inbox.Conversations(h.ctx, as("bob"), inbox.ConvFilter{}, "", 0); err != nil || len(page.Convs) != 1 || page.UnreadTotal != 1 {
		t.Errorf("bob's list: %+v (%v), want one conversation with one unread", page, err)
	}
}

// after counts the after-webhooks that wait to be told.
func (h *house) after() int {
	h.Helper()
	list, err := h.store.Pending(h.ctx, "", 100)
	h.wants(err, 0)
	n := 0
	for _, e := range list {
		if e.Kind == chat.AfterC2C || e.Kind == chat.AfterGroup {
			n++
		}
	}
	return n
}

func TestDroppedMessageIsKeptForSenderOnly(t *testing.T) {
	h, g := gated(t)
	id := h.group("ann", chat.Public, "bob")
	room := h.group("ann", chat.AVChatRoom)
	for _, u := range []chat.UserID{"ann", "bob"} {
		if _, err := h.Group.Join(h.ctx, as(u), room, ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, to := range []chat.Target{chat.ToUser("bob"), chat.ToGroup(id), chat.ToGroup(room), chat.ToUser("ann")} {
		start := len(h.heard())
		answered := make(chan chat.Receipt, 1)
		h.Message.Send(h.ctx, as("ann"), chat.Draft{To: to, Body: text("spam"), ClientMsgID: "c-1"}, func(r chat.Receipt, err error) {
			h.wants(err, 0)
			answered <- r
		})
		(<-g.asked).answer(chat.Verdict{Drop: true}, nil)
		r := <-answered
		if r.Seq == 0 || r.DropReason != "" {
			t.Errorf("%s: got %+v, want a number and no reason", to, r)
		}
		for _, m := range h.heard()[start:] {
			if m.VisibleTo("bob") || !m.VisibleTo("ann") {
				t.Errorf("%s: what was dropped reaches bob or does not reach ann's other devices", to)
			}
		}
		if to == chat.ToGroup(room) {
			continue
		}
		h.sameNumbers(to.String()+" ann's history", numbers(h.page("ann", to).Messages), []chat.Seq{r.Seq})
		again, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: to, Body: text("spam"), ClientMsgID: "c-1"})
		h.wants(err, 0)
		if !again.Duplicate || again.Seq != r.Seq {
			t.Errorf("%s: a repetition got %+v, want number %d", to, again, r.Seq)
		}
	}
	h.sameNumbers("bob's history with ann", numbers(h.page("bob", chat.ToUser("ann")).Messages), nil)
	h.sameNumbers("bob's history of the group", numbers(h.page("bob", chat.ToGroup(id)).Messages), nil)
	if v := h.conv("bob", chat.ToGroup(id)); v.Unread != 0 || v.Last != nil {
		t.Errorf("bob's view of the group: %+v", v)
	}
	h.wants(h.Message.React(h.ctx, as("ann"), chat.ToUser("bob"), 1, "tea", true), 0)
	if n := len(h.events()); n != 0 {
		t.Errorf("%d events about what was dropped, want none", n)
	}
	if n := h.after(); n != 0 {
		t.Errorf("%d after-webhooks of what the app dropped, want none", n)
	}
	h.block(true)
	answered := h.sendAsync("ann", chat.ToUser("bob"), "blocked")
	(<-g.asked).answer(chat.Verdict{}, nil)
	h.wants(<-answered, 0)
	if n := h.after(); n != 1 {
		t.Errorf("%d after-webhooks of what a block hides, want one", n)
	}
}

func TestNumbersBeforeInAGroup(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob", "cat")
	to := chat.ToGroup(g)
	h.send("ann", to, "all")
	for _, only := range []chat.UserID{"bob", "cat", "bob"} {
		_, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: to, Body: text("secret"), Only: []chat.UserID{only}})
		h.wants(err, 0)
	}
	for u, want := range map[chat.UserID]chat.Seq{"ann": 4, "bob": 4, "cat": 3} {
		if v := h.conv(u, to); v.Head.Seq != want || v.Head.LastSeq != want || v.Last.Seq != want {
			t.Errorf("%s: newest is %d, last %d, want %d", u, v.Head.Seq, v.Last.Seq, want)
		}
	}
	r, err := h.Message.SendWait(h.ctx, as("cat"), chat.Draft{To: to, Body: text("all again")})
	h.wants(err, 0)
	if r.Seq != 5 || r.Prev != 3 {
		t.Errorf("cat's message %d says before it is %d, want 5 and 3", r.Seq, r.Prev)
	}
	for u, want := range map[chat.UserID][]chat.Seq{"ann": span(0, 4), "bob": {0, 1, 2, 4}, "cat": {0, 1, 3}} {
		h.sameNumbers(string(u), befores(h.page(u, to)), want)
		p, err := h.Message.History(h.ctx, as(u), message.HistoryQuery{Target: to, Limit: 1})
		h.wants(err, 0)
		h.sameNumbers(string(u)+" alone", befores(p), want[len(want)-1:])
	}
	h.wants(h.Group.RemoveMembers(h.ctx, admin(), g, []chat.UserID{"cat"}, true, ""), 0)
	if _, err := h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"cat"}, true); err != nil {
		t.Fatal(err)
	}
	h.send("ann", to, "welcome back")
	p := h.page("cat", to)
	if p.Messages[0].Seq <= 5 || p.Before(0) != 0 {
		t.Errorf("a new member's first message is %d and before it is %d, want none", p.Messages[0].Seq, p.Before(0))
	}
}

// What only its sender had is not the next holder's of their name, also where a group
// shows what was said before one joined.
func TestWhatOnlyItsSenderHadGoesWithTheirAccount(t *testing.T) {
	h, g := gated(t)
	id := h.group("bob", chat.Meeting, "ann")
	said := h.sendAsync("bob", chat.ToGroup(id), "to all")
	(<-g.asked).answer(chat.Verdict{}, nil)
	h.wants(<-said, 0)
	said = h.sendAsync("ann", chat.ToGroup(id), "spam")
	(<-g.asked).answer(chat.Verdict{Drop: true}, nil)
	h.wants(<-said, 0)
	_, err := h.DeleteAccounts(h.ctx, admin(), []chat.UserID{"ann"})
	h.wants(err, 0)
	if _, err := h.People.Import(h.ctx, admin(), []chat.Profile{{User: "ann"}}); err != nil {
		t.Fatal(err)
	}
	_, err = h.Group.AddMembers(h.ctx, admin(), id, []chat.UserID{"ann"}, true)
	h.wants(err, 0)
	h.sameNumbers("history", numbers(h.page("ann", chat.ToGroup(id)).Messages), span(1, 1))
	if v := h.conv("ann", chat.ToGroup(id)); v.Last == nil || v.Last.Seq != 1 {
		t.Errorf("the last message is %+v, want the one to all", v.Last)
	}
}
