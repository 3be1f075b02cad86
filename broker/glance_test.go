package broker_test

import (
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// Who owes acknowledgements is seen to be slow, for as long as they are looked at, and is not any more
// once they have come.
func TestSlowConnectionsAreSeen(t *testing.T) {
	h := open(t, nil)
	h.known("ann", "bob", "cat")
	ann := h.enter(hello{user: "ann", client: "a"})
	bob := h.enter(hello{user: "bob", client: "b", keep: true, manual: true})
	h.enter(hello{user: "cat", client: "old", version: 4})
	bob.subscribe(1, "im/in/#")
	glance := func(app chat.AppID, by chat.SlowBy) chat.Glance { return h.b.Glance(app, by, 10) }
	h.until("something waits still", func() bool { // what was just written may
		g := glance(0, chat.SlowByStuck)
		return len(g.Slow) == 0 && g.Connected == 3 && g.Transports[chat.OverTCP] == 3 && g.Versions[5] == 2 && g.Versions[4] == 1
	})
	for range 2 {
		h.say("ann", chat.ToUser("bob"), "hi")
	}
	first, second := bob.want(packets.Publish), bob.want(packets.Publish)
	only := func(what string, unacked int, least, most time.Duration) {
		t.Helper()
		h.until("not so: "+what, func() bool {
			g := glance(app, chat.SlowByUnacked)
			return len(g.Slow) == 1 && g.Slow[0].User == "bob" && g.Slow[0].Unacked == unacked && g.Slow[0].Stuck >= least && g.Slow[0].Stuck <= most
		})
	}
	only("at the first look", 2, 0, 0)
	h.wait(time.Minute)
	only("a minute later", 2, time.Minute, 2*time.Minute)
	bob.puback(first.PacketID)
	h.until("the first is not acknowledged", func() bool { return glance(app, chat.SlowByStuck).Slow[0].Unacked == 1 })
	only("the next one is the oldest", 1, 0, 30*time.Second)
	if g := glance(otherApp, chat.SlowByStuck); len(g.Slow) != 0 || g.Connected != 3 {
		t.Errorf("of another app: %+v", g)
	}
	bob.puback(second.PacketID)
	h.until("bob is slow still", func() bool { return len(glance(0, chat.SlowByStuck).Slow) == 0 })
	bob.leave()
	ann.leave()
	h.until("they are connected still", func() bool { g := glance(0, chat.SlowByStuck); return g.Connected == 1 && g.Detached == 1 })
}
