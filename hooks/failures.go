package hooks

import (
	"net/netip"
	"sync"
	"time"
)

// maxAddresses bounds the addresses whose failures are remembered; maxHeld the
// connections that are held for the penalty at a time. Beyond either, another
// entry is forgotten, or the connection closed at once.
const (
	maxAddresses = 8192
	maxHeld      = 256
)

// failures counts bad tickets by peer address, in windows of a minute.
type failures struct {
	perMinute int
	loopback  bool // counts too

	mu   sync.Mutex
	seen map[string]*failing
	held int
}

type failing struct {
	since time.Time
	count int
}

// defaultFailures is how many bad tickets a minute an address may show.
const defaultFailures = 30

// newFailures makes a counter; see [Options.FailuresPerMinute].
func newFailures(perMinute int) *failures {
	f := &failures{perMinute: perMinute, loopback: true, seen: map[string]*failing{}}
	if perMinute == 0 {
		f.perMinute, f.loopback = defaultFailures, false
	}
	return f
}

// add counts a failure of an address.
func (f *failures) add(ip string, now time.Time) {
	if a, err := netip.ParseAddr(ip); !f.loopback && err == nil && a.IsLoopback() {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.seen[ip]
	if e == nil {
		if len(f.seen) >= maxAddresses {
			f.forget(now)
		}
		e = &failing{since: now}
		f.seen[ip] = e
	}
	if now.Sub(e.since) >= time.Minute {
		*e = failing{since: now}
	}
	e.count++
}

// forget makes room by looking at a few entries, in the map's random order: those
// that have lapsed go, or else the one with the fewest failures.
func (f *failures) forget(now time.Time) {
	const look = 8
	var least string
	n, fewest := 0, 0
	for ip, e := range f.seen {
		if now.Sub(e.since) >= time.Minute {
			delete(f.seen, ip)
		} else if least == "" || e.count < fewest {
			least, fewest = ip, e.count
		}
		if n++; n == look {
			break
		}
	}
	if len(f.seen) >= maxAddresses {
		delete(f.seen, least)
	}
}

// blocked reports whether an address has used up its failures for now.
func (f *failures) blocked(ip string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.seen[ip]
	return e != nil && e.count >= f.perMinute && now.Sub(e.since) < time.Minute
}

// hold takes one of the places for connections under penalty; let gives it back.
func (f *failures) hold() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.held >= maxHeld {
		return false
	}
	f.held++
	return true
}

func (f *failures) let() {
	f.mu.Lock()
	f.held--
	f.mu.Unlock()
}
