package ticket

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// recorded returns failures that wait for nothing and note how long they would.
func recorded(now *time.Time, waits *[]time.Duration) *Failures {
	return NewFailures(FailureOptions{
		Now:  func() time.Time { return *now },
		Wait: func(_ context.Context, d time.Duration) { *waits = append(*waits, d) },
	})
}

func TestAnswersToBadTicketsSlowDown(t *testing.T) {
	now, waits := testNow, []time.Duration(nil)
	f := recorded(&now, &waits)
	fail := func(ip string, app uint32) bool { return f.Failed(t.Context(), ip, app) }
	for i := range failureLimit {
		if fail("192.0.2.1", 1) {
			t.Fatalf("failure %d is one too many", i+1)
		}
	}
	for range 7 {
		if !fail("192.0.2.1", 1) {
			t.Error("a failure beyond the limit counts as one within it")
		}
	}
	const ms = time.Millisecond
	want := []time.Duration{250 * ms, 500 * ms, 1000 * ms, 2000 * ms, 4000 * ms, 5000 * ms, 5000 * ms}
	if !slices.Equal(waits, want) {
		t.Errorf("delays %v, want %v", waits, want)
	}
	if fail("192.0.2.2", 1) || fail("192.0.2.1", 2) {
		t.Error("another address or another app is slowed too")
	}
	now = now.Add(failureWindow)
	if fail("192.0.2.1", 1) {
		t.Error("the minute is over and it is still slowed")
	}
}

func TestFailuresCountByNetwork(t *testing.T) {
	for _, c := range []struct {
		one, other string
		same       bool
	}{
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
		{"2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true},
		{"2001:db8:0:1::1", "2001:db8:0:2::1", false},
		{"fe80::1%eth0", "fe80::1%eth1", true},
		{"", "unix", true},
	} {
		if got := networkOf(c.one) == networkOf(c.other); got != c.same {
			t.Errorf("%q and %q count together: %v, want %v", c.one, c.other, got, c.same)
		}
	}
}

func TestFailuresAreBounded(t *testing.T) {
	now, waits := testNow, []time.Duration(nil)
	f := recorded(&now, &waits)
	for i := range 5 * maxFailing {
		f.Failed(t.Context(), fmt.Sprintf("2001:db8:%x:%x::1", i>>16, i&0xffff), 1)
	}
	if n := len(f.young) + len(f.old); n > 2*maxFailing {
		t.Errorf("%d counts kept, want at most %d", n, 2*maxFailing)
	}
	over := false
	for range failureLimit + 1 {
		over = f.Failed(t.Context(), "192.0.2.1", 1)
	}
	if !over {
		t.Error("the newest is forgotten")
	}
}

// Who waits is bounded: in all, and for each network and app.
func TestWaitersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f := NewFailures(FailureOptions{PerMinute: 1})
		returned := make(chan bool, 4*maxWaiting)
		for network := range 2 * maxWaiting / maxWaitingEach {
			for range 2 * maxWaitingEach {
				go func() { returned <- f.Failed(ctx, fmt.Sprintf("192.0.2.%d", network), 1) }()
			}
			synctest.Wait()
		}
		f.mu.Lock()
		if f.waiting != maxWaiting {
			t.Errorf("%d wait, want %d", f.waiting, maxWaiting)
		}
		f.mu.Unlock()
		if n := len(returned); n != 4*maxWaiting-maxWaiting {
			t.Errorf("%d returned at once, want all that have no place", n)
		}
		cancel()
		synctest.Wait()
		if f.waiting != 0 || len(returned) != 4*maxWaiting {
			t.Errorf("%d wait after the end, %d have returned", f.waiting, len(returned))
		}
	})
}
