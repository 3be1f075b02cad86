package message

import (
	"fmt"
	"slices"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// What is kept of all live rooms together has a bound: the room that was silent for
// longest goes without, whole.
func TestRecentMessagesHaveABound(t *testing.T) {
	r := newRecents()
	long := make([]byte, 12<<10)
	var rooms []*chat.Group
	for n := range 16 {
		rooms = append(rooms, &chat.Group{App: 1, ID: chat.GroupID(fmt.Sprint(n)), Type: chat.AVChatRoom})
	}
	say := func(g *chat.Group) {
		r.keep(g, &chat.Message{Conv: g.Conv(), Body: long}, maxRecent)
		if r.bytes > recentBytes {
			t.Fatalf("%d bytes are kept", r.bytes)
		}
	}
	for range maxRecent + 1 {
		say(rooms[0])
	}
	for _, g := range rooms[1:] {
		for range maxRecent {
			say(g)
		}
		say(rooms[0])
	}
	var kept []int
	for _, g := range rooms {
		kept = append(kept, len(r.of(g, maxRecent)))
	}
	room := recentBytes / (messageBytes + len(long)) / maxRecent // that fit
	want := slices.Repeat([]int{0}, 16)
	want[0] = maxRecent
	for n := range room - 1 {
		want[15-n] = maxRecent
	}
	if !slices.Equal(kept, want) || len(r.rooms) != r.order.Len() || len(r.rooms) != room {
		t.Errorf("kept %v of %d rooms, want %v", kept, len(r.rooms), want)
	}
	for _, g := range rooms {
		g.Founded++ // made anew
		if left := r.of(g, maxRecent); left != nil {
			t.Errorf("%d messages of the room before", len(left))
		}
		r.erase(g.Conv(), "")
	}
	if r.bytes != 0 || len(r.rooms) != 0 || r.order.Len() != 0 {
		t.Errorf("%d bytes and %d rooms are left of nothing", r.bytes, len(r.rooms))
	}
}
