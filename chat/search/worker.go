package search

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// worker fills the index of one app. Its goroutine alone puts batches.
type worker struct {
	*Service
	app chat.AppID

	woken chan struct{} // something is noted
	hurry chan struct{} // somebody waits
	ended chan struct{} // closed to end it: it puts what is noted still
	gone  chan struct{} // closed by the goroutine in the end

	percent atomic.Int32 // done; whole: searches are answered
	doubts  atomic.Int64 // how often that was taken back
	busy    atomic.Bool  // something was taken that is not in the index
	harmed  atomic.Bool  // the index is damaged
	since   atomic.Int64 // when the first came of what is not in the index, Unix milliseconds; 0: all is

	documents, bytes atomic.Int64 // as last seen

	waits sync.Mutex // guards waiting
	// waiting are those who are told once everything is there that is noted now.
	waiting []chan error

	mu    sync.RWMutex // held for writing to open and close
	index Index        // nil: closed
	over  bool         // it is not opened again

	// owned by the goroutine
	place   Position
	checked bool  // files were read
	mine    bool  // this worker has written it
	orderly bool  // nothing happened since it was closed
	missed  bool  // what was noted got lost
	expired int64 // the hour up to which messages were removed
	pace    pace
}

// whole is percent of an index that lacks nothing.
const whole = 100

// Times of a worker. Gather is how long it waits for more to come: a batch of many messages
// costs little more than one of one.
const (
	gather    = 200 * time.Millisecond
	idleEvery = time.Minute
	idleFor   = 10 // idleEvery, without searches and messages: the index is closed
	retry     = time.Second
)

func newWorker(s *Service, app chat.AppID) *worker {
	return &worker{
		Service: s, app: app, woken: make(chan struct{}, 1), hurry: make(chan struct{}, 1), ended: make(chan struct{}), gone: make(chan struct{}),
	}
}

func send(to chan struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}

// wake says that something has moved.
func (w *worker) wake() {
	w.since.CompareAndSwap(0, w.read.NowMs())
	send(w.woken)
}

// run is the goroutine.
func (w *worker) run() {
	defer w.done.Done()
	defer close(w.gone)
	defer w.retire(w)
	idle := time.NewTicker(idleEvery)
	defer idle.Stop()
	quiet := 0
	for w.round(); w.serves(w.app); {
		select {
		case <-w.ended:
			w.finish()
			return
		case <-w.ctx.Done():
			w.finish()
			return
		case <-w.hurry:
			quiet = 0
		case <-w.woken:
			quiet = 0
			if w.pause(gather); w.ending() {
				continue // the end puts it
			}
		case <-idle.C:
			if quiet++; quiet >= idleFor && !w.tap.has(w.app) {
				w.shut(false)
				continue
			}
		}
		w.round()
	}
	w.mu.Lock()
	w.over = true
	w.mu.Unlock()
	w.discard()
}

var errOff = chat.Refuse(chat.CodeCommandDisabled, "nothing is searched here any more")

// pause waits, unless somebody is in a hurry.
func (w *worker) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.hurry:
	case <-w.ended:
	case <-w.ctx.Done():
	}
}

// ending reports whether the worker is to end.
func (w *worker) ending() bool {
	select {
	case <-w.ended:
		return true
	default:
		return false
	}
}

