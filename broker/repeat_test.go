package broker_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// say publishes with a packet id of the test's choice.
func (d *device) say(qos byte, id uint16, dup bool, topic, payload string) {
	d.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos, Dup: dup},
		TopicName:   topic, Payload: []byte(payload), PacketID: id,
	})
}

// answer collects what comes until the PUBACK of id: the bodies of the answer.
func (d *device) answer(id uint16) (bodies []string) {
	d.Helper()
	for {
		pk, ok := d.next()
		switch {
		case !ok:
			d.Fatal("the connection ended")
		case pk.FixedHeader.Type == packets.Puback && pk.PacketID == id:
			return bodies
		case pk.FixedHeader.Type != packets.Publish:
			d.Fatalf("got %s of %d", name(pk, ok), pk.PacketID)
		}
		bodies = append(bodies, pk.TopicName+" "+string(pk.Payload))
	}
}

func (d *device) rel(id uint16) {
	d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrel, Qos: 1}, PacketID: id})
}

// pubrec and pubcomp want the answers of a QoS 2 exchange.
func (d *device) pubrec(id uint16) {
	d.Helper()
	if pk := d.want(packets.Pubrec); pk.PacketID != id || pk.ReasonCode != 0 {
		d.Fatalf("PUBREC of %d %#x, want %d", pk.PacketID, pk.ReasonCode, id)
	}
}

func (d *device) pubcomp(id uint16) {
	d.Helper()
	if pk := d.want(packets.Pubcomp); pk.PacketID != id || pk.ReasonCode != 0 {
		d.Fatalf("PUBCOMP of %d %#x, want %d", pk.PacketID, pk.ReasonCode, id)
	}
}

// interruptions are what may come between a publish and its repetition.
var interruptions = map[string]func(h *house, d *device, who hello) *device{
	"the connection lives": func(_ *house, d *device, _ hello) *device { return d },
	"the connection is lost": func(h *house, d *device, who hello) *device {
		d.leave()
		return h.resumed(who)
	},
	"the server is killed": func(h *house, d *device, who hello) *device {
		h.kill()
		d.leave()
		return h.resumed(who)
	},
}

// resumed enters and finds the session there.
func (h *house) resumed(who hello) *device {
	h.Helper()
	d := h.enter(who)
	if !d.ack.SessionPresent {
		h.Fatal("the session is lost")
	}
	return d
}

var answers = []string{"im/ack", "im/err", "im/res/#"}

// whatMayBeRepeated are publishes that would do something twice.
var whatMayBeRepeated = []struct{ name, topic, payload string }{
	{"a text to a user", "im/text/c2c/bob", "once"},
	{"a text to a group", "im/text/group/lobby", "once"},
	{"a message", "im/send/c2c/bob", `{"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"once"}}]}`},
	{"a request to send", "im/req/msg.send/r1", `{"Conv":"group/lobby","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"once"}}]}`},
	{"a new group", "im/req/group.create/r1", `{"Type":"Public","Name":"once"}`},
	{"a new group with an id", "im/req/group.create/r1", `{"Type":"Public","Name":"once","GroupId":"mine"}`},
	{"a read mark", "im/read/c2c/bob", `{"MsgSeq":1}`},
	{"a recall", "im/recall/c2c/bob", `{"MsgSeq":2}`},
}

// A publish that comes again gets the first answer, and nothing happens twice.
func TestARepeatedPublishIsNotASecondOne(t *testing.T) {
	for _, c := range whatMayBeRepeated {
		for what, interrupt := range interruptions {
			t.Run(c.name+", "+what, func(t *testing.T) {
				versions(t, func(t *testing.T, version byte) {
					h := open(t, rarely)
					h.group("lobby", "bob", "ann")
					h.say("bob", chat.ToUser("ann"), "to be read")
					h.say("ann", chat.ToUser("bob"), "to be recalled")
					who := hello{user: "ann", client: "phone", version: version, keep: true}
					ann := h.enter(who)
					ann.subscribe(0, answers...)
					ann.say(1, 11, false, c.topic, c.payload)
					first := ann.answer(11)
					if len(first) != 1 || strings.HasPrefix(first[0], "im/err") || strings.Contains(first[0], "FAIL") {
						t.Fatalf("the first answer is %q", first)
					}
					traces := h.traces()
					ann = interrupt(h, ann, who)
					if what != "the connection lives" {
						ann.subscribe(0, answers...)
					}
					for range 2 {
						ann.say(1, 11, true, c.topic, c.payload)
						if again := ann.answer(11); fmt.Sprint(again) != fmt.Sprint(first) {
							t.Errorf("the answer is %q, the first was %q", again, first)
						}
					}
					if now := h.traces(); now != traces {
						t.Errorf("it left %s, the first left %s", now, traces)
					}
				})
			})
		}
	}
}

