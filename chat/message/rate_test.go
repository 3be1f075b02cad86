package message

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

func TestGroupRate(t *testing.T) {
	r := newRates()
	conv := chat.GroupOf(1, "g")
	passed := func(n int, p chat.Priority, second int64) (yes int) {
		for range n {
			if r.allow(conv, p, 40, second) {
				yes++
			}
		}
		return yes
	}
	if got := passed(60, chat.Normal, 1); got != 40 {
		t.Errorf("normal messages in a second: %d passed, want 40", got)
	}
	if got := passed(60, chat.High, 1); got != 40 {
		t.Errorf("high ones after that: %d passed, want 40", got)
	}
	if got := passed(10, chat.Low, 1); got != 0 {
		t.Errorf("low ones after that: %d passed, want 0", got)
	}
	if got := passed(10, chat.Low, 2); got != 10 {
		t.Errorf("low ones in the next second: %d passed, want 10", got)
	}
	if !r.allow(chat.GroupOf(1, "h"), chat.Low, 40, 2) || !r.allow(conv, chat.Low, -1, 2) {
		t.Error("another group, or no limit, is held back")
	}
}
