package badger

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
)

// errClosed is the answer to a write after Close.
var errClosed = errors.New("store is closed")

// mergeAtMost bounds the requests of one transaction, so that the first does
// not wait for a queue that never empties. The engine's own bound is usually nearer.
const mergeAtMost = 4096

// request is one caller's wait: commits, or one small change of entries.
type request struct {
	commits []*chat.Commit
	change  func(*batch) error
	done    chan error // holds one

	begun bool         // what follows in a call of which something is durable
	stale []chat.Shard // of the call: see outdated
	sweep bool         // the drop at the end has left something
}

var requests = sync.Pool{New: func() any { return &request{done: make(chan error, 1)} }}

// Apply implements chat.Log. Each commit is one transaction or part of one,
// unless it alone is beyond what the engine takes (15 % of MemTableSize, or about one entry for
// each 100 bytes of that): then it is written in several, in the order of Commit's fields.
//
// Of a dropped shard, what lies beyond the first thousand entries goes in steps
// after the drop, before Apply returns. Commits of the shard wait for that, others do not.
// Without room on the disk for that, they wait until there is some, and Apply returns.
// The context is not asked: a commit that has begun is not abandoned.
func (s *Store) Apply(_ context.Context, commits []*chat.Commit) error {
	s.prefetch(commits)
	r := requests.Get().(*request)
	defer r.free()
	for len(commits) > 0 {
		n := untilDrop(commits)
		r.commits, r.sweep = commits[:n], false
		if err := s.do(r); err != nil {
			return fmt.Errorf("apply: %w", err)
		}
		r.begun = true
		if r.sweep {
			shard := commits[n-1].Shard
			if err := s.sweepOrLater(shard); err != nil {
				return fmt.Errorf("apply: drop %s: %w", shard, err)
			}
		}
		commits = commits[n:]
	}
	return nil
}

// prefetch reads the dedup keys of the commits into memory. Almost none is
// there, which costs a look at every table: callers do that side by side, and the
// committer, of which there is one, finds the answers. A fault is met again there.
func (s *Store) prefetch(commits []*chat.Commit) {
	for _, c := range commits {
		for _, m := range c.Messages {
			if m.Dedup != (chat.DedupKey{}) {
				_, _ = s.firstFor(m.Conv, m.Dedup)
			}
		}
	}
}

// untilDrop is how many commits there are up to and with the first drop.
func untilDrop(commits []*chat.Commit) int {
	for i, c := range commits {
		if c.Drop {
			return i + 1
		}
	}
	return len(commits)
}

// edit queues a small change of entries and waits until it is durable.
func (s *Store) edit(change func(*batch) error) error {
	r := requests.Get().(*request)
	defer r.free()
	r.change = change
	return s.do(r)
}

func (r *request) free() {
	clear(r.stale)
	r.commits, r.change, r.stale, r.sweep, r.begun = nil, nil, r.stale[:0], false, false
	requests.Put(r)
}

// do queues a request and waits for the answer. While the disk is full that is
// errBusy, and nothing has happened.
func (s *Store) do(r *request) error {
	if s.disk.full.Load() && !r.begun {
		return s.noRoom()
	}
	if err := s.enqueue(r); err != nil {
		return err
	}
	return <-r.done
}

// noRoom is the answer to a write while the disk is full, unless writing has ended
// for good.
func (s *Store) noRoom() error {
	if p := s.broken.Load(); p != nil {
		return *p
	}
	return errBusy
}

func (s *Store) enqueue(r *request) error {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.shut {
		return errClosed
	}
	s.queue <- r
	return nil
}

// commitAll is the committer: it merges what has queued into one transaction,
// makes it durable, and answers. There is no timer: the commit under way is
// the batching window.
func (s *Store) commitAll(b *batch) {
	for r := range s.queue {
		b.begin()
		b.take(r)
		runtime.Gosched() // those just answered get to queue again: full batches instead of halves
		s.drain(b)
		b.finish()
	}
	b.answer(&b.parked, errClosed) // their sweeps did not end
}

// drain takes what is queued now.
func (s *Store) drain(b *batch) {
	for range mergeAtMost {
		select {
		case r, ok := <-s.queue:
			if !ok {
				return // commitAll ends after this batch
			}
			b.take(r)
		default:
			return
		}
	}
}

// take stages a request, and those that waited for what it ends.
func (b *batch) take(r *request) {
	sweeps := len(b.sweeping)
	b.takeOne(r)
	if len(b.sweeping) >= sweeps {
		return
	}
	waited := b.parked
	b.parked = nil
	for _, r := range waited {
		b.takeOne(r)
	}
}

// takeOne stages a request, unless it touches a shard that is being swept.
// Staging may have to write what was staged before; the request itself is answered
// when all of it is durable.
func (b *batch) takeOne(r *request) {
	err := b.failure()
	if err == nil && !r.begun && !b.s.disk.allows(b.size) {
		b.refuseParked()
		r.done <- errBusy
		return
	}
	if err == nil && len(b.sweeping) > 0 && b.touchesSwept(r.commits) {
		b.parked = append(b.parked, r)
		return
	}
	for i := 0; err == nil && i < len(r.commits); i++ {
		err = b.stage(r, r.commits[i])
	}
	if err == nil && r.change != nil {
		err = b.room(smallChange)
		if err == nil {
			err = r.change(b)
		}
	}
	if err != nil {
		// What is staged of the request must not become durable with the next one.
		b.fail(err)
		r.done <- err
		return
	}
	b.waiting = append(b.waiting, r)
}

// refuseParked answers those that wait for a sweep, which itself waits for room.
func (b *batch) refuseParked() {
	waiting := b.parked[:0]
	for _, r := range b.parked {
		if r.begun {
			waiting = append(waiting, r)
			continue
		}
		r.done <- errBusy
	}
	clear(b.parked[len(waiting):])
	b.parked = waiting
}

// touchesSwept reports whether any of the commits belongs to a shard that is
// being swept, or mirrors into one.
func (b *batch) touchesSwept(commits []*chat.Commit) bool {
	for _, c := range commits {
		if b.sweeping[c.Shard] {
			return true
		}
		for i := range c.Mirrors {
			if b.sweeping[c.Mirrors[i].Shard] {
				return true
			}
		}
		for _, e := range c.Notices {
			if b.sweeping[chat.UserShard(e.App, e.User)] {
				return true
			}
		}
	}
	return false
}

// finish writes what is staged and answers everybody.
func (b *batch) finish() {
	if err := b.flush(); err != nil {
		b.fail(err)
	}
	b.txn.Discard()
}

// failure is the error that ended the store's writing, if one has.
func (b *batch) failure() error {
	if p := b.s.broken.Load(); p != nil {
		return *p
	}
	return nil
}

// fail ends the store's writing: numbers have been given that are not on
// disk, and after a failed fsync nobody knows what is.
func (b *batch) fail(err error) {
	b.s.refuseWrites(err)
	b.answer(&b.waiting, err)
	b.answer(&b.parked, err)
	b.forget()
}

// refuseWrites ends the store's writing, for the first reason there is.
func (s *Store) refuseWrites(err error) {
	if s.broken.CompareAndSwap(nil, &err) {
		s.log.Error("store refuses writes from now on", "err", err)
		s.failed(err)
	}
}

// answer ends the wait of a list of requests and empties it.
func (b *batch) answer(list *[]*request, err error) {
	for _, r := range *list {
		r.done <- err
	}
	clear(*list)
	*list = (*list)[:0]
}
