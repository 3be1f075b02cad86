package storagetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// The keys of the cases about order, ascending.
var ordered = []string{
	"\x00", "\x00\x00", "\x01", "A", "a", "a\x00", "a\x00\x00", "a\x00\x01", "a\x00b", "a\x00\xff", "a\x01",
	"ab", "ab\x00", "a\xff", "a\xff\xff", "b", "\xff", "\xff\x00", "\xff\xff",
}

var rows = []testCase{
	{"rows come back as they were put, in every kind of shard", func(h *house) {
		all := make([]byte, 256)
		for i := range all {
			all[i] = byte(i)
		}
		want := []chat.Row{
			{Kind: colour, Key: "all bytes", Value: all},
			{Kind: colour, Key: "count", Add: -1 << 40},
			{Kind: colour, Key: "large", Value: []byte(strings.Repeat("v", chat.MaxRowValue))},
			{Kind: colour, Key: "later", Value: []byte("v"), Expires: h.in(time.Hour)},
			{Kind: colour, Key: strings.Repeat("\xff", chat.MaxRowKey), Value: []byte("long key"), Expires: 1 << 40},
		}
		for _, s := range everyKind {
			h.put(s, want...)
		}
		h.twice(func() {
			for _, s := range everyKind {
				h.same("page", found[[]chat.Row](h)(h.Rows(h.t.Context(), s, colour, "", "", 99)), want)
				for _, r := range want {
					h.same("row", found[*chat.Cell](h)(h.Row(h.t.Context(), s, colour, r.Key)).Row, r)
				}
			}
		})
	}},

	{"a tenant's row may be large", func(h *house) {
		large := value("1", strings.Repeat("t", 64<<10))
		h.put(chat.ServerShard, large)
		h.twice(func() {
			h.same("row", found[*chat.Cell](h)(h.Row(h.t.Context(), chat.ServerShard, colour, "1")).Row, large)
		})
	}},

	{"a key may be empty, and a value too", func(h *house) {
		h.put(anns, value("", "the only one"), value("empty", ""), value("\x00", "next"))
		h.twice(func() {
			h.same("empty key", h.look(anns, ""), `"the only one"`)
			h.same("empty value", h.look(anns, "empty"), `""`)
			h.same("the empty key is the first", h.keys(anns, "", "", 9), []string{"", "\x00", "empty"})
		})
		h.put(anns, removal(""), removal("empty"))
		h.twice(func() { h.same("removed", h.keys(anns, "", "", 9), []string{"\x00"}) })
	}},

	{"a row is replaced as a whole and removed", func(h *house) {
		h.put(anns, until(h.in(time.Hour), value("a", "old")), value("b", "stays"))
		h.put(anns, value("a", "new"), removal("never there"))
		h.pass(2 * time.Hour)
		h.twice(func() { h.same("replaced", h.look(anns, "a"), `"new"`) })
		h.put(anns, removal("a"))
		h.twice(func() {
			h.same("removed", h.look(anns, "a"), "none")
			h.same("left", h.keys(anns, "", "", 9), []string{"b"})
		})
		h.put(anns, removal("a"), value("a", "back"))
		h.twice(func() { h.same("back", h.look(anns, "a"), `"back"`) })
	}},

	{"rows of one key apply in their order", func(h *house) {
		h.put(anns, value("a", "1"), value("a", "2"), removal("b"), value("b", "1"), value("c", "1"), removal("c"))
		h.apply(
			&chat.Commit{Shard: anns, Rows: []chat.Row{value("d", "1")}},
			&chat.Commit{Shard: anns, Rows: []chat.Row{value("d", "2"), value("e", "1")}},
			&chat.Commit{Shard: anns, Rows: []chat.Row{removal("e")}},
		)
		h.twice(func() {
			h.same("last put", h.look(anns, "a"), `"2"`)
			h.same("removed, then put", h.look(anns, "b"), `"1"`)
			h.same("put, then removed", h.look(anns, "c"), "none")
			h.same("by a later commit", h.look(anns, "d"), `"2"`)
			h.same("removed by a later commit", h.look(anns, "e"), "none")
		})
	}},

	{"pages have the order of bytes, whatever prefix, place and limit", func(h *house) {
		for i := range ordered {
			h.put(anns, value(ordered[i*7%len(ordered)], "v"))
		}
		h.put(bobs, value("a\x00c", "a neighbour's"))
		h.put(anns, of(shape, value("a\x00d", "another kind")))
		h.twice(func() {
			for _, prefix := range append([]string{"", "zz", "a\xfe"}, ordered...) {
				for _, after := range append([]string{"", "a\x00a", "zz"}, ordered...) {
					for _, limit := range []int{1, 3, 99} {
						got := h.keys(anns, prefix, after, limit)
						if want := page(prefix, after, limit); !slices.Equal(got, want) {
							h.t.Fatalf("prefix %q after %q limit %d: got %q, want %q", prefix, after, limit, got, want)
						}
					}
				}
			}
			for _, limit := range []int{0, -1} {
				h.same("no limit, no rows", h.keys(anns, "", "", limit), []string{})
			}
		})
	}},

	{"many rows are paged through without a hole", func(h *house) {
		const n = 3000
		for i := range n / 500 {
			c := &chat.Commit{Shard: bookish.Shard()}
			for j := range 500 {
				c.Rows = append(c.Rows, value(fmt.Sprintf("m%05d", i*500+j), fmt.Sprint(i*500+j)))
			}
			h.apply(c)
		}
		h.twice(func() {
			next, after := 0, ""
			for {
				list := found[[]chat.Row](h)(h.Rows(h.t.Context(), bookish.Shard(), colour, "m", after, 77))
				if len(list) == 0 {
					break
				}
				for _, r := range list {
					if string(r.Value) != fmt.Sprint(next) {
						h.t.Fatalf("got %s, want %d", r.Value, next)
					}
					next++
				}
				after = list[len(list)-1].Key
			}
			h.same("rows", next, n)
		})
	}},

	{"kinds never meet", func(h *house) {
		kinds := []chat.RowKind{0, 1, 2, 0xff, 0x100, 0x101, 0x201, 0xff00, 0xffff}
		for _, k := range kinds {
			h.put(anns, of(k, value("", fmt.Sprint(k))), of(k, value("\x01", "x")), of(k, value("\xff", "y")))
		}
		h.put(anns, of(0x100, removal("\x01")), of(0x101, removal("\xff")))
		h.twice(func() {
			for _, k := range kinds {
				h.same(fmt.Sprint("kind ", k), h.lookAt(anns, k, ""), fmt.Sprintf("%q", fmt.Sprint(k)))
				want := 3
				if k == 0x100 || k == 0x101 {
					want = 2
				}
				h.same(fmt.Sprint("rows of ", k), len(found[[]chat.Row](h)(h.Rows(h.t.Context(), anns, k, "", "", 9))), want)
			}
		})
	}},

	{"expired rows are not read", func(h *house) {
		short, long := h.in(time.Minute), h.in(time.Hour)
		h.put(anns, until(short, value("a", "1")), value("b", "2"), until(long, value("c", "3")), until(short, value("d", "4")), value("e", "5"))
		h.put(anns, until(h.in(-time.Hour), value("f", "comes expired")))
		h.twice(func() { h.same("before", h.keys(anns, "", "", 9), []string{"a", "b", "c", "d", "e"}) })
		h.pass(2 * time.Minute)
		h.twice(func() {
			h.same("page", h.keys(anns, "", "", 3), []string{"b", "c", "e"})
			h.same("after one of them", h.keys(anns, "", "d", 3), []string{"e"})
			for _, key := range []string{"a", "d", "f"} {
				h.same(key, h.look(anns, key), "none")
			}
			h.same("stays", h.look(anns, "c"), `"3"`)
		})
		h.put(anns, value("a", "again"), removal("d"))
		h.twice(func() { h.same("again", h.keys(anns, "", "", 9), []string{"a", "b", "c", "e"}) })
	}},

	{"a page passes over any number of expired rows", func(h *house) {
		c := &chat.Commit{Shard: anns}
		for i := range 2000 {
			c.Rows = append(c.Rows, until(h.in(time.Minute), value(fmt.Sprintf("%04d", i), "x")))
		}
		c.Rows = append(c.Rows, value("last", "x"))
		h.apply(c)
		h.pass(time.Hour)
		h.twice(func() { h.same("page", h.keys(anns, "", "", 1), []string{"last"}) })
	}},

	{"many rows are asked for at once, in the order asked", func(h *house) {
		var asks []chat.RowAsk
		var want []string
		for i := range 300 {
			s, key := everyKind[i%len(everyKind)], fmt.Sprint(i)
			h.put(s, value(key, key))
			asks = append(asks, chat.RowAsk{Shard: s, Kind: colour, Key: key}, chat.RowAsk{Shard: s, Kind: shape, Key: key})
			want = append(want, fmt.Sprintf("%q", key), "none")
		}
		slices.Reverse(asks)
		slices.Reverse(want)
		asks, want = append(asks, asks[1], asks[1]), append(want, want[1], want[1])
		h.twice(func() {
			got := []string{}
			for _, c := range found[[]*chat.Cell](h)(h.RowsOf(h.t.Context(), asks)) {
				got = append(got, held(c))
			}
			h.same("rows", got, want)
			h.same("none asked", found[[]*chat.Cell](h)(h.RowsOf(h.t.Context(), nil)), []*chat.Cell{})
		})
	}},

	{"a cell keeps what was decoded until the row is put again", func(h *house) {
		h.put(anns, value("a", "1"), value("b", "1"))
		ask := func(key string) *chat.Cell { return found[*chat.Cell](h)(h.Row(h.t.Context(), anns, colour, key)) }
		ask("a").Keep(1)
		ask("b").Keep("one")
		h.same("kept", ask("a").Decoded(), 1)
		h.same("found by RowsOf", found[[]*chat.Cell](h)(h.RowsOf(h.t.Context(), []chat.RowAsk{{Shard: anns, Kind: colour, Key: "a"}}))[0].Decoded(), 1)
		h.put(anns, value("a", "2"))
		h.same("put again", []any{held(ask("a")), ask("a").Decoded()}, []any{`"2"`, nil})
		h.same("the other", ask("b").Decoded(), "one")
	}},
}

// page is what a page of the ordered keys has.
func page(prefix, after string, limit int) []string {
	list := []string{}
	for _, key := range ordered {
		if strings.HasPrefix(key, prefix) && key > after && len(list) < limit {
			list = append(list, key)
		}
	}
	return list
}
