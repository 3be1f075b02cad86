package broker

import (
	"testing"
	"time"
)

// Those who are moved away go evenly, and all of them in the end.
func TestDueOfDrain(t *testing.T) {
	for _, c := range []struct {
		n             int
		passed, whole time.Duration
		want          int
	}{
		{100, 0, 30 * time.Second, 0},
		{100, 15 * time.Second, 30 * time.Second, 50},
		{100, 29 * time.Second, 30 * time.Second, 96},
		{100, 30 * time.Second, 30 * time.Second, 100},
		{100, time.Hour, 30 * time.Second, 100},
		{1, 29 * time.Second, 30 * time.Second, 0},
		{100, 0, 0, 100},
	} {
		if got := dueOf(c.n, c.passed, c.whole); got != c.want {
			t.Errorf("of %d, %v of %v: %d, want %d", c.n, c.passed, c.whole, got, c.want)
		}
	}
}
