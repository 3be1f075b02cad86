package badger

import (
	"fmt"
	"hash/maphash"
	"sync/atomic"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

func TestCacheIsBoundedAndKeepsRecentlyUsed(t *testing.T) {
	const rows = 64 * cacheShards
	c := newCache[int, int](rows, new(atomic.Uint64), func(i int) uint64 { return uint64(i) })
	for i := range 20 * rows {
		c.put(i, i)
		if v, ok := c.get(0); !ok || v != 0 {
			t.Fatalf("what is asked for all the time is gone after %d others", i)
		}
	}
	n := 0
	for i := range c.shards {
		n += len(c.shards[i].young) + len(c.shards[i].old)
	}
	if n > rows+cacheShards {
		t.Errorf("%d rows, bound %d", n, rows)
	}
}

// TestStaleReadIsNotCached is the race that would give a number twice: a
// reader reads a row, the committer moves it, and the reader comes late.
func TestStaleReadIsNotCached(t *testing.T) {
	moved := func(c *cache[string, int]) {
		c.newest.Add(1)
		c.put("k", 2)
	}
	for _, meanwhile := range []struct {
		name string
		do   func(c *cache[string, int])
		want int
		ok   bool
	}{
		{"nothing happened", func(*cache[string, int]) {}, 1, true},
		{"the committer is about to put it", func(c *cache[string, int]) { c.newest.Add(1) }, 0, false},
		{"the committer put it", moved, 2, true},
		{"the committer put it and it was forgotten", func(c *cache[string, int]) {
			moved(c)
			c.forget("k")
		}, 0, false},
		{"the committer put it and others pushed it out", func(c *cache[string, int]) {
			moved(c)
			for i := range 100_000 {
				c.put(fmt.Sprint(i), 0)
			}
		}, 0, false},
	} {
		t.Run(meanwhile.name, func(t *testing.T) {
			seed := maphash.MakeSeed()
			c := newCache[string, int](1024, new(atomic.Uint64), func(s string) uint64 { return maphash.String(seed, s) })
			meanwhile.do(c)
			c.install("k", 1, 0)
			if v, ok := c.get("k"); v != meanwhile.want || ok != meanwhile.ok {
				t.Errorf("got %d %v, want %d %v", v, ok, meanwhile.want, meanwhile.ok)
			}
		})
	}
}

func tailMessage(conv chat.Conversation, n chat.Seq, bytes int) *chat.Message {
	return &chat.Message{Conv: conv, Seq: n, Time: int64(n), Clock: uint64(n), Body: make([]byte, bytes)}
}

func TestTailIsBoundedInBytes(t *testing.T) {
	const limit = 1 << 20
	tl := newTail(limit)
	for n := chat.Seq(1); n <= 200; n++ {
		for i := range 50 {
			tl.add(tailMessage(chat.GroupOf(1, chat.GroupID(fmt.Sprint(i))), n, 1000))
		}
	}
	total := 0
	for i := range tl.shards {
		s := &tl.shards[i]
		sum := 0
		for _, r := range s.runs {
			for _, m := range r.msgs {
				sum += weight(m)
			}
			if _, ok, _ := tl.get(nil, r.conv, r.first(), r.last()); !ok {
				t.Errorf("%s: its own run is not found", r.conv)
			}
		}
		if sum != s.bytes || sum > s.limit {
			t.Errorf("shard %d: %d bytes, says %d, limit %d", i, sum, s.bytes, s.limit)
		}
		total += sum
	}
	if total < limit/4 {
		t.Errorf("only %d bytes are kept", total)
	}
}

func TestTailHasNoGaps(t *testing.T) {
	tl := newTail(1 << 20)
	c := chat.GroupOf(1, "g")
	for _, n := range []chat.Seq{1, 2, 3, 7, 8} {
		tl.add(tailMessage(c, n, 1))
	}
	if _, ok, _ := tl.get(nil, c, 3, 7); ok {
		t.Error("a stretch with a hole was given out")
	}
	got, ok, _ := tl.get(nil, c, 7, 8)
	if !ok || len(got) != 2 || got[0].Seq != 7 {
		t.Errorf("the newest run: %v %v", got, ok)
	}
}

// TestStaleMessagesAreNotCached is the race that would undo a recall in memory.
func TestStaleMessagesAreNotCached(t *testing.T) {
	c := chat.GroupOf(1, "g")
	for name, meanwhile := range map[string]func(*tail){
		"edited":  func(tl *tail) { tl.replace(tailMessage(c, 1, 1)) },
		"dropped": func(tl *tail) { tl.drop(c) },
	} {
		t.Run(name, func(t *testing.T) {
			tl := newTail(1 << 20)
			_, _, ticket := tl.get(nil, c, 1, 1)
			meanwhile(tl)
			tl.install([]*chat.Message{tailMessage(c, 1, 1)}, ticket)
			if _, ok, _ := tl.get(nil, c, 1, 1); ok {
				t.Error("the old message is back")
			}
		})
	}
}
