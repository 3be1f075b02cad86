package ledger

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/teahouse-im/teahouse/chat"
)

// A lane takes at most this much into one commit; there is no timer, the
// commit under way is the batching window.
const (
	batchSteps = 1024
	batchBytes = 1 << 20
)

// maxTries bounds how often a step is prepared whose rules keep moving; then
// it is answered as busy.
const maxTries = 8

// lanes own the order of shards: each shard belongs to one lane by hash, each
// lane is one goroutine.
type lanes struct {
	ledger *Ledger
	seed   maphash.Seed
	all    []*lane
	fatal  func(error)
	done   sync.WaitGroup
}

// lane is owned by its goroutine; only queue and floor are touched by others.
type lane struct {
	owner *lanes
	ctx   context.Context // marks what runs in a turn
	mu    sync.RWMutex    // held for reading while enqueueing, for writing to close
	shut  bool
	queue chan *Step
	// floor is the commit clock before the batch under way; MaxUint64 when idle.
	floor atomic.Uint64

	batch    []*Step
	lone     int     // steps in the batch that are alone
	deferred []*Step // steps held back for a later batch, in order
	commits  []*chat.Commit
	staged   staged
}

func newLanes(l *Ledger, n, queue int, fatal func(error)) *lanes {
	ls := &lanes{ledger: l, seed: maphash.MakeSeed(), fatal: fatal}
	for range n {
		one := &lane{
			owner: ls, ctx: context.WithValue(context.Background(), inTurn{}, true),
			queue: make(chan *Step, queue), staged: staged{Reads: l.store},
		}
		one.floor.Store(math.MaxUint64)
		ls.all = append(ls.all, one)
		ls.done.Add(1)
		go one.run()
	}
	return ls
}

// enqueue hands a step to its lane; ErrBusy when the lane is full.
func (ls *lanes) enqueue(st *Step) error {
	l := ls.all[maphash.Comparable(ls.seed, st.Shard)%uint64(len(ls.all))]
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.shut {
		return chat.Refuse(chat.CodeShutdown, "")
	}
	select {
	case l.queue <- st:
		return nil
	default:
		return chat.Refuse(chat.CodeBusy, "")
	}
}

// delivered: see Ledger.Delivered. The clock is read before the floors, so a
// lane that begins in between only commits what is newer.
func (ls *lanes) delivered() uint64 {
	low := ls.ledger.store.Clock()
	for _, l := range ls.all {
		low = min(low, l.floor.Load())
	}
	return low
}

