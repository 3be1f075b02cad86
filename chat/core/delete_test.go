package core_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/inbox"
)

// deletes has u delete messages from their own view.
func (h *house) deletes(u chat.UserID, t chat.Target, seqs ...chat.Seq) {
	h.Helper()
	refs := make([]chat.MessageRef, len(seqs))
	for i, seq := range seqs {
		refs[i] = chat.MessageRef{Seq: seq}
	}
	h.wants(h.Message.Delete(h.ctx, as(u), "", t, refs), 0)
}

func (h *house) clears(u chat.UserID, t chat.Target) {
	h.Helper()
	h.wants(h.Message.Clear(h.ctx, as(u), "", t), 0)
}

// cuts lists what u's devices were told of their own view.
func (h *house) cuts(u chat.UserID) (list []string) {
	h.Helper()
	events, err := h.store.UserEvents(h.ctx, app, u, 0, 100)
	h.wants(err, 0)
	for _, e := range events {
		switch e.Kind {
		case chat.UserDelete:
			list = append(list, fmt.Sprint("delete ", e.Conv.For(u), e.Detail.Deleted))
		case chat.UserClear:
			list = append(list, fmt.Sprint("clear ", e.Conv.For(u), " ", e.Read))
		}
	}
	return list
}

// twoKinds plays a story in a one-to-one conversation of ann and bob and in a group of
// theirs: what bob has of it, and what ann has.
func twoKinds(t *testing.T, play func(h *house, bobs, anns chat.Target)) {
	t.Run("c2c", func(t *testing.T) { play(open(t, nil), chat.ToUser("ann"), chat.ToUser("bob")) })
	t.Run("group", func(t *testing.T) {
		h := open(t, nil)
		g := chat.ToGroup(h.group("ann", chat.Public, "bob"))
		play(h, g, g)
	})
}

func TestWhatIsDeletedIsGoneForOne(t *testing.T) {
	twoKinds(t, func(h *house, bobs, anns chat.Target) {
		for i := range 5 {
			h.send("ann", anns, fmt.Sprint(i))
		}
		h.deletes("bob", bobs, 5, 2, 4, 2, 99)
		h.deletes("bob", bobs, 4) // again
		h.sameNumbers("bob's history", numbers(h.page("bob", bobs).Messages), []chat.Seq{1, 3})
		h.sameNumbers("what comes before", befores(h.page("bob", bobs)), []chat.Seq{0, 1})
		if v := h.conv("bob", bobs); v.Head.Seq != 3 || v.Head.LastSeq != 3 || v.Last == nil || v.Last.Seq != 3 || v.LastPrev != 1 || v.Unread != 2 {
			h.Errorf("bob's conversation: %+v", v)
		}
		if got, want := h.cuts("bob"), []string{"delete " + bobs.String() + " [2 4 5]"}; !slices.Equal(got, want) {
			h.Errorf("bob was told %v, want %v", got, want)
		}
		h.sameNumbers("ann's history", numbers(h.page("ann", anns).Messages), span(1, 5))
		if got := h.cuts("ann"); len(got) > 0 {
			h.Errorf("ann was told %v", got)
		}

		h.send("ann", anns, "6")
		h.sameNumbers("what comes before", befores(h.page("bob", bobs)), []chat.Seq{0, 1, 3})
		if v := h.conv("bob", bobs); v.Head.Seq != 6 || v.LastPrev != 3 || v.Unread != 3 {
			h.Errorf("bob's conversation after one more: %+v", v)
		}
		for upTo, unread := range []uint64{3, 2, 2, 1, 1, 1, 0} {
			h.wants(h.Inbox.MarkRead(h.ctx, as("bob"), "", bobs, chat.Seq(upTo)), 0)
			if v := h.conv("bob", bobs); v.Unread != unread {
				h.Errorf("read up to %d: %d unread, want %d", upTo, v.Unread, unread)
			}
		}
		h.deletes("bob", bobs, 6)
		if v := h.conv("bob", bobs); v.Unread != 0 {
			h.Errorf("what was read and is deleted leaves %d unread", v.Unread)
		}
	})
}

func TestWhatIsDeletedIsNotThereToItsReader(t *testing.T) {
	twoKinds(t, func(h *house, bobs, anns chat.Target) {
		m, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: anns, Body: text("one"), Control: chat.NeedReceipt | chat.Extensible})
		h.wants(err, 0)
		kept := h.send("ann", anns, "two")
		h.deletes("bob", bobs, m.Seq)
		page, before, err := h.Message.Get(h.ctx, as("bob"), bobs, []chat.MessageRef{{ID: kept.ID}, {ID: m.ID}, {ID: "none"}})
		h.wants(err, 0)
		h.sameNumbers("what bob gets", numbers(page.Messages), []chat.Seq{2})
		h.sameNumbers("what comes before", before, []chat.Seq{0})
		missing := chat.CodeNoMessage
		if bobs.Kind == chat.InGroup {
			missing = chat.CodeGroupNoMessage
		}
		h.wants(h.Message.React(h.ctx, as("bob"), bobs, m.Seq, "tea", true), missing)
		if err := h.Message.SendReceipts(h.ctx, as("bob"), "", bobs, []chat.MessageRef{{Seq: m.Seq}}); err == nil {
			h.Error("a receipt of what is deleted was taken")
		}
		h.wants(h.Message.React(h.ctx, as("ann"), anns, m.Seq, "tea", true), 0)
	})
}

