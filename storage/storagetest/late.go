package storagetest

import (
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// numbersAt is a row whose value says the numbers it was asked with.
func numbersAt(key string, at chat.Seq, by chat.UserID) chat.Row {
	return chat.Row{Kind: colour, Key: key, At: at, By: by, Late: func(n chat.Numbers) []byte {
		return []byte(says(n))
	}}
}

func says(n chat.Numbers) string { return fmt.Sprint(n.Seq, " ", n.Counted, " ", n.Own) }

// quoted is what look gives for a row with these numbers.
func quoted(seq chat.Seq, counted, own uint64) string {
	return fmt.Sprintf("%q", says(chat.Numbers{Seq: seq, Counted: counted, Own: own}))
}

// silent makes a message that does not count as unread.
func silent(m *chat.Message) { m.Control = chat.NoUnread }

var late = []testCase{
	{"late values at the head have the numbers after their commit", func(h *house) {
		h.say(annBob, bob, "1")
		h.say(annBob, ann, "2", silent)
		h.apply(&chat.Commit{
			Shard:    annBob.Shard(),
			Messages: []*chat.Message{h.message(annBob, bob, "3"), h.message(annBob, ann, "4")},
			Rows:     []chat.Row{numbersAt("ann", 0, ann), numbersAt("bob", 0, bob), numbersAt("cid", 0, cid)},
		})
		h.twice(func() {
			h.same("ann's", h.look(annBob.Shard(), "ann"), quoted(4, 3, 1))
			h.same("bob's", h.look(annBob.Shard(), "bob"), quoted(4, 3, 2))
			h.same("a stranger's", h.look(annBob.Shard(), "cid"), quoted(4, 3, 0))
		})
	}},

	{"late values of a conversation without messages are 0", func(h *house) {
		h.put(annBob.Shard(), numbersAt("head", 0, ann), numbersAt("at", 7, ann))
		h.put(anns, numbersAt("user", 0, ann))
		h.twice(func() {
			h.same("head", h.look(annBob.Shard(), "head"), quoted(0, 0, 0))
			h.same("at", h.look(annBob.Shard(), "at"), quoted(0, 0, 0))
			h.same("user", h.look(anns, "user"), quoted(0, 0, 0))
		})
	}},

	{"late values of a newcomer know the head before the commit", func(h *house) {
		h.fill(bookish, 4)
		join := &chat.Commit{Shard: bookish.Shard(), Messages: []*chat.Message{h.message(bookish, bob, "joined")}}
		join.Rows = []chat.Row{{Kind: colour, Key: "bob", Late: func(n chat.Numbers) []byte {
			return fmt.Append(nil, n.Seq-chat.Seq(len(join.Messages)))
		}}}
		h.apply(&chat.Commit{Shard: bookish.Shard(), Messages: []*chat.Message{h.message(bookish, ann, "just before")}}, join)
		h.twice(func() { h.same("bob", h.look(bookish.Shard(), "bob"), `"5"`) })
	}},

	{"late values of every commit of a call have that commit's numbers", func(h *house) {
		commit := func(key string) *chat.Commit {
			return &chat.Commit{
				Shard: annBob.Shard(), Messages: []*chat.Message{h.message(annBob, ann, key)},
				Rows: []chat.Row{numbersAt(key, 0, ann), numbersAt("at 1 "+key, 1, ann)},
			}
		}
		h.apply(commit("a"), commit("b"), commit("c"))
		h.twice(func() {
			for i, key := range []string{"a", "b", "c"} {
				n := uint64(i + 1)
				h.same(key, h.look(annBob.Shard(), key), quoted(chat.Seq(n), n, n))
				h.same("at 1 "+key, h.look(annBob.Shard(), "at 1 "+key), quoted(1, 1, 1))
			}
		})
	}},

	{"late values at a message count as if it were the newest", func(h *house) {
		self := chat.C2COf(app, ann, ann)
		for _, c := range []chat.Conversation{annBob, bookish, self} {
			h.converse(c)
			for _, by := range []chat.UserID{ann, bob, cid} {
				h.numbersEverywhere(c, by)
			}
		}
	}},

	{"late values may be at a message of their own call or commit", func(h *house) {
		h.say(bookish, ann, "1")
		h.apply(
			&chat.Commit{Shard: bookish.Shard(), Messages: []*chat.Message{h.message(bookish, bob, "2"), h.message(bookish, ann, "3")}},
			&chat.Commit{
				Shard: bookish.Shard(), Messages: []*chat.Message{h.message(bookish, bob, "4"), h.message(bookish, ann, "5")},
				Rows: []chat.Row{numbersAt("2", 2, ann), numbersAt("3", 3, bob), numbersAt("4", 4, ann)},
			},
		)
		h.twice(func() {
			h.same("of the call", h.look(bookish.Shard(), "2"), quoted(2, 2, 1))
			h.same("of the call", h.look(bookish.Shard(), "3"), quoted(3, 3, 1))
			h.same("of the commit", h.look(bookish.Shard(), "4"), quoted(4, 4, 2))
		})
	}},

	{"late values at a message that has expired have the counters before it", func(h *house) {
		short := func(m *chat.Message) { m.Expires = h.in(time.Minute) }
		h.say(annBob, ann, "1", short)
		h.say(annBob, ann, "2")
		h.say(annBob, bob, "3", short)
		h.say(annBob, bob, "4", short)
		h.say(annBob, ann, "5")
		h.pass(time.Hour)
		h.put(annBob.Shard(), numbersAt("1", 1, ann), numbersAt("3", 3, ann), numbersAt("4", 4, bob), numbersAt("5", 5, bob))
		h.twice(func() {
			h.same("none before", h.look(annBob.Shard(), "1"), quoted(1, 0, 0))
			h.same("one before", h.look(annBob.Shard(), "3"), quoted(3, 2, 2))
			h.same("two before", h.look(annBob.Shard(), "4"), quoted(4, 2, 0))
			h.same("there", h.look(annBob.Shard(), "5"), quoted(5, 5, 2))
		})
	}},

	{"late values look for a member's next message, but not for ever", func(h *house) {
		for range 5 {
			h.fill(bookish, 500)
		}
		h.say(bookish, bob, "2501")
		h.put(bookish.Shard(), numbersAt("near", 1000, bob), numbersAt("far", 100, bob))
		h.twice(func() {
			h.same("near", h.look(bookish.Shard(), "near"), quoted(1000, 1000, 0))
			h.same("far", h.look(bookish.Shard(), "far"), quoted(100, 100, 1))
		})
	}},

	{"a late value of nil leaves the row as it is", func(h *house) {
		leave := func(key string) chat.Row {
			return chat.Row{Kind: colour, Key: key, Late: func(chat.Numbers) []byte { return nil }}
		}
		h.put(anns, value("value", "v"), add("counter", 3))
		h.put(anns, leave("value"), leave("counter"), leave("nothing"), value("a", "1"), leave("a"), until(h.in(-time.Hour), leave("value")))
		h.twice(func() {
			h.same("value", h.look(anns, "value"), `"v"`)
			h.same("counter", h.look(anns, "counter"), "+3")
			h.same("nothing", h.look(anns, "nothing"), "none")
			h.same("put just before", h.look(anns, "a"), `"1"`)
		})
	}},

	{"late values replace and expire like others", func(h *house) {
		h.put(anns, value("a", "old"), add("b", 1))
		h.put(anns, until(h.in(time.Minute), numbersAt("a", 0, ann)), numbersAt("b", 0, ann))
		h.twice(func() {
			h.same("a", h.look(anns, "a"), quoted(0, 0, 0))
			h.same("b", h.look(anns, "b"), quoted(0, 0, 0))
		})
		h.pass(time.Hour)
		h.twice(func() { h.same("rows", h.keys(anns, "", "", 9), []string{"b"}) })
	}},

	{"a duplicate moves no late value", func(h *house) {
		h.say(annBob, ann, "1", key(1, 0))
		again := h.message(annBob, ann, "1", key(1, 0))
		h.apply(&chat.Commit{Shard: annBob.Shard(), Messages: []*chat.Message{again}, Rows: []chat.Row{numbersAt("a", 0, ann)}})
		h.twice(func() { h.same("numbers", h.look(annBob.Shard(), "a"), quoted(1, 1, 1)) })
	}},
}

// converse fills a conversation with messages of those who may speak there;
// some do not count.
func (h *house) converse(c chat.Conversation) {
	h.t.Helper()
	from := []chat.UserID{ann, bob, bob, ann, ann, bob, ann, bob, bob, bob, ann}
	for i, u := range from {
		if c.A == c.B {
			u = ann
		}
		if c.Kind == chat.InGroup && i == 6 {
			u = cid
		}
		var change []func(*chat.Message)
		if i%3 == 2 {
			change = append(change, silent)
		}
		h.say(c, u, fmt.Sprint(i), change...)
	}
}

// numbersEverywhere asks for the numbers of by at every message of a
// conversation, and counts anew what they have to be.
func (h *house) numbersEverywhere(c chat.Conversation, by chat.UserID) {
	h.t.Helper()
	list := found[[]*chat.Message](h)(h.Messages(h.t.Context(), c, 1, false, 99, 0))
	commit := &chat.Commit{Shard: c.Shard()}
	var want []string
	var counted, own uint64
	for _, m := range list {
		if m.Countable() {
			counted++
			if m.From == by {
				own++
			}
		}
		commit.Rows = append(commit.Rows, numbersAt(fmt.Sprint(m.Seq), m.Seq, by))
		want = append(want, quoted(m.Seq, counted, own))
	}
	head := chat.Seq(len(list))
	for _, at := range []chat.Seq{0, head + 1, top} { // all stand for the head
		commit.Rows = append(commit.Rows, numbersAt(fmt.Sprint(at), at, by))
		want = append(want, quoted(head, counted, own))
	}
	h.apply(commit)
	for i, r := range commit.Rows {
		h.same(fmt.Sprintf("%s: %s's at %d", c, by, r.At), h.look(c.Shard(), r.Key), want[i])
	}
}