// traces is what ann's publishes have left.
func (h *house) traces() string {
	h.Helper()
	groups, err := h.svc.Group.Memberships(h.Context(), app, "ann")
	if err != nil {
		h.Fatal(err)
	}
	head, err := h.store.Head(h.Context(), chat.C2COf(app, "ann", "bob").Shard())
	if err != nil {
		h.Fatal(err)
	}
	return fmt.Sprintf("%d messages and %d events with bob, %d in the lobby, %d groups",
		head.Seq, head.Rev, h.head(chat.GroupOf(app, "lobby")), len(groups))
}

// What is no repetition is stored: another id, another text, or no DUP.
func TestWhatIsNoRepetitionIsStored(t *testing.T) {
	for what, interrupt := range interruptions {
		t.Run(what, func(t *testing.T) {
			versions(t, func(t *testing.T, version byte) {
				h := open(t, rarely)
				who := hello{user: "ann", client: "phone", version: version, keep: true}
				ann := h.enter(who)
				ann.say(1, 11, false, "im/text/c2c/bob", "one")
				ann.answer(11)
				ann = interrupt(h, ann, who)
				for i, p := range []struct {
					id    uint16
					dup   bool
					topic string
					text  string
				}{
					{11, false, "im/text/c2c/bob", "one"},
					{11, true, "im/text/c2c/bob", "two"},
					{11, true, "im/text/c2c/bob", "one"}, // of an id only the latest is remembered
					{12, true, "im/text/c2c/bob", "one"},
					{12, true, "im/text/c2c/bob", "one" + "!"},
				} {
					ann.say(1, p.id, p.dup, p.topic, p.text)
					ann.answer(p.id)
					if n := h.head(chat.C2COf(app, "ann", "bob")); n != chat.Seq(i+2) {
						t.Fatalf("%d messages after publish %d", n, i)
					}
				}
				ann.say(1, 12, true, "im/text/c2c/cat", "one!")
				ann.answer(12)
				if n := h.head(chat.C2COf(app, "ann", "cat")); n != 1 {
					t.Errorf("%d messages for cat", n)
				}
			})
		})
	}
}

// The last 512 are remembered, as many as CONNACK lets a client have in flight.
func TestTheLatestPublishesAreRemembered(t *testing.T) {
	for what, interrupt := range interruptions {
		t.Run(what, func(t *testing.T) {
			h := open(t, rarely)
			h.limits(func(l *chat.Limits) { *l = l.NoRates() })
			who := hello{user: "ann", client: "phone", keep: true}
			ann := h.enter(who)
			const n = 700
			for i := range uint16(n) {
				ann.say(1, i+1, false, "im/text/c2c/bob", fmt.Sprint(i))
				ann.answer(i + 1)
			}
			ann = interrupt(h, ann, who)
			conv := chat.C2COf(app, "ann", "bob")
			for i := uint16(n - 512); i < n; i++ {
				ann.say(1, i+1, true, "im/text/c2c/bob", fmt.Sprint(i))
				ann.answer(i + 1)
			}
			if have := h.head(conv); have != n {
				t.Errorf("%d messages, want %d", have, n)
			}
			ann.say(1, n-512, true, "im/text/c2c/bob", fmt.Sprint(n-513))
			ann.answer(n - 512)
			if have := h.head(conv); have != n+1 {
				t.Errorf("%d messages, want %d: the one before is forgotten", have, n+1)
			}
		})
	}
}

