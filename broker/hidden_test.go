package broker_test

import (
	"context"
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
