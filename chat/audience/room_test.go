package audience

import (
	"fmt"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

func TestRoomsForgetViewersWhoLeft(t *testing.T) {
	r := New()
	one, two := chat.GroupOf(1, "one"), chat.GroupOf(1, "two")
	for _, c := range []chat.Conversation{one, two} {
		if !r.Enter(c, "ann", 1) || r.Enter(c, "ann", 1) || !r.Enter(c, "bob", 1) {
			t.Fatalf("%s: entering twice counts", c)
		}
	}
	if got := len(r.Watched(1, "ann")); got != 2 {
		t.Errorf("ann watches %d rooms, want 2", got)
	}
	r.Next(one, 0)
	if !r.Leave(one, "ann") || r.Leave(one, "ann") || !r.Leave(one, "bob") {
		t.Error("leaving twice counts")
	}
	r.Close(two)
	if len(r.of) != 0 || len(r.Watched(1, "ann")) != 0 {
		t.Errorf("%d people still watch", len(r.of))
	}
	if len(r.all) != 1 || r.Next(one, 0) != 2 {
		t.Errorf("rooms: got %d, want the one whose numbers go on", len(r.all))
	}
}

// users are those of a list of arrivals.
func users(list []arrival) string {
	var names []string
	for _, a := range list {
		names = append(names, string(a.user))
	}
	return strings.Join(names, " ")
}

func everybody(chat.UserID) bool { return true }

func TestNewestViewersAreListedFirst(t *testing.T) {
	r := &room{}
	for i := range 300 {
		r.add(chat.UserID(fmt.Sprintf("u%03d", i)), 7) // all in one moment
	}
	for i := range 300 {
		if i%100 != 0 {
			r.remove(chat.UserID(fmt.Sprintf("u%03d", i)))
		}
	}
	if len(r.arrived) > 100 {
		t.Errorf("%d arrivals are kept of 3 viewers", len(r.arrived))
	}
	r.add("u100", 7) // is there
	r.remove("u200")
	r.add("u200", 3) // comes again, by a clock that went back
	first := r.newest(0, 10, 2, everybody)
	if got := users(first); got != "u200 u100" {
		t.Errorf("first page: %s", got)
	}
	if got := users(r.newest(first[1].at, 10, 2, everybody)); got != "u000" {
		t.Errorf("second page: %s", got)
	}
	if got := users(r.newest(0, 1, 2, everybody)); got != "u200" {
		t.Errorf("the newest alone: %s", got)
	}
}

func TestMarksHaveBounds(t *testing.T) {
	r := &room{}
	for i := range maxMarked + 1 {
		r.add(chat.UserID(fmt.Sprint(i)), 7)
	}
	for i := range maxMarked {
		if !r.mark(chat.UserID(fmt.Sprint(i)), 1000, 1) {
			t.Fatalf("viewer %d is not marked", i)
		}
	}
	last := chat.UserID(fmt.Sprint(maxMarked))
	if r.mark(last, 1000, 1) || !r.mark("0", 1000, 1) {
		t.Error("a mark has more viewers than it may, or the same viewer counts twice")
	}
	for m := range MaxMarks - 1 {
		if !r.mark(last, 2000+m, 1) {
			t.Errorf("mark %d is refused", m)
		}
	}
	if r.mark(last, 3000, 1) {
		t.Error("a room has more marks than it may")
	}
	r.unmarkOne(last, 2000)
	if !r.mark(last, 3000, 1) {
		t.Error("a mark that nobody has any more takes room")
	}
	if r.mark("nobody", 1000, 1) {
		t.Error("somebody who does not watch is marked")
	}
	for i := range maxMarked + 1 {
		r.remove(chat.UserID(fmt.Sprint(i)))
	}
	if r.marks != nil {
		t.Errorf("marks of nobody stay: %+v", r.marks)
	}
}

func TestMarkedAsOnlineCountsForThreeDays(t *testing.T) {
	r := &room{}
	r.add("ann", 7)
	r.add("bob", 7)
	r.mark("ann", MarkOnline, 100)
	r.remove("ann")
	for _, c := range []struct {
		now  int64
		want int
	}{{100, 2}, {100 + markOnlineFor - 1, 2}, {100 + markOnlineFor, 1}} {
		if got := r.online(c.now); got != c.want {
			t.Errorf("after %d s: %d online, want %d", c.now-100, got, c.want)
		}
	}
	r.add("ann", 7)
	if got := r.online(101); got != 2 {
		t.Errorf("somebody who came back counts twice: %d", got)
	}
	r.unmarkOne("ann", MarkOnline)
	r.remove("ann")
	if got := r.online(101); got != 1 {
		t.Errorf("without the mark: %d", got)
	}
}
