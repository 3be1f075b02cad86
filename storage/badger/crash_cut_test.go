package badger

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	engine "github.com/dgraph-io/badger/v4"
)

// cutter takes copies of a folder around each write, as a killed process would
// leave them, and checks what they hold.
type cutter struct {
	t     *testing.T
	dir   string
	into  string // the copies
	rooms []*crashRoom

	active bool  // whether this call is cut
	steps  []int // commits of each room that are durable
	next   []int // and with the call under way
	cuts   int
}

// cut stands between a store and its durable write.
func cut(t *testing.T, s *Store, rooms []*crashRoom) *cutter {
	c := &cutter{t: t, dir: s.db.Opts().Dir, into: t.TempDir(), rooms: rooms, steps: make([]int, len(rooms)), next: make([]int, len(rooms))}
	through := s.write
	s.write = func(txn *engine.Txn, at uint64) error {
		c.here("staged")
		err := through(txn, at)
		copy(c.steps, c.next)
		c.here("durable, not answered")
		return err
	}
	return c
}

// here copies the folder and checks the copy.
func (c *cutter) here(when string) {
	if !c.active {
		return
	}
	c.cuts++
	to := filepath.Join(c.into, fmt.Sprint(c.cuts))
	if err := copyFolder(c.dir, to); err != nil {
		c.t.Error(err)
		return
	}
	c.check(to, when)
}

// check opens a copy: each room has exactly the commits that are durable.
func (c *cutter) check(dir, when string) {
	for _, p := range checkFolder(dir, func(s *Store) (problems []string) {
		for i, r := range c.rooms {
			a := answers{Step: c.steps[i]}
			problems = append(problems, checkRoom(s, r.room, a)...)
			k := checker{s: s, room: r.room}
			if n := k.counter(r.room.watcher(), scriptSteps, ""); n != a.Step {
				problems = append(problems, fmt.Sprintf("%s: commit %d is there too early", r.room, n))
			}
		}
		return problems
	}) {
		c.t.Errorf("%s, commit %d: %s", when, c.next[0], p)
	}
	if err := os.RemoveAll(dir); err != nil {
		c.t.Error(err)
	}
}

// checkFolder opens a folder for a check.
func checkFolder(dir string, check func(*Store) []string) []string {
	s, err := Open(Options{Dir: dir, MemTableSize: crashMemTable, Log: quiet()})
	if err != nil {
		return []string{err.Error()}
	}
	defer s.Close()
	return check(s)
}

// TestCrashAtEachStepOfACommit leaves the folder between staging and fsync, and
// between fsync and answer: of calls that hold commits of two rooms, and of the drop of a
// group that takes several transactions.
func TestCrashAtEachStepOfACommit(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir(), MemTableSize: crashMemTable})
	rooms := []*crashRoom{{script: newScript(0)}, {script: newScript(groupThatEnds(200, 255))}}
	c := cut(t, s, rooms)
	w := &roomWriter{s: s, rooms: rooms}
	apply := func(rooms []*crashRoom) {
		if err := w.apply(rooms); err != nil {
			t.Fatal(err)
		}
		c.here("answered")
	}
	drop := rooms[1].ends + 1
	for n := 1; n < drop; n++ {
		c.active = n <= 2 || n%40 == 0
		c.next = []int{n, n}
		apply(rooms)
	}
	before := c.cuts
	c.active = true
	c.next = []int{drop - 1, drop}
	apply(rooms[1:])
	if least := 3 * 3; c.cuts < before+least {
		t.Errorf("%d cuts: the drop did not take several transactions", c.cuts-before)
	}
	c.next = []int{drop, drop + 1}
	apply(rooms)
	t.Logf("%d cuts", c.cuts)
}

// groupThatEnds finds a group whose first life has so many commits.
func groupThatEnds(least, most int) room {
	for r := room(1); ; r += 2 {
		if ends := newScript(r).ends; least <= ends && ends <= most {
			return r
		}
	}
}

