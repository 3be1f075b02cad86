package broker_test

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// prev is a delivered message's number and the one that it says is before it.
func prev(m message) [2]chat.Seq {
	if m.PrevSeq == nil {
		return [2]chat.Seq{m.MsgSeq, m.MsgSeq - 1}
	}
	return [2]chat.Seq{m.MsgSeq, *m.PrevSeq}
}

func (d *device) wantPrev(topic string, seq, before chat.Seq) {
	d.Helper()
	if got := prev(d.message(topic)); got != [2]chat.Seq{seq, before} {
		d.Errorf("%s: got message %d and before it %d, want %d and %d", topic, got[0], got[1], seq, before)
	}
}

// What a block hides reaches the sender's other devices and nobody else; the next
// message tells each reader what was before it, live and after a resume.
func TestTheNumberBeforeIsTheReadersOwn(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		h.known("ann", "bob")
		if _, err := h.svc.People.BlockUsers(context.Background(), chat.Actor{App: app, User: "bob"}, "bob", []chat.UserID{"ann"}); err != nil {
			t.Fatal(err)
		}
		away := hello{user: "bob", client: "away", version: version, keep: true}
		left := h.listener(away)
		left.quiet()
		left.leave()
		h.away("bob")
		ann := h.listener(hello{user: "ann", client: "phone", version: version})
		other := h.listener(hello{user: "ann", client: "desk", version: version})
		bob := h.listener(hello{user: "bob", client: "phone", version: version})
		ann.publish(0, "im/text/c2c/bob", "psst")
		if got := prev(ann.message("im/ack")); got != [2]chat.Seq{1, 0} {
			t.Errorf("ack: %v", got)
		}
		other.wantPrev("im/in/c2c/bob", 1, 0)
		bob.quiet()
		bob.publish(0, "im/text/c2c/ann", "I may")
		if got := prev(bob.message("im/ack")); got != [2]chat.Seq{2, 0} {
			t.Errorf("bob's ack: got %v, want number 2 and nothing before it", got)
		}
		ann.wantPrev("im/in/c2c/bob", 2, 1)
		back := h.enter(away)
		pk := back.want(packets.Publish)
		if got := prev(parse(t, pk.Payload)); got != [2]chat.Seq{2, 0} {
			t.Errorf("after a resume: got %v, want number 2 and nothing before it", got)
		}
	})
}

func TestTheNumberBeforeInAGroupIsTheReadersOwn(t *testing.T) {
	h := open(t, nil)
	h.known("ann", "bob", "cat", "dan")
	h.group("lobby", "bob", "ann", "cat", "dan")
	away := hello{user: "dan", client: "away", version: 4, keep: true}
	left := h.listener(away)
	left.quiet()
	left.leave()
	h.away("dan")
	cat := h.listener(hello{user: "cat", client: "phone", version: 4})
	ann := h.listener(hello{user: "ann", client: "phone", version: 4})
	h.say("bob", chat.ToGroup("lobby"), "all")
	for _, only := range []chat.UserID{"ann", "cat"} {
		_, err := h.svc.Message.SendWait(context.Background(), chat.Actor{App: app, User: "bob"}, chat.Draft{
			To: chat.ToGroup("lobby"), Only: []chat.UserID{only}, Body: []byte(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"psst"}}]`),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	h.say("bob", chat.ToGroup("lobby"), "all again")
	h.say("bob", chat.ToGroup("lobby"), "and again")
	const in = "im/in/group/lobby"
	ann.wantPrev(in, 1, 0)
	ann.wantPrev(in, 2, 1)
	ann.wantPrev(in, 4, 2)
	ann.wantPrev(in, 5, 4)
	cat.wantPrev(in, 1, 0)
	cat.wantPrev(in, 3, 1)
	cat.wantPrev(in, 4, 3)
	back := h.enter(away)
	for _, want := range [][2]chat.Seq{{1, 0}, {4, 1}, {5, 4}} {
		if got := prev(parse(t, back.want(packets.Publish).Payload)); got != want {
			t.Errorf("after a resume: got %v, want %v", got, want)
		}
	}
}

// dropping is an app that drops messages with "dropped" in them.
type dropping struct{}

// Before implements chat.Gate.
func (dropping) Before(_ context.Context, q chat.Question, done func(chat.Verdict, error)) {
	done(chat.Verdict{Drop: q.Message != nil && bytes.Contains(q.Message.Body, []byte("dropped"))}, nil)
}

// Topics have the audience of their community, and each of them numbers of its own.
func TestTheNumberBeforeInATopicIsTheReadersOwn(t *testing.T) {
	h := openWith(t, dropping{}, nil)
	a := *h.apps.App(app)
	a.Webhook = chat.Webhook{URL: "http://127.0.0.1:1/", Events: map[string]bool{string(chat.BeforeGroup): true}}
	h.apps.Set(a)
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
	ann := h.listener(hello{user: "ann", client: "phone"})
	bob := h.listener(hello{user: "bob", client: "phone"})
	for _, say := range []struct {
		to   chat.GroupID
		text string
	}{
		{topic, "all"}, {topic, "dropped"}, {other, "dropped"}, {topic, "dropped"}, {other, "all"}, {topic, "all"}, {topic, "all"}, {community, "dropped"}, {community, "all"},
	} {
		h.say("bob", chat.ToGroup(say.to), say.text)
	}
	ann.wantPrevs(5, map[string][][2]chat.Seq{onTopic: {{1, 0}, {4, 1}, {5, 4}}, onTopic + "2": {{2, 0}}, onAll: {{2, 0}}})
	bob.wantPrevs(9, map[string][][2]chat.Seq{
		onTopic: {{1, 0}, {2, 1}, {3, 2}, {4, 3}, {5, 4}}, onTopic + "2": {{1, 0}, {2, 1}}, onAll: {{1, 0}, {2, 1}},
	})
}

// wantPrevs is wantPrev for n messages of several conversations, in order in each. What
// else happened, such as that a topic was made, is passed over.
func (d *device) wantPrevs(n int, want map[string][][2]chat.Seq) {
	d.Helper()
	got := map[string][][2]chat.Seq{}
	for n > 0 {
		pk := d.want(packets.Publish)
		if !strings.HasPrefix(pk.TopicName, "im/in/") {
			continue
		}
		n--
		got[pk.TopicName] = append(got[pk.TopicName], prev(parse(d.TB, pk.Payload)))
	}
	if !maps.EqualFunc(got, want, slices.Equal) {
		d.Errorf("got %v, want %v", got, want)
	}
}
