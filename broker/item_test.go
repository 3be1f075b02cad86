package broker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// shows is the next packet, which says what a list shows of a conversation.
func (d *device) shows(want string) {
	d.Helper()
	pk := d.want(packets.Publish)
	e := map[string]any{}
	if err := json.Unmarshal(pk.Payload, &e); err != nil || pk.TopicName != "im/event/conversation" {
		d.Fatalf("got %s %s", pk.TopicName, pk.Payload)
	}
	last := "none"
	if m, ok := e["LastMsg"].(map[string]any); ok {
		last = fmt.Sprint(m["MsgSeq"], " place ", m["IsPlaceMsg"], " prev ", m["PrevSeq"])
	}
	if got := fmt.Sprint(e["Conv"], " ", last, " unread ", e["UnreadNum"], " ", e["EventSeq"], " ", e["Rev"]); got != want {
		d.Fatalf("got %s, want %s", got, want)
	}
}

// Who is connected sees what their list shows after messages are gone, in the order of what
// else happens.
func TestListsAreToldWhatTheyShow(t *testing.T) {
	h := open(t, nil)
	h.known("ann", "bob", "cat")
	ctx := context.Background()
	recall := func(from chat.UserID, to chat.Target, seq chat.Seq) {
		t.Helper()
		if _, err := h.svc.Message.Recall(ctx, chat.Actor{App: app, User: from}, "", to, chat.MessageRef{Seq: seq}, ""); err != nil {
			t.Fatal(err)
		}
	}
	bob := chat.ToUser("bob")
	for _, s := range []string{"one", "two", "three"} {
		h.say("ann", bob, s)
	}
	phone := h.enter(hello{user: "bob", client: "1"})
	desk := h.enter(hello{user: "ann", client: "2"})
	for _, d := range []*device{phone, desk} {
		d.subscribe(1, "im/event/+")
	}
	h.deletes("bob", chat.ToUser("ann"), 2)
	phone.message("im/event/delete")
	phone.shows("c2c/ann 3 place <nil> prev 1 unread 2 <nil> <nil>")
	h.deletes("bob", chat.ToUser("ann"), 3)
	phone.message("im/event/delete")
	phone.shows("c2c/ann 1 place <nil> prev <nil> unread 1 <nil> <nil>")
	recall("ann", bob, 3) // bob has deleted it
	desk.message("im/event/recall")
	desk.shows("c2c/bob 3 place 2 prev <nil> unread 0 <nil> <nil>")
	phone.message("im/event/recall")
	recall("ann", bob, 1) // the last one for bob alone
	desk.message("im/event/recall")
	phone.message("im/event/recall")
	phone.shows("c2c/ann 1 place 2 prev <nil> unread 1 <nil> <nil>")
	h.clears("bob", chat.ToUser("ann"))
	phone.message("im/event/clear")
	phone.shows("c2c/ann none unread 0 <nil> <nil>")

	h.group("lobby", "ann", "bob", "cat")
	lobby := chat.ToGroup("lobby")
	for _, d := range []*device{phone, desk} {
		d.message("im/event/group") // of the creation
	}
	h.say("cat", lobby, "one")
	h.say("cat", lobby, "two")
	recall("cat", lobby, 1)
	recall("cat", lobby, 2)
	for _, d := range []*device{phone, desk} {
		d.message("im/event/recall")
		d.message("im/event/recall")
		d.shows("group/lobby 2 place 2 prev <nil> unread <nil> <nil> <nil>")
	}
}
