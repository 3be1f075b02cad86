package broker_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// In a room large enough for ticks, over real connections, all viewers get the same
// messages with consecutive numbers, join tips included (spec/00 §6).
func TestLargeRoomDeliversInOrder(t *testing.T) {
	h := open(t, nil)
	h.limits(func(l *chat.Limits) { l.GroupRate = -1 })
	admin := chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin, Platform: chat.PlatformREST}
	if _, err := h.svc.Group.Create(t.Context(), admin, chat.GroupDraft{ID: "live", Type: chat.AVChatRoom, Name: "live", Owner: "bob"}); err != nil {
		t.Fatal(err)
	}
	const viewers = 520
	watch := func(u chat.UserID) {
		t.Helper()
		if _, err := h.svc.Group.Join(t.Context(), chat.Actor{App: app, User: u}, "live", ""); err != nil {
			t.Fatal(err)
		}
	}
	names := make([]chat.UserID, viewers)
	for i := range names {
		names[i] = chat.UserID(fmt.Sprint("v", i))
	}
	h.known(names...)
	ann := h.enter(hello{user: "ann"})
	ann.subscribe(1, "im/in/#")
	watch("ann")
	all := h.joinAll(viewers, func(i int) hello {
		return hello{user: names[i], client: "c", version: 4 + byte(i&1)}
	}, 1, "im/in/group/live", nil)
	t.Cleanup(func() { leave(all) })
	for _, u := range names {
		watch(u)
	}
	for i := range 40 { // within what a tick may carry
		h.say("bob", chat.ToGroup("live"), fmt.Sprint(i))
	}

	tips, next := 0, 0
	last := chat.Seq(0)
	for next < 40 {
		pk := ann.want(packets.Publish)
		m := parse(t, pk.Payload)
		if m.MsgSeq != last+1 || pk.FixedHeader.Qos != 0 || bytes.Contains(pk.Payload, []byte("OnlineOnlyFlag")) {
			t.Fatalf("after %d came, with QoS %d: %s", last, pk.FixedHeader.Qos, pk.Payload)
		}
		last = m.MsgSeq
		if bytes.Contains(pk.Payload, []byte("TIMGroupTipElem")) {
			tips++
			continue
		}
		if m.text() != fmt.Sprint(next) {
			t.Fatalf("heard %q, want %d", m.text(), next)
		}
		next++
	}
	if tips == 0 {
		t.Error("no tips")
	}
	for i, v := range all {
		for deadline := time.Now().Add(patience); v.last.Load() != uint64(last); {
			if !v.alive(t) || time.Now().After(deadline) {
				t.Fatalf("viewer %d heard %d last, want %d", i, v.last.Load(), last)
			}
		}
		if v.holes.Load() != 0 {
			t.Errorf("viewer %d missed something %d times", i, v.holes.Load())
		}
	}
}
