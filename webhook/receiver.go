package webhook

import (
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// Bounds of what is held in memory; the rest waits in the store.
const (
	perApp   = 1024 // events of one app; so past some 512 failing keys the app as a whole waits
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

	url         string    // that the following is about
	failures    int       // calls in a row that found nobody
	pausedUntil time.Time // when failures reach pauseAfter
	since       time.Time // the 24 hours of its events begin no earlier
	reset       bool      // read everything anew as soon as nothing is in flight
}

// lane is the events of one key, in order.
type lane struct {
	of    *receiver
	key   string
	queue []*chat.Event // the first is the next, or in flight
	state laneState

	failures int // in a row
	due      time.Time
	place    int // in the heap of waiting lanes

	behind bool   // more of its events were skipped, after resume
	resume string // an event id
	wanted bool   // in wanting or in a refill
}

type laneState uint8

const (
	idle    laneState = iota // nothing queued
	ready                    // in fresh or again
	calling                  // its first event is in flight
	waits                    // for its next attempt
)

// room is how many events the lane may hold: one that fails holds its first
// only, so that many can fail and others still find place.
func (l *lane) room() int {
	if l.failures > 0 {
		return 1
	}
	return perLane
}

func (r *receiver) paused() bool { return r.failures >= pauseAfter }

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

// next takes a ready lane: first those that have not failed, so that events
// some key chokes on do not use up the probes of a receiver.
func (r *receiver) next() *lane {
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

func (r *receiver) readyLanes() bool { return len(r.fresh)+len(r.again) > 0 }

// pop removes the first event of a lane that is done with, and moves the lane
// on.
func (r *receiver) pop(l *lane) {
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

// want notes that a lane has room for events it left in the store.
func (r *receiver) want(l *lane) {
	if l.behind && !l.wanted && (len(l.queue) == 0 || len(l.queue) <= refillAt && l.failures == 0) {
		l.wanted = true
		r.wanting = append(r.wanting, l)
	}
}

// shrink leaves all but the first event of a lane to the store.
func (r *receiver) shrink(l *lane) {
	more := len(l.queue) - 1
	if more == 0 {
		return
	}
	clear(l.queue[1:])
	l.queue = l.queue[:1]
	r.held -= more
	r.skipped += more
	l.behind, l.resume = true, l.queue[0].ID
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
