package storagetest

import (
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
		s := chat.UserShard(app, ann)
		h.racing(func(i int) error {
			return h.Apply(h.t.Context(), []*chat.Commit{{Shard: s, Rows: []chat.Row{value("k", strconv.Itoa(i))}}})
		}, h.rowNumber(s, "k"), h.pageNumber(s, "k"), h.batchNumber(s, "k"))
	}},

	{"rows of one commit are never older than each other", func(h *house) {
		s, other := bookish.Shard(), chat.UserShard(app, bob)
		h.racing(func(i int) error {
			n := strconv.Itoa(i)
			return h.Apply(h.t.Context(), []*chat.Commit{{
				Shard: s, Rows: []chat.Row{value("one", n), value("two", n), add("three", 1)},
				Mirrors: []chat.Mirror{{Shard: other, Row: value("four", n)}},
			}})
		}, h.rowNumber(s, "one"), h.rowNumber(s, "two"), h.pageNumber(s, "one"), h.rowNumber(s, "three"), h.rowNumber(other, "four"), h.batchNumber(s, "two"))
	}},

	{"a row that was not there is seen once it is put", func(h *house) {
		s := chat.UserShard(app, ann)
		ctx := h.t.Context()
		h.racing(func(i int) error {
			return h.Apply(ctx, []*chat.Commit{{Shard: s, Rows: []chat.Row{value(fmt.Sprintf("peer%03d", i), "x")}}})
		}, func() (int, error) {
			for n := 1; ; n++ {
				if c, err := h.Row(ctx, s, colour, fmt.Sprintf("peer%03d", n)); err != nil || c == nil {
					return n - 1, err
				}
			}
		}, func() (int, error) {
			list, err := h.Rows(ctx, s, colour, "", "", freshRounds)
			return len(list), err
		})
	}},

	{"rows come and go, and who asks knows it", func(h *house) {
		ctx := h.t.Context()
		s := bookish.Shard()
		var begun, done atomic.Int64 // rounds; the row is there after the odd ones
		stop := make(chan struct{})
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				for !closed(stop) {
					before := done.Load()
					c, err := h.Row(ctx, s, colour, "bob")
					if err != nil || begun.Load() == before && (c != nil) != (before%2 == 1) {
						h.t.Errorf("after round %d: row %v, %v", before, c, err)
						return
					}
				}
			})
		}
		for i := int64(1); i <= freshRounds; i++ {
			r := removal("bob")
			if i%2 == 1 {
				r = value("bob", "in")
			}
			begun.Store(i)
			h.put(s, r)
			done.Store(i)
		}
		close(stop)
		readers.Wait()
		h.twice(func() { h.same("bob", h.look(s, "bob"), "none") })
	}},

	{"the rows of a dropped shard are gone for everybody who asks", func(h *house) {
		for range 10 {
			for _, s := range []chat.Shard{bookish.Shard(), chat.UserShard(app, ann)} {
				h.put(s, value("one", "x"), add("two", 3))
				h.same("there", []string{h.look(s, "one"), h.look(s, "two")}, []string{`"x"`, "+3"})
				h.apply(&chat.Commit{Shard: s, Drop: true})
				h.same("gone", []string{h.look(s, "one"), h.look(s, "two")}, []string{"none", "none"})
			}
		}
	}},
}

// numberOf is the number that a row under test holds.
func numberOf(r *chat.Row) (int, error) {
	if r.Value == nil {
		return int(r.Add), nil
	}
	return strconv.Atoi(string(r.Value))
}

// rowNumber, pageNumber and batchNumber read the number of a row in the three
// ways there are; 0 when there is none.
func (h *house) rowNumber(s chat.Shard, key string) func() (int, error) {
	return func() (int, error) {
		c, err := h.Row(h.t.Context(), s, colour, key)
		if c == nil || err != nil {
			return 0, err
		}
		return numberOf(&c.Row)
	}
}

func (h *house) pageNumber(s chat.Shard, key string) func() (int, error) {
	return func() (int, error) {
		list, err := h.Rows(h.t.Context(), s, colour, key, "", 1)
		if len(list) == 0 || err != nil {
			return 0, err
		}
		return numberOf(&list[0])
	}
}

func (h *house) batchNumber(s chat.Shard, key string) func() (int, error) {
	return func() (int, error) {
		list, err := h.RowsOf(h.t.Context(), []chat.RowAsk{{Shard: s, Kind: colour, Key: key}})
		if err != nil || list[0] == nil {
			return 0, err
		}
		return numberOf(&list[0].Row)
	}
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
