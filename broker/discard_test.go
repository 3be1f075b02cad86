package broker_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire/form"
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
		ann.message("im/event/conversation")
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
				if !strings.HasPrefix(pk.TopicName, "im/event/") && !slices.Contains(seen, text) {
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

// mute sets how u wants the messages of a conversation.
func (h *house) mute(u chat.UserID, t chat.Target, o chat.ReceiveOption) {
	h.Helper()
	if err := h.svc.Inbox.Mute(context.Background(), chat.Actor{App: app, User: u}, t, o); err != nil {
		h.Fatal(err)
	}
}

// heard is what a device hears next of what was said, but for what it has heard before.
func (d *device) heard(seen map[string]bool) string {
	d.Helper()
	for {
		pk := d.want(packets.Publish)
		text := pk.TopicName + " " + parse(d.TB, pk.Payload).text()
		if !strings.HasPrefix(pk.TopicName, "im/event/") && !seen[text] {
			seen[text] = true
			return text
		}
	}
}

// The messages of a peer that a user does not want to hear do not come, live or after a resume;
// one's own from another device do, and what others say (spec/00 §5, conv.mute).
func TestDiscardedPeersAreNotDelivered(t *testing.T) {
	for _, option := range []chat.ReceiveOption{chat.Discard, chat.NotReceiveMsgExceptAt} {
		versions(t, func(t *testing.T, version byte) {
			h := open(t, nil)
			who, seen := hello{user: "ann", client: "phone", version: version, keep: true}, map[string]bool{}
			ann := h.listener(who)
			hears := func(want string) {
				t.Helper()
				if got := ann.heard(seen); got != want {
					t.Fatalf("%s: heard %q, want %q", option, got, want)
				}
			}
			h.say("bob", chat.ToUser("ann"), "one")
			hears("im/in/c2c/bob one")
			h.mute("ann", chat.ToUser("bob"), option)
			h.say("bob", chat.ToUser("ann"), "not heard")
			h.say("ann", chat.ToUser("bob"), "mine")
			hears("im/in/c2c/bob mine")
			ann.leave()
			h.away("ann")
			h.say("bob", chat.ToUser("ann"), "not heard while away")
			h.say("ann", chat.ToUser("bob"), "mine too")
			h.say("cat", chat.ToUser("ann"), "two")
			ann = h.enter(who)
			got := []string{ann.heard(seen), ann.heard(seen)} // in order in each conversation alone
			slices.Sort(got)
			if !slices.Equal(got, []string{"im/in/c2c/bob mine too", "im/in/c2c/cat two"}) {
				t.Fatalf("%s: after a resume: %q", option, got)
			}
			h.say("bob", chat.ToUser("ann"), "not heard again")
			h.say("ann", chat.ToUser("bob"), "mine again")
			hears("im/in/c2c/bob mine again") // so it has been passed over
			h.mute("ann", chat.ToUser("bob"), chat.AcceptNotNotify)
			h.say("bob", chat.ToUser("ann"), "three")
			hears("im/in/c2c/bob three")
		})
	}
}

// Of a group whose messages a member wants when they are mentioned, they get these alone.
func TestOnlyMentionsAreDelivered(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		h.group("lobby", "bob", "ann")
		who, seen := hello{user: "ann", client: "phone", version: version, keep: true}, map[string]bool{}
		ann := h.listener(who)
		hears := func(want string) {
			t.Helper()
			if got := ann.heard(seen); got != want {
				t.Fatalf("heard %q, want %q", got, want)
			}
		}
		at := func(text string, list ...chat.UserID) {
			t.Helper()
			d, err := form.TextDraft([]byte(text), chat.ToGroup("lobby"))
			if err != nil {
				t.Fatal(err)
			}
			d.At = list
			if _, err := h.svc.Message.SendWait(context.Background(), chat.Actor{App: app, User: "bob"}, d); err != nil {
				t.Fatal(err)
			}
		}
		h.mute("ann", chat.ToGroup("lobby"), chat.NotReceiveMsgExceptAt)
		at("nobody")
		at("bob", "bob")
		at("ann", "ann")
		hears("im/in/group/lobby ann")
		at("everybody", chat.AtAll)
		hears("im/in/group/lobby everybody")
		ann.leave()
		h.away("ann")
		at("nobody again")
		at("ann again", "ann")
		ann = h.enter(who)
		hears("im/in/group/lobby ann again")
		at("nobody, live")
		h.mute("ann", chat.ToGroup("lobby"), chat.AcceptAndNotify)
		at("all of it")
		hears("im/in/group/lobby all of it")
	})
}
