package webhook

import (
	"container/heap"
	"time"
)

// defaultKeep is how long events are kept for a receiver that is gone, unless the
// app says otherwise (spec/30 §4).
const defaultKeep = 7 * 24 * time.Hour

// A receiver that gave no answer this often in a row is paused: its events wait, and
// one at a time is tried as a probe, after waits that double up to a bound. As soon
// as one is answered all go on.
const (
	pauseAfter = 3
	firstPause = time.Second
	maxPause   = 5 * time.Second
)

// longer is the wait after another probe in vain.
func longer(wait time.Duration) time.Duration { return min(2*wait, maxPause) }

// waiting is a heap of lanes by the time of their next attempt.
type waiting []*lane

func (w waiting) Len() int           { return len(w) }
func (w waiting) Less(i, j int) bool { return w[i].due.Before(w[j].due) }
func (w waiting) Swap(i, j int)      { w[i], w[j] = w[j], w[i]; w[i].place, w[j].place = i, j }

// Push and Pop are for package heap.
func (w *waiting) Push(x any) {
	l := x.(*lane)
	l.place = len(*w)
	*w = append(*w, l)
}

// Pop is for package heap.
func (w *waiting) Pop() any {
	last := len(*w) - 1
	l := (*w)[last]
	(*w)[last] = nil
	*w = (*w)[:last]
	return l
}

func (w *waiting) add(l *lane)    { heap.Push(w, l) }
func (w *waiting) remove(l *lane) { heap.Remove(w, l.place) }

// ready takes the next lane whose time has come.
func (w *waiting) ready(now time.Time) *lane {
	if len(*w) == 0 || (*w)[0].due.After(now) {
		return nil
	}
	return heap.Pop(w).(*lane)
}