// A refusal is the answer to the repetition, too, although it would not be refused
// any more.
func TestARefusedPublishStaysRefused(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, rarely)
		h.group("lobby", "bob")
		who := hello{user: "ann", client: "phone", version: version, keep: true}
		ann := h.enter(who)
		ann.subscribe(0, answers...)
		sends := []string{
			"im/send/group/lobby", `{"ClientMsgId":"c1","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}]}`,
			"im/req/msg.send/r", `{"Conv":"group/lobby","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}]}`,
		}
		var first [2][]string
		for i := range first {
			ann.say(1, uint16(11+i), false, sends[2*i], sends[2*i+1])
			first[i] = ann.answer(uint16(11 + i))
		}
		h.add("lobby", "ann")
		head := h.head(chat.GroupOf(app, "lobby"))
		ann.leave()
		ann = h.resumed(who)
		ann.subscribe(0, answers...)
		for i := range first {
			ann.say(1, uint16(11+i), true, sends[2*i], sends[2*i+1])
			if again := ann.answer(uint16(11 + i)); !strings.Contains(again[0], "10007") || !strings.Contains(first[i][0], "10007") {
				t.Errorf("the answer is %q, the first was %q", again, first[i])
			}
		}
		if now := h.head(chat.GroupOf(app, "lobby")); now != head {
			t.Errorf("%d messages, want %d", now, head)
		}
	})
}

// QoS 2 over restarts: what was received is not stored again, whatever DUP says, and
// an id that was released is free.
func TestExactlyOnceOverInterruptions(t *testing.T) {
	for what, interrupt := range interruptions {
		t.Run(what, func(t *testing.T) {
			versions(t, func(t *testing.T, version byte) {
				h := open(t, rarely)
				who := hello{user: "ann", client: "phone", version: version, keep: true}
				conv := chat.C2COf(app, "ann", "bob")
				ann := h.enter(who)
				wants := func(n chat.Seq) {
					t.Helper()
					if have := h.head(conv); have != n {
						t.Fatalf("%d messages, want %d", have, n)
					}
				}
				for _, dup := range []bool{true, false} {
					before := h.head(conv)
					ann.say(2, 7, false, "im/text/c2c/bob", "once")
					ann.pubrec(7)
					wants(before + 1)
					ann = interrupt(h, ann, who)
					ann.say(2, 7, dup, "im/text/c2c/bob", "once")
					ann.pubrec(7)
					wants(before + 1)
					ann.rel(7)
					ann.pubcomp(7)
					ann = interrupt(h, ann, who)
					ann.say(2, 7, dup, "im/text/c2c/bob", "once") // a new message
					ann.pubrec(7)
					wants(before + 2)
					ann.rel(7)
					ann.pubcomp(7)
				}
			})
		})
	}
}

// A client that has forgotten an id and says something else with it is heard.
func TestAnUnreleasedIdWithAnotherMessageIsHeard(t *testing.T) {
	for what, interrupt := range interruptions {
		t.Run(what, func(t *testing.T) {
			h := open(t, rarely)
			who := hello{user: "ann", client: "phone", keep: true}
			ann := h.enter(who)
			ann.say(2, 1, false, "im/text/c2c/bob", "one")
			ann.pubrec(1)
			ann = interrupt(h, ann, who)
			ann.say(2, 1, false, "im/text/c2c/bob", "two")
			ann.pubrec(1)
			if n := h.head(chat.C2COf(app, "ann", "bob")); n != 2 {
				t.Errorf("%d messages", n)
			}
			ann = interrupt(h, ann, who)
			ann.say(2, 1, true, "im/text/c2c/bob", "two")
			ann.pubrec(1)
			ann.rel(1)
			ann.pubcomp(1)
			if n := h.head(chat.C2COf(app, "ann", "bob")); n != 2 {
				t.Errorf("%d messages", n)
			}
		})
	}
}

// PUBREL that comes again on a later connection, because PUBCOMP was lost, is
// answered.
func TestAReleaseIsRepeated(t *testing.T) {
	for what, interrupt := range interruptions {
		t.Run(what, func(t *testing.T) {
			h := open(t, rarely)
			who := hello{user: "ann", client: "phone", keep: true}
			ann := h.enter(who)
			ann.say(2, 7, false, "im/text/c2c/bob", "one")
			ann.pubrec(7)
			ann.rel(7)
			ann.pubcomp(7)
			ann = interrupt(h, ann, who)
			ann.rel(7)
			if pk := ann.want(packets.Pubcomp); pk.ReasonCode != packets.ErrPacketIdentifierNotFound.Code {
				t.Errorf("PUBCOMP %#x", pk.ReasonCode)
			}
		})
	}
}
