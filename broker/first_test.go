package broker_test

import (
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// Two devices of one user and one of another, in both versions: a message is
// acknowledged after im/ack, reaches the peer and the sender's other device, and
// not the sending one.
func TestMessageReachesAllOtherDevices(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		phone := h.listener(hello{user: "ann", client: "phone", version: version})
		tablet := h.listener(hello{user: "ann", client: "tablet", version: version})
		bob := h.listener(hello{user: "bob", client: "phone", version: version})

		id := phone.publish(1, "im/text/c2c/bob", "tea?")
		ack := phone.message("im/ack")
		if ack.PacketId != id || ack.MsgSeq != 1 || ack.Topic != "im/text/c2c/bob" {
			t.Errorf("v%d: im/ack is %+v", version, ack)
		}
		if got := phone.want(packets.Puback); got.PacketID != id {
			t.Errorf("v%d: PUBACK of %d, want %d", version, got.PacketID, id)
		}
		for _, got := range []message{bob.message("im/in/c2c/ann"), tablet.message("im/in/c2c/bob")} {
			if got.text() != "tea?" || got.From != "ann" || got.MsgSeq != 1 {
				t.Errorf("v%d: delivered %+v", version, got)
			}
		}
		phone.quiet()
	})
}

func TestGroupMessage(t *testing.T) {
	h := open(t, nil)
	h.group("lobby", "ann", "bob")
	ann, bob := h.listener(hello{user: "ann"}), h.listener(hello{user: "bob", version: 4, client: "b"})
	cat := h.listener(hello{user: "cat"})
	ann.publish(0, "im/text/group/lobby", "hello all")
	if ack := ann.message("im/ack"); ack.MsgSeq == 0 {
		t.Errorf("im/ack is %+v", ack)
	}
	if got := bob.message("im/in/group/lobby"); got.text() != "hello all" {
		t.Errorf("delivered %+v", got)
	}
	cat.quiet()
	ann.quiet()
	h.say("bob", chat.ToGroup("lobby"), "and you")
	ann.message("im/in/group/lobby")
}
