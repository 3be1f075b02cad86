package badger

import (
	"fmt"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// TestAStaleRowIsNotKept is the race that would let a kicked member speak: a
// reader misses and reads the old row, and the row changes before he keeps it.
func TestAStaleRowIsNotKept(t *testing.T) {
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
			c.keep(key, "old", 3, ticket)
			if _, ok, _ := c.get(key); ok != meanwhile.kept {
				t.Errorf("kept: %v, want %v", ok, meanwhile.kept)
			}
		})
	}
}

// TestAHeldRowIsForgotten begins with a row that is there.
func TestAHeldRowIsForgotten(t *testing.T) {
	key := []byte("k")
	c := newRowCache(1 << 20)
	keep := func(v string) {
		_, _, ticket := c.get(key)
		c.keep(key, v, 3, ticket)
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

// TestRowsAreBoundedInBytes looks for more members than fit, of a group of
// 100,000.
func TestRowsAreBoundedInBytes(t *testing.T) {
	const limit = 1 << 20
	c := newRowCache(limit)
	for i := range 100_000 {
		key := putPair(nil, keyMember, 1, chat.GroupID("g"), chat.UserID(fmt.Sprint("user", i)))
		_, _, ticket := c.get(key)
		c.keep(key, &chat.Member{}, 40, ticket)
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
	c.keep([]byte("huge"), nil, limit, c.shard([]byte("huge")).changes)
	if _, ok, _ := c.get([]byte("huge")); ok {
		t.Error("a row beyond the bound is kept")
	}
}

// TestRowsThatAreNotThereAreKept asks again when the engine cannot answer any
// more.
func TestRowsThatAreNotThereAreKept(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	ask := func() {
		ctx := t.Context()
		if a, e := s.Account(ctx, 7, "nobody"); a != nil || e != nil {
			t.Errorf("account %v, %v", a, e)
		}
		if m, e := s.Member(ctx, 7, "g", "nobody"); m != nil || e != nil {
			t.Errorf("member %v, %v", m, e)
		}
		if g, e := s.Group(ctx, 7, "g"); g != nil || e != nil {
			t.Errorf("group %v, %v", g, e)
		}
		if hit, e := s.Blocked(ctx, 7, "ann", "nobody"); hit || e != nil {
			t.Errorf("blocked %v, %v", hit, e)
		}
		if n, e := s.MuteUntil(ctx, 7, "g", "nobody"); n != 0 || e != nil {
			t.Errorf("mute %v, %v", n, e)
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
	if err := s.PutAccounts(b.Context(), []*chat.Account{{App: benchApp, User: "ann"}}); err != nil {
		b.Fatal(err)
	}
	for name, read := range map[string]func() error{
		"account": func() error { _, err := s.Account(b.Context(), benchApp, "ann"); return err },
		"blocked": func() error { _, err := s.Blocked(b.Context(), benchApp, "ann", "bob"); return err },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if err := read(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
