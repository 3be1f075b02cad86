package badger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	engine "github.com/dgraph-io/badger/v4"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/chat"
)

// fakeDisk is as full as a test wants.
type fakeDisk struct{ bytes, files atomic.Int64 }

const plenty = 1 << 40

func newFakeDisk() *fakeDisk {
	d := &fakeDisk{}
	d.bytes.Store(plenty)
	d.files.Store(-1)
	return d
}

func (d *fakeDisk) free(string) (space, error) { return space{d.bytes.Load(), d.files.Load()}, nil }

// fill makes the disk full, or empty, and lets the store see it.
func (d *fakeDisk) fill(s *Store, free int64) {
	d.bytes.Store(free)
	s.disk.look(0)
}

// writers are all that writes into a store.
func writers(t *testing.T, s *Store) map[string]func() error {
	ctx := t.Context()
	session := &chat.SessionState{App: 7, User: "ann", Client: "c"}
	return map[string]func() error{
		"apply":          func() error { return s.Apply(ctx, one(text(pair, "x"))) },
		"drop":           func() error { return s.Apply(ctx, []*chat.Commit{{Shard: pair.Shard(), Drop: true}}) },
		"save sessions":  func() error { return s.SaveSessions(ctx, []*chat.SessionState{session}) },
		"delete session": func() error { return s.DeleteSession(ctx, 7, "ann", "c") },
		"settle":         func() error { return s.Settle(ctx, []string{idOf(1)}) },
		"bury":           func() error { return s.Bury(ctx, []string{idOf(1)}) },
		"revive":         func() error { return s.Revive(ctx, []string{idOf(1)}) },
	}
}

func TestFullDiskRefusesEveryWriteUntilThereIsRoom(t *testing.T) {
	for name, fill := range map[string]func(*fakeDisk){
		"no bytes": func(d *fakeDisk) { d.bytes.Store(1 << 20) },
		"no files": func(d *fakeDisk) { d.files.Store(0) },
	} {
		t.Run(name, func(t *testing.T) {
			disk, registry := newFakeDisk(), prometheus.NewRegistry()
			var said bytes.Buffer
			s := mustOpen(t, Options{Dir: t.TempDir(), free: disk.free, Registerer: registry, Log: slog.New(slog.NewTextHandler(&said, nil))})
			if err := s.Apply(t.Context(), one(text(pair, "kept"))); err != nil {
				t.Fatal(err)
			}
			if err := s.Refuses(); err != nil {
				t.Errorf("with room: %v", err)
			}
			before := s.db.MaxVersion()
			fill(disk)
			s.disk.look(0)
			for what, write := range writers(t, s) {
				for range 3 {
					if err := write(); !errors.Is(err, chat.ErrBusy) || !errors.Is(err, ErrFull) {
						t.Errorf("%s: got %v, want a busy answer", what, err)
					}
				}
			}
			if err := s.Refuses(); !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "needed") {
				t.Errorf("the cause: %v", err)
			}
			if got := gathered(t, registry)["teahouse_store_full"]; got != 1 {
				t.Errorf("teahouse_store_full is %v", got)
			}
			if h := headAt(t, s, pair); h.Seq != 1 || s.db.MaxVersion() != before {
				t.Errorf("head %d, transaction %d after %d", h.Seq, s.db.MaxVersion(), before)
			}
			disk.files.Store(-1)
			disk.fill(s, plenty)
			m := text(pair, "goes on")
			if err := s.Apply(t.Context(), one(m)); err != nil || m.Seq != 2 {
				t.Errorf("with room again: number %d, %v", m.Seq, err)
			}
			if err := s.Refuses(); err != nil || gathered(t, registry)["teahouse_store_full"] != 0 {
				t.Errorf("with room again: %v", err)
			}
			text := said.String()
			if strings.Count(text, "level=ERROR") != 1 || strings.Count(text, "level=INFO") != 1 || strings.Count(text, "\n") != 2 {
				t.Errorf("an operator reads:\n%s", text)
			}
		})
	}
}

