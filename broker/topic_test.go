package broker_test

import (
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
