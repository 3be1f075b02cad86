//go:build e2e

package contract

import (
	"fmt"
	"slices"
	"testing"
)

// Anybody may ask who is online (spec/00 §5); what changes is told to the app
// (see TestAfterWebhooksComeOnceAndInOrder).
func TestOnlineState(t *testing.T) {
	t.Parallel()
	everyKind(t, func(t *testing.T, open opener) {
		s := shared(t)
		d, ben := open(s.user("ann"), options{}), s.user("ben")
		state := func() string {
			answer := mustAsk(t, d, "status.get", object{"To_Account": []string{ben.id, "nobody-at-all"}})
			if list := answer.list("ErrorList"); len(list) != 1 || list[0].num("ErrorCode") != 70107 {
				t.Errorf("status.get: %s", answer)
			}
			return answer.list("QueryResult")[0].str("State")
		}
		phone := openRaw(t, ben, rawOptions{version: 4})
		if got := state(); got != "Online" {
			t.Errorf("%s while ben is connected", got)
		}
		tablet := openRaw(t, ben, rawOptions{version: 5})
		phone.bye(t)
		if got := state(); got != "Online" {
			t.Errorf("%s while ben's tablet is connected", got)
		}
		tablet.bye(t)
		if got := state(); got != "Offline" {
			t.Errorf("%s after ben has disconnected", got)
		}
	})
}

// Who changes their profile is told on every device, with a number; their peers are told
// what they may read while they are online, and messages name who they are by now (spec/00 §4,
// §6, spec/07 A).
func TestProfiles(t *testing.T) {
	t.Parallel()
	everyKind(t, func(t *testing.T, open opener) {
		s := shared(t)
		ann, ben := s.user("ann"), s.user("ben")
		anns, tablet, bens := open(ann, options{}), open(ann, options{client: "tablet"}), open(ben, options{})
		mustSend(t, anns, "im/text/c2c/"+ben.id, "nameless", 1)
		if m := bens.in().body(t, "im/in/c2c/"+ann.id, saying("nameless")); m.has("From_Nick") {
			t.Errorf("who has no name sends %s", m)
		}
		mustAsk(t, anns, "user.set", object{"ProfileItem": []object{
			{"Tag": "Tag_Profile_IM_Nick", "Value": "Ann <3"}, {"Tag": "Tag_Profile_IM_BirthDay", "Value": 20190419},
		}})
		for d, numbered := range map[device]bool{anns: true, tablet: true, bens: false} {
			e := d.in().body(t, "im/event/profile", func(o object) bool { return o.str("UserID") == ann.id })
			items := e.list("ProfileItem")
			if e.has("EventSeq") != numbered || len(items) != 2 || items[0].str("Value") != "Ann <3" || items[1].num("Value") != 20190419 {
				t.Errorf("%s is told %s", d.user().id, e)
			}
		}
		mustSend(t, anns, "im/text/c2c/"+ben.id, "named", 1)
		if m := bens.in().body(t, "im/in/c2c/"+ann.id, saying("named")); m.str("From_Nick") != "Ann <3" || m.has("From_FaceUrl") {
			t.Errorf("ben gets %s", m)
		}
		answer := mustAsk(t, bens, "user.get", object{"To_Account": []string{ann.id}})
		if items := answer.list("UserProfileItem")[0].list("ProfileItem"); len(items) != 5 || items[0].str("Value") != "Ann <3" {
			t.Errorf("ben reads %s", answer)
		}
		mustDeny(t, bens, "user.set", object{"From_Account": ann.id, "ProfileItem": []object{{"Tag": "Tag_Profile_IM_Nick", "Value": "x"}}}, 40004)
		if !slices.Contains(mustAsk(t, bens, "me", object{})["Features"].([]any), any("profiles")) {
			t.Error("profiles are no feature")
		}
	})
}

