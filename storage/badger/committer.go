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

// request is one caller's wait: commits, or one small change of rows.
type request struct {
	commits []*chat.Commit
	change  func(*batch) error
	done    chan error // holds one
}

var requests = sync.Pool{New: func() any { return &request{done: make(chan error, 1)} }}

// Apply implements chat.Log. Each commit is one transaction or part of one,
// unless it alone is beyond what the engine takes (15 % of MemTableSize, or about one entry for
// each 100 bytes of that): then it is written in several, in the order of Commit's fields.
//
// The rows of a dropped group beyond the first thousand members, and its
// history, go in steps after the group's own row, before Apply returns. Commits after
// the drop wait for that. The context is not asked: a commit that has begun is not abandoned.
func (s *Store) Apply(_ context.Context, commits []*chat.Commit) error {
	for len(commits) > 0 {
		n := untilDrop(commits)
		if err := s.submit(commits[:n], nil); err != nil {
			return fmt.Errorf("apply: %w", err)
		}
		if last := commits[n-1]; last.Drop {
			if err := s.sweep(last.Conv); err != nil {
				return fmt.Errorf("apply: drop %s: %w", last.Conv, err)
			}
		}
		commits = commits[n:]
	}
	return nil
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

// edit queues a small change of rows and waits until it is durable.
func (s *Store) edit(change func(*batch) error) error { return s.submit(nil, change) }

func (s *Store) submit(commits []*chat.Commit, change func(*batch) error) error {
	r := requests.Get().(*request)
	r.commits, r.change = commits, change
	if err := s.enqueue(r); err != nil {
		return err
	}
	err := <-r.done
	r.commits, r.change = nil, nil
	requests.Put(r)
	return err
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

// take stages a request. Staging may have to write what was staged before;
// the request itself is answered when all of it is durable.
func (b *batch) take(r *request) {
	err := b.failure()
	for i := 0; err == nil && i < len(r.commits); i++ {
		err = b.stage(r.commits[i])
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
	if b.s.broken.CompareAndSwap(nil, &err) {
		b.s.log.Error("store refuses writes from now on", "err", err)
	}
	for _, r := range b.waiting {
		r.done <- err
	}
	clear(b.waiting)
	b.waiting = b.waiting[:0]
	b.forget()
}
