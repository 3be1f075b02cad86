package badger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

func TestFolderInUseIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	_, err := Open(Options{Dir: dir, Log: quiet()})
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v, want ErrInUse and the folder", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, Options{Dir: dir})
}

func TestNewerSchemaIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	if err := s.Apply(t.Context(), one(text(pair, "x"))); err != nil {
		t.Fatal(err)
	}
	err := s.edit(func(b *batch) error { return b.put(storeKey(nameSchema), encodeNumber(nil, schema+1), 0) })
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = Open(Options{Dir: dir, Log: quiet()})
	if !errors.Is(err, ErrNewer) {
		t.Errorf("got %v, want ErrNewer", err)
	}
}

// A folder of the first schema is refused in words that name both numbers.
func TestOlderSchemaIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	if err := s.Apply(t.Context(), one(text(pair, "x"))); err != nil {
		t.Fatal(err)
	}
	err := s.edit(func(b *batch) error { return b.put(storeKey(nameSchema), encodeNumber(nil, 1), 0) })
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = Open(Options{Dir: dir, Log: quiet()})
	if !errors.Is(err, ErrOlder) || !strings.Contains(err.Error(), "schema is 1") || !strings.Contains(err.Error(), "2") {
		t.Errorf("got %v, want ErrOlder with both numbers", err)
	}
}

// TestReadsAfterCloseDoNotPanic asks a closed store everything that reads: errors
// perhaps, no panic.
func TestReadsAfterCloseDoNotPanic(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for what, read := range map[string]func() error{
		"head":     func() error { _, err := s.Head(ctx, pair.Shard()); return err },
		"messages": func() error { _, err := s.Messages(ctx, pair, 1, false, 9, 0); return err },
		"seen":     func() error { _, err := s.Seen(ctx, pair, chat.DedupKey{1}); return err },
		"pending":  func() error { _, err := s.Pending(ctx, "", 9); return err },
		"row":      func() error { _, err := s.Row(ctx, chat.UserShard(7, "ann"), 1, "k"); return err },
		"rows":     func() error { _, err := s.Rows(ctx, chat.UserShard(7, "ann"), 1, "", "", 9); return err },
		"rows of": func() error {
			_, err := s.RowsOf(ctx, []chat.RowAsk{{Shard: pair.Shard(), Kind: 1, Key: "k"}})
			return err
		},
		"senders": func() error { _, err := s.Senders(ctx, []chat.Conversation{pair}, "ann"); return err },
	} {
		if err := read(); !errors.Is(err, errClosed) {
			t.Errorf("%s: got %v, want errClosed", what, err)
		}
	}
}

func TestOpenNeedsFolder(t *testing.T) {
	if s, err := Open(Options{}); err == nil {
		t.Errorf("opened %v", s)
	}
}

// TestInterruptedDropIsFinishedAtOpen stages what stageDrop does without
// the sweep after it, and opens the folder again.
func TestInterruptedDropIsFinishedAtOpen(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	conv := chat.GroupOf(7, "g")
	c := &chat.Commit{Shard: conv.Shard(), Rows: []chat.Row{{Kind: 30, Value: []byte("g")}}}
	for i := range dropAtOnce + 500 {
		c.Rows = append(c.Rows, chat.Row{Kind: 31, Key: fmt.Sprint("u", i), Value: []byte("m")})
	}
	m := text(conv, "history")
	m.Dedup = chat.DedupKey{1}
	c.Messages = []*chat.Message{m}
	if err := s.Apply(t.Context(), []*chat.Commit{c}); err != nil {
		t.Fatal(err)
	}
	if err := s.do(&request{commits: []*chat.Commit{{Shard: conv.Shard(), Drop: true}}, done: make(chan error, 1)}); err != nil {
		t.Fatal(err)
	}
	if g, err := s.Row(t.Context(), conv.Shard(), 30, ""); g != nil || err != nil {
		t.Fatalf("the group's row is there after the first transaction: %v, %v", g, err)
	}
	if left := rowsLeft(t, s); left < 500 {
		t.Fatalf("only %d rows wait for the sweep", left)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := mustOpen(t, Options{Dir: dir})
	if left := rowsLeft(t, again); left > 0 {
		t.Errorf("%d rows are left", left)
	}
}

// rowsLeft counts the rows of the group and its conversation in app 7.
func rowsLeft(t *testing.T, s *Store) int {
	t.Helper()
	v := s.view()
	defer v.discard()
	n := 0
	for _, row := range layout {
		if row.parts[0] != partApp || row.prefix == keyHead {
			continue
		}
		got, err := page(v, putApp(nil, row.prefix, 7), nil, 1<<20, func(key *keyReader, _ []byte) (struct{}, bool, error) {
			key.rest = nil
			return struct{}{}, true, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		n += len(got)
	}
	return n
}

// TestCommitLargerThanOneTransaction is larger than the engine takes at once: it
// is split, and nothing of it is lost.
func TestCommitLargerThanOneTransaction(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, MemTableSize: 8 << 20})
	body := strings.Repeat("x", 12<<10)
	c := &chat.Commit{Shard: pair.Shard()}
	const n = 400 // 5 MB, where a transaction holds 1.2 MB
	for i := range n {
		m := text(pair, body)
		m.Random = uint32(i)
		m.Dedup = chat.DedupKey{byte(i), byte(i >> 8), 1}
		c.Messages = append(c.Messages, m)
	}
	before := s.at.Load()
	if err := s.Apply(t.Context(), []*chat.Commit{c}); err != nil {
		t.Fatal(err)
	}
	if got := s.at.Load() - before; got < 4 {
		t.Errorf("%d transactions", got)
	}
	allThere(t, s, n, body)
	allThere(t, reopened(t, s), n, body)
}

func allThere(t *testing.T, s *Store, n int, body string) {
	t.Helper()
	if h := headAt(t, s, pair); h.Seq != chat.Seq(n) || h.Counted != uint64(n) {
		t.Errorf("head %+v", h)
	}
	page, err := s.Messages(t.Context(), pair, 1, false, n, 0)
	if err != nil || len(page) != n {
		t.Fatalf("%d messages, %v", len(page), err)
	}
	for i, m := range page {
		if m.Seq != chat.Seq(i+1) || m.Random != uint32(i) || string(m.Body) != body {
			t.Fatalf("message %d: %d %d, %d bytes", i+1, m.Seq, m.Random, len(m.Body))
		}
	}
}

func reopened(t *testing.T, s *Store) *Store {
	t.Helper()
	dir := s.db.Opts().Dir
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return mustOpen(t, Options{Dir: dir})
}

// The folder holds keys of apps and what people say: only its owner may look in.
func TestFolderIsItsOwnersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	for _, mode := range []os.FileMode{0, 0o755, 0o777, 0o750} {
		if mode != 0 { // 0: the folder is made
			if err := os.Chmod(dir, mode); err != nil {
				t.Fatal(err)
			}
		}
		s, err := Open(Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("of mode %o: opened with mode %v, %v; want 0700", mode, info.Mode(), err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
