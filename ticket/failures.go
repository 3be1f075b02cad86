package ticket

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// The limit on bad tickets and its bounds (spec/01 §8).
const (
	failureLimit  = 30
	failureWindow = time.Minute
	firstDelay    = 250 * time.Millisecond // of the first answer beyond the limit; it doubles with each
	longestDelay  = 5 * time.Second        // below the deadline of a CONNECT
	// maxWaiting bounds the answers that are held back at a time, maxWaitingEach those
	// of one address in one app. Further ones are answered at once.
	maxWaiting     = 256
	maxWaitingEach = 16
	// maxFailing bounds each of the two generations of counts. Above it the older
	// generation is dropped early. About 2 MB in all.
	maxFailing = 8192
)

// FailureOptions are what a Failures is built from; the zero value works.
type FailureOptions struct {
	// PerMinute is how many bad tickets of one app an address may show in a minute
	// before their answers are held back: default 30, negative: any number.
	PerMinute int
	Now       func() time.Time // default: time.Now
	// Wait holds an answer back until the time is over or ctx ends; default: a timer.
	Wait func(ctx context.Context, d time.Duration)
}

// Failures counts bad tickets by the caller's network and the app that they name, never
// by user, and delays the answers of callers with too many (spec/01 §8). It is called
// after a ticket was refused, so it never affects a genuine ticket. It is safe for
// concurrent use, bounded, and shared by all doors.
type Failures struct {
	limit int
	now   func() time.Time
	wait  func(context.Context, time.Duration)

	mu         sync.Mutex
	young, old map[culprit]*failing
	waiting    int
}

// culprit is who bad tickets are counted against.
type culprit struct {
	network netip.Addr
	app     uint32
}

// failing is a count in a window that begins with its first failure.
type failing struct {
	since   time.Time
	count   int
	waiting int
}

// NewFailures makes a Failures.
func NewFailures(o FailureOptions) *Failures {
	f := &Failures{limit: o.PerMinute, now: o.Now, wait: o.Wait, young: map[culprit]*failing{}}
	if f.limit == 0 {
		f.limit = failureLimit
	}
	if f.now == nil {
		f.now = time.Now
	}
	if f.wait == nil {
		f.wait = pause
	}
	return f
}

// Failed counts a bad ticket from an address. app is the one that the ticket names, 0 if
// that does not exist (see [Verifier.Verify]). If there were too many in this minute,
// Failed returns true after a delay that grows from 250 ms to 5 s, or when ctx ends; with
// 256 callers waiting already it returns at once.
func (f *Failures) Failed(ctx context.Context, ip string, app uint32) bool {
	if f.limit < 0 {
		return false
	}
	c, over, place := f.count(culprit{networkOf(ip), app})
	if place {
		f.wait(ctx, delay(over))
		f.leave(c)
	}
	return over > 0
}

// count adds a failure. over is how many there are beyond the limit; place says
// that there is room to wait, which the caller gives back by leave.
func (f *Failures) count(who culprit) (c *failing, over int, place bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c = f.window(who)
	c.count++
	over = c.count - f.limit
	if over <= 0 || f.waiting >= maxWaiting || c.waiting >= maxWaitingEach {
		return c, over, false
	}
	f.waiting++
	c.waiting++
	return c, over, true
}

func (f *Failures) leave(c *failing) {
	f.mu.Lock()
	f.waiting--
	c.waiting--
	f.mu.Unlock()
}

// window returns the count in force, begun anew when its minute is over or the
// clock went back behind its start. mu is held.
func (f *Failures) window(who culprit) *failing {
	now := f.now()
	c, ok := f.young[who]
	if !ok {
		if len(f.young) >= maxFailing {
			f.young, f.old = map[culprit]*failing{}, f.young
		}
		if c = f.old[who]; c == nil {
			c = &failing{since: now}
		}
		f.young[who] = c
	}
	if age := now.Sub(c.since); age < 0 || age >= failureWindow {
		c.since, c.count = now, 0
	}
	return c
}

// delay is how long the answer to a number of failures beyond the limit is held
// back.
func delay(over int) time.Duration {
	d := firstDelay
	for ; over > 1 && d < longestDelay; over-- {
		d *= 2
	}
	return min(d, longestDelay)
}

// networkOf is what an address is counted by: itself, for IPv6 its /64, which is
// what one subscriber gets. All that are no address are counted together.
func networkOf(ip string) netip.Addr {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return netip.Addr{}
	}
	if addr = addr.Unmap().WithZone(""); addr.Is4() {
		return addr
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return addr
	}
	return prefix.Addr()
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
