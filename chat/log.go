package chat

import (
	"context"
	"fmt"
	"hash/maphash"
	"math"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// A lane takes at most this much into one commit; there is no timer, the
// commit under way is the batching window.
const (
	batchSteps = 1024
	batchBytes = 1 << 20
)

// step is one unit of work on one conversation: prepared against the state
// after the commits before it, made durable in a batch, finished in order.
type step struct {
	conv Conversation
	// alone keeps other steps of the conversation out of its batch: a change of
	// the rules (a kick, a mute) must be seen by the very next message.
	alone bool
	bytes int // about how much it writes
	// prepare runs on the lane and says what to make durable; nil is nothing.
	prepare func(context.Context) (*Commit, error)
	// finish runs on the lane once the outcome is durable, before delivery.
	finish func(error)
	// sending is instead of both for the step of a message: two closures less for
	// each.
	sending *sending
	// session is not delivered the step's messages and events again.
	session uint64

	commit *Commit
	err    error
}

// lanes own the order of conversations: each conversation belongs to one lane
// by hash, each lane is one goroutine.
type lanes struct {
	svc   *Service
	seed  maphash.Seed
	all   []*lane
	fatal func(error)
	done  sync.WaitGroup
}

// lane is owned by its goroutine; only queue and floor are touched by others.
type lane struct {
	owner *lanes
	mu    sync.RWMutex // held for reading while enqueueing, for writing to close
	shut  bool
	queue chan *step
	// floor is the commit clock before the batch under way; MaxUint64 when idle.
	floor atomic.Uint64

	batch    []*step
	lone     int     // lone steps in the batch
	deferred []*step // steps held back behind a lone one, in order
	commits  []*Commit
}

func newLanes(s *Service, n, queue int, fatal func(error)) *lanes {
	ls := &lanes{svc: s, seed: maphash.MakeSeed(), fatal: fatal}
	for range n {
		l := &lane{owner: ls, queue: make(chan *step, queue)}
		l.floor.Store(math.MaxUint64)
		ls.all = append(ls.all, l)
		ls.done.Add(1)
		go l.run()
	}
	return ls
}

// enqueue hands a step to its lane; ErrBusy when the lane is full.
func (ls *lanes) enqueue(st *step) error {
	l := ls.all[maphash.Comparable(ls.seed, st.conv)%uint64(len(ls.all))]
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.shut {
		return Refuse(CodeShutdown, "")
	}
	select {
	case l.queue <- st:
		return nil
	default:
		return Refuse(CodeBusy, "")
	}
}

// change runs prepare alone on the lane of conv and waits until its commit is
// durable and handed to delivery's queue. A commit that has begun is finished even when ctx ends.
func (s *Service) change(ctx context.Context, conv Conversation, session uint64, prepare func(context.Context) (*Commit, error)) error {
	return s.wait(ctx, &step{conv: conv, alone: true, bytes: 256, session: session, prepare: prepare})
}

// wait hands a step to its lane and waits for its outcome.
func (s *Service) wait(ctx context.Context, st *step) error {
	done := make(chan error, 1)
	st.finish = func(err error) { done <- err }
	if err := s.lanes.enqueue(st); err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return Internal(CodeShutdown, ctx.Err())
	}
}

// delivered: see Service.Delivered. The clock is read before the floors, so a
// lane that begins in between only commits what is newer.
func (ls *lanes) delivered() uint64 {
	low := ls.svc.store.Clock()
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

func (l *lane) run() {
	defer l.owner.done.Done()
	for l.take() {
		l.commit()
		l.finish()
	}
}

// take fills the batch with what has queued, waiting for the first step. It
// reports false when the queue is closed and empty.
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
func (l *lane) admit(st *step) int {
	for _, other := range l.deferred {
		if other.conv == st.conv {
			l.deferred = append(l.deferred, st)
			return 0
		}
	}
	if st.alone || l.lone > 0 {
		for _, other := range l.batch {
			if other.conv == st.conv && (st.alone || other.alone) {
				l.deferred = append(l.deferred, st)
				return 0
			}
		}
	}
	if st.alone {
		l.lone++
	}
	l.batch = append(l.batch, st)
	return st.bytes
}

// commit prepares the steps of the batch and makes them durable together.
func (l *lane) commit() {
	store := l.owner.svc.store
	ctx := context.Background() // a commit is not abandoned because a client left
	clear(l.commits)
	l.commits = l.commits[:0]
	l.floor.Store(store.Clock())
	for _, st := range l.batch {
		l.prepare(ctx, st)
		if st.err == nil && st.commit != nil && st.commit.durable() {
			l.commits = append(l.commits, st.commit)
		}
	}
	if len(l.commits) == 0 {
		return
	}
	if err := store.Apply(ctx, l.commits); err != nil {
		for _, st := range l.batch {
			if st.err == nil {
				st.err = Internal(CodeInternal, err)
			}
		}
		l.owner.fatal(err)
	}
}

// prepare asks a step what to make durable. A fault in one step's rules must
// not take the others of its lane along.
func (l *lane) prepare(ctx context.Context, st *step) {
	defer func() {
		if p := recover(); p != nil {
			st.commit, st.err = nil, Internal(CodeInternal, fmt.Errorf("panic: %v", p))
			l.owner.svc.log.Error("step failed", "conv", st.conv.String(), "panic", p, "stack", string(debug.Stack()))
		}
	}()
	if st.sending != nil {
		st.commit, st.err = l.owner.svc.prepare(ctx, st.sending)
		return
	}
	st.commit, st.err = st.prepare(ctx)
}

// finish answers the callers in order, then delivers.
func (l *lane) finish() {
	s := l.owner.svc
	for _, st := range l.batch {
		switch {
		case st.sending != nil:
			s.sent(st.sending, st.err)
		case st.finish != nil:
			st.finish(st.err)
		}
	}
	wake := false
	for _, st := range l.batch {
		if st.err == nil && st.commit != nil {
			if st.alone {
				s.rules.changed(st.conv)
			}
			s.announce(st.commit, st.session)
			wake = wake || len(st.commit.Outbox) > 0
		}
	}
	l.floor.Store(math.MaxUint64)
	if wake {
		s.seen.Committed()
	}
}

// announce tells devices what a durable commit has changed: first who belongs
// to the audience now, then the messages and events themselves. Whoever was
// removed by the commit does not see its messages.
func (s *Service) announce(c *Commit, session uint64) {
	out := s.deliverer()
	app, group := c.Conv.App, c.Conv.Group()
	if len(c.Leaves) > 0 {
		out.Left(app, group, c.Leaves)
	}
	if v := c.Viewers; v != nil && len(v.Left) > 0 {
		out.Left(app, group, v.Left)
	}
	if len(c.Arrived) > 0 {
		out.Joined(app, group, c.Group.Type, c.Arrived)
	}
	if v := c.Viewers; v != nil && len(v.Joined) > 0 {
		out.Joined(app, group, AVChatRoom, v.Joined)
	}
	for _, m := range c.Messages {
		if m.Duplicate == nil {
			out.Deliver(m, session)
		}
	}
	for _, m := range c.Passing {
		out.Deliver(m, session)
	}
	for _, e := range c.Events {
		out.ConvEvent(e)
	}
	for _, n := range c.Notices {
		out.UserEvent(n)
	}
	if c.Drop {
		out.Gone(app, group)
	}
}
