package broker_test

import (
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// Unstored messages are sent with QoS 0 to viewers and kept for nobody.
func TestLiveRoom(t *testing.T) {
	h := open(t, nil)
	admin := chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin, Platform: chat.PlatformREST}
	if _, err := h.svc.Group.Create(t.Context(), admin, chat.GroupDraft{ID: "live", Type: chat.AVChatRoom, Name: "live", Owner: "bob"}); err != nil {
		t.Fatal(err)
	}
	who := hello{user: "ann", client: "phone", keep: true}
	ann := h.enter(who)
	ann.subscribe(1, "im/in/#", "im/res/+")
	ann.publish(0, "im/req/group.join/1", `{"GroupId":"live"}`)
	if pk := ann.want(packets.Publish); pk.TopicName != "im/res/1" && pk.TopicName != "im/in/group/live" {
		t.Fatalf("join: %q %q", pk.TopicName, pk.Payload) // the answer, and the tip that tells all viewers
	}
	h.say("bob", chat.ToGroup("live"), "welcome")
	for {
		pk := ann.want(packets.Publish)
		if pk.FixedHeader.Qos != 0 {
			t.Errorf("sent with QoS %d", pk.FixedHeader.Qos)
		}
		if m := parse(t, pk.Payload); m.ErrorCode != 0 {
			t.Errorf("join: %+v", m)
		} else if m.text() == "welcome" {
			if m.PrevSeq == nil || *m.PrevSeq != 0 { // or who comes later takes it for a gap, which no history fills
				t.Errorf("PrevSeq is missing or not 0: %s", pk.Payload)
			}
			break
		}
	}
	ann.leave()
	h.away("ann")
	h.say("bob", chat.ToGroup("live"), "missed")
	ann = h.enter(who) // a viewer that will be back is still a viewer
	ann.quiet()
	h.say("bob", chat.ToGroup("live"), "seen")
	if m := ann.message("im/in/group/live"); m.text() != "seen" {
		t.Errorf("got %+v", m)
	}
}

// The owner of a live room gets its messages only after joining, like everybody
// (spec/22a §1); the owner's member row is not enough.
func TestLiveRoomOwnerMustJoinToWatch(t *testing.T) {
	h := open(t, nil)
	admin := chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin, Platform: chat.PlatformREST}
	if _, err := h.svc.Group.Create(t.Context(), admin, chat.GroupDraft{ID: "live", Type: chat.AVChatRoom, Name: "live", Owner: "bob"}); err != nil {
		t.Fatal(err)
	}
	if rows, err := h.svc.Group.Memberships(t.Context(), app, "bob"); err != nil || len(rows) != 1 {
		t.Fatalf("memberships of the owner: %+v, %v", rows, err)
	}
	join := func(d *device) {
		d.publish(0, "im/req/group.join/1", `{"GroupId":"live"}`)
		for d.want(packets.Publish).TopicName != "im/res/1" { // the tip about it may come first
		}
	}
	ann, bob := h.enter(hello{user: "ann"}), h.enter(hello{user: "bob"})
	ann.subscribe(0, "im/res/+")
	bob.subscribe(0, "im/in/#", "im/res/+")
	join(ann)
	h.say("ann", chat.ToGroup("live"), "anybody?")
	bob.quiet()
	join(bob)
	h.say("ann", chat.ToGroup("live"), "welcome")
	for parse(t, bob.want(packets.Publish).Payload).text() != "welcome" {
	}
}

// Online-only messages reach connected devices and nobody later.
func TestOnlineOnly(t *testing.T) {
	h := open(t, nil)
	who := hello{user: "ann", client: "phone", keep: true}
	ann := h.listener(who)
	bob := h.listener(hello{user: "bob"})
	const now = `{"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"ring"}}],"OnlineOnlyFlag":1}`
	bob.publish(0, "im/send/c2c/ann", now)
	bob.message("im/ack")
	if m := ann.message("im/in/c2c/bob"); m.text() != "ring" {
		t.Errorf("got %+v", m)
	}
	ann.leave()
	h.away("ann")
	bob.publish(0, "im/send/c2c/ann", now)
	bob.message("im/ack")
	h.enter(who).quiet()
}

// A packet above the client's Maximum Packet Size is not sent, and what follows is.
func TestMaximumPacketSize(t *testing.T) {
	h := open(t, nil)
	ann := h.enter(hello{user: "ann", change: func(pk *packets.Packet) { pk.Properties.MaximumPacketSize = 700 }})
	ann.subscribe(1, "im/#")
	long := make([]byte, 1000)
	for i := range long {
		long[i] = 'x'
	}
	h.say("bob", chat.ToUser("ann"), string(long))
	h.say("bob", chat.ToUser("ann"), "short")
	if m := ann.message("im/in/c2c/bob"); m.text() != "short" || m.MsgSeq != 2 {
		t.Errorf("got %+v", m)
	}
	if list := ann.ask("msg.history", `{"Conv":"c2c/bob"}`)["MsgList"].([]any); len(list) != 1 {
		t.Errorf("%d messages in an answer that has room for one", len(list))
	}
	ann.publish(0, "im/req/msg.history/1", `{"Conv":"c2c/bob","Before":2}`)
	if m := ann.message("im/res/1"); m.ErrorCode != chat.CodeAnswerTooLong {
		t.Errorf("answer %+v", m)
	}
}

// A message for chosen members reaches only them.
func TestTargetedMessage(t *testing.T) {
	h := open(t, nil)
	h.group("lobby", "bob", "ann", "cat")
	bob := h.listener(hello{user: "bob"})
	ann, cat := h.listener(hello{user: "ann"}), h.listener(hello{user: "cat"})
	bob.publish(0, "im/send/group/lobby", `{"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"psst"}}],"To_Account":["ann"]}`)
	bob.message("im/ack")
	if m := ann.message("im/in/group/lobby"); m.text() != "psst" {
		t.Errorf("got %+v", m)
	}
	cat.quiet()
}
