package badger

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
)

func TestCollectLogsNothing(t *testing.T) {
	var said bytes.Buffer
	s := mustOpen(t, Options{Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(&said, nil))})
	if err := s.Apply(t.Context(), one(text(pair, "x"))); err != nil {
		t.Fatal(err)
	}
	s.collect()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if said.Len() > 0 {
		t.Errorf("an operator reads: %s", &said)
	}
}

// TestOldVersionsAreDiscarded overwrites a row many times: a compaction keeps
// what a reader may still look at, and drops it once it is given up.
func TestOldVersionsAreDiscarded(t *testing.T) {
	const rounds = 50
	key := storeKey("test")
	for _, c := range []struct {
		name   string
		giveUp uint64 // how many of the newest transactions are not given up
		want   int
	}{
		{"nothing given up", rounds, rounds},
		{"all but the newest ten", 10, 11},
		{"everything", 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, Options{Dir: dir})
			for i := range rounds {
				err := s.edit(func(b *batch) error { return b.put(key, encodeNumber(nil, uint64(i)+1), 0) })
				if err != nil {
					t.Fatal(err)
				}
			}
			newest := s.at.Load()
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			compact(t, dir, newest-c.giveUp)
			s = mustOpen(t, Options{Dir: dir})
			if got := versions(t, s, key); got != c.want {
				t.Errorf("%d versions, want %d", got, c.want)
			}
			v := s.view()
			defer v.discard()
			if n, err := readValue(v, key, numberFields); err != nil || n != rounds {
				t.Errorf("got %d, %v, want %d", n, err, rounds)
			}
		})
	}
}

// compact opens a folder with the engine alone, gives up what keepHouse would,
// and has everything compacted.
func compact(t *testing.T, dir string, giveUp uint64) {
	t.Helper()
	o := engineOptions(Options{Dir: dir, Log: quiet()}.filled()).WithCompactL0OnClose(true)
	db, err := engine.OpenManaged(o)
	if err != nil {
		t.Fatal(err)
	}
	db.SetDiscardTs(giveUp)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func versions(t *testing.T, s *Store, key []byte) int {
	t.Helper()
	v := s.view()
	defer v.discard()
	it := v.txn.NewIterator(engine.IteratorOptions{Prefix: key, AllVersions: true})
	defer it.Close()
	n := 0
	for it.Rewind(); it.Valid(); it.Next() {
		n++
	}
	return n
}

// TestMessagesCarryExpiry looks at what the engine itself will drop: a
// message and its dedup key, the latter with whichever ends first.
func TestMessagesCarryExpiry(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	now := s.now()
	long, short := now.Add(48*time.Hour).Unix(), now.Add(time.Hour)
	for i, c := range []struct {
		expires  int64
		dedupFor time.Duration
		want     int64 // of the dedup key, Unix seconds, rounded up
	}{
		{long, 0, long},
		{long, time.Hour, short.Unix() + 1},
		{0, time.Hour, short.Unix() + 1},
		{short.Unix(), 24 * time.Hour, short.Unix()},
		{0, 0, 0},
	} {
		m := text(pair, "x")
		m.Expires, m.Dedup, m.DedupSeconds = c.expires, chat.DedupKey{byte(i + 1)}, uint16(c.dedupFor/time.Second)
		if err := s.Apply(t.Context(), one(m)); err != nil {
			t.Fatal(err)
		}
		if got := expiry(t, s, putNumber(putConv(nil, keyMessage, pair), uint64(m.Seq))); got != c.expires {
			t.Errorf("message %d expires %d, want %d", i, got, c.expires)
		}
		if got := expiry(t, s, putDedupKey(nil, pair, m.Dedup)); got < c.want || got > c.want+1 {
			t.Errorf("key %d expires %d, want %d", i, got, c.want)
		}
	}
}

func expiry(t *testing.T, s *Store, key []byte) int64 {
	t.Helper()
	v := s.view()
	defer v.discard()
	item, err := v.item(key)
	if err != nil || item == nil {
		t.Fatalf("no row %x, %v", key, err)
	}
	return int64(item.ExpiresAt())
}
