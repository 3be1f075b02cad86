package webhook

import (
	"errors"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// A circuit opens after this many calls in a row found nobody, and lets one
// through again after this time.
const (
	breakerFailures = 10
	breakerPause    = 5 * time.Second
	// maxBreakers bounds the URLs remembered; past it all are forgotten, which
	// costs each a few failing calls.
	maxBreakers = 4096
)

// breakers keep one circuit per URL.
type breakers struct {
	mu  sync.Mutex
	all map[string]*gobreaker.CircuitBreaker[answer]
}

// guard makes a call unless the circuit of its URL is open.
func (b *breakers) guard(url string, f func() (answer, error)) (answer, error) {
	a, err := b.of(url).Execute(f)
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return a, &failure{circuitOpen, err}
	}
	return a, err
}

func (b *breakers) of(url string) *gobreaker.CircuitBreaker[answer] {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.all[url]; c != nil {
		return c
	}
	if b.all == nil || len(b.all) >= maxBreakers {
		b.all = map[string]*gobreaker.CircuitBreaker[answer]{}
	}
	c := gobreaker.NewCircuitBreaker[answer](gobreaker.Settings{
		Timeout:      breakerPause,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= breakerFailures },
		IsSuccessful: func(err error) bool { return !dead(err) },
	})
	b.all[url] = c
	return c
}
