package group

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

func TestRoomsForgetViewersWhoLeft(t *testing.T) {
	r := newRooms()
	one, two := chat.GroupOf(1, "one"), chat.GroupOf(1, "two")
	for _, c := range []chat.Conversation{one, two} {
		if !r.enter(c, "ann") || r.enter(c, "ann") || !r.enter(c, "bob") {
			t.Fatalf("%s: entering twice counts", c)
		}
	}
	if got := len(r.watched(1, "ann")); got != 2 {
		t.Errorf("ann watches %d rooms, want 2", got)
	}
	r.next(one, 0)
	if !r.leave(one, "ann") || r.leave(one, "ann") || !r.leave(one, "bob") {
		t.Error("leaving twice counts")
	}
	r.close(two)
	if len(r.of) != 0 || len(r.watched(1, "ann")) != 0 {
		t.Errorf("%d people still watch", len(r.of))
	}
	if len(r.all) != 1 || r.next(one, 0) != 2 {
		t.Errorf("rooms: got %d, want the one whose numbers go on", len(r.all))
	}
}
