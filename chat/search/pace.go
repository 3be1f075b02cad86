package search

import "time"

// An index takes several times the work of a message itself. While messages come faster
// than it can follow beside them, they go first: it works a share of the time, falls behind,
// and catches up when they are fewer.
const (
	flood  = 8000 // messages a second
	shares = 8    // of the time it takes one then
	sample = 250 * time.Millisecond
)

// pace says when a worker rests.
type pace struct {
	free time.Time // since when it has worked

	at    time.Time // of the sample before
	came  uint64    // by then
	rate  float64   // since the one before that, messages a second
	known bool
}

// begin begins work.
func (p *pace) begin(now time.Time) { p.free = now }

// rest is for how long it rests now, when so many messages have come so far.
func (p *pace) rest(now time.Time, came uint64) time.Duration {
	switch past := now.Sub(p.at); {
	case !p.known:
		p.at, p.came, p.known = now, came, true
	case past >= sample:
		p.rate = float64(came-p.came) / past.Seconds()
		p.at, p.came = now, came
	}
	if p.rate < flood {
		return 0
	}
	return (shares - 1) * now.Sub(p.free)
}