// TestCrashInTheMiddleOfAWrite cuts the log of the engine inside the last
// transaction, at places from its first byte to its last.
func TestCrashInTheMiddleOfAWrite(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir(), MemTableSize: crashMemTable})
	rooms := []*crashRoom{{script: newScript(0)}, {script: newScript(1)}}
	w := &roomWriter{s: s, rooms: rooms}
	for range 5 {
		if err := w.apply(rooms); err != nil {
			t.Fatal(err)
		}
	}
	c := cut(t, s, rooms)
	c.steps, c.next = []int{5, 5}, []int{6, 6}
	log := filepath.Join(c.dir, "00001.mem")
	before, mark := readFile(t, log), readFile(t, filepath.Join(c.dir, markFile))
	if err := w.apply(rooms); err != nil {
		t.Fatal(err)
	}
	after := readFile(t, log)
	first, last := 0, len(after)
	for before[first] == after[first] {
		first++
	}
	for before[last-1] == after[last-1] {
		last--
	}
	c.steps = []int{5, 5} // in all copies but the last
	const cuts = 24
	for i := range cuts + 1 {
		end := first + (last-first)*i/cuts
		if i == cuts {
			c.steps = []int{6, 6}
		}
		to := filepath.Join(c.into, fmt.Sprint(i))
		if err := copyFolder(c.dir, to); err != nil {
			t.Fatal(err)
		}
		torn := append(bytes.Clone(after[:end]), before[end:last+1000]...)
		write(t, to, "00001.mem", torn)
		write(t, to, markFile, mark)
		c.check(to, fmt.Sprintf("%d of %d bytes written", end-first, last-first))
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCrashCheckSeesEachMissingEntry: the check can fail. It is shown a folder
// that lacks one entry of each kind.
func TestCrashCheckSeesEachMissingEntry(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	rooms := []*crashRoom{{script: newScript(0)}, {script: newScript(groupThatEnds(100, 200))}}
	w := &roomWriter{s: s, rooms: rooms}
	const steps = 20
	for range steps {
		if err := w.apply(rooms); err != nil {
			t.Fatal(err)
		}
	}
	newest := newestOfKind(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	all := func(s *Store) (problems []string) {
		for _, r := range rooms {
			problems = append(problems, checkRoom(s, r.room, answers{Step: steps})...)
		}
		return problems
	}
	if p := checkFolder(dir, all); len(p) > 0 {
		t.Fatal(p)
	}
	for _, key := range newest {
		name, err := describe(key)
		if err != nil {
			t.Fatal(err)
		}
		lacking := t.TempDir()
		if err := copyFolder(dir, lacking); err != nil {
			t.Fatal(err)
		}
		checkFolder(lacking, func(s *Store) []string {
			if err := s.edit(func(b *batch) error { return b.del(key) }); err != nil {
				t.Error(err)
			}
			return nil
		})
		if p := checkFolder(lacking, all); len(p) == 0 {
			t.Errorf("nobody misses %s", name)
		}
	}
}

// newestOfKind lists the last key of each kind of entry, of rows of each kind of
// row, except the store's own.
func newestOfKind(t *testing.T, s *Store) map[string][]byte {
	t.Helper()
	keys := map[string][]byte{}
	v := s.view()
	defer v.discard()
	err := v.scan(nil, nil, func(key []byte, _ *engine.Item) (bool, error) {
		kind := string(key[:1])
		if key[0] == keyRow {
			r := readKey(key[1:])
			s := r.shard(r.app())
			kind = fmt.Sprint(kind, s.Kind, r.kind())
		}
		if key[0] != keyStore {
			keys[kind] = bytes.Clone(key)
		}
		return true, nil
	})
	if err != nil || len(keys) < 10 {
		t.Fatalf("%d kinds of key, %v", len(keys), err)
	}
	return keys
}
