package hooks

import (
	"fmt"
	"testing"
	"time"
)

func TestFailuresLapse(t *testing.T) {
	f := newFailures(3)
	now := time.Unix(1_700_000_000, 0)
	for range 3 {
		if f.blocked("a", now) {
			t.Fatal("blocked too early")
		}
		f.add("a", now)
	}
	if !f.blocked("a", now.Add(59*time.Second)) || f.blocked("b", now) {
		t.Error("not blocked, or the wrong one")
	}
	if f.blocked("a", now.Add(time.Minute)) {
		t.Error("still blocked")
	}
}

func TestFailuresAreBounded(t *testing.T) {
	f := newFailures(3)
	now := time.Unix(1_700_000_000, 0)
	for i := range 3 * maxAddresses {
		f.add(fmt.Sprint(i), now)
	}
	if len(f.seen) > maxAddresses {
		t.Errorf("%d addresses", len(f.seen))
	}
	for range maxHeld {
		if !f.hold() {
			t.Fatal("no place")
		}
	}
	if f.hold() {
		t.Error("a place too many")
	}
	f.let()
	if !f.hold() {
		t.Error("the place was not given back")
	}
}

func TestLoopbackIsNotBlockedByDefault(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	for perMinute, want := range map[int]bool{0: false, 5: true} {
		f := newFailures(perMinute)
		for range 40 {
			f.add("127.0.0.1", now)
			f.add("192.0.2.1", now)
		}
		if got := f.blocked("127.0.0.1", now); got != want {
			t.Errorf("limit %d: loopback blocked %v", perMinute, got)
		}
		if !f.blocked("192.0.2.1", now) {
			t.Errorf("limit %d: a stranger is not blocked", perMinute)
		}
	}
}
