package broker_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// deletes takes messages out of a user's view.
func (h *house) deletes(u chat.UserID, t chat.Target, seqs ...chat.Seq) {
	h.Helper()
	refs := make([]chat.MessageRef, len(seqs))
	for i, seq := range seqs {
		refs[i].Seq = seq
	}
	if err := h.svc.Message.Delete(context.Background(), chat.Actor{App: app, User: u}, "", t, refs); err != nil {
		h.Fatal(err)
	}
}

func (h *house) clears(u chat.UserID, t chat.Target) {
	h.Helper()
	if err := h.svc.Message.Clear(context.Background(), chat.Actor{App: app, User: u}, "", t); err != nil {
		h.Fatal(err)
	}
}

// What was deleted or cleared while a device was away does not come to it when it
// returns.
func TestAResumedSessionGetsNothingThatIsDeleted(t *testing.T) {
	for _, restart := range []bool{false, true} {
		t.Run(fmt.Sprint("restart=", restart), func(t *testing.T) {
			h := open(t, nil)
			h.group("lobby", "bob", "ann", "cat")
			who := hello{user: "ann", client: "phone", keep: true}
			ann := h.listener(who)
			ann.leave()
			h.away("ann")
			for i := range 5 {
				h.say("bob", chat.ToUser("ann"), fmt.Sprint(i))
				h.say("bob", chat.ToGroup("lobby"), fmt.Sprint(i))
				h.say("cat", chat.ToUser("ann"), fmt.Sprint(i))
			}
			h.deletes("ann", chat.ToUser("bob"), 2, 5)
			h.deletes("ann", chat.ToGroup("lobby"), 1)
			h.clears("ann", chat.ToUser("cat"))
			h.say("cat", chat.ToUser("ann"), "5")
			h.delivered()
			if restart {
				h.stop()
				h.start()
			}
			ann = h.enter(who)
			got := map[string]string{}
			for range 8 + 3 { // messages, events
				pk := ann.want(packets.Publish)
				if m := parse(t, pk.Payload); m.MsgSeq > 0 && len(m.MsgBody) > 0 {
					got[pk.TopicName] += m.text()
				} else {
					got["event"] += pk.TopicName[len("im/event/"):] + " "
				}
			}
			ann.quiet()
			for topic, want := range map[string]string{
				"im/in/c2c/bob": "023", "im/in/group/lobby": "1234", "im/in/c2c/cat": "5", "event": "delete delete clear ",
			} {
				if got[topic] != want {
					t.Errorf("%s: came %q, want %q", topic, got[topic], want)
				}
			}
		})
	}
}

// A device that is behind does not get what another one has deleted since.
func TestASlowSessionGetsNothingThatIsDeleted(t *testing.T) {
	h := open(t, nil)
	ann := h.listener(hello{user: "ann", client: "phone", version: 5, manual: true, change: func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 1 }})
	for i := range 5 {
		h.say("bob", chat.ToUser("ann"), fmt.Sprint(i))
	}
	h.delivered()
	first := ann.want(packets.Publish)
	h.deletes("ann", chat.ToUser("bob"), 3, 4)
	h.deletes("ann", chat.ToUser("bob"), 3) // its turn comes when the broker has been told of the first
	ann.puback(first.PacketID)
	var came []string
	for range 3 {
		pk := ann.want(packets.Publish)
		came = append(came, pk.TopicName)
		ann.puback(pk.PacketID)
	}
	ann.quiet()
	if got := fmt.Sprint(came); got != "[im/event/delete im/in/c2c/bob im/in/c2c/bob]" {
		t.Errorf("came %s", got)
	}
}
