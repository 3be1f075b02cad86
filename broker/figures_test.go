package broker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// Users are online once, however many devices they have, and each message that a device is
// sent counts, whether it is sent as it comes or out of the log.
func TestWhatIsCountedForTheOperator(t *testing.T) {
	h := open(t, nil)
	h.known("ann", "bob", "cat")
	h.group("lobby", "ann", "bob", "cat")
	ann := h.enter(hello{user: "ann", client: "a"})
	phone, desk := h.enter(hello{user: "bob", client: "1", keep: true}), h.enter(hello{user: "bob", client: "2"})
	phone.subscribe(1, "im/in/#")
	desk.subscribe(0, "im/in/#")
	same := func(what string, got any, want string) {
		t.Helper()
		if fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", what, got, want)
		}
	}
	count := func() string {
		h.delivered()
		c2c, group := h.b.Down(app)
		return fmt.Sprint(h.b.Online(app), " online, ", c2c, " and ", group)
	}
	same("before", count(), "2 online, 0 and 0")
	h.say("cat", chat.ToUser("bob"), "hi")
	h.say("cat", chat.ToGroup("lobby"), "all")
	for _, d := range []*device{phone, desk} {
		d.message("im/in/c2c/cat")
		d.message("im/in/group/lobby")
	}
	same("two messages to two devices", count(), "2 online, 2 and 2")
	same("another app", h.b.Online(otherApp), "0")
	same("for an hour", h.b.Stayed(app, h.now().Add(-time.Hour).UnixMilli()), "0")
	same("now", h.b.Stayed(app, h.now().Add(time.Hour).UnixMilli()), "2")
	_ = phone.sock.Close()
	_ = desk.sock.Close()
	h.until("bob is still online", func() bool { return h.b.Online(app) == 1 })
	h.say("cat", chat.ToUser("bob"), "later")
	same("nobody is there", count(), "1 online, 0 and 0")
	h.enter(hello{user: "bob", client: "1", keep: true}).message("im/in/c2c/cat")
	same("out of the log", count(), "2 online, 1 and 0")
	same("since the start", h.b.Traffic(app).Delivered, "5")
	same("of another app", h.b.Traffic(otherApp), "{0 0 0 0 0 0}")
	_ = ann.sock.Close()
	h.until("ann is still online", func() bool { return h.b.Online(app) == 1 })
}
