package webhook

import (
	"context"
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// finish notes how an event ended; flush writes it.
func (d *dispatcher) finish(e *chat.Event, how end) {
	d.metrics.settled.WithLabelValues(string(how)).Inc()
	if how == buried {
		d.buriedIDs = append(d.buriedIDs, e.ID)
	} else {
		d.settled = append(d.settled, e.ID)
	}
}

// flush writes what has ended, together.
func (d *dispatcher) flush(ctx context.Context) {
	if len(d.settled)+len(d.buriedIDs) == 0 || d.now().Before(d.hold) {
		return
	}
	if err := d.write(context.WithoutCancel(ctx)); err != nil {
		d.storeFailed("settle events", err)
	}
}

func (d *dispatcher) write(ctx context.Context) error {
	if len(d.settled) > 0 {
		if err := d.store.Settle(ctx, d.settled); err != nil {
			return fmt.Errorf("settle: %w", err)
		}
		d.settled = d.settled[:0]
	}
	if len(d.buriedIDs) > 0 {
		if err := d.store.Bury(ctx, d.buriedIDs); err != nil {
			return fmt.Errorf("bury: %w", err)
		}
		d.buriedIDs = d.buriedIDs[:0]
	}
	return nil
}

// resets begins anew with receivers whose dead letters were revived, once
// nothing of them is under way.
func (d *dispatcher) resets() {
	if len(d.settled)+len(d.buriedIDs) > 0 {
		return
	}
	for r := range d.replayed {
		if r.inFlight == 0 {
			delete(d.replayed, r)
			d.readAnew(r)
			d.list(r)
		}
	}
}

// mayReset reports whether resets has something to do.
func (d *dispatcher) mayReset() bool {
	if len(d.settled)+len(d.buriedIDs) > 0 {
		return false
	}
	for r := range d.replayed {
		if r.inFlight == 0 {
			return true
		}
	}
	return false
}

// tidy notices changed settings of receivers that fail, and gives up events
// that are held for one that is not there.
func (d *dispatcher) tidy() {
	if d.now().Sub(d.tidied) < housekeeping {
		return
	}
	d.tidied, d.aged = d.now(), false
	for _, r := range d.receivers {
		app := d.apps.App(r.app)
		if app == nil || app.Webhook.URL != r.url {
			d.meetAnew(r)
		}
		if r.paused() {
			d.giveUpOld(r)
		}
		if r.aged > 0 {
			d.log.Warn("events became dead letters: their receiver was gone for too long", "app", r.app, "events", r.aged)
			r.aged = 0
		}
		d.list(r)
	}
}

// meetAnew forgets how a receiver has behaved, because it is another one now.
func (d *dispatcher) meetAnew(r *receiver) {
	r.absences, r.answered = 0, time.Time{}
	d.hurry(r, func(*lane) bool { return true })
	for _, l := range r.lanes {
		l.strikes, l.hollow, l.due = 0, false, time.Time{}
	}
}

// hurry makes waiting lanes of a receiver ready.
func (d *dispatcher) hurry(r *receiver, which func(*lane) bool) {
	for _, l := range r.lanes {
		if l.state == waits && which(l) {
			d.waiting.remove(l)
			r.makeReady(l)
		}
	}
	d.list(r)
}

// giveUpOld buries the old heads of lanes not in flight.
func (d *dispatcher) giveUpOld(r *receiver) {
	for _, l := range r.lanes {
		if l.state == waits && d.tooOld(r, l.queue[0]) {
			d.waiting.remove(l)
			d.giveUp(r, l.queue[0])
			r.pop(l)
		}
	}
	old := func(from []*lane) (rest []*lane) {
		for _, l := range from {
			if !d.tooOld(r, l.queue[0]) {
				rest = append(rest, l)
			}
		}
		return rest
	}
	for _, from := range []*[]*lane{&r.fresh, &r.again} {
		all := *from
		*from = old(all)
		for _, l := range all {
			if d.tooOld(r, l.queue[0]) {
				d.giveUp(r, l.queue[0])
				r.pop(l)
			}
		}
	}
}

// untilNext is when something is due without anybody saying so.
func (d *dispatcher) untilNext() time.Duration {
	now := d.now()
	next := 24 * time.Hour // nothing held: nothing due
	soon := func(at time.Time) { next = min(next, max(at.Sub(now), 0)) }
	if now.Before(d.hold) {
		soon(d.hold)
	}
	if len(d.waiting) > 0 {
		soon(d.waiting[0].due)
	}
	for _, r := range d.runnable {
		if r.paused() && r.inFlight == 0 {
			soon(r.pausedUntil)
		}
	}
	if len(d.waiting)+len(d.runnable) > 0 || d.aged {
		soon(d.tidied.Add(housekeeping))
	}
	return next
}

// quiet tells those who wait for it that nothing can be sent now.
func (d *dispatcher) quiet() {
	if d.inFlight > 0 || d.unread || len(d.settled)+len(d.buriedIDs) > 0 || len(d.hungry)+len(d.replayed) > 0 {
		return
	}
	for _, c := range d.drains {
		close(c)
	}
	d.drains = nil
}

// measure keeps the gauges: every second while there is work, and when there
// is none left.
func (d *dispatcher) measure() {
	busy := d.inFlight+len(d.waiting)+len(d.runnable) > 0
	if busy && d.now().Sub(d.measured) < time.Second {
		return
	}
	d.measured = d.now()
	depth, paused := 0, 0
	var oldest int64
	for _, r := range d.receivers {
		depth += r.held + r.skipped
		if r.paused() {
			paused++
		}
		if ms := r.oldest(); ms != 0 && (oldest == 0 || ms < oldest) {
			oldest = ms
		}
	}
	d.metrics.depth.Set(float64(depth))
	d.metrics.paused.Set(float64(paused))
	age := 0.0
	if oldest != 0 {
		age = max(d.now().Sub(time.UnixMilli(oldest)).Seconds(), 0)
	}
	d.metrics.age.Set(age)
}

// finishFlight waits for the calls under way, which end within their two
// seconds, and settles them.
func (d *dispatcher) finishFlight(ctx context.Context) {
	for d.inFlight > 0 {
		d.conclude(<-d.results)
	}
	if err := d.write(ctx); err != nil {
		d.log.Error("outbox: events told now will be told again", "err", err)
	}
}
