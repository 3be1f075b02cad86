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

// begin sends the event of a lane whose turn it is.
func (d *dispatcher) begin(ctx context.Context, r *receiver, l *lane) {
	e := l.queue[l.turn()]
	app := d.apps.App(e.App)
	if app == nil || !app.Webhook.On(e.Kind) {
		d.finish(e, dropped)
		if l.asked {
			r.popWitness(l)
			r.makeReady(l)
		} else {
			r.pop(l)
		}
		d.list(r)
		return
	}
	r.url = app.Webhook.URL
	l.state, l.began = calling, d.now()
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
		err = d.client.tell(ctx, call{app: app, kind: e.Kind, ip: e.IP, platform: e.From, eventID: e.ID, trace: e.Trace, body: b})
	}
	d.metrics.attempt(e.Kind, outcomeOf(err))
	return err
}

// conclude deals with the end of a call.
func (d *dispatcher) conclude(res result) {
	l := res.lane
	r := l.of
	r.inFlight--
	d.inFlight--
	d.count(l, res.err)
	switch e := l.queue[0]; {
	case l.asked:
		d.heard(l, res.err)
	case res.err == nil:
		d.finish(e, delivered)
		r.pop(l)
	case outcomeOf(res.err) == unsendable:
		d.log.Error("event cannot be sent", e.Trace.Attrs("app", e.App, "command", e.Kind, "event", e.ID, "err", res.err)...)
		d.finish(e, buried)
		r.pop(l)
	default:
		d.failed(l, res.err)
	}
	d.list(r)
}

// failed deals with a failure of a lane's first event.
func (d *dispatcher) failed(l *lane, err error) {
	r, e, now := l.of, l.queue[0], d.now()
	l.failures++
	l.absent = dead(err)
	r.shrink(l)
	d.log.Debug("event failed", e.Trace.Attrs("app", e.App, "command", e.Kind, "event", e.ID, "calls", l.failures, "strikes", l.strikes, "err", err)...)
	switch d.judged(l) {
	case aside:
		d.log.Warn("event is a dead letter", e.Trace.Attrs("app", e.App, "command", e.Kind, "event", e.ID,
			"why", outcomeOf(err), "code", statusOf(err), "err", err)...)
		d.finish(e, buried)
		r.pop(l)
		return
	case anew:
		l.strikes = 0
		fallthrough
	case again:
		l.struck, l.hollow, l.doubted = l.began, l.absent, false
		l.due = now.Add(tries[l.strikes])
		l.strikes++
	case doubt:
		l.doubted = true
		l.due = now.Add(tries[len(tries)-1])
		if d.callWitness(l) {
			return
		}
	case gone:
		if l.failures > len(tries) && d.tooOld(r, e) {
			d.giveUp(r, e)
			r.pop(l)
			return
		}
		l.strikes, l.hollow, l.due = 0, false, now.Add(min(time.Duration(l.failures)*firstPause, maxPause))
	}
	d.park(l)
}

// judged applies the rule to a lane that has failed just now.
func (d *dispatcher) judged(l *lane) ruling {
	since := l.of.answered.After(l.struck)
	return judge(failing{
		absent: l.absent, early: l.began.Before(l.due), strikes: l.strikes,
		lately: l.of.lately(d.now()), since: since,
		unproven: l.hollow && (!since || l.doubted),
	})
}

// park keeps a lane that has failed for its next try. While the receiver is paused
// those that found nobody are its probes, in turns.
func (d *dispatcher) park(l *lane) {
	if l.absent && l.of.paused() {
		l.of.makeReady(l)
		return
	}
	l.state = waits
	d.waiting.add(l)
}

// callWitness has the event behind the first of a lane told next, if there is one.
func (d *dispatcher) callWitness(l *lane) bool {
	r := l.of
	if len(l.queue) < 2 || r.witness != nil {
		return false
	}
	l.asked, l.state, r.witness = true, ready, l
	r.pausedUntil = d.now() // it is a probe
	return true
}

// heard deals with the end of a witness's call. If it was answered, the first event
// has one more try to fail for good.
func (d *dispatcher) heard(l *lane, err error) {
	r, now := l.of, d.now()
	l.asked = false
	switch {
	case err == nil:
		d.finish(l.queue[1], delivered)
		r.popWitness(l)
		l.due = now
		r.makeReady(l)
		return
	case dead(err): // nobody is there for either
		l.strikes, l.hollow, l.due = 0, false, now.Add(firstPause)
	}
	d.park(l)
}

// count keeps track of whether the receiver is there at all.
func (d *dispatcher) count(l *lane, err error) {
	r, now := l.of, d.now()
	switch {
	case outcomeOf(err) == unsendable:
		return // it was not asked
	case dead(err):
		d.absent(l, err)
		return
	case err == nil:
		r.answered = now
	}
	if r.paused() {
		d.log.Info("receiver is back", "app", r.app)
	}
	r.absences = 0
}

// absent counts a call that found nobody. What began before the pause lengthens
// it no further.
func (d *dispatcher) absent(l *lane, err error) {
	r, now := l.of, d.now()
	r.absences++
	switch {
	case r.absences == pauseAfter:
		d.log.Warn("receiver is gone, its events wait", "app", r.app, "why", outcomeOf(err), "code", statusOf(err), "err", err)
		r.pause = firstPause
		r.pausedUntil = now.Add(r.pause)
		d.hurry(r, func(l *lane) bool { return l.absent })
	case r.paused() && !l.began.Before(r.pausedUntil):
		r.pause = longer(r.pause)
		r.pausedUntil = now.Add(r.pause)
	}
}

// lately reports whether the receiver has answered an event with 200 so recently
// that it is taken to be alive.
func (r *receiver) lately(now time.Time) bool {
	return !r.answered.IsZero() && now.Sub(r.answered) <= aliveFor
}

// tooOld reports whether an event has been kept for as long as its app wants. A
// restart and a replay begin that time anew.
func (d *dispatcher) tooOld(r *receiver, e *chat.Event) bool {
	keep := defaultKeep
	if app := d.apps.App(e.App); app != nil && app.Webhook.Keep > 0 {
		keep = app.Webhook.Keep
	}
	from := time.UnixMilli(e.Time)
	if from.Before(r.since) {
		from = r.since
	}
	return d.now().Sub(from) >= keep
}

// giveUp makes a dead letter of an event that is too old. There may be many, so
// the log gets their number; see tidy.
func (d *dispatcher) giveUp(r *receiver, e *chat.Event) {
	d.finish(e, buried)
	r.aged++
	d.aged = true
}
