package badger

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
)

// rebuilt makes a folder of a snapshot and opens it.
func rebuilt(t *testing.T, n *Snapshot) *Store {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "rebuilt")
	b, err := Build(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Entries(t.Context(), b.Add); err != nil {
		t.Fatal(err)
	}
	if err := b.Finish(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: dir, Log: quiet()}); !errors.Is(err, ErrUnfinished) {
		t.Errorf("a folder that is being built opens: %v", err)
	}
	if err := FinishFolder(dir); err != nil {
		t.Fatal(err)
	}
	if _, damage, err := VerifyFiles(dir); err != nil || len(damage) > 0 {
		t.Errorf("the files of a rebuilt folder: %v, %v", damage, err)
	}
	return mustOpen(t, Options{Dir: dir})
}

// sound reports what does not fit together in a store.
func sound(t *testing.T, s *Store) {
	t.Helper()
	if _, err := s.Verify(func(where, what string) { t.Errorf("%s: %s", where, what) }, func(chat.AppID) bool { return false }); err != nil {
		t.Error(err)
	}
}

// Snapshots are taken while rooms are written, and read much later, when the engine has forgotten
// all that it may: each has everything that was answered before, and of each commit all or nothing.
func TestSnapshotsUnderWrites(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir(), MemTableSize: crashMemTable})
	rooms := make([]*crashRoom, 8)
	answered := make([]atomic.Int64, len(rooms))
	for i := range rooms {
		rooms[i] = &crashRoom{script: newScript(room(i))}
	}
	stop, wrote := make(chan struct{}), make(chan struct{}, 1)
	var all sync.WaitGroup
	for i := 0; i < len(rooms); i += 2 {
		w := &roomWriter{s: s, rooms: rooms[i : i+2]}
		all.Go(func() {
			for n := 0; ; n++ {
				some := w.rooms
				if n%3 > 0 {
					some = w.rooms[n%3-1 : n%3]
				}
				if err := w.apply(some); err != nil {
					t.Error(err)
					return
				}
				for _, r := range some {
					answered[r.room].Store(int64(r.step))
				}
				select {
				case <-stop:
					return
				case wrote <- struct{}{}:
				default:
				}
			}
		})
	}
	type taken struct {
		*Snapshot
		before, after []int64
	}
	now := func() (list []int64) {
		for i := range answered {
			list = append(list, answered[i].Load())
		}
		return list
	}
	var list []taken
	for range 3 {
		for range 150 {
			<-wrote
			s.db.SetDiscardTs(s.holds.oldest(s.at.Load())) // as the upkeep does, without its patience
		}
		before := now()
		n, err := s.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, taken{n, before, now()})
	}
	close(stop)
	all.Wait()
	s.db.SetDiscardTs(s.holds.oldest(s.at.Load()))
	merged := func() bool { // the engine has put its tables together, and left out what it may
		return slices.ContainsFunc(s.db.Tables(), func(t engine.TableInfo) bool { return t.Level > 0 })
	}
	for n := 0; n < 1000 && !merged(); n++ {
		if err := s.Apply(t.Context(), one(text(pair, strings.Repeat("x", 200_000)))); err != nil {
			t.Fatal(err)
		}
	}
	if !merged() {
		t.Fatal("nothing was merged")
	}
	for i, n := range list {
		copied := rebuilt(t, n.Snapshot)
		n.Close()
		for r := range rooms {
			c := checker{s: copied, room: room(r)}
			step := int64(c.counter(c.room.watcher(), scriptSteps, ""))
			if step < n.before[r] || step > n.after[r]+1 {
				t.Errorf("snapshot %d, room %d: %d commits, answered were %d to %d", i, r, step, n.before[r], n.after[r])
			}
			for _, p := range checkRoom(copied, room(r), answers{Step: int(step)}) {
				t.Errorf("snapshot %d: %s", i, p)
			}
		}
		sound(t, copied)
	}
	if at := s.holds.oldest(math.MaxUint64); at != math.MaxUint64 {
		t.Errorf("transaction %d is held after all snapshots are closed", at)
	}
}

