package webhook

import (
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// Bounds of what is held in memory; the rest waits in the store.
const (
	perApp   = 1024 // events of one app; so past some 256 failing keys the app as a whole waits
	perLane  = 64   // events of one key
	refillAt = perLane / 4
)

// receiver is the server of one app, and what is held for it. Everything here
// is owned by the dispatcher's goroutine.
//
// Events that are not held have been skipped: those of a lane that is behind
// lie after its resume, all others after missedFrom. Whatever lies before is
// held or done, so a later look at the store cannot take an event twice.
type receiver struct {
	app      chat.AppID
	lanes    map[string]*lane
	held     int // events in lanes
	skipped  int // events seen and left in the store
	inFlight int

	missed     bool   // events of any key were skipped, after missedFrom
	missedFrom string // an event id, "" for the beginning

	wanting []*lane // behind, and with room again
	refill  *refill // the look through the store for some of them, under way

	fresh, again []*lane // ready, without and with failures; in order
	listed       bool    // in the dispatcher's list of those with ready lanes

	url         string        // that the following is about
	absences    int           // calls in a row that found nobody
	pausedUntil time.Time     // the next probe, once absences reach pauseAfter
	pause       time.Duration // the wait before it
	answered    time.Time     // when it last answered an event with 200
	witness     *lane         // whose second event is told next, because of a doubt

	since time.Time // the time that its events are kept begins no earlier
	aged  int       // events given up and not yet in the log
	reset bool      // read everything anew as soon as nothing is in flight
}

// lane is the events of one key, in order.
type lane struct {
	of    *receiver
	key   string
	queue []*chat.Event // the first is the next, or in flight
	state laneState

	// Of the first event:
	failures int       // calls in a row
	strikes  int       // those held against it; see judge
	struck   time.Time // when the call began that made the last of them
	hollow   bool      // that call found nobody
	doubted  bool      // there was a doubt since
	due      time.Time // its next try
	absent   bool      // the last call found nobody
	// asked says that the second event is told ahead of the first, as its witness.
	asked bool

	began time.Time // the call under way
	place int       // in the heap of waiting lanes

	behind bool   // more of its events were skipped, after resume
	resume string // an event id
	wanted bool   // in wanting or in a refill
}

type laneState uint8

const (
	idle    laneState = iota // nothing queued
	ready                    // in fresh or again
	calling                  // an event is in flight
	waits                    // for its next attempt
)

// room is how many events the lane may hold: one that fails holds its first and
// the one behind, which may be its witness, so that many can fail and others still find
// place.
func (l *lane) room() int {
	if l.failures > 0 {
		return 2
	}
	return perLane
}

// turn is the place in the queue of the event that is called about.
func (l *lane) turn() int {
	if l.asked {
		return 1
	}
	return 0
}

// settled makes the lane as good as one that never failed.
func (l *lane) settled() {
	l.failures, l.strikes, l.due, l.absent, l.asked = 0, 0, time.Time{}, false, false
	l.struck, l.hollow, l.doubted = time.Time{}, false, false
}

func (r *receiver) paused() bool { return r.absences >= pauseAfter }

// lane returns the lane of a key, made when it is not there.
func (r *receiver) lane(key string) *lane {
	l := r.lanes[key]
	if l == nil {
		l = &lane{of: r, key: key}
		r.lanes[key] = l
	}
	return l
}

// push queues an event at the end of its lane.
func (r *receiver) push(e *chat.Event) {
	l := r.lane(e.Key)
	l.queue = append(l.queue, e)
	r.held++
	if l.state == idle {
		r.makeReady(l)
	}
}

func (r *receiver) makeReady(l *lane) {
	l.state = ready
	if l.failures > 0 {
		r.again = append(r.again, l)
	} else {
		r.fresh = append(r.fresh, l)
	}
}

// next takes a ready lane: first the one that has a witness to be heard, then those
// that have not failed, so that events that fail do not use up the probes of a receiver.
func (r *receiver) next() *lane {
	if l := r.witness; l != nil {
		r.witness = nil
		return l
	}
	from := &r.fresh
	if len(*from) == 0 {
		from = &r.again
	}
	if len(*from) == 0 {
		return nil
	}
	l := (*from)[0]
	(*from)[0] = nil
	*from = (*from)[1:]
	return l
}

func (r *receiver) readyLanes() bool { return len(r.fresh)+len(r.again) > 0 || r.witness != nil }

// pop removes the first event of a lane that is done with, and moves the lane
// on.
func (r *receiver) pop(l *lane) {
	l.settled()
	l.queue[0] = nil
	l.queue = l.queue[1:]
	r.held--
	switch {
	case len(l.queue) > 0:
		r.makeReady(l)
	default:
		l.state, l.queue = idle, nil
	}
	r.want(l)
	if len(l.queue) == 0 && !l.behind {
		delete(r.lanes, l.key)
	}
}

// popWitness removes the second event of a lane, which was told ahead of the first.
func (r *receiver) popWitness(l *lane) {
	last := len(l.queue) - 1
	copy(l.queue[1:], l.queue[2:])
	l.queue[last] = nil
	l.queue = l.queue[:last]
	r.held--
	l.asked = false
}

// want notes that a lane has room for events it left in the store.
func (r *receiver) want(l *lane) {
	if l.behind && !l.wanted && (len(l.queue) == 0 || len(l.queue) <= refillAt && l.failures == 0) {
		l.wanted = true
		r.wanting = append(r.wanting, l)
	}
}

// shrink leaves to the store what a lane has no room for any more.
func (r *receiver) shrink(l *lane) {
	room := l.room()
	more := len(l.queue) - room
	if more <= 0 {
		return
	}
	clear(l.queue[room:])
	l.queue = l.queue[:room]
	r.held -= more
	r.skipped += more
	l.behind, l.resume = true, l.queue[room-1].ID
	r.unwant(l)
}

// unwant takes a lane out of the refills.
func (r *receiver) unwant(l *lane) {
	if !l.wanted {
		return
	}
	l.wanted = false
	for i, w := range r.wanting {
		if w == l {
			r.wanting = append(r.wanting[:i], r.wanting[i+1:]...)
			return
		}
	}
	if r.refill != nil {
		delete(r.refill.lanes, l)
	}
}

// oldest is the time of the oldest event held; 0: none.
func (r *receiver) oldest() (ms int64) {
	for _, l := range r.lanes {
		if len(l.queue) > 0 && (ms == 0 || l.queue[0].Time < ms) {
			ms = l.queue[0].Time
		}
	}
	return ms
}
