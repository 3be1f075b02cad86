package search

import (
	"testing"
	"time"
)

func TestIndexGivesWayToAFlood(t *testing.T) {
	var p pace
	now, came := time.Unix(1000, 0), uint64(0)
	// Each second a batch takes 100 ms, and so many messages come.
	for i, step := range []struct {
		come  uint64
		rests time.Duration
	}{
		{5000, 0},
		{5000, 0},
		{flood - 1, 0},
		{flood, 700 * time.Millisecond},
		{60_000, 700 * time.Millisecond},
		{5000, 0},
		{0, 0},
	} {
		now, came = now.Add(time.Second), came+step.come
		p.begin(now.Add(-100 * time.Millisecond))
		if rest := p.rest(now, came); rest != step.rests {
			t.Errorf("second %d, %d messages: it rests %s, want %s", i, step.come, rest, step.rests)
		}
	}
}

func TestIndexRestsBetweenSamplesAsBefore(t *testing.T) {
	p := pace{known: true, at: time.Unix(1000, 0)}
	at := time.Unix(1001, 0)
	p.begin(at.Add(-time.Millisecond))
	if p.rest(at, 2*flood) == 0 {
		t.Fatal("it does not rest")
	}
	at = at.Add(sample / 2)
	p.begin(at.Add(-time.Millisecond))
	if p.rest(at, 2*flood) == 0 {
		t.Error("it does not rest half a sample later")
	}
}