// Once writes are refused they go on only with more room than ended them, so that a
// disk at its bound does not turn with each message.
func TestFullDiskNeedsMoreRoomToGoOn(t *testing.T) {
	disk := newFakeDisk()
	s := mustOpen(t, Options{Dir: t.TempDir(), free: disk.free})
	_, need := s.disk.seen()
	disk.fill(s, need-1)
	disk.fill(s, need+1<<20)
	if err := s.Apply(t.Context(), one(text(pair, "x"))); !errors.Is(err, ErrFull) {
		t.Errorf("got %v", err)
	}
	disk.fill(s, need+s.disk.gap)
	if err := s.Apply(t.Context(), one(text(pair, "x"))); err != nil {
		t.Error(err)
	}
}

// The bound follows the options, and the setting raises it.
func TestBoundOfFreeSpace(t *testing.T) {
	disk := newFakeDisk()
	s := mustOpen(t, Options{Dir: t.TempDir(), free: disk.free})
	if _, need := s.disk.seen(); need < 2*largestMemTable+valueLogBytes || need > 256<<20 {
		t.Errorf("an empty store needs %d MiB", need>>20)
	}
	s = mustOpen(t, Options{Dir: t.TempDir(), free: disk.free, MinFree: 5 << 30})
	if _, need := s.disk.seen(); need != 5<<30 {
		t.Errorf("asked for 5 GiB, got %d", need)
	}
}

// smallDisk is what is left of a quota that a folder is given.
func smallDisk(quota int64) func(string) (space, error) {
	return func(dir string) (space, error) { return space{quota - bytesOf(dir, "*"), -1}, nil }
}

// TestFastWriterStaysWithinTheBound writes faster than the disk is looked at. What the
// engine writes by itself, while and after, fits into what is left.
func TestFastWriterStaysWithinTheBound(t *testing.T) {
	const quota = 192 << 20
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, MemTableSize: 8 << 20, free: smallDisk(quota)})
	least := int64(quota)
	through := s.write
	s.write = func(txn *engine.Txn, at uint64) error {
		err := through(txn, at)
		now, _ := s.disk.now()
		least = min(least, now.bytes)
		return err
	}
	body, random, acked := make([]byte, 32<<10), rand.NewChaCha8([32]byte{}), 0
	for {
		var commits []*chat.Commit
		for i := range 16 {
			_, _ = random.Read(body) // it cannot be packed
			conv := chat.C2COf(7, "ann", chat.UserID(fmt.Sprint("peer", i)))
			commits = append(commits, one(text(conv, string(body)))...)
		}
		err := s.Apply(t.Context(), commits)
		if errors.Is(err, ErrFull) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		acked++
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	now, _ := smallDisk(quota)(dir)
	t.Logf("%d MiB acknowledged; %d MiB were left at least, %d after Close", acked*16*len(body)>>20, least>>20, now.bytes>>20)
	if least < 8<<20 || now.bytes < 8<<20 {
		t.Errorf("%d bytes were left while writing, %d after Close", least, now.bytes)
	}
	again := mustOpen(t, Options{Dir: dir, MemTableSize: 8 << 20, free: smallDisk(2 * quota)})
	for i := range 16 {
		conv := chat.C2COf(7, "ann", chat.UserID(fmt.Sprint("peer", i)))
		if h := headAt(t, again, conv); int(h.Seq) != acked {
			t.Errorf("%s: %d messages, %d were acknowledged", conv, h.Seq, acked)
		}
	}
}

func TestStartOnAFullDiskIsRefusedAndChangesNothing(t *testing.T) {
	disk := newFakeDisk()
	for what, dir := range map[string]string{"a new folder": t.TempDir(), "one with data": folderWith(t, "x")} {
		before := listing(t, dir)
		disk.bytes.Store(1 << 20)
		_, err := Open(Options{Dir: dir, Log: quiet(), free: disk.free})
		if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "1 MiB are free") {
			t.Errorf("%s: got %v", what, err)
		}
		if after := listing(t, dir); after != before {
			t.Errorf("%s: there is now\n%safter\n%s", what, after, before)
		}
		disk.bytes.Store(plenty)
		mustOpen(t, Options{Dir: dir, free: disk.free})
	}
}

func listing(t *testing.T, dir string) (text string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b := readFile(t, filepath.Join(dir, f.Name()))
		text += fmt.Sprintf("%s %d %x\n", f.Name(), len(b), sha256.Sum256(b))
	}
	return text
}

