package broker_test

import (
	"context"
	"slices"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// flag sets how u wants the group's messages.
func (h *house) flag(u chat.UserID, g chat.GroupID, f chat.ReceiveOption) {
	h.Helper()
	if err := h.svc.Group.ModifyMember(context.Background(), chat.Actor{App: app, User: u}, g, u, chat.MemberPatch{Flag: &f}); err != nil {
		h.Fatal(err)
	}
}

// Who discards a group's messages is not pushed any, live or after a resume, and
// still hears of the rest (spec/21 §6).
func TestDiscardedMessagesAreNotDelivered(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		h.group("lobby", "bob", "ann")
		who := hello{user: "ann", client: "phone", version: version, keep: true}
		ann := h.listener(who)
		h.flag("ann", "lobby", chat.Discard)
		first := h.say("bob", chat.ToGroup("lobby"), "discarded")
		h.say("ann", chat.ToGroup("lobby"), "my own")
		h.say("bob", chat.ToUser("ann"), "one")
		ann.message("im/in/c2c/bob")
		if _, err := h.svc.Message.Recall(context.Background(), chat.Actor{App: app, User: "bob"}, "", chat.ToGroup("lobby"), chat.MessageRef{Seq: first.Seq}, ""); err != nil {
			t.Fatal(err)
		}
		ann.message("im/event/recall")
		ann.quiet()
		ann.leave()
		h.away("ann")
		h.say("bob", chat.ToGroup("lobby"), "discarded while away")
		h.say("bob", chat.ToUser("ann"), "two")
		ann = h.enter(who)
		next := func(seen ...string) string { // but for what may come once more
			for {
				pk := ann.want(packets.Publish)
				text := pk.TopicName + " " + parse(t, pk.Payload).text()
				if pk.TopicName != "im/event/recall" && !slices.Contains(seen, text) {
					return text
				}
			}
		}
		if got := next("im/in/c2c/bob one"); got != "im/in/c2c/bob two" {
			t.Errorf("after a resume: got %q", got)
		}
		h.say("bob", chat.ToGroup("lobby"), "discarded again")
		h.flag("ann", "lobby", chat.AcceptNotNotify)
		h.say("bob", chat.ToGroup("lobby"), "wanted")
		if got := next("im/in/c2c/bob one", "im/in/c2c/bob two"); got != "im/in/group/lobby wanted" {
			t.Errorf("after the option was changed back: got %q", got)
		}
	})
}