// A call that is too large for one transaction is in a snapshot as a whole.
func TestSnapshotBetweenCalls(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir(), MemTableSize: crashMemTable})
	g := gate(s)
	large := &chat.Commit{Shard: pair.Shard()}
	for range 40 {
		large.Messages = append(large.Messages, text(pair, strings.Repeat("x", 100_000)))
	}
	done := apply(s, []*chat.Commit{large})
	<-g.arrived // the first part of it is about to be written
	taken := make(chan *Snapshot, 1)
	go func() {
		n, err := s.Snapshot()
		if err != nil {
			t.Error(err)
		}
		taken <- n
	}()
	waitQueued(s, 1)
	go func() {
		for g.verdict <- nil; ; g.verdict <- nil {
			<-g.arrived
		}
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	n := <-taken
	defer n.Close()
	messages := 0
	err := n.Entries(t.Context(), func(e Entry) error {
		if e.Key[0] == keyMessage {
			messages++
		}
		return nil
	})
	if err != nil || messages != len(large.Messages) {
		t.Errorf("%d of %d messages are in the snapshot, %v", messages, len(large.Messages), err)
	}
}

// A drop that is swept up yet is finished by the store that is made of the snapshot.
func TestSnapshotDuringSweep(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir(), MemTableSize: crashMemTable})
	fill(t, s, dropAtOnce+500)
	taken := make(chan *Snapshot, 1)
	through := s.write
	s.write = func(txn *engine.Txn, at uint64) error { // the first is that of the drop
		s.write = through
		go func() {
			n, err := s.Snapshot()
			if err != nil {
				t.Error(err)
			}
			taken <- n
		}()
		waitQueued(s, 1)
		return through(txn, at)
	}
	if err := s.Apply(t.Context(), []*chat.Commit{{Shard: pair.Shard(), Drop: true}}); err != nil {
		t.Fatal(err)
	}
	n := <-taken
	defer n.Close()
	copied := rebuilt(t, n)
	left, err := copied.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer left.Close()
	err = left.Entries(t.Context(), func(e Entry) error {
		if e.Key[0] == keyMessage || e.Key[0] == keySweep {
			name, _ := describe(e.Key)
			return fmt.Errorf("%s is left of a dropped conversation", name)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A full disk does not keep anybody from taking a snapshot, and ctx ends its reading.
func TestSnapshotOfFullDisk(t *testing.T) {
	var full atomic.Bool
	s := mustOpen(t, Options{Dir: t.TempDir(), free: func(string) (space, error) {
		if full.Load() {
			return space{bytes: 1, files: -1}, nil
		}
		return space{bytes: math.MaxInt64 / 2, files: -1}, nil
	}})
	fill(t, s, 3)
	full.Store(true)
	s.disk.look(0)
	if err := s.Apply(t.Context(), one(text(pair, "no room"))); err == nil {
		t.Fatal("the disk is not full")
	}
	n, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.Entries(ctx, func(Entry) error { return nil }); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// What does not belong into a folder, or not there, is refused while it is built.
func TestBuildRefuses(t *testing.T) {
	b, err := Build(filepath.Join(t.TempDir(), "new"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key  string
		want error
	}{{"b", nil}, {"b", ErrOrder}, {"a", ErrOrder}, {"", ErrOrder}, {"c", nil}} {
		if err := b.Add(Entry{Key: []byte(c.key), Value: []byte("v"), Version: 1}); !errors.Is(err, c.want) {
			t.Errorf("key %q: %v, want %v", c.key, err, c.want)
		}
	}
	if err := b.Abandon(); err != nil {
		t.Error(err)
	}
	if !Unfinished(b.dir) {
		t.Error("an abandoned folder does not say so")
	}
	for n, want := range map[uint64]error{schema: nil, schema + 1: ErrNewerBackup, schema - 1: ErrOlderBackup} {
		if err := CheckSchema(n); !errors.Is(err, want) {
			t.Errorf("schema %d: %v", n, err)
		}
	}
	if _, err := os.Stat(filepath.Join(b.dir, UnfinishedFile)); err != nil {
		t.Error(err)
	}
}

// Numbers that a lost server may have given are not given again, and what is left out reads like
// messages that have expired.
func TestLeap(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	fill(t, s, 3)
	event := func() *chat.Commit {
		return &chat.Commit{
			Shard:   pair.Shard(),
			Events:  []*chat.ConvEvent{{Conv: pair, Time: 1}},
			Notices: []*chat.UserEvent{{App: 7, User: "ann", Kind: chat.UserProfile, Time: 1}},
		}
	}
	apply := func(c *chat.Commit) {
		t.Helper()
		if err := s.Apply(t.Context(), []*chat.Commit{c}); err != nil {
			t.Fatal(err)
		}
	}
	apply(event())
	was := s.Clock()
	const day = 24 * time.Hour
	after, upTo, err := s.Leap(day)
	if err != nil || after != was || upTo != was+clockLeap+clockPerSecond*86400 || s.Clock() != upTo {
		t.Fatalf("the clock goes from %d to %d, and stands at %d, %v", after, upTo, s.Clock(), err)
	}
	leap := NumbersLeft(day)
	if h := headAt(t, s, pair); h.Seq != 3 || h.Rev != 1 {
		t.Errorf("the head moves by itself: %+v", h)
	}
	sound(t, s)
	dir := s.dir
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, Options{Dir: dir})
	m, second := text(pair, "first"), text(pair, "second")
	m.Time, second.Time, m.Chosen, second.Chosen = time.Now().UnixMilli(), time.Now().UnixMilli(), true, true
	apply(one(m)[0])
	apply(one(second)[0])
	if want := chat.Seq(4 + leap); m.Seq != want || second.Seq != want+1 || m.Clock <= upTo || m.Counted != 4 || m.Own != 4 {
		t.Errorf("after the leap %d, %d, clock %d, counted %d, own %d; want %d", m.Seq, second.Seq, m.Clock, m.Counted, m.Own, want)
	}
	e := event()
	apply(e)
	if e.Events[0].Rev != 2+leap || e.Notices[0].Seq != 2+leap {
		t.Errorf("events are number %d and %d", e.Events[0].Rev, e.Notices[0].Seq)
	}
	e = event()
	apply(e)
	if e.Events[0].Rev != 3+leap || e.Notices[0].Seq != 3+leap {
		t.Errorf("the events after are number %d and %d", e.Events[0].Rev, e.Notices[0].Seq)
	}
	for _, c := range []struct {
		from chat.Seq
		down bool
		want string
	}{
		{1, false, fmt.Sprintf("1 2 3 %d %d", m.Seq, m.Seq+1)},
		{m.Seq + 1, true, fmt.Sprintf("%d %d 3 2 1", m.Seq+1, m.Seq)},
		{1000, false, fmt.Sprintf("%d %d", m.Seq, m.Seq+1)},
		{1000, true, "3 2 1"},
	} {
		page, err := s.Messages(t.Context(), pair, c.from, c.down, 10, 0)
		if got := numbersOf(page); err != nil || got != c.want {
			t.Errorf("from %d, down %v: %s, %v; want %s", c.from, c.down, got, err, c.want)
		}
	}
	if n, err := s.SeqsAtClock(t.Context(), []chat.Conversation{pair}, upTo); err != nil || n[0] != m.Seq {
		t.Errorf("the first message after the leap is %v, %v", n, err)
	}
	var numbers chat.Numbers
	apply(&chat.Commit{Shard: pair.Shard(), Rows: []chat.Row{{Kind: 9000, At: 100_000, By: "bob", Late: func(n chat.Numbers) []byte {
		numbers = n
		return []byte("x")
	}}}})
	if numbers.Counted != 3 {
		t.Errorf("a mark in what is left out counts %d messages, want 3", numbers.Counted)
	}
	sound(t, s)
	if _, _, err := s.Leap(0); err != nil {
		t.Fatal(err)
	}
	m = text(pair, "third")
	apply(one(m)[0])
	if want := second.Seq + chat.Seq(leap) + numberLeap + 1; m.Seq != want {
		t.Errorf("after a second leap %d, want %d", m.Seq, want)
	}
}
