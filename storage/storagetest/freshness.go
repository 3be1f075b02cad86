package storagetest

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/teahouse-im/teahouse/chat"
)

// freshRounds is how often the rows under test change.
const freshRounds = 100

// freshness: rows that an engine keeps in memory are never older than what was
// durable when somebody asked, and nobody goes back in time.
var freshness = []testCase{
	{"a row is never older than it was when asked for", func(h *house) {
		ctx := h.t.Context()
		h.racing(func(i int) error {
			return h.Apply(ctx, []*chat.Commit{{Shard: anns, Rows: []chat.Row{value("a", strconv.Itoa(i)), add("n", 1)}}})
		}, h.valueOf(anns, "a"), h.counterOf(anns, "n"))
	}},

	{"row, counter and mirror of one commit are never older than each other", func(h *house) {
		ctx := h.t.Context()
		h.racing(func(i int) error {
			return h.Apply(ctx, []*chat.Commit{{
				Shard: bookish.Shard(),
				Rows:  []chat.Row{value("a", strconv.Itoa(i)), of(shape, value("", strconv.Itoa(i))), add("n", 1)},
				Mirrors: []chat.Mirror{
					mirror(anns, value("a", strconv.Itoa(i))), mirror(chat.AppShard(app), add("n", 1)),
				},
			}})
		}, h.valueOf(bookish.Shard(), "a"), h.counterOf(bookish.Shard(), "n"), h.valueOf(anns, "a"), h.counterOf(chat.AppShard(app), "n"),
			func() (int, error) {
				list, err := h.RowsOf(ctx, []chat.RowAsk{{Shard: anns, Kind: colour, Key: "a"}, {Shard: bookish.Shard(), Kind: shape}})
				if err != nil {
					return 0, err
				}
				one, err := decoded(list[0])
				if err != nil {
					return 0, err
				}
				two, err := decoded(list[1])
				return min(one, two), err
			}, func() (int, error) {
				list, err := h.Rows(ctx, bookish.Shard(), colour, "a", "", 1)
				if len(list) == 0 || err != nil {
					return 0, err
				}
				return strconv.Atoi(string(list[0].Value))
			}, func() (int, error) {
				list, err := h.Rows(ctx, bookish.Shard(), colour, "n", "", 1)
				if len(list) == 0 || err != nil {
					return 0, err
				}
				return int(list[0].Add), nil
			})
	}},

	{"revisions are never older than they were when asked for", func(h *house) {
		ctx := h.t.Context()
		h.racing(func(int) error {
			return h.Apply(ctx, []*chat.Commit{{Shard: anns, Raise: true}})
		}, func() (int, error) {
			head, err := h.Head(ctx, anns)
			return int(head.Rules) - 1, err
		}, func() (int, error) {
			list, err := h.Heads(ctx, []chat.Shard{bobs, anns})
			if err != nil {
				return 0, err
			}
			return int(list[1].Rules) - 1, nil
		})
	}},

	{"a row that came is there for all readers, one that never came is not", func(h *house) {
		ctx := h.t.Context()
		peer := func(i int) string { return fmt.Sprintf("peer%03d", i) }
		h.racing(func(i int) error {
			return h.Apply(ctx, []*chat.Commit{{Shard: anns, Rows: []chat.Row{value(peer(i), "v")}}})
		}, func() (int, error) {
			for n := 1; ; n++ {
				if c, err := h.Row(ctx, anns, colour, peer(n)); err != nil || c == nil {
					return n - 1, err
				}
			}
		}, func() (int, error) {
			list, err := h.Rows(ctx, anns, colour, "peer", "", freshRounds)
			return len(list), err
		})
	}},

	{"rows come and go, and all readers know it", func(h *house) {
		h.comeAndGo(func(there bool) *chat.Commit {
			if there {
				return &chat.Commit{Shard: bookish.Shard(), Rows: []chat.Row{value("bob", "member")}}
			}
			return &chat.Commit{Shard: bookish.Shard(), Rows: []chat.Row{removal("bob")}}
		})
	}},

	{"counters come and go, and all readers know it", func(h *house) {
		h.comeAndGo(func(there bool) *chat.Commit {
			if there {
				return &chat.Commit{Shard: bookish.Shard(), Rows: []chat.Row{add("bob", 2)}}
			}
			return &chat.Commit{Shard: bookish.Shard(), Rows: []chat.Row{add("bob", -1), add("bob", -1)}}
		})
	}},

	{"mirrors come and their shard goes, and all readers know it", func(h *house) {
		h.comeAndGo(func(there bool) *chat.Commit {
			if there {
				return &chat.Commit{Shard: anns, Mirrors: []chat.Mirror{mirror(bookish.Shard(), value("bob", "v"))}}
			}
			return &chat.Commit{Shard: bookish.Shard(), Drop: true}
		})
	}},
}

