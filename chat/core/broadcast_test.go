package core_test

import (
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

func TestBroadcastReachesRoomsThatAreWatched(t *testing.T) {
	h := open(t, nil)
	a := *h.apps.App(app)
	a.Switches.LiveBroadcast = true
	h.apps.Set(a)
	watched := h.group("ann", chat.AVChatRoom)
	h.group("ann", chat.AVChatRoom) // nobody is in it
	h.group("ann", chat.Public, "bob")
	_, err := h.Group.Join(h.ctx, as("bob"), watched, "")
	h.wants(err, 0)
	before := len(h.heard())

	random := uint32(7)
	draft := chat.Draft{Body: text("to all"), Random: &random}
	seq, err := h.Message.Broadcast(h.ctx, admin(), draft)
	h.wants(err, 0)
	again, err := h.Message.Broadcast(h.ctx, admin(), draft)
	h.wants(err, 0)
	heard := h.heard()[before:]
	if len(heard) != 1 || heard[0].Conv.Group() != watched || heard[0].Seq != seq || again != seq {
		t.Errorf("heard %d messages, numbers %d and %d", len(heard), seq, again)
	}
	h.wait(6 * time.Minute) // no repetition any more
	later, err := h.Message.Broadcast(h.ctx, admin(), draft)
	h.wants(err, 0)
	if later <= seq {
		t.Errorf("the next one has number %d, after %d", later, seq)
	}
	_, err = h.Message.Broadcast(h.ctx, as("ann"), draft)
	h.wants(err, chat.CodeGroupNotAllowed)
}