func TestEverythingIsDeletedOneByOne(t *testing.T) {
	twoKinds(t, func(h *house, bobs, anns chat.Target) {
		h.send("ann", anns, "one")
		h.send("ann", anns, "two")
		listed := h.conv("bob", bobs).Head.LastTime
		h.deletes("bob", bobs, 1, 2)
		v := h.conv("bob", bobs)
		if v.Head.Seq != 0 || v.Last != nil || v.Unread != 0 || v.Head.LastTime != listed {
			h.Errorf("bob's conversation: %+v", v)
		}
		list, err := h.Inbox.Conversations(h.ctx, as("bob"), inbox.ConvFilter{}, "", 0)
		h.wants(err, 0)
		if len(list.Convs) != 1 || list.UnreadTotal != 0 {
			h.Errorf("bob's list: %+v", list)
		}
	})
}

func TestAViewIsCleared(t *testing.T) {
	twoKinds(t, func(h *house, bobs, anns chat.Target) {
		for i := range 4 {
			h.send("ann", anns, fmt.Sprint(i))
		}
		h.wants(h.Inbox.MarkRead(h.ctx, as("bob"), "", bobs, 2), 0)
		h.deletes("bob", bobs, 3)
		h.clears("bob", bobs)
		h.clears("bob", bobs) // again
		h.sameNumbers("bob's history", numbers(h.page("bob", bobs).Messages), nil)
		v := h.conv("bob", bobs)
		if v.Head.Seq != 0 || v.Last != nil || v.Unread != 0 || v.Read.Seq != 2 {
			h.Errorf("bob's conversation: %+v", v)
		}
		if got := h.cuts("bob"); len(got) != 2 || got[1] != "clear "+bobs.String()+" 4" {
			h.Errorf("bob was told %v", got)
		}
		list, err := h.Inbox.Conversations(h.ctx, as("bob"), inbox.ConvFilter{}, "", 0)
		h.wants(err, 0)
		if len(list.Convs) != 1 || list.Convs[0].Last != nil || list.UnreadTotal != 0 {
			h.Errorf("bob's list: %+v", list)
		}
		h.sameNumbers("ann's history", numbers(h.page("ann", anns).Messages), span(1, 4))

		h.wants(h.Inbox.MarkRead(h.ctx, as("bob"), "", bobs, 3), 0) // it is of what is cleared
		h.send("ann", anns, "5")
		h.send("ann", anns, "6")
		h.deletes("bob", bobs, 3, 6)
		h.sameNumbers("bob's history", numbers(h.page("bob", bobs).Messages), []chat.Seq{5})
		h.sameNumbers("what comes before", befores(h.page("bob", bobs)), []chat.Seq{0})
		if v := h.conv("bob", bobs); v.Head.Seq != 5 || v.LastPrev != 0 || v.Unread != 1 || v.Read.Seq != 3 {
			h.Errorf("bob's conversation after two more: %+v", v)
		}
		page, err := h.Inbox.Sync(h.ctx, as("bob"), inbox.SyncQuery{Convs: map[chat.Target]inbox.SyncPoint{bobs: {Seq: 5}}})
		h.wants(err, 0)
		if len(page.Convs) != 0 {
			h.Errorf("bob's sync has %+v", page.Convs)
		}
	})
}

func TestAnOwnMessageThatIsDeletedCountsForNobody(t *testing.T) {
	h := open(t, nil)
	ann, bob := chat.ToUser("ann"), chat.ToUser("bob")
	h.send("ann", bob, "one")
	h.send("bob", ann, "two")
	h.deletes("bob", ann, 2)
	if v := h.conv("bob", ann); v.Unread != 1 {
		t.Errorf("bob has %d unread, want 1", v.Unread)
	}
	h.deletes("bob", ann, 1)
	if n, err := h.Inbox.UnreadTotal(h.ctx, app, "bob"); err != nil || n != 0 {
		t.Errorf("bob has %d unread, %v, want 0", n, err)
	}
}

func TestMentionsThatAreDeleted(t *testing.T) {
	h := open(t, nil)
	g := chat.ToGroup(h.group("ann", chat.Public, "bob"))
	for range 3 {
		_, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: g, Body: text("you"), At: []chat.UserID{"bob"}})
		h.wants(err, 0)
	}
	h.deletes("bob", g, 2)
	if v := h.conv("bob", g); len(v.Mentions) != 2 || v.Mentions[0].Seq != 1 || v.Mentions[1].Seq != 3 {
		t.Errorf("mentions: %+v", v.Mentions)
	}
	h.clears("bob", g)
	if v := h.conv("bob", g); len(v.Mentions) != 0 {
		t.Errorf("mentions of what is cleared: %+v", v.Mentions)
	}
}

