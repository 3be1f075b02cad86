package ticket

import (
	"hash/maphash"
	"sync"
	"time"
)

// The limit on failed checks (spec/01 §8, its proposal).
const (
	failureLimit  = 10
	failureWindow = time.Minute
	// maxFailing bounds each of the two generations of users who fail: past it the
	// older half is forgotten early. About 1 MB in all.
	maxFailing = 16384
)

// failures counts failed checks per app and user, in windows that begin with
// the first failure. Attempts while shut out do not prolong it.
type failures struct {
	limit      int
	seed       maphash.Seed
	mu         sync.Mutex
	young, old map[uint64]failing
}

type failing struct {
	since time.Time
	count int
}

func newFailures(limit int) *failures {
	return &failures{limit: limit, seed: maphash.MakeSeed(), young: map[uint64]failing{}}
}

// key is a keyed hash, so that long names cost nothing and none can be made to
// collide with another's.
func (f *failures) key(app uint32, user string) uint64 {
	type name struct {
		app  uint32
		user string
	}
	return maphash.Comparable(f.seed, name{app, user})
}

// shutOut reports whether the user has to wait.
func (f *failures) shutOut(app uint32, user string, now time.Time) bool {
	if f.limit < 0 {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	w := f.window(f.key(app, user), now)
	return w.count >= f.limit
}

// note counts a failure.
func (f *failures) note(app uint32, user string, now time.Time) {
	if f.limit < 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	key := f.key(app, user)
	w := f.window(key, now)
	if w.count == 0 {
		w.since = now
	}
	w.count++
	if _, ok := f.young[key]; !ok && len(f.young) >= maxFailing {
		f.young, f.old = map[uint64]failing{}, f.young
	}
	f.young[key] = w
}

// window returns the count in force; zero when the last window is over or the
// clock went back behind its start.
func (f *failures) window(key uint64, now time.Time) failing {
	w, ok := f.young[key]
	if !ok {
		w = f.old[key]
	}
	if age := now.Sub(w.since); age < 0 || age >= failureWindow {
		return failing{}
	}
	return w
}
