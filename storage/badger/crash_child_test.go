package badger

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// crashChild is the variable that makes the test binary the program that the
// crash test kills; its value is an order as JSON.
const crashChild = "TEAHOUSE_CRASH_CHILD"

func TestMain(m *testing.M) {
	if order := os.Getenv(crashChild); order != "" {
		os.Exit(runCrashChild(order))
	}
	os.Exit(m.Run())
}

// crashOrder is what the parent tells the child.
type crashOrder struct {
	Dir   string
	Rooms []answers // of each room, what was answered so far
	// Early makes the child answer before it writes: a fault that the check has
	// to see.
	Early bool
}

// crashMemTable is small, so that tables are written and compacted while the
// process is killed.
const crashMemTable = 8 << 20

// What the child says, one line each: the words of its progress, what it finds
// of a room (that may be more than was answered before), an answered commit, settled
// events, something that is not as it should be.
const (
	sayOpening = "opening"
	sayOpen    = "open"
	sayChecked = "checked"
	sayClosed  = "closed"
	sayFound   = "F %d %d %d"
	sayAnswer  = "A %d %d"
	saySettled = "S %d %d"
	sayProblem = "P %s"
)

// say writes a line at once, whole.
func say(format string, args ...any) {
	os.Stdout.WriteString(fmt.Sprintf(format, args...) + "\n")
}

// runCrashChild opens the folder, checks it, and writes until it is killed or
// its standard input ends; then it closes in good order.
func runCrashChild(text string) int {
	var o crashOrder
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		say(sayProblem, err)
		return 1
	}
	say(sayOpening)
	s, err := Open(Options{Dir: o.Dir, MemTableSize: crashMemTable, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		say(sayProblem, err)
		return 1
	}
	say(sayOpen)
	bad := false
	for i, a := range o.Rooms {
		for _, p := range checkRoom(s, room(i), a) {
			say(sayProblem, p)
			bad = true
		}
	}
	if bad {
		return 1
	}
	say(sayChecked)
	writeUntilEnd(s, o)
	if err := s.Close(); err != nil {
		say(sayProblem, err)
		return 1
	}
	say(sayClosed)
	return 0
}

// writeUntilEnd runs a writer for each pair of rooms until standard input ends.
func writeUntilEnd(s *Store, o crashOrder) {
	stop := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(stop)
	}()
	var all sync.WaitGroup
	for r := range len(o.Rooms) / 2 {
		w := &roomWriter{s: s, early: o.Early, rooms: []*crashRoom{openRoom(s, room(2*r)), openRoom(s, room(2*r+1))}}
		for _, r := range w.rooms {
			say(sayFound, r.room, r.step, r.step-len(r.pending))
		}
		all.Go(func() { w.run(stop) })
	}
	all.Wait()
}

// crashRoom is a room being written.
type crashRoom struct {
	*script
	pending []*chat.Event // not settled, oldest first
}

// openRoom goes on where the folder ends.
func openRoom(s *Store, r room) *crashRoom {
	c := checker{s: s, room: r}
	step := c.counter(r.watcher(), scriptSteps, "")
	pending, err := s.Pending(context.Background(), "", 1<<20)
	if err != nil {
		say(sayProblem, err)
	}
	pending = slices.DeleteFunc(pending, func(e *chat.Event) bool { return e.Key != r.String() })
	return &crashRoom{script: scriptAt(r, step), pending: pending}
}

// roomWriter is the only one that writes some rooms: in turn, or several in one
// call.
type roomWriter struct {
	s     *Store
	rooms []*crashRoom
	early bool
	late  [][]*chat.Commit // answered and not written yet: see crashOrder.Early
}

// lateness is how many calls an early answer is ahead.
const lateness = 5

func (w *roomWriter) run(stop <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		some := w.rooms
		if n%3 > 0 {
			some = w.rooms[n%3-1 : n%3]
		}
		if err := w.write(some); err != nil {
			say(sayProblem, err)
			return
		}
	}
}

// write writes the next commit of each of the rooms, and says that they are
// answered.
func (w *roomWriter) write(rooms []*crashRoom) error {
	if w.early {
		return w.writeLate(rooms)
	}
	if err := w.apply(rooms); err != nil {
		return err
	}
	sayAnswered(rooms)
	return w.settle(rooms)
}

// apply writes the next commit of each of the rooms in one call.
func (w *roomWriter) apply(rooms []*crashRoom) error { return applyScript(w.s, nextOf(rooms)) }

func nextOf(rooms []*crashRoom) (list []*chat.Commit) {
	for _, r := range rooms {
		c := r.next()
		r.pending = append(r.pending, c.Outbox...)
		list = append(list, c)
	}
	return list
}

// writeLate answers first.
func (w *roomWriter) writeLate(rooms []*crashRoom) error {
	w.late = append(w.late, nextOf(rooms))
	sayAnswered(rooms)
	if len(w.late) <= lateness {
		return nil
	}
	list := w.late[0]
	w.late = w.late[1:]
	return applyScript(w.s, list)
}

func sayAnswered(rooms []*crashRoom) {
	for _, r := range rooms {
		say(sayAnswer, r.room, r.step)
	}
}

// applyScript applies commits of scripts.
func applyScript(s *Store, list []*chat.Commit) error {
	for _, c := range list {
		if err := complete(s, c); err != nil {
			return err
		}
	}
	return s.Apply(context.Background(), list)
}

// complete reads the messages that a commit recalls.
func complete(s *Store, c *chat.Commit) error {
	for i, e := range c.Edits {
		m, err := s.Message(context.Background(), e.Conv, e.Seq)
		if err != nil {
			return err
		}
		if m == nil {
			return fmt.Errorf("there is no message %d of %s to recall", e.Seq, e.Conv)
		}
		taken := *m
		taken.Recall = e.Recall
		c.Edits[i] = &taken
	}
	return nil
}

// settle settles the oldest events of a room that has many.
func (w *roomWriter) settle(rooms []*crashRoom) error {
	for _, r := range rooms {
		if len(r.pending) < 2*settleAtOnce {
			continue
		}
		var ids []string
		for _, e := range r.pending[:settleAtOnce] {
			ids = append(ids, e.ID)
		}
		last := r.pending[settleAtOnce-1]
		r.pending = r.pending[settleAtOnce:]
		if err := w.s.Settle(context.Background(), ids); err != nil {
			return err
		}
		say(saySettled, r.room, last.Time)
	}
	return nil
}
