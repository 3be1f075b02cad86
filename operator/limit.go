package operator

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits keep guessers and floods away. All are choices.
type limits struct {
	requests  *buckets // by address, of all requests
	tokens    *buckets // by address, of wrong server tokens
	addresses *buckets // by address, of logins and links
	names     *buckets // by name, of logins
	strangers *bucket  // lines of the log of operators that nobody known has caused
}

func newLimits(now func() time.Time, none bool) *limits {
	if none {
		open := newBuckets(now, time.Nanosecond, 1<<30)
		return &limits{open, open, open, open, newBucket(now, time.Nanosecond, 1<<30)}
	}
	return &limits{
		requests:  newBuckets(now, 20*time.Millisecond, 300),
		tokens:    newBuckets(now, 10*time.Second, 20),
		addresses: newBuckets(now, 10*time.Second, 20),
		names:     newBuckets(now, 30*time.Second, 10),
		strangers: newBucket(now, 10*time.Second, 60),
	}
}

// mostKept bounds the buckets of one kind: beyond it those that are full again are dropped, and
// when none is, all are.
const mostKept = 10_000

// buckets allow each key so many, and one more every so often.
type buckets struct {
	now   func() time.Time
	every time.Duration
	burst int

	mu  sync.Mutex
	all map[string]*rate.Limiter
}

func newBuckets(now func() time.Time, every time.Duration, burst int) *buckets {
	return &buckets{now: now, every: every, burst: burst, all: map[string]*rate.Limiter{}}
}

// allow takes one of a key's. Addresses of IPv6 count by their /64.
func (b *buckets) allow(key string) bool {
	if a, err := netip.ParseAddr(key); err == nil && a.Is6() && !a.Is4In6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			key = p.String()
		}
	}
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.all[key]
	if l == nil {
		if len(b.all) >= mostKept {
			b.tidy(now)
		}
		l = rate.NewLimiter(rate.Every(b.every), b.burst)
		b.all[key] = l
	}
	return l.AllowN(now, 1)
}

func (b *buckets) tidy(now time.Time) {
	for key, l := range b.all {
		if l.TokensAt(now) >= float64(b.burst) {
			delete(b.all, key)
		}
	}
	if len(b.all) >= mostKept {
		clear(b.all)
	}
}

// forget gives a key all of its allowance back.
func (b *buckets) forget(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.all, key)
}

// wait is after which time one more is allowed, in whole seconds.
func (b *buckets) wait() time.Duration { return max(b.every, time.Second) }

// bucket is one of buckets.
type bucket struct {
	now func() time.Time
	l   *rate.Limiter
}

func newBucket(now func() time.Time, every time.Duration, burst int) *bucket {
	return &bucket{now, rate.NewLimiter(rate.Every(every), burst)}
}

func (b *bucket) allow() bool { return b.l.AllowN(b.now(), 1) }
