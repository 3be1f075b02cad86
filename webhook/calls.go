package webhook

import (
	"context"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// dispatch sends what may be sent, one event per receiver and round.
func (d *dispatcher) dispatch(ctx context.Context) (some bool) {
	if len(d.settled)+len(d.buriedIDs) >= maxUnsettled {
		return false
	}
	for progress := true; progress; {
		progress = false
		kept := d.runnable[:0]
		for _, r := range d.runnable {
			if d.mayCall(r) {
				d.begin(ctx, r, r.next())
				progress = true
			}
			if r.listed = r.readyLanes(); r.listed {
				kept = append(kept, r)
			}
		}
		clear(d.runnable[len(kept):])
		d.runnable = kept
		some = some || progress
	}
	return some
}

// mayCall reports whether one more call to the receiver may begin now.
func (d *dispatcher) mayCall(r *receiver) bool {
	switch {
	case r.reset || !r.readyLanes():
		return false
	case r.paused():
		return r.inFlight == 0 && !d.now().Before(r.pausedUntil)
	case r.inFlight == 0:
		return true
	}
	return r.inFlight < perAppCalls && d.inFlight < allCalls
}

// begin sends the first event of a lane.
func (d *dispatcher) begin(ctx context.Context, r *receiver, l *lane) {
	e := l.queue[0]
	app := d.apps.App(e.App)
	if app == nil || !app.Webhook.On(e.Kind) {
		d.finish(e, dropped)
		r.pop(l)
		d.list(r)
		return
	}
	r.url = app.Webhook.URL
	l.state = calling
	r.inFlight++
	d.inFlight++
	// run does not end before it has the result; a call that has begun is
	// finished even when ctx ends, or the receiver would see it twice.
	go func() { d.results <- result{l, d.tell(context.WithoutCancel(ctx), app, e)} }()
}

// tell makes the call for an event.
func (d *dispatcher) tell(ctx context.Context, app *chat.App, e *chat.Event) error {
	b, err := body(&fact{Event: e, app: app})
	if err != nil {
		err = &failure{outcome: unsendable, err: err}
	} else {
		err = d.client.tell(ctx, call{app: app, kind: e.Kind, ip: e.IP, platform: e.From, eventID: e.ID, body: b})
	}
	d.metrics.attempt(e.Kind, outcomeOf(err))
	return err
}

// conclude deals with the end of a call.
func (d *dispatcher) conclude(res result) {
	l := res.lane
	r, e := l.of, l.queue[0]
	r.inFlight--
	d.inFlight--
	d.count(r, res.err)
	switch {
	case res.err == nil:
		l.failures = 0
		d.finish(e, delivered)
		r.pop(l)
	case outcomeOf(res.err) == unsendable:
		d.log.Error("event cannot be sent", "app", e.App, "command", e.Kind, "event", e.ID, "err", res.err)
		d.finish(e, buried)
		r.pop(l)
	case l.failures >= len(delays) && d.tooOld(r, e):
		d.log.Warn("event given up", "app", e.App, "command", e.Kind, "event", e.ID, "err", res.err)
		l.failures++
		d.finish(e, buried)
		r.pop(l)
	default:
		l.failures++
		l.state, l.due = waits, d.now().Add(delay(l.failures))
		r.shrink(l)
		d.waiting.add(l)
		d.log.Debug("event failed", "app", e.App, "command", e.Kind, "event", e.ID, "attempts", l.failures, "err", res.err)
	}
	d.list(r)
}

// count keeps track of whether the receiver is there at all.
func (d *dispatcher) count(r *receiver, err error) {
	if outcomeOf(err) == unsendable {
		return // it was not asked
	}
	if !dead(err) {
		if r.paused() {
			d.log.Info("receiver is back", "app", r.app)
		}
		r.failures = 0
		return
	}
	r.failures++
	if r.paused() {
		r.pausedUntil = d.now().Add(pause(r.failures))
	}
	if r.failures == pauseAfter {
		d.log.Warn("receiver is not there, events wait", "app", r.app, "err", err)
	}
}

// tooOld reports whether an event has been kept for as long as we keep trying.
// A restart and a replay begin that time anew.
func (d *dispatcher) tooOld(r *receiver, e *chat.Event) bool {
	from := time.UnixMilli(e.Time)
	if from.Before(r.since) {
		from = r.since
	}
	return d.now().Sub(from) >= giveUp
}
