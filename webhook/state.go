package webhook

import (
	"context"
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// State is how an app's server stands with its events, for operators.
type State struct {
	Queue       int       // events that wait for it
	Oldest      int64     // the time of the oldest of those in memory, Unix milliseconds; 0: none waits
	PausedUntil time.Time // it was not found, and is asked again then; zero: it is not paused
	Failures    int       // calls in a row that found nobody
	Answered    time.Time // when it last answered an event well
}

// State tells how an app's server stands. It needs Run to be under way.
func (o *Outbox) State(ctx context.Context, app chat.AppID) (s State, err error) {
	got := make(chan State, 1)
	err = o.order(ctx, func(d *dispatcher) { got <- d.state(app) })
	if err != nil {
		return s, fmt.Errorf("ask the outbox: %w", err)
	}
	return <-got, nil // an order that was taken is done
}

func (d *dispatcher) state(app chat.AppID) (s State) {
	r := d.receivers[app]
	if r == nil {
		return s
	}
	s = State{Queue: r.held + r.skipped, Failures: r.absences, Answered: r.answered}
	if r.paused() {
		s.PausedUntil = r.pausedUntil
	}
	for _, l := range r.lanes {
		if len(l.queue) > 0 && (s.Oldest == 0 || l.queue[0].Time < s.Oldest) {
			s.Oldest = l.queue[0].Time
		}
	}
	return s
}

// Bounds of Dead: how many events it looks at.
const (
	deadPage  = 500
	deadLooks = 10
)

// Dead pages the dead letters of an app, oldest first, after the event whose id is given. A page
// may be short although there are more: next is "" at the end.
func (o *Outbox) Dead(ctx context.Context, app chat.AppID, after string, limit int) (list []*chat.Event, next string, err error) {
	for range deadLooks {
		page, err := o.store.Dead(ctx, after, deadPage)
		if err != nil {
			return nil, "", fmt.Errorf("read dead letters: %w", err)
		}
		for _, e := range page {
			if after = e.ID; e.App != app {
				continue
			}
			if list = append(list, e); len(list) == limit {
				return list, after, nil
			}
		}
		if len(page) < deadPage {
			return list, "", nil
		}
	}
	return list, after, nil
}

// DeadLetter is a dead letter of an app by its id, nil when there is none.
func (o *Outbox) DeadLetter(ctx context.Context, app chat.AppID, id string) (*chat.Event, error) {
	for after := ""; ; {
		page, err := o.store.Dead(ctx, after, deadPage)
		if err != nil {
			return nil, fmt.Errorf("read dead letters: %w", err)
		}
		for _, e := range page {
			if after = e.ID; e.ID == id && e.App == app {
				return e, nil
			}
		}
		if len(page) < deadPage {
			return nil, nil
		}
	}
}
