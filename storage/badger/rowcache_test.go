package badger

import (
	"fmt"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// TestStaleRowIsNotCached is the race that would let a kicked member send: a
// reader misses the cache and reads the old row, and the row changes before the reader
// caches it.
func TestStaleRowIsNotCached(t *testing.T) {
	key := []byte("k")
	for _, meanwhile := range []struct {
		name string
		do   func(*rowCache)
		kept bool
	}{
		{"nothing happened", func(*rowCache) {}, true},
		{"it is being changed", func(c *rowCache) { c.hold(key) }, false},
		{"it was changed", func(c *rowCache) { c.hold(key); c.letGo(key) }, false},
	} {
		t.Run(meanwhile.name, func(t *testing.T) {
			c := newRowCache(1 << 20)
			_, _, ticket := c.get(key)
			meanwhile.do(c)
			c.keep(string(key), "old", 3, ticket)
			if _, ok, _ := c.get(key); ok != meanwhile.kept {
				t.Errorf("kept: %v, want %v", ok, meanwhile.kept)
			}
		})
	}
}

// TestHeldRowIsNotCached begins with a row that is there.
func TestHeldRowIsNotCached(t *testing.T) {
	key := []byte("k")
	c := newRowCache(1 << 20)
	keep := func(v string) {
		_, _, ticket := c.get(key)
		c.keep(string(key), v, 3, ticket)
	}
	keep("old")
	c.hold(key)
	keep("old") // a reader of the old state comes in between
	if v, ok, _ := c.get(key); ok {
		t.Errorf("while it changes %v is answered", v)
	}
	c.letGo(key)
	keep("new")
	if v, ok, _ := c.get(key); !ok || v != "new" {
		t.Errorf("afterwards: %v %v", v, ok)
	}
}

// TestRowCacheIsBoundedInBytes looks for more members than fit, of a group of
// 100,000.
func TestRowCacheIsBoundedInBytes(t *testing.T) {
	const limit = 1 << 20
	c := newRowCache(limit)
	for i := range 100_000 {
		key := putRow(nil, chat.GroupShard(1, "g"), 31, fmt.Sprint("user", i))
		_, _, ticket := c.get(key)
		c.keep(string(key), &chat.Cell{}, 40, ticket)
		if _, ok, _ := c.get(key); !ok {
			t.Fatalf("row %d is not kept", i)
		}
	}
	total := 0
	for i := range c.shards {
		s := &c.shards[i]
		young := 0
		for _, row := range s.young {
			young += row.bytes
		}
		if young != s.bytes {
			t.Errorf("shard %d: %d bytes, says %d", i, young, s.bytes)
		}
		for _, row := range s.old {
			total += row.bytes
		}
		total += young
	}
	if total > limit || total < limit/4 {
		t.Errorf("%d bytes are kept, bound %d", total, limit)
	}
	c.keep("huge", nil, limit, c.shard([]byte("huge")).changes)
	if _, ok, _ := c.get([]byte("huge")); ok {
		t.Error("a row beyond the bound is kept")
	}
}

// TestAbsentRowsAreCached asks again when the engine cannot answer any
// more.
func TestAbsentRowsAreCached(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	ask := func() {
		for _, shard := range []chat.Shard{chat.UserShard(7, "nobody"), chat.GroupShard(7, "g"), pair.Shard()} {
			if c, err := s.Row(t.Context(), shard, 10, "k"); c != nil || err != nil {
				t.Errorf("%s: row %v, %v", shard, c, err)
			}
		}
	}
	ask()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ask()
}

// BenchmarkRow reads a row that is in memory.
func BenchmarkRow(b *testing.B) {
	s := mustOpen(b, Options{Dir: b.TempDir()})
	there := chat.Row{Kind: 10, Key: "ann", Value: []byte("x")}
	shard := chat.UserShard(benchApp, "ann")
	if err := s.Apply(b.Context(), []*chat.Commit{{Shard: shard, Rows: []chat.Row{there}}}); err != nil {
		b.Fatal(err)
	}
	var store chat.Store = s // as the core sees it: what escapes counts
	for name, key := range map[string]string{"there": "ann", "not there": "bob"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if _, err := store.Row(b.Context(), shard, 10, key); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