// valueOf reads a row whose value is a number, through what is decoded of it.
func (h *house) valueOf(s chat.Shard, key string) func() (int, error) {
	return func() (int, error) {
		c, err := h.Row(h.t.Context(), s, colour, key)
		if err != nil {
			return 0, err
		}
		return decoded(c)
	}
}

// decoded is the number that a cell holds, kept in it once it is decoded; of
// no cell it is 0.
func decoded(c *chat.Cell) (int, error) {
	if c == nil {
		return 0, nil
	}
	if n, ok := c.Decoded().(int); ok {
		return n, nil
	}
	n, err := strconv.Atoi(string(c.Value))
	if err == nil {
		c.Keep(n)
	}
	return n, err
}

func (h *house) counterOf(s chat.Shard, key string) func() (int, error) {
	return func() (int, error) {
		c, err := h.Row(h.t.Context(), s, colour, key)
		if c == nil || err != nil {
			return 0, err
		}
		return int(c.Add), nil
	}
}

// comeAndGo lets change put and remove the row bob of the book group while
// others read it: between two changes everybody finds it as the last one left it.
func (h *house) comeAndGo(change func(there bool) *chat.Commit) {
	h.t.Helper()
	ctx := h.t.Context()
	var begun, done atomic.Int64 // rounds; the row is there after the odd ones
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for r := range 4 {
		readers.Go(func() {
			for i := r; !closed(stop); i++ {
				before := done.Load()
				there, err := h.has(ctx, i)
				if err != nil || begun.Load() == before && there != (before%2 == 1) {
					h.t.Errorf("after round %d: there %v, %v", before, there, err)
					return
				}
			}
		})
	}
	for i := int64(1); i <= freshRounds; i++ {
		c := change(i%2 == 1)
		begun.Store(i)
		h.apply(c)
		done.Store(i)
	}
	close(stop)
	readers.Wait()
	h.twice(func() { h.same("bob", h.look(bookish.Shard(), "bob"), "none") })
}

// has asks for the row bob of the book group in one of the ways there are.
func (h *house) has(ctx context.Context, way int) (bool, error) {
	s := bookish.Shard()
	switch way % 3 {
	case 0:
		c, err := h.Row(ctx, s, colour, "bob")
		return c != nil, err
	case 1:
		list, err := h.RowsOf(ctx, []chat.RowAsk{{Shard: s, Kind: colour, Key: "bob"}})
		return err == nil && list[0] != nil, err
	}
	list, err := h.Rows(ctx, s, colour, "", "", 1)
	return len(list) > 0, err
}

// racing writes round after round while others read: what reads give, one
// after the other, never falls and never is less than what was durable before.
func (h *house) racing(write func(round int) error, reads ...func() (int, error)) {
	h.t.Helper()
	var durable atomic.Int64
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for r := range 4 {
		readers.Go(func() {
			last := 0
			for i := r; !closed(stop); i++ {
				last = max(last, int(durable.Load()))
				got, err := reads[i%len(reads)]()
				if err != nil || got < last {
					h.t.Errorf("read %d: got %d after %d, %v", i%len(reads), got, last, err)
					return
				}
				last = got
			}
		})
	}
	for i := 1; i <= freshRounds; i++ {
		if err := write(i); err != nil {
			h.t.Error(err)
			break
		}
		durable.Store(int64(i))
	}
	close(stop)
	readers.Wait()
	h.twice(func() {
		for i, read := range reads {
			h.same(fmt.Sprint("read ", i), found[int](h)(read()), freshRounds)
		}
	})
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
