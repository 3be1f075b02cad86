package webhook

import (
	"context"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// pageSize is how many events one look at the store reads.
const pageSize = 512

// The store is looked through in three ways, a page at a time and in turns:
//
//   - the tail reads each event once, when it is new, and skips what has no
//     place; so events of a receiver that works are found at once, however many
//     of others lie before them;
//   - a refill reads again from where lanes were left behind, until they are full;
//   - a second look reads again from where a receiver had no place left.

// readTail reads the next page of new events.
func (d *dispatcher) readTail(ctx context.Context) error {
	page, err := d.store.Pending(ctx, d.tail, pageSize)
	if err != nil {
		return err
	}
	d.unread = len(page) == pageSize
	for _, e := range page {
		d.seeNew(e, d.tail)
		d.tail = e.ID
	}
	return nil
}

// seeNew takes a new event or skips it; before is the position in front of it.
func (d *dispatcher) seeNew(e *chat.Event, before string) {
	r := d.receiver(e.App)
	if d.disposed(r, e) {
		return
	}
	l := r.lanes[e.Key]
	switch {
	case r.missed || r.reset || l != nil && l.behind:
	case r.full():
		r.missed, r.missedFrom = true, before
	case l != nil && len(l.queue) >= l.room():
		l.behind, l.resume = true, before
	default:
		r.push(e)
		d.list(r)
		return
	}
	r.skipped++
}

// disposed deals with events that need no place: those of webhooks that are
// off, and those too old to be kept for a receiver that is not there.
func (d *dispatcher) disposed(r *receiver, e *chat.Event) bool {
	app := d.apps.App(e.App)
	switch {
	case app == nil || !app.Webhook.On(e.Kind):
		d.finish(e, dropped)
	case r.paused() && app.Webhook.URL == r.url && d.tooOld(r, e):
		d.giveUp(r, e)
	default:
		return false
	}
	return true
}

// refill is a look through the store for lanes with room.
type refill struct {
	at    string
	lanes map[*lane]bool
}

// look reads one page for a receiver that left events in the store. It reports
// whether there is more to do for it now.
func (d *dispatcher) look(ctx context.Context, r *receiver) (more bool, err error) {
	if r.mayRefill() {
		if err := d.readRefill(ctx, r); err != nil {
			return false, err
		}
	}
	if r.hasPlace() {
		if err := d.readMissed(ctx, r); err != nil {
			return false, err
		}
	}
	d.list(r)
	r.recount()
	return r.mayRefill() || r.hasPlace(), nil
}

// mayRefill reports whether lanes want more and there is place for one of them.
func (r *receiver) mayRefill() bool {
	return (r.refill != nil || len(r.wanting) > 0) && r.held <= perApp-perLane
}

// full reports whether nothing more is held. Lanes that are empty for the
// moment count as well.
func (r *receiver) full() bool { return max(r.held, len(r.lanes)) >= perApp }

// hasPlace reports whether a second look would find place for something. It
// waits until half of the place is free, so that looks are few.
func (r *receiver) hasPlace() bool { return r.missed && max(r.held, len(r.lanes)) <= perApp/2 }

func (r *receiver) beginRefill() {
	r.refill = &refill{at: r.wanting[0].resume, lanes: map[*lane]bool{}}
	for _, l := range r.wanting {
		r.refill.at = min(r.refill.at, l.resume)
		r.refill.lanes[l] = true
	}
	r.wanting = nil
}

// readRefill reads a page of a refill. Where it ends, at the tail or where
// events of every key were skipped, its lanes are no longer behind.
func (d *dispatcher) readRefill(ctx context.Context, r *receiver) error {
	if r.refill == nil {
		r.beginRefill()
	}
	page, err := d.store.Pending(ctx, r.refill.at, pageSize)
	if err != nil {
		return err
	}
	end := d.tail
	if r.missed {
		end = r.missedFrom
	}
	for _, e := range page {
		if len(r.refill.lanes) == 0 {
			break
		}
		if strings.Compare(e.ID, end) > 0 {
			page = nil
			break
		}
		if e.App == r.app {
			if r.held >= perApp {
				return nil // to be continued from here
			}
			r.seeAgain(e, r.refill.at, d)
		}
		r.refill.at = e.ID
	}
	if len(page) < pageSize {
		for l := range r.refill.lanes {
			r.caughtUp(l)
		}
		r.refill = nil
	} else if len(r.refill.lanes) == 0 {
		r.refill = nil
	}
	return nil
}

// seeAgain takes an event that a lane of the refill had skipped, or ends the
// lane's part in it.
func (r *receiver) seeAgain(e *chat.Event, before string, d *dispatcher) {
	l := r.lanes[e.Key]
	if l == nil || !r.refill.lanes[l] || strings.Compare(e.ID, l.resume) <= 0 {
		return
	}
	if d.disposed(r, e) {
		r.skipped--
		l.resume = e.ID
		return
	}
	if len(l.queue) >= l.room() {
		l.resume, l.wanted = before, false
		delete(r.refill.lanes, l)
		r.want(l)
		return
	}
	r.skipped--
	l.resume = e.ID
	r.push(e)
}

// caughtUp ends a lane's being behind.
func (r *receiver) caughtUp(l *lane) {
	l.behind, l.wanted, l.resume = false, false, ""
	if len(l.queue) == 0 {
		delete(r.lanes, l.key)
	}
}

// readMissed reads a page from where events of every key were skipped.
func (d *dispatcher) readMissed(ctx context.Context, r *receiver) error {
	page, err := d.store.Pending(ctx, r.missedFrom, pageSize)
	if err != nil {
		return err
	}
	for _, e := range page {
		if strings.Compare(e.ID, d.tail) > 0 {
			page = nil
			break
		}
		if e.App == r.app && !d.seeMissed(r, e) {
			return nil // full again: the rest stays missed
		}
		r.missedFrom = e.ID
	}
	r.missed = len(page) == pageSize
	return nil
}

// seeMissed takes a missed event or leaves it to its lane; it reports false
// when the receiver has no place left.
func (d *dispatcher) seeMissed(r *receiver, e *chat.Event) bool {
	l := r.lanes[e.Key]
	switch {
	case d.disposed(r, e):
	case l != nil && l.behind:
		return true
	case r.full():
		return false
	case l != nil && len(l.queue) >= l.room():
		l.behind, l.resume = true, r.missedFrom
		return true
	default:
		r.push(e)
	}
	r.skipped--
	return true
}

// recount corrects the number of skipped events where it is known to be none:
// somebody else may have removed some.
func (r *receiver) recount() {
	if r.missed || r.reset || r.skipped == 0 {
		return
	}
	for _, l := range r.lanes {
		if l.behind {
			return
		}
	}
	r.skipped = 0
}

// readAnew forgets what is held of a receiver, so that everything in the store
// is seen again. Nothing of it is in flight or waits to be settled.
func (d *dispatcher) readAnew(r *receiver) {
	for _, l := range r.lanes {
		if l.state == waits {
			d.waiting.remove(l)
		}
	}
	r.skipped += r.held
	r.lanes, r.held = map[string]*lane{}, 0
	r.fresh, r.again, r.witness, r.wanting, r.refill = nil, nil, nil, nil, nil
	r.missed, r.missedFrom = true, ""
	r.absences, r.reset = 0, false
	r.since = d.now()
}
