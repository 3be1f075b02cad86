package search

import "time"

// An index takes several times the work of a message itself. While messages come faster
// than it could follow, they go first: it stands still, and catches up when they are fewer.
const (
	flood  = 8000 // messages a second
	sample = 250 * time.Millisecond
)

// pace tells a flood from what an index can follow.
type pace struct {
	at    time.Time // of the sample before; zero: there is none
	came  uint64    // by then
	flood bool      // between that and the one before
}

// givesWay reports whether the index is to stand still now, when so many messages have come
// so far.
func (p *pace) givesWay(now time.Time, came uint64) bool {
	switch past := now.Sub(p.at); {
	case p.at.IsZero():
		p.at, p.came = now, came
	case past >= sample:
		p.flood = float64(came-p.came) >= flood*past.Seconds()
		p.at, p.came = now, came
	}
	return p.flood
}
