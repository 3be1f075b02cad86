package broker_test

import (
	"fmt"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

const (
	community chat.GroupID = "@TGS#_c"
	topic     chat.GroupID = "@TGS#_c@TOPIC#_t"
	onTopic                = "im/in/group/%40TGS%23_c%40TOPIC%23_t"
	onAll                  = "im/in/group/%40TGS%23_c"
)

// Members of a community hear its topics, live and after a resume, and nothing more
// once they have been kicked or want nothing.
func TestMembersHearTopics(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		admin := chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin}
		d := chat.GroupDraft{ID: community, Type: chat.Community, Name: "All", Owner: "bob", SupportTopic: true}
		for _, u := range []chat.UserID{"ann", "cat"} {
			d.Members = append(d.Members, chat.NewMember{User: u})
		}
		if _, err := h.svc.Group.Create(t.Context(), admin, d); err != nil {
			t.Fatal(err)
		}
		if _, err := h.svc.Group.ImportTopic(t.Context(), admin, chat.TopicDraft{Community: community, ID: topic, Name: "T"}); err != nil {
			t.Fatal(err)
		}
		who := hello{user: "ann", client: "phone", version: version, keep: true}
		ann, cat := h.enter(who), h.enter(hello{user: "cat", client: "pad"})
		ann.subscribe(1, "im/in/#")
		cat.subscribe(1, "im/in/#", "im/event/recall")
		first := h.say("bob", chat.ToGroup(topic), "live")
		for _, d := range []*device{ann, cat} {
			if m := d.message(onTopic); m.text() != "live" {
				t.Errorf("got %+v", m)
			}
		}
		ann.leave()
		h.away("ann")
		h.say("bob", chat.ToGroup(topic), "while away")
		ann = h.enter(who)
		for text := ""; text != "while away"; { // perhaps the first once more, which was not acknowledged
			text = ann.message(onTopic).text()
		}
		h.flag("ann", community, chat.Discard)
		h.say("bob", chat.ToGroup(topic), "discarded")
		ann.quiet()
		h.flag("ann", community, chat.AcceptNotNotify)
		cat.message(onTopic)
		cat.message(onTopic)

		ann.leave()
		h.away("ann")
		h.say("bob", chat.ToGroup(topic), "before the kick")
		if err := h.svc.Group.RemoveMembers(t.Context(), admin, community, []chat.UserID{"ann"}, true, ""); err != nil {
			t.Fatal(err)
		}
		ann = h.enter(who)
		h.say("bob", chat.ToGroup(topic), "after the kick")
		h.say("bob", chat.ToUser("ann"), "to ann")
		for got := ""; got != "im/in/c2c/bob"; {
			pk := ann.want(packets.Publish)
			if got = pk.TopicName; parse(t, pk.Payload).text() == "before the kick" || parse(t, pk.Payload).text() == "after the kick" {
				t.Errorf("one who was kicked got %q", pk.Payload)
			}
		}
		cat.message(onTopic)
		cat.message(onTopic)
		if _, err := h.svc.Message.Recall(t.Context(), admin, "", chat.ToGroup(topic), chat.MessageRef{Seq: first.Seq}, ""); err != nil {
			t.Fatal(err)
		}
		cat.message("im/event/recall")
		ann.quiet()
		h.say("bob", chat.ToGroup(community), "to all")
		cat.message(onAll)
	})
}

// Who discards a topic hears the rest of the community, and the other way round: live,
// after a resume, and in a session that is new.
func TestTopicsAreDiscardedByThemselves(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		admin := chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin}
		d := chat.GroupDraft{ID: community, Type: chat.Community, Name: "All", Owner: "bob", SupportTopic: true, Members: []chat.NewMember{{User: "ann"}}}
		if _, err := h.svc.Group.Create(t.Context(), admin, d); err != nil {
			t.Fatal(err)
		}
		const other = topic + "2"
		for _, id := range []chat.GroupID{topic, other} {
			if _, err := h.svc.Group.ImportTopic(t.Context(), admin, chat.TopicDraft{Community: community, ID: id, Name: "T"}); err != nil {
				t.Fatal(err)
			}
		}
		rounds, due := 0, map[string]bool{}
		says := func() {
			rounds++
			for _, to := range []chat.GroupID{community, topic, other} {
				h.say("bob", chat.ToGroup(to), fmt.Sprint(rounds))
			}
		}
		// hears checks on which topics ann hears what was said last. What was due before may
		// come once more.
		hears := func(d *device, want ...string) {
			t.Helper()
			for _, on := range want {
				due[on+" "+fmt.Sprint(rounds)] = true
			}
			for left := len(want); left > 0; {
				pk := d.want(packets.Publish)
				if pk.TopicName == "im/event/conversation" { // that an option has changed
					continue
				}
				text := parse(t, pk.Payload).text()
				if !due[pk.TopicName+" "+text] {
					t.Fatalf("round %d: got %s on %s", rounds, text, pk.TopicName)
				}
				if text == fmt.Sprint(rounds) {
					left--
				}
			}
		}
		who := hello{user: "ann", client: "phone", version: version, keep: true}
		ann := h.listener(who)
		says()
		hears(ann, onAll, onTopic, onTopic+"2")
		h.flag("ann", topic, chat.Discard)
		says()
		hears(ann, onAll, onTopic+"2")
		h.flag("ann", other, chat.AcceptAndNotify) // as it is, and so no option of its own
		h.flag("ann", community, chat.Discard)
		says()
		hears(ann)
		h.flag("ann", other, chat.AcceptNotNotify)
		says()
		hears(ann, onTopic+"2")
		ann.leave()
		h.away("ann")
		says()
		ann = h.enter(who)
		hears(ann, onTopic+"2")
		says()
		hears(ann, onTopic+"2")
		h.flag("ann", community, chat.AcceptAndNotify)
		fresh := h.listener(hello{user: "ann", client: "pad", version: version})
		says()
		hears(fresh, onAll, onTopic+"2")
		hears(ann, onAll, onTopic+"2")
	})
}
