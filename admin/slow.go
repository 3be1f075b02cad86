package admin

import (
	"context"
	"hash/maphash"
	"net/http"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/teahouse-im/teahouse/chat"
)

// Who asks faster than the door may be asked gets their refusals later, so that a loop
// around a call costs the server little. Calls that are answered well are never held
// back, and refused ones only beyond a rate that no working backend has (spec/41 §7);
// pages that are no commands count as refusals.
const (
	refusalEvery   = 50 * time.Millisecond  // refusals of one address, in the long run
	refusalBurst   = time.Second            // how much of that may come at once
	longestHold    = 250 * time.Millisecond // of one answer
	mostHeld       = 1024                   // answers held back at a time; further ones go out at once
	largeBody      = 64 << 10               // bytes above which bodies of an app are handled few at a time
	metricsSeconds = 4                      // pages of /metrics a second; its burst is as large
)

// largeAtOnce is how many large bodies of an app are handled at a time: half of the
// processors stay for everybody else.
var largeAtOnce = max(1, runtime.GOMAXPROCS(0)/2)

// slow holds answers back. Addresses share a fixed number of places, so strangers cannot
// make it grow. The zero value is ready, but for the seed.
type slow struct {
	seed   maphash.Seed
	held   atomic.Int32
	mu     sync.Mutex
	places [256]int64 // when the last refusal would have come at the rate, in Unix nanoseconds
}

// count adds what a refusal costs to those of an address, and returns how long its answer is to wait.
func (s *slow) count(peer string, cost time.Duration, now time.Time) time.Duration {
	addr, _ := netip.ParseAddr(address(peer))
	place := maphash.Comparable(s.seed, addr) % uint64(len(s.places))
	s.mu.Lock()
	defer s.mu.Unlock()
	at := &s.places[place]
	due := max(*at, now.UnixNano()) + int64(cost)
	*at = min(due, now.Add(refusalBurst+longestHold).UnixNano())
	return min(longestHold, max(0, time.Duration(due-now.UnixNano())-refusalBurst))
}

// holdBack delays the answer to a call that was refused for what the caller has done
// wrong or too often. What an app's rules refuse is ordinary work.
func (d *door) holdBack(ctx context.Context, c *call, code chat.Code) {
	switch class := code.Class(); {
	case c.command == nil:
	case class == chat.Malformed, class == chat.Unauthenticated, class == chat.Limited:
	default:
		return
	}
	d.hold(ctx, c.r)
}

// hold counts a request that is no good call, and waits when there are too many.
func (d *door) hold(ctx context.Context, r *http.Request) {
	if d.NoHolds {
		return
	}
	cost := 1 + max(0, min(r.ContentLength, d.MaxBody))/largeBody // a large one was more work
	wait := d.slow.count(r.RemoteAddr, time.Duration(cost)*refusalEvery, d.Now())
	if wait <= 0 {
		return
	}
	defer d.slow.held.Add(-1)
	if d.slow.held.Add(1) <= mostHeld {
		d.Wait(ctx, wait)
	}
}

// pause waits until the time is over or ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// crowded lets few large bodies of each app in at a time.
type crowded struct{ all sync.Map } // chat.AppID → chan struct{}

// enter waits for a place for the body of a request, if it is large or its length is not
// known. leave gives the place back.
func (o *crowded) enter(ctx context.Context, app chat.AppID, r *http.Request) (leave func(), err error) {
	if r.ContentLength >= 0 && r.ContentLength <= largeBody {
		return func() {}, nil
	}
	have, ok := o.all.Load(app)
	if !ok {
		have, _ = o.all.LoadOrStore(app, make(chan struct{}, largeAtOnce))
	}
	places := have.(chan struct{})
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-ctx.Done():
		return nil, chat.Refuse(chat.CodeBusy, "")
	}
}

// inTurn serves one request at a time, and so many a second; others wait.
func inTurn(h http.Handler, perSecond int) http.Handler {
	limit := rate.NewLimiter(rate.Limit(perSecond), perSecond)
	turn := make(chan struct{}, 1)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
		case <-r.Context().Done():
			return
		}
		if limit.Wait(r.Context()) == nil {
			h.ServeHTTP(w, r)
		}
	})
}
