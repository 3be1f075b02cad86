package sampled

import (
	"sync"
	"time"
)

// maxCauses bounds the causes of a window; the rest of them count as one.
const maxCauses = 512

// Causes choose what is written: of each cause C the first Lines in a Window. They
// are safe for concurrent use.
type Causes[C comparable] struct {
	Lines  int
	Window time.Duration

	mu  sync.Mutex
	all map[C]*count
}

// count is what has come of a cause since the window began, and what was left
// out since a line was written.
type count struct {
	since   time.Time
	lines   int
	leftOut int
}

// Take counts a line, and says whether it is to be written and how many of its
// cause were left out before it.
func (s *Causes[C]) Take(c C, now time.Time) (leftOut int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.of(c, now)
	if age := now.Sub(n.since); age < 0 || age >= s.Window {
		n.since, n.lines = now, 0
	}
	if n.lines >= s.Lines {
		n.leftOut++
		return 0, false
	}
	n.lines++
	leftOut, n.leftOut = n.leftOut, 0
	return leftOut, true
}

// of returns the count of a cause, made when it is not there; past maxCauses that
// of the zero C.
func (s *Causes[C]) of(c C, now time.Time) *count {
	if n := s.all[c]; n != nil {
		return n
	}
	if len(s.all) >= maxCauses {
		s.forget(now)
	}
	if len(s.all) >= maxCauses {
		var rest C
		c = rest
	}
	n := s.all[c]
	if n == nil {
		if s.all == nil {
			s.all = map[C]*count{}
		}
		n = &count{since: now}
		s.all[c] = n
	}
	return n
}

// forget makes room: causes whose windows are over go.
func (s *Causes[C]) forget(now time.Time) {
	for c, n := range s.all {
		if now.Sub(n.since) >= s.Window {
			delete(s.all, c)
		}
	}
}
