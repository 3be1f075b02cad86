package webhook

import (
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

const (
	// sampleEvery is how often a cause of failing questions is logged at most.
	sampleEvery = time.Minute
	// maxCauses bounds the causes remembered; past it all are forgotten, which costs
	// each a line.
	maxCauses = 4096
)

// cause is what failing questions have in common.
type cause struct {
	app    chat.AppID
	kind   chat.EventKind
	why    outcome
	status int
}

// samples choose which failures are logged: of each cause the first, and then one
// in a time.
type samples struct {
	mu  sync.Mutex
	all map[cause]*tally
}

type tally struct {
	last time.Time // when the cause was logged
	more int       // failures since
}

// take reports whether to log a failure, and how many of its cause were passed
// over since the last that was.
func (s *samples) take(c cause, now time.Time) (more int, say bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.all[c]
	switch {
	case one == nil:
		if s.all == nil || len(s.all) >= maxCauses {
			s.all = map[cause]*tally{}
		}
		one = &tally{}
		s.all[c] = one
	case now.Sub(one.last) < sampleEvery:
		one.more++
		return 0, false
	}
	more = one.more
	one.last, one.more = now, 0
	return more, true
}
