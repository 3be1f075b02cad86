package webhook

import (
	"context"
	"errors"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// Bounds of the calls in flight. They are per app as well, so that a slow
// receiver leaves room for the others.
const (
	perAppCalls = 16
	allCalls    = 256 // past it every app still has one
)

const (
	// unsettled events at most before no further ones are sent: the store is in trouble.
	maxUnsettled = 4096
	// storePause is the wait after the store has failed.
	storePause = time.Second
	// housekeeping is how often, while anything is held, changed settings are
	// looked for and old events given up.
	housekeeping = 15 * time.Second
)

// dispatcher is a running Outbox. Everything in it is owned by its goroutine.
type dispatcher struct {
	*Outbox
	started  time.Time
	tail     string    // the newest event seen
	unread   bool      // there may be newer ones
	hold     time.Time // the store failed: not before then
	tidied   time.Time
	aged     bool // events were given up, and the log is to be told
	measured time.Time

	receivers map[chat.AppID]*receiver
	runnable  []*receiver        // with ready lanes
	hungry    map[*receiver]bool // with events left in the store and room for them
	replayed  map[*receiver]bool // to be read anew
	waiting   waiting
	inFlight  int
	results   chan result

	settled, buriedIDs []string // to be written
	drains             []chan struct{}
}

type result struct {
	lane *lane
	err  error
}

// end is how an event leaves the outbox; also a metric's label.
type end string

const (
	delivered end = "delivered"
	buried    end = "buried"
	dropped   end = "dropped"
)

func (d *dispatcher) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		d.resets()
		looked := d.lookAround(ctx)
		d.wakeWaiting()
		sent := d.dispatch(ctx)
		d.flush(ctx)
		d.measure()
		if looked || sent || d.mayReset() {
			d.collect()
			continue
		}
		d.quiet()
		timer.Reset(d.untilNext())
		d.wait(ctx, timer.C)
	}
	d.finishFlight(context.WithoutCancel(ctx))
}

// wait sleeps until something has happened.
func (d *dispatcher) wait(ctx context.Context, timer <-chan time.Time) {
	select {
	case r := <-d.results:
		d.conclude(r)
		d.collect() // whatever else has ended meanwhile is settled together
	case <-d.wake:
		d.unread = true
	case f := <-d.orders:
		f(d)
	case <-timer:
		d.tidy()
	case <-ctx.Done():
	}
}

// collect takes what has come in, without waiting.
func (d *dispatcher) collect() {
	for {
		select {
		case r := <-d.results:
			d.conclude(r)
		case <-d.wake:
			d.unread = true
		case f := <-d.orders:
			f(d)
		default:
			return
		}
	}
}

// lookAround reads a page of new events and one for each receiver that left
// some behind; it reports whether to go on at once.
func (d *dispatcher) lookAround(ctx context.Context) (more bool) {
	if d.now().Before(d.hold) {
		return false
	}
	if d.unread {
		if err := d.readTail(ctx); err != nil {
			d.storeFailed("read outbox", err)
			return false
		}
		more = d.unread
	}
	for r := range d.hungry {
		again, err := d.look(ctx, r)
		if err != nil {
			d.storeFailed("read outbox", err)
			return false
		}
		if !again {
			delete(d.hungry, r)
		}
		more = more || again
	}
	return more
}

// storeFailed has the store asked again later. That its disk is full the store says
// itself, once.
func (d *dispatcher) storeFailed(what string, err error) {
	d.hold = d.now().Add(storePause)
	if errors.Is(err, chat.ErrBusy) {
		return
	}
	d.log.Error("outbox", "op", what, "err", err)
}

// receiver returns an app's receiver.
func (d *dispatcher) receiver(app chat.AppID) *receiver {
	r := d.receivers[app]
	if r == nil {
		r = &receiver{app: app, lanes: map[string]*lane{}, since: d.started}
		d.receivers[app] = r
	}
	return r
}

// list notes that a receiver may have ready lanes, or room.
func (d *dispatcher) list(r *receiver) {
	if r.readyLanes() && !r.listed {
		r.listed = true
		d.runnable = append(d.runnable, r)
	}
	if r.mayRefill() || r.hasPlace() {
		d.hungry[r] = true
	}
}

// wakeWaiting makes lanes ready whose next attempt is due.
func (d *dispatcher) wakeWaiting() {
	now := d.now()
	for l := d.waiting.ready(now); l != nil; l = d.waiting.ready(now) {
		l.of.makeReady(l)
		d.list(l.of)
	}
}
