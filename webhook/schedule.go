package webhook

import (
	"container/heap"
	"time"
)

// giveUp is how long an event is retried before it is buried.
const giveUp = 24 * time.Hour

// delays are the first waits of the schedule; from the last one they double to
// maxDelay.
var delays = [...]time.Duration{time.Second, 5 * time.Second, 30 * time.Second}

const maxDelay = 10 * time.Minute

// delay is the wait after the n-th failure in a row, n from 1.
func delay(n int) time.Duration {
	if n <= len(delays) {
		return delays[n-1]
	}
	d := delays[len(delays)-1]
	for range n - len(delays) {
		if d *= 2; d >= maxDelay {
			return maxDelay
		}
	}
	return d
}

// A receiver that was not there this often in a row is paused: it is probed
// with one event at a time, after waits that double.
const (
	pauseAfter = 10
	firstPause = 5 * time.Second
	maxPause   = time.Minute
)

// pause is the wait before the next probe after n failures in a row.
func pause(n int) time.Duration {
	d := firstPause
	for range n - pauseAfter {
		if d *= 2; d >= maxPause {
			return maxPause
		}
	}
	return d
}

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
