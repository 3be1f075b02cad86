package storagetest

import (
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// read commits that u has read messages, and returns the event that tells it.
func (h *house) read(c chat.Conversation, u chat.UserID, at int64, list ...chat.Seq) *chat.ConvEvent {
	h.t.Helper()
	commit := h.reading(c, u, at, list...)
	h.apply(commit)
	return commit.Events[0]
}

func (h *house) reading(c chat.Conversation, u chat.UserID, at int64, list ...chat.Seq) *chat.Commit {
	commit := &chat.Commit{Conv: c, Events: []*chat.ConvEvent{{Conv: c, Kind: chat.EventReceipt, By: u, Time: at}}}
	for _, n := range list {
		commit.Receipts = append(commit.Receipts, chat.ReceiptMark{Seq: n, User: u, Time: at, Expires: h.in(time.Hour)})
		commit.Events[0].Receipts = append(commit.Events[0].Receipts, chat.ReceiptCount{Seq: n, ID: fmt.Sprint("id", n), Of: 9})
	}
	return commit
}

// readers says who has read a message, and when.
func (h *house) readers(c chat.Conversation, n chat.Seq, after chat.UserID, limit int) []string {
	h.t.Helper()
	list := []string{}
	for _, r := range found[[]chat.ReceiptMark](h)(h.Receipts(h.t.Context(), c, n, after, limit)) {
		list = append(list, fmt.Sprint(r.Seq, " ", string(r.User), " ", r.Time))
	}
	return list
}

func (h *house) counts(c chat.Conversation, list ...chat.Seq) []int {
	h.t.Helper()
	return found[[]int](h)(h.ReceiptCounts(h.t.Context(), c, list))
}

var receipts = []testCase{
	{"receipts are counted and listed in byte order", func(h *house) {
		h.establish(book, chat.Work, ann, bob, cid)
		h.fill(bookish, 12)
		h.read(bookish, cid, 30, 2, 10)
		h.read(bookish, bob, 20, 2)
		h.read(bookish, "bob\x00", 25, 2)
		h.read(bookish, "Zoe", 40, 2)
		h.twice(func() {
			h.same("counts", h.counts(bookish, 10, 2, 3, 1, 99), []int{1, 4, 0, 0, 0})
			h.same("nothing asked", len(h.counts(bookish)), 0)
			h.same("all", h.readers(bookish, 2, "", 9), []string{"2 Zoe 40", "2 bob 20", "2 bob\x00 25", "2 cid 30"})
			h.same("a page", h.readers(bookish, 2, "Zoe", 2), []string{"2 bob 20", "2 bob\x00 25"})
			h.same("the rest", h.readers(bookish, 2, "bob\x00", 2), []string{"2 cid 30"})
			h.same("beyond", h.readers(bookish, 2, "cid", 2), []string{})
			h.same("of another", h.readers(bookish, 10, "", 9), []string{"10 cid 30"})
			h.same("of none", h.readers(bookish, 1, "", 9), []string{})
			h.same("cid's", found[[]bool](h)(h.Receipted(h.t.Context(), bookish, cid, []chat.Seq{10, 1, 2})), []bool{true, false, true})
			h.same("ann's", found[[]bool](h)(h.Receipted(h.t.Context(), bookish, ann, []chat.Seq{10, 2})), []bool{false, false})
			h.same("elsewhere", h.counts(annBob, 2), []int{0})
		})
	}},

	{"a receipt counts once and keeps its first time", func(h *house) {
		h.say(annBob, ann, "1")
		h.read(annBob, bob, 10, 1)
		again := h.read(annBob, bob, 20, 1)
		h.same("told again", again.Receipts[0].Read, 1)
		h.apply(h.reading(annBob, ann, 30, 1), h.reading(annBob, ann, 40, 1, 1))
		h.twice(func() {
			h.same("count", h.counts(annBob, 1), []int{2})
			h.same("times", h.readers(annBob, 1, "", 9), []string{"1 ann 30", "1 bob 10"})
		})
	}},

	{"an event of receipts tells the state after its commit", func(h *house) {
		h.fill(annBob, 2)
		one, two := h.reading(annBob, bob, 10, 1, 2), h.reading(annBob, cid, 11, 2)
		h.apply(one, two)
		three := h.read(annBob, ann, 12, 1, 2)
		got := func(e *chat.ConvEvent) []int { return []int{e.Receipts[0].Read, e.Receipts[len(e.Receipts)-1].Read} }
		h.same("first", got(one.Events[0]), []int{1, 1})
		h.same("second", got(two.Events[0]), []int{2, 2})
		h.same("third", got(three), []int{2, 3})
		h.twice(func() {
			list := found[[]*chat.ConvEvent](h)(h.ConvEvents(h.t.Context(), annBob, 0, 9))
			h.same("events", list, []*chat.ConvEvent{one.Events[0], two.Events[0], three})
		})
	}},

	{"a receipt may come with its message", func(h *house) {
		c := h.reading(annBob, bob, 10, 1)
		c.Messages = []*chat.Message{h.message(annBob, ann, "1")}
		h.apply(c)
		h.twice(func() { h.same("count", h.counts(annBob, 1), []int{1}) })
	}},

	{"the receipts of a group that is gone are not those of the next", func(h *house) {
		h.establish(book, chat.Work, ann, bob)
		h.fill(bookish, 2)
		h.read(bookish, bob, 10, 1, 2)
		h.apply(&chat.Commit{Conv: bookish, Drop: true})
		h.establish(book, chat.Work, ann, bob)
		h.fill(bookish, 2)
		h.twice(func() {
			h.same("counts", h.counts(bookish, 1, 2), []int{0, 0})
			h.same("readers", h.readers(bookish, 1, "", 9), []string{})
		})
	}},
}
