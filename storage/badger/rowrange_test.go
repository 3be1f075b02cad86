package badger

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

const rangeKind chat.RowKind = 10

func rangeRow(i int) chat.Row {
	return chat.Row{Kind: rangeKind, Key: fmt.Sprintf("u%03d", i), Value: []byte(fmt.Sprint("v", i))}
}

// keptRange reads the rows of a shard from the beginning, and fails unless they are in memory
// afterwards as they are on disk.
func keptRange(t *testing.T, s *Store, shard chat.Shard) {
	t.Helper()
	if _, err := s.Rows(t.Context(), shard, rangeKind, "", "", 1000); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := s.rows.get(putRange(nil, shard, rangeKind)); !ok {
		t.Fatalf("%s: not kept", shard)
	}
	sameAsDisk(t, s, shard)
}

// sameAsDisk compares pages with those that are read from the disk.
func sameAsDisk(t *testing.T, s *Store, shard chat.Shard) {
	t.Helper()
	all := putRows(nil, shard, rangeKind)
	for _, prefix := range []string{"", "u", "u1", "u100", "v"} {
		for _, after := range []string{"", "a", "u0", "u099", "u150", "u1500", "z"} {
			for _, limit := range []int{1, 7, 1000} {
				within := append(bytes.Clone(all), prefix...)
				from := within
				if after != "" && after >= prefix {
					from = append(append(bytes.Clone(all), after...), 0)
				}
				want, _, err := s.readRows(rangeKind, len(all), within, from, limit)
				if err != nil {
					t.Fatal(err)
				}
				got, err := s.Rows(t.Context(), shard, rangeKind, prefix, after, limit)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.EqualFunc(got, want, sameRow) {
					t.Errorf("%s: prefix %q after %q limit %d: %d rows, on disk %d", shard, prefix, after, limit, len(got), len(want))
				}
			}
		}
	}
}

func sameRow(a, b chat.Row) bool {
	return a.Kind == b.Kind && a.Key == b.Key && bytes.Equal(a.Value, b.Value) && a.Add == b.Add && a.Expires == b.Expires
}

// TestLongRangeFollowsCommits reads all rows of a kind, so that they stay in memory, and again
// after each way in which one of them changes.
func TestLongRangeFollowsCommits(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	do := func(c *chat.Commit) {
		t.Helper()
		if err := s.Apply(t.Context(), []*chat.Commit{c}); err != nil {
			t.Fatal(err)
		}
	}
	for _, shard := range []chat.Shard{
		chat.UserShard(7, "ann"), chat.UserShard(7, "a\x00\x01\x00"), chat.GroupShard(7, "g"),
		pair.Shard(), chat.AppShard(7), chat.ServerShard,
	} {
		var rows []chat.Row
		for i := range 200 {
			rows = append(rows, rangeRow(i))
		}
		do(&chat.Commit{Shard: shard, Rows: append(rows, chat.Row{Kind: rangeKind, Key: "u1", Add: -3})})
		keptRange(t, s, shard)
		for _, change := range []chat.Row{
			{Kind: rangeKind, Key: "u100", Value: []byte("new")},
			{Kind: rangeKind, Key: "u150"},
			{Kind: rangeKind, Key: "u1", Add: 4},
			{Kind: rangeKind, Key: "u1000", Value: []byte("more")},
		} {
			do(&chat.Commit{Shard: shard, Rows: []chat.Row{change}})
			sameAsDisk(t, s, shard)
			keptRange(t, s, shard)
		}
		do(&chat.Commit{Shard: chat.GroupShard(7, "other"), Mirrors: []chat.Mirror{{Shard: shard, Row: rangeRow(300)}}})
		sameAsDisk(t, s, shard)
		keptRange(t, s, shard)
		do(&chat.Commit{Shard: shard, Rows: []chat.Row{{Kind: rangeKind + 1, Key: "u100", Value: []byte("x")}}})
		if _, ok, _ := s.rows.get(putRange(nil, shard, rangeKind)); !ok {
			t.Errorf("%s: forgotten for a row of another kind", shard)
		}
		do(&chat.Commit{Shard: shard, Drop: true})
		if list, err := s.Rows(t.Context(), shard, rangeKind, "", "", 1000); len(list) > 0 || err != nil {
			t.Errorf("%s: %d rows after the drop, %v", shard, len(list), err)
		}
	}
}

// TestRangeIsNotKept are those that would be wrong later or are not worth it: one that was not
// read to its end, one in which something expires, a short one.
func TestRangeIsNotKept(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	for name, c := range map[string]struct {
		rows, limit int
		expires     int64
	}{
		"kept": {100, 101, 0}, "more to come": {100, 100, 0},
		"expires": {100, 101, s.seconds() + 1000}, "short": {rangeLeast - 1, 101, 0},
	} {
		shard := chat.UserShard(7, chat.UserID(name))
		var rows []chat.Row
		for i := range c.rows {
			rows = append(rows, rangeRow(i))
		}
		rows[c.rows/2].Expires = c.expires
		if err := s.Apply(t.Context(), []*chat.Commit{{Shard: shard, Rows: rows}}); err != nil {
			t.Fatal(err)
		}
		if list, err := s.Rows(t.Context(), shard, rangeKind, "", "", c.limit); len(list) != c.rows || err != nil {
			t.Errorf("%s: %d rows, %v", name, len(list), err)
		}
		if _, ok, _ := s.rows.get(putRange(nil, shard, rangeKind)); ok != (name == "kept") {
			t.Errorf("%s: in memory: %v", name, ok)
		}
	}
}
