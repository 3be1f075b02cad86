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
