package operator_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat/operator"
)

// Of a log that is too long the oldest entries go.
func TestAuditKeepsTheNewest(t *testing.T) {
	h := newHouse(t)
	if !h.TrimDue() || h.TrimDue() {
		t.Error("a room that has just been opened does not know how long its log is, once")
	}
	for i := range 450 {
		h.now = h.now.Add(time.Millisecond)
		if err := h.Note(t.Context(), operator.Entry{Action: "a", Object: strconv.Itoa(i)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ most, removed, left int }{
		{1000, 0, 450}, {450, 0, 450}, {210, 240, 210}, {100, 110, 100}, {0, 100, 0},
	} {
		if got, err := h.Trim(t.Context(), c.most); got != c.removed || err != nil {
			t.Errorf("trimmed to %d: %d are removed, %v; want %d", c.most, got, err, c.removed)
		}
		list, _, err := h.Audit(t.Context(), operator.AuditQuery{}, "", 1000)
		if len(list) != c.left || err != nil {
			t.Fatalf("trimmed to %d: %d are left, %v", c.most, len(list), err)
		}
		if c.left > 0 && (list[0].Object != "449" || list[c.left-1].Object != strconv.Itoa(450-c.left)) {
			t.Errorf("trimmed to %d: %s to %s are left", c.most, list[0].Object, list[c.left-1].Object)
		}
	}
}