// giveWay waits while messages come too fast for the index to follow.
func (w *worker) giveWay(ctx context.Context) {
	for w.pace.givesWay(time.Now(), w.tap.came.Load()) {
		timer := time.NewTimer(sample)
		select {
		case <-timer.C:
		case <-w.ended:
			timer.Stop()
			return
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// finish is the end of the worker.
func (w *worker) finish() {
	err := w.late.Err()
	if err == nil && w.percent.Load() == whole {
		err = w.conclude()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.close(err == nil && w.percent.Load() == whole)
}

// round brings the index up to what is noted, and tells those who wait for that.
func (w *worker) round() {
	w.waits.Lock()
	waiting := w.waiting
	w.waiting = nil
	w.waits.Unlock()
	err := w.Full()
	if err == nil {
		err = w.fill()
	}
	if errors.Is(err, ErrDamaged) {
		w.log.Warn("the index is damaged and made anew", "app", w.app, "err", err)
		w.discard()
		err = w.fill()
	}
	if err == nil {
		err = w.expire(w.ctx)
	}
	switch {
	case err == nil:
		w.busy.Store(false)
		w.since.Store(0)
	case w.ctx.Err() == nil:
		w.log.Warn("the index does not follow", "app", w.app, "err", err)
	}
	for _, one := range waiting {
		one <- err
	}
	if err != nil {
		w.pause(retry)
		w.wake()
	}
}

// settle waits until everything is there that is noted now.
func (w *worker) settle(ctx context.Context) error {
	if n := w.percent.Load(); n < whole && !w.starting(ctx) {
		return building(int(w.percent.Load()))
	}
	if !w.tap.has(w.app) && !w.busy.Load() && !w.harmed.Load() && w.percent.Load() == whole {
		return nil
	}
	err := w.wait(ctx)
	switch {
	case ctx.Err() != nil, w.percent.Load() < whole:
		return building(min(int(w.percent.Load()), whole-1))
	case errors.Is(err, chat.ErrClosed), errors.Is(err, errOff):
		return err
	case err != nil: // it is in the log
		return chat.Refuse(chat.CodeSearchBuilding, "the index does not follow at present")
	}
	return nil
}

// startPatience is how long a search waits for an index that may be nearly there: most
// starts have nothing to do.
const startPatience = 250 * time.Millisecond

func (w *worker) starting(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	return w.wait(ctx) == nil && w.percent.Load() == whole
}

// wait waits for the end of a round that begins now or later.
func (w *worker) wait(ctx context.Context) error {
	done := make(chan error, 1)
	w.waits.Lock()
	w.waiting = append(w.waiting, done)
	w.waits.Unlock()
	send(w.hurry)
	select {
	case err := <-done:
		return err
	case <-w.ended:
		return chat.ErrClosed
	case <-w.gone:
		return errOff
	case <-ctx.Done():
		return ctx.Err()
	}
}

// open opens the index if it is not open. The first time its files are read.
func (w *worker) open() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.over:
		return chat.ErrClosed
	case w.index != nil:
		return nil
	}
	x, err := w.Shelf.Open(w.app, !w.checked)
	if err != nil {
		return err
	}
	w.index, w.checked = x, true
	return nil
}

// shut closes the index.
func (w *worker) shut(orderly bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.close(orderly)
}

func (w *worker) close(orderly bool) {
	if w.index == nil {
		return
	}
	if err := w.index.Close(orderly); err != nil {
		w.log.Warn("the index does not close", "app", w.app, "err", err)
		w.doubt() // what it has put may not be there the next time
	}
	w.index = nil
}

// doubt has the index looked through before searches are answered again.
func (w *worker) doubt() {
	w.percent.Store(0)
	w.doubts.Add(1)
	w.place, w.missed = Position{}, true
}

// discard removes the index, which nobody may open meanwhile; the next fill makes it anew.
func (w *worker) discard() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.doubt()
	w.close(false)
	w.remove(w.app)
	w.checked = false
	w.harmed.Store(false)
}

// ask runs a question on the index, which is opened for it. 60040 when the index is being made,
// or was in doubt meanwhile: the answer may lack something then.
func (w *worker) ask(question func(Index) error) error {
	doubts := w.doubts.Load()
	if n := w.percent.Load(); n < whole {
		return building(int(n))
	}
	w.mu.RLock()
	for w.index == nil {
		w.mu.RUnlock()
		if err := w.open(); err != nil {
			return w.harm(err)
		}
		w.mu.RLock()
	}
	defer w.mu.RUnlock()
	if err := w.harm(question(w.index)); err != nil {
		return err
	}
	if n := w.percent.Load(); n < whole || w.doubts.Load() != doubts {
		return building(min(int(n), whole-1))
	}
	return nil
}

// harm has an index made anew that turns out to be damaged.
func (w *worker) harm(err error) error {
	if !errors.Is(err, ErrDamaged) {
		return err
	}
	w.harmed.Store(true)
	w.percent.Store(0)
	send(w.woken)
	w.log.Warn("a search finds the index damaged", "app", w.app, "err", err)
	return building(0)
}

// expire removes what has expired, once an hour.
func (w *worker) expire(ctx context.Context) error {
	now := w.read.NowSec()
	hour := now / 3600
	if hour == w.expired || w.percent.Load() < whole {
		return nil
	}
	w.expired = hour
	return w.index.Expire(ctx, now)
}