// fillAfter makes the disk full behind the next transaction.
func fillAfter(s *Store, d *fakeDisk) {
	through := s.write
	s.write = func(txn *engine.Txn, at uint64) error {
		err := through(txn, at)
		d.fill(s, 0)
		return err
	}
}

// bigGroup is one whose drop takes several transactions.
func bigGroup(t *testing.T, s *Store) chat.Conversation {
	t.Helper()
	conv := chat.GroupOf(7, "big")
	c := &chat.Commit{Shard: conv.Shard()}
	for range dropAtOnce + 500 {
		c.Messages = append(c.Messages, text(conv, "x"))
	}
	if err := s.Apply(t.Context(), []*chat.Commit{c}); err != nil {
		t.Fatal(err)
	}
	return conv
}

// TestDropOnADiskThatBecomesFull: the drop is done when its first transaction is;
// what it leaves goes when there is room, and nothing of the shard is written before.
func TestDropOnADiskThatBecomesFull(t *testing.T) {
	disk := newFakeDisk()
	s := mustOpen(t, Options{Dir: t.TempDir(), free: disk.free})
	conv := bigGroup(t, s)
	through := s.write
	fillAfter(s, disk)
	late := text(pair, "behind the drop")
	err := s.Apply(t.Context(), []*chat.Commit{{Shard: conv.Shard(), Drop: true}, {Shard: pair.Shard(), Messages: []*chat.Message{late}}})
	if err != nil || late.Seq != 1 || headAt(t, s, pair).Seq != 1 {
		t.Fatalf("what follows in a call that has begun: number %d, %v", late.Seq, err)
	}
	if err := s.Apply(t.Context(), one(text(conv, "new"))); !errors.Is(err, ErrFull) {
		t.Errorf("got %v", err)
	}
	s.write = through
	disk.fill(s, plenty)
	s.sweepLate()
	m := text(conv, "new")
	if err := s.Apply(t.Context(), one(m)); err != nil || m.Seq != 1 {
		t.Errorf("with room again: number %d, %v", m.Seq, err)
	}
	if left, err := s.sweeps(); err != nil || len(left) > 0 {
		t.Errorf("not swept: %v, %v", left, err)
	}
}

// TestCloseOnAFullDiskWritesNothing: the folder is as a killed process leaves it.
func TestCloseOnAFullDiskWritesNothing(t *testing.T) {
	disk, dir := newFakeDisk(), t.TempDir()
	s := mustOpen(t, Options{Dir: dir, free: disk.free})
	if err := s.Apply(t.Context(), one(text(pair, "kept"))); err != nil {
		t.Fatal(err)
	}
	disk.fill(s, 1<<20)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if tables, _ := filepath.Glob(filepath.Join(dir, "*.sst")); len(tables) > 0 {
		t.Errorf("tables were made: %v", tables)
	}
	left := filepath.Join(t.TempDir(), "left") // this process has still the lock of the folder itself
	if err := copyFolder(dir, left); err != nil {
		t.Fatal(err)
	}
	if h := headAt(t, mustOpen(t, Options{Dir: left}), pair); h.Seq != 1 {
		t.Errorf("head %d", h.Seq)
	}
	if err := s.db.Close(); err != nil {
		t.Error(err)
	}
}

// A disk that cannot be asked is taken to have room, and the log is told once.
func TestUnknownFreeSpace(t *testing.T) {
	var said bytes.Buffer
	s := mustOpen(t, Options{
		Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(&said, nil)),
		free: func(string) (space, error) { return space{}, syscall.ENOSYS },
	})
	for range 3 {
		s.disk.look(0)
		if err := s.Apply(t.Context(), one(text(pair, "x"))); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(said.String(), "\n"); n != 2 { // when it is opened, and while it is watched
		t.Errorf("an operator reads:\n%s", &said)
	}
}

