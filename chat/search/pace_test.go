package search

import (
	"testing"
	"time"
)

func TestIndexGivesWayToAFlood(t *testing.T) {
	var p pace
	now, came := time.Unix(1000, 0), uint64(0)
	for i, step := range []struct {
		after time.Duration
		come  uint64
		gives bool
	}{
		{time.Second, 60_000, false}, // there is nothing to compare with yet
		{time.Second, 5000, false},
		{time.Second, flood - 1, false},
		{time.Second, flood, true},
		{time.Second, 60_000, true},
		{sample / 2, 0, true}, // too short a time to tell
		{sample / 2, 1000, false},
		{time.Minute, 60_000, false},
	} {
		now, came = now.Add(step.after), came+step.come
		if gives := p.givesWay(now, came); gives != step.gives {
			t.Errorf("step %d, %d messages in %s: gives way %v", i, step.come, step.after, gives)
		}
	}
}
