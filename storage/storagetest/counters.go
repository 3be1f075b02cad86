package storagetest

import (
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

var counters = []testCase{
	{"a counter begins at 0 and adds up", func(h *house) {
		for _, s := range everyKind {
			h.put(s, add("a", 5))
			h.put(s, add("a", 2), add("b", 1), add("a", -3))
			h.apply(
				&chat.Commit{Shard: s, Rows: []chat.Row{add("a", 10)}},
				&chat.Commit{Shard: s, Rows: []chat.Row{add("a", 100), add("b", -4)}},
			)
		}
		h.twice(func() {
			for _, s := range everyKind {
				h.same("a", h.look(s, "a"), "+114")
				h.same("below 0", h.look(s, "b"), "-3")
			}
		})
	}},

	{"counters are listed among the other rows", func(h *house) {
		h.put(anns, value("a", "v"), add("b", 7), until(h.in(time.Hour), add("c", -1)))
		h.twice(func() {
			list := found[[]chat.Row](h)(h.Rows(h.t.Context(), anns, colour, "", "", 9))
			h.same("rows", list, []chat.Row{value("a", "v"), add("b", 7), until(h.in(time.Hour), add("c", -1))})
		})
	}},

	{"a counter at 0 is no row", func(h *house) {
		h.put(anns, add("a", 3), add("b", 3), add("c", 1), add("c", -1))
		h.put(anns, add("a", -3), add("b", -1), add("b", -2), add("b", 4))
		h.twice(func() {
			h.same("a", h.look(anns, "a"), "none")
			h.same("through 0", h.look(anns, "b"), "+4")
			h.same("rows", h.keys(anns, "", "", 9), []string{"b"})
		})
		h.put(anns, add("a", 1))
		h.twice(func() { h.same("anew", h.look(anns, "a"), "+1") })
	}},

	{"a counter expires with its latest move", func(h *house) {
		h.put(anns, until(h.in(time.Minute), add("a", 5)), add("b", 5), until(h.in(time.Minute), add("c", 5)), until(h.in(time.Minute), add("d", 5)))
		h.put(anns, until(h.in(time.Hour), add("a", 1)), until(h.in(time.Minute), add("b", 1)), add("c", 1))
		h.pass(2 * time.Minute)
		h.twice(func() {
			h.same("longer", h.look(anns, "a"), "+6")
			h.same("shorter", h.look(anns, "b"), "none")
			h.same("for ever", h.look(anns, "c"), "+6")
			h.same("gone", h.look(anns, "d"), "none")
			h.same("rows", h.keys(anns, "", "", 9), []string{"a", "c"})
		})
		h.put(anns, add("b", 1), add("d", -2))
		h.twice(func() {
			h.same("from 0", h.look(anns, "b"), "+1")
			h.same("from 0", h.look(anns, "d"), "-2")
		})
	}},

	{"a value takes the place of a counter, and a counter that of a value", func(h *house) {
		h.put(anns, add("a", 5), value("b", "9"))
		h.put(anns, value("a", "x"), add("b", 2))
		h.twice(func() {
			h.same("a", h.look(anns, "a"), `"x"`)
			h.same("b", h.look(anns, "b"), "+2")
		})
		h.put(anns, add("a", 1), value("a", "y"), add("a", 4), value("b", "z"), removal("b"), add("b", -1))
		h.twice(func() {
			h.same("a", h.look(anns, "a"), "+4")
			h.same("b", h.look(anns, "b"), "-1")
		})
	}},

	{"a counter is removed and begins anew", func(h *house) {
		h.put(anns, add("a", 5))
		h.put(anns, removal("a"))
		h.twice(func() { h.same("removed", h.look(anns, "a"), "none") })
		h.put(anns, add("a", 2))
		h.twice(func() { h.same("anew", h.look(anns, "a"), "+2") })
	}},

	{"many counters move in one commit", func(h *house) {
		for range 3 {
			c := &chat.Commit{Shard: bookish.Shard()}
			for i := range 200 {
				c.Rows = append(c.Rows, of(count, add(fmt.Sprint(i%100), 1)))
			}
			h.apply(c)
		}
		h.twice(func() {
			list := found[[]chat.Row](h)(h.Rows(h.t.Context(), bookish.Shard(), count, "", "", 999))
			h.same("counters", len(list), 100)
			for _, r := range list {
				h.same(r.Key, r.Add, int64(6))
			}
		})
	}},
}
