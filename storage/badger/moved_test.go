package badger

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

var moving = movedKey{7, "ann"}

// noted is an index in which each of so many conversations of ann has moved, at clocks from
// 1 on.
func noted(x *movedIndex, from, n int) {
	for i := from; i < from+n; i++ {
		shard := chat.C2COf(7, "ann", chat.UserID(fmt.Sprintf("u%05d", i))).Shard()
		x.note(map[chat.Shard]headState{shard: {Head: chat.Head{Clock: uint64(i)}}}, uint64(i-1), uint64(i))
	}
}

// TestMovedIsKnownFromTheFirstQuestionOn asks about earlier and later points.
func TestMovedIsKnownFromTheFirstQuestionOn(t *testing.T) {
	x := newMovedIndex(1 << 15)
	noted(x, 1, 10)
	if _, ok := x.since(moving, 9); ok {
		t.Error("known before anybody asked")
	}
	if list, ok := x.since(moving, 10); !ok || len(list) > 0 {
		t.Errorf("now: %v %v", list, ok)
	}
	noted(x, 11, 10)
	for after, want := range map[uint64]int{10: 10, 15: 5, 20: 0} {
		if list, ok := x.since(moving, after); !ok || len(list) != want {
			t.Errorf("after %d: %v %v", after, list, ok)
		}
	}
	if _, ok := x.since(moving, 9); ok {
		t.Error("it says that it knows what was before the first question")
	}
	shard := chat.C2COf(7, "ann", "u00012").Shard()
	x.note(map[chat.Shard]headState{shard: {Head: chat.Head{Clock: 12}}}, 20, 21) // its rules alone
	if list, ok := x.since(moving, 20); !ok || len(list) > 0 {
		t.Errorf("after a commit in which nothing moved: %v %v", list, ok)
	}
}

// TestMovedForgetsTheOldest has more move than are noted: it knows the newest, and that it does
// not know the others.
func TestMovedForgetsTheOldest(t *testing.T) {
	x := newMovedIndex(1 << 20)
	x.since(moving, 0)
	noted(x, 1, 3*movedMost)
	if _, ok := x.since(moving, 1); ok {
		t.Error("all of them are said to be known")
	}
	if list, ok := x.since(moving, 3*movedMost-100); !ok || len(list) != 100 {
		t.Errorf("%d of the newest 100, %v", len(list), ok)
	}
}

// TestMovedIsBounded asks for more users than there is room for.
func TestMovedIsBounded(t *testing.T) {
	const room = 64 * cacheShards
	x := newMovedIndex(room)
	for i := range 20 * room {
		x.since(movedKey{7, chat.UserID(fmt.Sprint("user", i))}, 0)
		x.since(moving, 0)
	}
	if _, ok := x.since(moving, 0); !ok {
		t.Error("who asks all the time is forgotten")
	}
	noted(x, 1, 200)
	x.since(movedKey{7, "bob"}, 0)
	n := 0
	for i := range x.shards {
		s := &x.shards[i]
		size := 0
		for _, u := range s.young {
			size += 1 + len(u.peers)
		}
		if size != s.size {
			t.Errorf("shard %d: %d are noted, it says %d", i, size, s.size)
		}
		n += len(s.young) + len(s.old)
	}
	if n > room+cacheShards || int64(n) != x.users.Load() {
		t.Errorf("%d users, it says %d, bound %d", n, x.users.Load(), room)
	}
}

// TestMovedCoversTheClock has a reader ask while others write: what the clock covers is either
// named or said not to be known.
func TestMovedCoversTheClock(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	var peers []chat.UserID
	for i := range 20 {
		peers = append(peers, chat.UserID(fmt.Sprint("u", i)))
	}
	stop := make(chan struct{})
	var writing sync.WaitGroup
	for w := range 3 {
		dice := rand.New(rand.NewPCG(uint64(w), 5))
		writing.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				c := chat.C2COf(7, "ann", peers[dice.IntN(len(peers))])
				if err := s.Apply(t.Context(), one(text(c, "x"))); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	known, floor := 0, s.Clock()
	for range 3000 {
		now := s.Clock()
		list, ok, err := s.Moved(t.Context(), 7, "ann", floor)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range peers {
			h := headAt(t, s, chat.C2COf(7, "ann", p))
			if moved := h.Moved(); ok && moved > floor && moved <= now && !slices.Contains(list, p) {
				t.Fatalf("%s moved at %d, between %d and %d, and is not named", p, moved, floor, now)
			}
		}
		if ok {
			known++
		}
		floor = now
	}
	close(stop)
	writing.Wait()
	if known < 1000 {
		t.Errorf("%d of 3000 times it was known", known)
	}
}

// BenchmarkMoved is what the index costs the committer for each one-to-one conversation that
// moves, when one of the two has been asked for.
func BenchmarkMoved(b *testing.B) {
	x := newMovedIndex(1 << 15)
	for i := range 1000 {
		x.since(movedKey{7, chat.UserID(fmt.Sprintf("u%05d", i))}, 0)
	}
	heads := map[chat.Shard]headState{}
	for i := range 1000 {
		shard := chat.C2COf(7, chat.UserID(fmt.Sprintf("u%05d", i)), chat.UserID(fmt.Sprintf("v%05d", i))).Shard()
		heads[shard] = headState{Head: chat.Head{Clock: 1 << 60}}
	}
	b.ReportAllocs()
	for b.Loop() {
		x.note(heads, 1, 2)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(heads)), "ns/conversation")
}
