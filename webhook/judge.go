package webhook

import "time"

// A call about an event has failed: is it the event, or is the receiver gone? This
// is the rule (spec/30 §4), in one place.
//
// Somebody who answers with a status of their own has read the event and rejected
// it. Such an event has three further tries, after 1, 5 and 30 s, and becomes a dead
// letter; what is behind it goes on. A receiver that rejects everything is no exception.
//
// No connection, no answer in time, and the statuses by which gateways and servers in
// trouble say "not now" (429, 502, 503, 504) may mean both. Then it counts what became
// of others. While an event was answered with 200 within the last minute, the receiver
// is taken to be alive and the failure is held against the event. But in the first
// minute after a receiver has gone that is wrong, so the last try has to be sure: the
// event is set aside only if another one was answered after its try before. If none was,
// doubt remains, and the event behind it is told as a witness, once. If that is answered,
// the first is tried again, and only now fails for good. If it is rejected instead, the
// receiver had been away, and the event has all its tries before it. So nothing is set
// aside that a receiver had no fair chance to answer, and what holds up a conversation is
// found even where it is the only one.
//
// With no 200 within the last minute the receiver is gone. Nothing that happens then is
// held against any event: all wait, and one at a time is tried as a probe.

// ruling is what follows from a failed call.
type ruling int

const (
	again ruling = iota // the event waits for its next try
	anew                // the same, and what was held against it before is not any more
	aside               // the event is a dead letter
	doubt               // its tries are used up, and the event behind it is to be told
	early               // it was a probe before the event's next try was due, and does not count
	gone                // the receiver's fault: the event waits, with all its tries before it
)

// tries are the waits before the further tries of an event that fails while its
// receiver is alive (spec/30 §4).
var tries = [...]time.Duration{time.Second, 5 * time.Second, 30 * time.Second}

// aliveFor is how long a receiver is taken to be alive after it has answered an
// event with 200 (spec/30 §4).
const aliveFor = time.Minute

// failing is what a ruling is based on.
type failing struct {
	absent  bool // nobody was there, or a gateway said so; see dead
	early   bool // the event's next try was not due yet
	strikes int  // failures held against the event before this one
	lately  bool // an event was answered with 200 within the time aliveFor
	since   bool // another one was, after the try that made the last strike
	// unproven says that the last strike was a failure without an answer, and that
	// nobody was answered after it but, at most, a witness.
	unproven bool
}

// judge applies the rule.
func judge(f failing) ruling {
	switch {
	case f.absent && !f.lately:
		return gone
	case f.early:
		return early
	case !f.absent && f.unproven:
		return anew
	case f.strikes < len(tries):
		return again
	case f.absent && !f.since:
		return doubt
	}
	return aside
}