// TestFailedWriteIsToldOnce: the commit's fsync fails, or the engine says in its log
// that another one has, which it tells nobody else. Nothing is acknowledged from then on.
func TestFailedWriteIsToldOnce(t *testing.T) {
	broken := errors.New("fsync: input/output error")
	for name, fail := range map[string]func(*Store) error{
		"the commit's fsync": func(*Store) error { return broken },
		"a value log's fsync": func(s *Store) error {
			s.db.Opts().Logger.Errorf("Error while curlf sync: %v\n", syscall.EIO)
			return nil
		},
		"a table that cannot be made": func(s *Store) error {
			s.db.Opts().Logger.Errorf("error flushing memtable to disk: %v, retrying", syscall.EIO)
			return nil
		},
		"the list of tables": func(s *Store) error {
			s.db.Opts().Logger.Warningf("While running doCompact: %v\n", syscall.ENOSPC)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			told := 0
			s := mustOpen(t, Options{Dir: t.TempDir(), Failed: func(error) { told++ }})
			if err := s.Apply(t.Context(), one(text(pair, "kept"))); err != nil {
				t.Fatal(err)
			}
			through := s.write
			s.write = func(txn *engine.Txn, at uint64) error {
				return errors.Join(through(txn, at), fail(s))
			}
			if err := s.Apply(context.Background(), one(text(pair, "lost"))); err == nil {
				t.Error("it was acknowledged")
			}
			s.write = through
			for what, write := range writers(t, s) {
				if err := write(); err == nil || errors.Is(err, chat.ErrBusy) {
					t.Errorf("%s afterwards: got %v, want a fault", what, err)
				}
			}
			if err := s.Refuses(); err == nil || errors.Is(err, ErrFull) || told != 1 {
				t.Errorf("the cause is %v, told %d times", err, told)
			}
			if h := headAt(t, s, pair); h.Seq != 1 {
				t.Errorf("readers see message %d", h.Seq)
			}
		})
	}
}

// What the engine tries again without harm does not end writing.
func TestHarmlessLinesOfTheEngine(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	s.db.Opts().Logger.Warningf("While running doCompact: %v\n", errors.New("there is a non-empty level 4 above base level 5"))
	s.db.Opts().Logger.Errorf("error flushing memtable to disk: %v, retrying", syscall.ENOSPC)
	if err := s.Apply(t.Context(), one(text(pair, "x"))); err != nil {
		t.Error(err)
	}
}

func TestCompactionBytes(t *testing.T) {
	at := func(level int, size int64, left string) weighed { return weighed{level, size, []byte(left)} }
	for _, c := range []struct {
		what   string
		tables []weighed
		logs   int64
		want   int64
	}{
		{"nothing", nil, 0, 0},
		{"a log becomes a table", nil, 10, 10},
		{"level 0 goes as a whole, into all of the next", []weighed{at(0, 10, "a"), at(0, 20, "m"), at(6, 100, "c")}, 0, 130},
		{"the next may lie further down", []weighed{at(0, 10, "a"), at(3, 5, "b"), at(4, 7, "b")}, 0, 15 + 12},
		{
			"one table and what it overlaps",
			[]weighed{at(5, 1, "d"), at(5, 2, "a"), at(6, 10, "a"), at(6, 20, "c"), at(6, 40, "e")},
			0, 2 * (1 + 20 + 40), // two such at a time
		},
		{
			"a table may end before the next begins, and reach into the one there",
			[]weighed{at(5, 1, "a"), at(5, 1, "c"), at(6, 10, "a"), at(6, 20, "b"), at(6, 40, "c"), at(6, 80, "d")},
			0, 2 * (1 + 40 + 80),
		},
		{"nothing below begins before it", []weighed{at(5, 1, "a"), at(6, 10, "x")}, 0, 22},
	} {
		if got := compactionBytes(c.tables, c.logs); got != c.want {
			t.Errorf("%s: got %d, want %d", c.what, got, c.want)
		}
	}
}

// What a start weighs is what the open store weighs.
func TestStartWeighsTheTables(t *testing.T) {
	dir := folderWith(t, "x")
	f, err := inspect(dir, 0)
	if err != nil || len(f.weighed) != 1 || f.weighed[0].size == 0 || len(f.weighed[0].left) == 0 {
		t.Fatalf("%+v, %v", f.weighed, err)
	}
	s := mustOpen(t, Options{Dir: dir})
	info := s.db.Tables()[0]
	if w := f.weighed[0]; w.level != info.Level || !bytes.Equal(w.left, info.Left) {
		t.Errorf("%+v, the engine says %+v", w, info)
	}
}
