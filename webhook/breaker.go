package webhook

import (
	"errors"
	"log/slog"
	"net/url"
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
	log *slog.Logger
	mu  sync.Mutex
	all map[string]*gobreaker.CircuitBreaker[answer]
}

// guard makes a call unless the circuit of its URL is open.
func (b *breakers) guard(address string, f func() (answer, error)) (answer, error) {
	a, err := b.of(address).Execute(f)
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return a, &failure{outcome: circuitOpen, err: err}
	}
	return a, err
}

func (b *breakers) of(address string) *gobreaker.CircuitBreaker[answer] {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.all[address]; c != nil {
		return c
	}
	if b.all == nil || len(b.all) >= maxBreakers {
		b.all = map[string]*gobreaker.CircuitBreaker[answer]{}
	}
	c := gobreaker.NewCircuitBreaker[answer](gobreaker.Settings{
		Timeout:      breakerPause,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= breakerFailures },
		IsSuccessful: func(err error) bool { return !dead(err) },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			b.log.Warn("before-webhook circuit", "host", host(address), "from", from, "to", to)
		},
	})
	b.all[address] = c
	return c
}

// host is the part of an address that may be logged.
func host(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Host
	}
	return ""
}