// By default a sender does not learn that they are blocked: they have the message, with
// its number, and nothing comes through (spec/04 §11, spec/00 §6).
func TestBlocklist(t *testing.T) {
	t.Parallel()
	everyKind(t, func(t *testing.T, open opener) {
		s := shared(t)
		ann, ben := s.user("ann"), s.user("ben")
		anns, bens := open(ann, options{}), open(ben, options{})
		mustAsk(t, bens, "black.add", object{"To_Account": []string{ann.id}})
		mustSend(t, anns, "im/text/c2c/"+ben.id, "psst", 1)
		barrier(t, bens)
		for d, want := range map[device]int{anns: 1, bens: 0} {
			conv := "c2c/" + ben.id
			if d == bens {
				conv = "c2c/" + ann.id
			}
			if got := len(mustAsk(t, d, "msg.history", object{"Conv": conv}).list("MsgList")); got != want {
				t.Errorf("%s has %d messages, want %d", d.user().id, got, want)
			}
		}
		mustAsk(t, bens, "black.delete", object{"To_Account": []string{ann.id}})
		mustSend(t, anns, "im/text/c2c/"+ben.id, "hello", 1)
		if m := bens.in().body(t, "im/in/c2c/"+ann.id, saying("hello")); m.num("MsgSeq") != 2 || !m.has("PrevSeq") || m.num("PrevSeq") != 0 {
			t.Errorf("ben gets %s, want number 2 with PrevSeq 0", m)
		}
		if got := bens.in().texts(t, "im/in/c2c/"+ann.id); !slices.Equal(got, []string{"hello"}) {
			t.Errorf("ben hears %q", got)
		}
	})
}

// A group takes 40 messages a second. Those above are dropped, which their senders
// are told, and the others are numbered without gaps (spec/20 §8).
func TestGroupRate(t *testing.T) {
	t.Parallel()
	s := start(t)
	g := assemble(t, s, opening(t, kinds[1]), groupTypes[2])
	writer := openRaw(t, g.ann.user(), rawOptions{version: 5})
	writer.subscribe(t, "im/ack", "im/err")
	const n = 200
	for i := range n {
		if err := writer.put(publishing(g.topic("text"), fmt.Sprint(i), 1, uint16(i+1))); err != nil {
			t.Fatal(err)
		}
	}
	kept, dropped := []string{}, 0
	for range n {
		switch ack := answer(t, writer, "im/ack"); ack.str("MsgDropReason") {
		case "":
			kept = append(kept, fmt.Sprint(ack.num("PacketId")-1))
			if got := ack.num("MsgSeq"); got != len(kept) {
				t.Fatalf("MsgSeq %d, want %d", got, len(kept))
			}
		case "MsgFreqCtrl":
			dropped++
		default:
			t.Fatalf("im/ack: %s", ack)
		}
	}
	if len(kept) < 40 || dropped < 40 {
		t.Errorf("%d messages were kept and %d dropped, of %d at once", len(kept), dropped, n)
	}
	g.ben.in().body(t, g.topic("in"), saying(kept[len(kept)-1]))
	if got := g.ben.in().texts(t, g.topic("in")); !slices.Equal(got, kept) {
		t.Errorf("ben hears %q, want %q", got, kept)
	}
}

// QoS 2: a publish that is sent again before its PUBREL is one message, and
// its packet id is free again after PUBCOMP.
func TestQoS2IsExactlyOnce(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for _, version := range []byte{4, 5} {
		ann, ben := s.user("ann"), s.user("ben")
		bens := openRaw(t, ben, rawOptions{version: 4})
		bens.subscribe(t, "im/in/#")
		phone := openRaw(t, ann, rawOptions{version: version})
		for round := range 2 {
			again := publishing("im/text/c2c/"+ben.id, fmt.Sprint("round ", round), 2, 7)
			for try := range 3 {
				again.FixedHeader.Dup = try > 0
				rec := phone.expect(typePubrec, 7)
				if err := phone.put(again); err != nil {
					t.Fatal(err)
				}
				if _, err := await(rec); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 { // a PUBREL may come twice as well
				comp := phone.expect(typePubcomp, 7)
				if err := phone.put(release(7)); err != nil {
					t.Fatal(err)
				}
				if _, err := await(comp); err != nil {
					t.Fatal(err)
				}
			}
		}
		barrier(t, bens)
		if got := bens.in().texts(t, "im/in/c2c/"+ann.id); !slices.Equal(got, []string{"round 0", "round 1"}) {
			t.Errorf("version %d: ben hears %q", version, got)
		}
	}
}
