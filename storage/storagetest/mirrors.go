package storagetest

import (
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// mirror names the shard that a row goes to.
func mirror(s chat.Shard, r chat.Row) chat.Mirror { return chat.Mirror{Shard: s, Row: r} }

var mirrors = []testCase{
	{"mirrors are rows of other shards", func(h *house) {
		far := chat.AppShard(other)
		h.apply(&chat.Commit{
			Shard: bookish.Shard(), Rows: []chat.Row{value("ann", "member")},
			Mirrors: []chat.Mirror{
				mirror(anns, value("book", "member of")), mirror(bobs, value("book", "member of")),
				mirror(chat.AppShard(app), value("book", "group")), mirror(far, until(h.in(time.Minute), value("book", "x"))),
			},
		})
		h.twice(func() {
			h.same("in its own", h.keys(bookish.Shard(), "", "", 9), []string{"ann"})
			for _, s := range []chat.Shard{anns, bobs, chat.AppShard(app), far} {
				h.same(s.String(), h.keys(s, "", "", 9), []string{"book"})
			}
			h.same("value", h.look(anns, "book"), `"member of"`)
		})
		h.pass(time.Hour)
		h.twice(func() { h.same("expired", h.look(far, "book"), "none") })
	}},

	{"mirrors replace, remove and count", func(h *house) {
		commit := func(r ...chat.Row) {
			c := &chat.Commit{Shard: bookish.Shard()}
			for _, one := range r {
				c.Mirrors = append(c.Mirrors, mirror(anns, one))
			}
			h.apply(c)
		}
		h.put(anns, value("a", "1"), value("b", "1"), add("n", 1))
		commit(value("a", "2"), removal("b"), removal("never there"), add("n", 2), add("n", -7), add("m", 1))
		commit(value("a", "2"), removal("b"), add("m", -1)) // but for counters, doing it twice does no harm
		h.twice(func() {
			h.same("a", h.look(anns, "a"), `"2"`)
			h.same("b", h.look(anns, "b"), "none")
			h.same("n", h.look(anns, "n"), "-4")
			h.same("m", h.look(anns, "m"), "none")
		})
	}},

	{"mirrors may name the commit's own shard, after its rows", func(h *house) {
		h.apply(&chat.Commit{
			Shard: anns, Rows: []chat.Row{value("a", "row"), add("n", 1)},
			Mirrors: []chat.Mirror{mirror(anns, value("a", "mirror")), mirror(anns, add("n", 1))},
		})
		h.twice(func() {
			h.same("a", h.look(anns, "a"), `"mirror"`)
			h.same("n", h.look(anns, "n"), "+2")
		})
	}},

	{"mirrors of a call come in its order", func(h *house) {
		h.apply(
			&chat.Commit{Shard: bookish.Shard(), Mirrors: []chat.Mirror{mirror(anns, value("a", "1")), mirror(anns, value("b", "1"))}},
			&chat.Commit{Shard: anns, Rows: []chat.Row{value("a", "2"), value("c", "1")}},
			&chat.Commit{Shard: annBob.Shard(), Mirrors: []chat.Mirror{mirror(anns, removal("b")), mirror(anns, value("c", "2"))}},
		)
		h.twice(func() {
			h.same("a", h.look(anns, "a"), `"2"`)
			h.same("b", h.look(anns, "b"), "none")
			h.same("c", h.look(anns, "c"), `"2"`)
		})
	}},

	{"late mirrors have the numbers of the commit's shard", func(h *house) {
		h.fill(bookish, 3)
		h.fill(annBob, 7)
		h.apply(&chat.Commit{
			Shard: bookish.Shard(), Messages: []*chat.Message{h.message(bookish, bob, "4")},
			Mirrors: []chat.Mirror{
				mirror(annBob.Shard(), numbersAt("head", 0, bob)), mirror(anns, numbersAt("at", 2, ann)),
				mirror(anns, chat.Row{Kind: colour, Key: "left", Late: func(chat.Numbers) []byte { return nil }}),
			},
		})
		h.twice(func() {
			h.same("head", h.look(annBob.Shard(), "head"), quoted(4, 4, 1))
			h.same("at", h.look(anns, "at"), quoted(2, 2, 2))
			h.same("left", h.look(anns, "left"), "none")
		})
	}},

	{"mirrors neither compare nor raise rules, nor move heads", func(h *house) {
		h.apply(&chat.Commit{Shard: anns, Raise: true})
		h.apply(&chat.Commit{Shard: bookish.Shard(), Rules: 1, Raise: true, Mirrors: []chat.Mirror{mirror(anns, value("a", "v"))}})
		h.twice(func() {
			h.same("written", h.look(anns, "a"), `"v"`)
			h.same("user", h.headOf(anns), chat.Head{Rules: 2})
			h.same("group", h.headOf(bookish.Shard()), chat.Head{Rules: 2})
		})
	}},
}
