package hooks

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// Bounds of one connection's calls: how many wait before it is read no further, and
// how long one may take.
const (
	maxWaiting  = 64
	callTimeout = 30 * time.Second
)

// worker keeps what one connection asks for in order (spec/00 §3). There are two kinds.
// Sends go to the core at once and overlap among themselves: the core keeps their
// order. Calls (requests, read marks, recalls, typing) wait for the core, off the
// reading goroutine: one runs when all sends before it have been answered, and
// sends behind it wait until it is done.
//
// Its goroutine lives only while there is a call.
type worker struct {
	sends  atomic.Int32 // that the core has
	busy   atomic.Bool  // there is a goroutine: what comes goes behind it. The reader sets it
	waits  atomic.Bool  // the goroutine waits for sends
	mu     sync.Mutex   // guards all below
	moved  *sync.Cond   // nil until somebody waits: for sends, or for room
	queue  []task
	broken bool // a panic: what was under way may never be answered
	over   bool // the connection is closed
}

// task is a call, or a send that came behind one.
type task struct {
	call  func(context.Context) // nil: a send
	pub   *publish
	draft *chat.Draft
}

// submit hands a draft to the core, behind the calls that came before it.
func (l *Link) submit(p *publish, d chat.Draft) {
	if l.worker.busy.Load() {
		l.queueSend(p, d)
		return
	}
	l.begin(p, d)
}

// queueSend stands apart so that drafts which do not wait stay off the heap.
func (l *Link) queueSend(p *publish, d chat.Draft) { l.enqueue(task{pub: p, draft: &d}) }

func (l *Link) begin(p *publish, d chat.Draft) {
	l.worker.sends.Add(1)
	l.door.core.Send(p.claimed(l.door.ctx), *p.by(), d, p.sent)
}

// later runs a call when its turn comes. The reader waits while too many do.
func (l *Link) later(call func(context.Context)) { l.enqueue(task{call: call}) }

func (l *Link) enqueue(t task) {
	w := &l.worker
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.queue) >= maxWaiting && !w.broken && !w.over {
		w.wait()
	}
	w.queue = append(w.queue, t)
	if !w.busy.Load() {
		w.busy.Store(true)
		l.door.workers.Add(1)
		go l.work()
	}
}

// wait waits until something has moved. mu is held.
func (w *worker) wait() {
	if w.moved == nil {
		w.moved = sync.NewCond(&w.mu)
	}
	w.moved.Wait()
}

// wake wakes those who wait. mu is held.
func (w *worker) wake() {
	if w.moved != nil {
		w.moved.Broadcast()
	}
}

// work runs what is queued.
func (l *Link) work() {
	defer l.door.workers.Done()
	for {
		t, ok := l.worker.next()
		if !ok {
			return
		}
		l.run(t)
	}
}

// next takes the task whose turn it is; false ends the goroutine. A call's turn comes
// when no send is under way.
func (w *worker) next() (t task, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		w.queue = nil
		w.busy.Store(false)
		return task{}, false
	}
	t = w.queue[0]
	w.queue[0] = task{}
	w.queue = w.queue[1:]
	w.wake()
	if t.call == nil {
		return t, true
	}
	w.waits.Store(true) // before the look at sends: see answered
	for w.sends.Load() > 0 && !w.broken {
		w.wait()
	}
	w.waits.Store(false)
	return t, true
}

// answered notes that a send has been.
func (w *worker) answered() {
	if w.sends.Add(-1) > 0 || !w.waits.Load() {
		return
	}
	w.mu.Lock()
	w.wake()
	w.mu.Unlock()
}

// end has no reader wait for room: its connection is closed.
func (w *worker) end() {
	w.mu.Lock()
	w.over = true
	w.wake()
	w.mu.Unlock()
}

// Close closes the connection, also under a reader that waits for calls.
func (l *Link) Close() error {
	err := l.Transport.Close()
	l.worker.end()
	return err
}

// Goodbye is Close with a reason; see [Transport].
func (l *Link) Goodbye(version, code byte, reason string) {
	l.Transport.Goodbye(version, code, reason)
	l.worker.end()
}

// giveUp has nobody wait for what a panic has cut off.
func (w *worker) giveUp() {
	w.mu.Lock()
	w.broken = true
	w.wake()
	w.mu.Unlock()
}

// run does one task.
func (l *Link) run(t task) {
	var err error
	defer l.guard(&err)
	if t.call == nil {
		l.begin(t.pub, *t.draft)
		return
	}
	ctx, cancel := context.WithTimeout(l.door.ctx, callTimeout)
	defer cancel()
	t.call(ctx)
}