func (ls *lanes) close(ctx context.Context) error {
	for _, l := range ls.all {
		l.mu.Lock()
		if !l.shut {
			l.shut = true
			close(l.queue)
		}
		l.mu.Unlock()
	}
	stopped := make(chan struct{})
	go func() {
		ls.done.Wait()
		close(stopped)
	}()
	select {
	case <-stopped:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// settle waits until what is queued now has been done and told, or ctx ends.
func (ls *lanes) settle(ctx context.Context) error {
	for range 2 { // what shares a batch with the first round may not be told yet
		passed := make(chan struct{}, len(ls.all))
		for _, l := range ls.all {
			l.queueMark(passed)
		}
		for range ls.all {
			select {
			case <-passed:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// queueMark queues a step that does nothing but tell that its turn has come; a lane that is
// full or shut tells at once.
func (l *lane) queueMark(passed chan struct{}) {
	if l.mark(passed) != laneMarked {
		passed <- struct{}{}
	}
}

// What became of a mark.
const (
	laneMarked = iota
	laneFull
	laneShut
)

// mark queues a step that does nothing but tell that its turn has come, and says whether it
// could be queued.
func (l *lane) mark(passed chan struct{}) int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.shut {
		return laneShut
	}
	select {
	case l.queue <- &Step{Work: mark{passed}}:
		return laneMarked
	default:
		return laneFull
	}
}

// mark is the work of a step that marks a place in the queue of a lane.
type mark struct{ passed chan struct{} }

// Prepare implements Work.
func (mark) Prepare(context.Context, Reads) (*chat.Commit, error) { return nil, nil }

// Finish implements Work.
func (m mark) Finish(error) { m.passed <- struct{}{} }

func (l *lane) run() {
	defer l.owner.done.Done()
	for l.take() {
		l.commit()
		l.finish()
	}
}

// take fills the batch with what was held back and what has queued, waiting for
// the first step. It reports false when there is nothing left and the queue is closed.
func (l *lane) take() bool {
	clear(l.batch)
	l.batch = l.batch[:0]
	l.lone = 0
	held := l.deferred
	l.deferred = nil
	bytes := 0
	for _, st := range held {
		bytes += l.admit(st)
	}
	if len(l.batch) == 0 {
		st, ok := <-l.queue
		if !ok {
			return false
		}
		bytes += l.admit(st)
	}
	for len(l.batch)+len(l.deferred) < batchSteps && bytes < batchBytes {
		select {
		case st, ok := <-l.queue:
			if !ok {
				return true
			}
			bytes += l.admit(st)
		default:
			return true
		}
	}
	return true
}

// admit puts a step into the batch, or behind it when it must not share it.
func (l *lane) admit(st *Step) int {
	for _, other := range l.deferred {
		if other.Shard == st.Shard {
			l.deferred = append(l.deferred, st)
			return 0
		}
	}
	if st.Alone || l.lone > 0 {
		for _, other := range l.batch {
			if other.Shard == st.Shard && (st.Alone || other.Alone) {
				l.deferred = append(l.deferred, st)
				return 0
			}
		}
	}
	if st.Alone {
		l.lone++
	}
	l.batch = append(l.batch, st)
	return st.Bytes
}

// commit prepares the steps of the batch and makes them durable together.
func (l *lane) commit() {
	store := l.owner.ledger.store
	clear(l.commits)
	l.commits = l.commits[:0]
	l.staged.clear()
	l.floor.Store(store.Clock())
	for _, st := range l.batch {
		l.prepare(st)
		if st.err == nil && st.commit != nil && st.commit.Durable() {
			l.commits = append(l.commits, st.commit)
			l.staged.note(st.commit)
		}
	}
	if len(l.commits) > 0 {
		// A commit is not abandoned because a caller left: the lane's context does not end.
		if err := store.Apply(l.ctx, l.commits); err != nil {
			l.failed(err)
		}
	}
	l.again()
}

// failed tells the steps of the batch that they are not durable. When the disk is full
// nothing of them has happened, and steps that need no disk go on.
func (l *lane) failed(err error) {
	full := errors.Is(err, chat.ErrBusy)
	for _, st := range l.batch {
		if st.err == nil && !(full && (st.commit == nil || !st.commit.Durable())) {
			st.err = fmt.Errorf("apply: %w", err)
		}
	}
	if !full {
		l.owner.fatal(err)
	}
}

// again takes out of the batch what has to be prepared anew, with the next
// batch: steps that were decided under rules which have moved, or which need a row that is only
// now durable. A step that has been prepared too often is answered as busy.
func (l *lane) again() {
	var held []*Step
	for i, st := range l.batch {
		pending := errors.Is(st.err, errPending)
		if !pending && (st.err != nil || st.commit == nil || !st.commit.Stale) {
			continue
		}
		if st.tries >= maxTries {
			st.commit, st.err = nil, chat.Refuse(chat.CodeBusy, "")
			continue
		}
		held = append(held, st)
		l.batch[i] = nil
	}
	if held != nil {
		l.deferred = append(held, l.deferred...)
	}
}

// prepare asks a step what to make durable. A fault in one step's rules must
// not take the others of its lane along.
func (l *lane) prepare(st *Step) {
	defer func() {
		if p := recover(); p != nil {
			st.commit, st.err = nil, fmt.Errorf("step: panic: %v", p)
			l.owner.ledger.log.Error("step failed", "shard", st.Shard.String(), "panic", p, "stack", string(debug.Stack()))
		}
	}()
	st.tries++
	if l.owner.ledger.IsShut(st.Shard.App) {
		st.commit, st.err = nil, chat.Refuse(chat.CodeUnknownApp, "")
		return
	}
	st.commit, st.err = st.Work.Prepare(l.ctx, &l.staged)
}

// finish answers the callers in order, then delivers.
func (l *lane) finish() {
	g := l.owner.ledger
	for _, st := range l.batch {
		if st != nil {
			st.Work.Finish(st.err)
		}
	}
	wake := false
	for _, st := range l.batch {
		if st != nil && st.err == nil && st.commit != nil {
			g.announce(st.commit, st.Session)
			g.feeds.note(st.commit)
			wake = wake || len(st.commit.Outbox) > 0
		}
	}
	l.floor.Store(math.MaxUint64)
	if wake {
		g.observer.Committed()
	}
}
