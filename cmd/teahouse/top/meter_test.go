package top

import (
	"fmt"
	"testing"
)

// Rates are the difference of two samples by the server's clock.
func TestRates(t *testing.T) {
	var m Meter
	was, now := busy(1, 0)
	if r := m.Take(was); r.Rates != nil || r.Apps[0].Known {
		t.Errorf("rates of one sample: %v", r.Rates)
	}
	r := m.Take(now)
	if r.Rates["sent"] != 2468 || r.Rates["ack_ms"] != 1.25 || !r.Apps[0].Known || r.Apps[0].Sent != 100 {
		t.Errorf("got %v, %v", r.Rates, r.Apps)
	}
	if _, ok := r.Rates["deliver_ms"]; ok {
		t.Error("a mean of nothing")
	}
	if _, ok := r.Rates["ack_seconds"]; ok {
		t.Error("seconds are shown beside their mean")
	}
	// The same moment again, with another list of slow connections.
	again := *now
	again.Slow = []Slow{{User: "bob"}}
	if r := m.Take(&again); r.Rates["sent"] != 2468 || len(r.Slow) != 1 || r.Apps[0].Sent != 100 {
		t.Errorf("the same moment: %v %v", r.Rates, r.Slow)
	}
	// An app that was not in the sample before.
	more, _ := busy(2, 0)
	more.At, more.Counters = now.At+1000, now.Counters
	r = m.Take(more)
	if r.Rates["sent"] != 0 || !r.Apps[0].Known || r.Apps[1].Known || r.Apps[0].Sent < 0 {
		t.Errorf("another app: %v", fmt.Sprint(r.Apps))
	}
	// A server that was started anew counts from 0.
	fresh, _ := busy(1, 0)
	fresh.Started, fresh.At = more.At+1, more.At+5000
	if r := m.Take(fresh); r.Rates != nil {
		t.Errorf("after a restart: %v", r.Rates)
	}
}

func TestKeys(t *testing.T) {
	for text, want := range map[string]string{
		"q": "[1]", "\x03": "[1]", "sS": "[2 3]", "\x1b[C\x1b[D": "[2 3]", "\x1b[A\x1bOB": "[4 5]", "jka\r": "[5 4 6 6]", "\x1b": "[7]",
		"x\x1b[15~q": "[1]", "\x1b[1;5A": "[]", "\x1b[": "[]", "é": "[]", "": "[]", "\x1bx": "[]",
	} {
		if got := fmt.Sprint(keysOf([]byte(text))); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