func TestTheNextUserOfANameHasDeletedNothing(t *testing.T) {
	h := open(t, nil)
	g := chat.ToGroup(h.group("ann", chat.Meeting, "bob"))
	ann, bob := chat.ToUser("ann"), chat.ToUser("bob")
	for i := range 3 {
		h.send("ann", bob, fmt.Sprint(i))
		h.send("ann", g, fmt.Sprint(i))
	}
	h.deletes("bob", ann, 2)
	h.deletes("bob", g, 2)
	h.clears("ann", g)
	_, err := h.DeleteAccounts(h.ctx, admin(), []chat.UserID{"bob"})
	h.wants(err, 0)
	for _, c := range []chat.Conversation{ann.Of(app, "bob"), g.Of(app, "bob")} {
		mark, err := h.Ledger().Mark(h.ctx, c, "bob")
		h.wants(err, 0)
		if mark.Deleted != (chat.Deletions{}) {
			t.Errorf("%s keeps where bob has deleted: %+v", c, mark.Deleted)
		}
	}
	for _, c := range []chat.Target{ann, g} {
		rows, err := h.store.Rows(h.ctx, c.Of(app, "bob").Shard(), 59, "", "", 10)
		h.wants(err, 0)
		if len(rows) != 0 {
			t.Errorf("what bob has deleted from %s is kept: %d rows", c, len(rows))
		}
	}
	h.wait(2 * time.Second)
	next := h.enter("bob")
	_, err = h.Core.Group.Join(h.ctx, next, g.Group(), "")
	h.wants(err, 0)
	if list := h.history(next, g); !slices.Contains(list, 2) {
		t.Errorf("the next bob sees %v of the group", list)
	}
}

func TestWhoMayDelete(t *testing.T) {
	h := open(t, nil)
	bob := chat.ToUser("bob")
	h.send("ann", bob, "one")
	one := []chat.MessageRef{{Seq: 1}}
	h.wants(h.Message.Delete(h.ctx, as("cat"), "ann", bob, one), chat.CodeBadFrom)
	h.wants(h.Message.Clear(h.ctx, as("cat"), "ann", bob), chat.CodeBadFrom)
	h.wants(h.Message.Delete(h.ctx, as("ann"), "", bob, nil), chat.CodeBadBody)
	h.wants(h.Message.Delete(h.ctx, as("ann"), "", bob, make([]chat.MessageRef, 31)), chat.CodeBadBody)
	h.wants(h.Message.Delete(h.ctx, as("ann"), "", chat.ToUser("nobody"), one), chat.CodeToUnknown)
	g := chat.ToGroup(h.group("ann", chat.Public))
	h.wants(h.Message.Clear(h.ctx, as("cat"), "", g), chat.CodeGroupNotAllowed)
	h.wants(h.Message.Delete(h.ctx, admin(), "ann", bob, one), 0)
	h.sameNumbers("ann's history", numbers(h.page("ann", bob).Messages), nil)
	h.sameNumbers("bob's history", numbers(h.page("bob", chat.ToUser("ann")).Messages), span(1, 1))
}

// In a topic, joining writes no mark: what is deleted or cleared before anything is read
// counts from the joining all the same. Earlier messages are shown there.
func TestDeletingInATopic(t *testing.T) {
	h := open(t, nil)
	found(t, h.Core)
	topic(t, h.Core, green)
	g := chat.ToGroup(green)
	h.send("ann", g, "before")
	h.send("ann", g, "before")
	h.wait(2 * time.Second)
	join := func() {
		t.Helper()
		_, err := h.Group.Join(h.ctx, as("bob"), community, "")
		h.wants(err, 0)
		h.wait(2 * time.Second)
	}
	join()
	for range 3 {
		h.send("ann", g, "after")
	}
	unread := func(what string, want uint64) {
		t.Helper()
		if got := h.unreadOf("bob")[g.String()]; got != want {
			t.Errorf("%s: %d unread, want %d", what, got, want)
		}
	}
	unread("at first", 3)
	h.deletes("bob", g, 1, 4)
	h.sameNumbers("history", numbers(h.page("bob", g).Messages), []chat.Seq{2, 3, 5})
	unread("one of each deleted", 2)
	h.wants(h.Inbox.MarkRead(h.ctx, as("bob"), "", g, 3), 0)
	unread("one read", 1)
	h.clears("bob", g)
	unread("cleared", 0)
	h.send("ann", g, "later")
	unread("one more", 1)
	h.sameNumbers("history", numbers(h.page("bob", g).Messages), []chat.Seq{6})
	h.wants(h.Group.Quit(h.ctx, as("bob"), community), 0)
	h.wait(2 * time.Second)
	join()
	h.sameNumbers("history of one who comes back", numbers(h.page("bob", g).Messages), span(1, 6))
	h.clears("bob", g) // before any mark
	h.send("ann", g, "last")
	unread("cleared at once", 1)
}
