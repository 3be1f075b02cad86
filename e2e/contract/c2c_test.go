//go:build e2e

package contract

import (
	"fmt"
	"slices"
	"testing"
)

func TestC2CConversation(t *testing.T) {
	t.Parallel()
	everyKind(t, func(t *testing.T, open opener) {
		s := shared(t)
		alice, bob := s.user("alice"), s.user("b/b +#%") // an id that needs escaping
		phone := open(alice, options{})
		other := open(alice, options{})
		bobs := open(bob, options{})
		toBob, toAlice := "c2c/"+escape(bob.id), "c2c/"+escape(alice.id)

		// QoS 0, 1 and 2 are answered alike and numbered from 1.
		for qos := range byte(3) {
			word := fmt.Sprintf("hello at QoS %d", qos)
			ack := mustSend(t, phone, "im/text/"+toBob, word, qos)
			if got, want := ack.num("MsgSeq"), int(qos)+1; got != want {
				t.Fatalf("MsgSeq %d, want %d", got, want)
			}
			if ack.str("MsgId") == "" || ack.str("MsgKey") == "" || ack.num("MsgTime") == 0 {
				t.Fatalf("im/ack lacks a name of the message: %s", ack)
			}
			got := bobs.in().body(t, "im/in/"+toAlice, saying(word))
			wanted := object{
				"From_Account": alice.id, "To_Account": bob.id, "MsgId": ack["MsgId"],
				"MsgKey": ack["MsgKey"], "MsgSeq": ack["MsgSeq"], "MsgTime": ack["MsgTime"],
			}
			for member, want := range wanted {
				if got[member] != want {
					t.Errorf("%s is %v, want %v: %s", member, got[member], want, got)
				}
			}
			copied := other.in().body(t, "im/in/"+toBob, saying(word))
			if copied.str("From_Account") != alice.id {
				t.Errorf("the copy on the other device is from %q", copied.str("From_Account"))
			}
		}

		// Any message, and a retry of it.
		body := jsonText(object{"MsgBody": textBody("once"), "ClientMsgId": "c-1", "CloudCustomData": "x"})
		first := mustSend(t, phone, "im/send/"+toBob, body, 1)
		again := mustSend(t, phone, "im/send/"+toBob, body, 1)
		if first.str("ClientMsgId") != "c-1" || first.str("MsgId") != alice.id+"-c-1" {
			t.Errorf("names of a message with ClientMsgId: %s", first)
		}
		if first["MsgSeq"] != again["MsgSeq"] || first["MsgId"] != again["MsgId"] || first["MsgTime"] != again["MsgTime"] {
			t.Errorf("the retry is answered %s, want %s", again, first)
		}
		bobs.in().body(t, "im/in/"+toAlice, saying("once"))

		// Bob answers and reads, and alice gets the read event.
		mustSend(t, bobs, "im/text/"+toAlice, "hello yourself", 1)
		if got := phone.in().body(t, "im/in/"+toBob, saying("hello yourself")); got.num("MsgSeq") != 5 {
			t.Errorf("MsgSeq of the answer %d, want 5: a conversation counts for both", got.num("MsgSeq"))
		}
		mustSend(t, bobs, "im/read/"+toAlice, `{"MsgSeq":3}`, 1)
		mustRead(t, phone, bob.id, 3)
		mustSend(t, bobs, "im/read/"+toAlice, "", 1)
		mustRead(t, phone, bob.id, 5)

		// Alice recalls one.
		mustSend(t, phone, "im/recall/"+toBob, `{"MsgSeq":2,"Reason":"typo"}`, 1)
		recall := bobs.in().body(t, "im/event/recall", func(o object) bool { return o.num("MsgSeq") == 2 })
		if recall.str("Operator_Account") != alice.id || recall.str("Reason") != "typo" {
			t.Errorf("recall: %s", recall)
		}
		mustRefuse(t, phone, "im/recall/"+toBob, `{"MsgSeq":99}`, 1, 20022)
		mustRefuse(t, phone, "im/recall/"+toBob, `{"MsgSeq":2}`, 1, 20023)

		page := mustAsk(t, bobs, "msg.history", object{"Conv": "c2c/" + alice.id})
		list := page.list("MsgList")
		if len(list) != 5 || page.num("IsFinished") != 1 {
			t.Fatalf("history: %s", page)
		}
		if !truthy(list[1]["IsPlaceMsg"]) || list[1].text() != "" {
			t.Errorf("the recalled message still speaks: %s", list[1])
		}
		barrier(t, bobs)
		once := func(word string) bool { return word == "once" }
		got := bobs.in().texts(t, "im/in/"+toAlice)
		if n := len(got) - len(slices.DeleteFunc(slices.Clone(got), once)); n != 1 {
			t.Errorf("bob got %q: the retry is no second message", got)
		}
	})
}

// truthy takes 1, 2 and true for yes.
func truthy(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case float64:
		return v != 0
	}
	return false
}

// mustRead waits for the news that by has read up to seq.
func mustRead(t *testing.T, d device, by string, seq int) {
	t.Helper()
	d.in().body(t, "im/event/read", func(o object) bool { return o.str("By") == by && o.num("ReadSeq") == seq })
}

func TestSenderGetsNoCopy(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for _, version := range []byte{4, 5} {
		alice, bob := s.user("alice"), s.user("bob")
		openRaw(t, bob, rawOptions{version: 4})
		phone := openRaw(t, alice, rawOptions{version: version})
		phone.subscribe(t, "im/#")
		mustSend(t, phone, "im/text/c2c/"+bob.id, "no echo", 1)
		barrier(t, phone)
		phone.in().never(t, "im/in/c2c/"+bob.id, nil)

		// A message to oneself reaches only the other device.
		tablet := openRaw(t, alice, rawOptions{version: version})
		tablet.subscribe(t, "im/in/#")
		mustSend(t, phone, "im/text/c2c/"+alice.id, "a note", 1)
		tablet.in().body(t, "im/in/c2c/"+alice.id, saying("a note"))
	}
}

// The answer leaves before the acknowledgement, and acknowledgements leave
// in the order of the publishes (spec/00 rule 2, §3).
func TestAckOrder(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for _, version := range []byte{4, 5} {
		t.Run(fmt.Sprintf("MQTT version %d", version), func(t *testing.T) {
			alice, bob := s.user("alice"), s.user("bob")
			openRaw(t, bob, rawOptions{version: 4})
			phone := openRaw(t, alice, rawOptions{version: version})
			phone.subscribe(t, "im/ack", "im/err")
			const n = 60
			var want []string
			acks := make([]<-chan frame, n)
			for i := range n {
				id := uint16(1000 + i)
				acks[i] = phone.expect(typePuback, id)
				topic := "im/text/c2c/" + bob.id
				answered := "im/ack"
				if i%7 == 3 {
					topic, answered = "im/text/c2c/nobody-at-all", "im/err"
				}
				if err := phone.put(publishing(topic, fmt.Sprint(i), 1, id)); err != nil {
					t.Fatal(err)
				}
				want = append(want, answered, fmt.Sprint(id))
			}
			for _, c := range acks {
				if _, err := await(c); err != nil {
					t.Fatal(err)
				}
			}
			var got []string
			for _, word := range phone.arrivals() {
				var name, rest string
				fmt.Sscanf(word, "%s %s", &name, &rest)
				if name == "Publish" || name == "Puback" {
					got = append(got, rest)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("packets came as\n%v\nwant\n%v", got, want)
			}
		})
	}
}

func TestTyping(t *testing.T) {
	t.Parallel()
	everyKind(t, func(t *testing.T, open opener) {
		s := shared(t)
		alice, bob := s.user("alice"), s.user("bob")
		bobs := open(bob, options{})
		phone := openRaw(t, alice, rawOptions{version: 4})
		for _, on := range []string{"1", "0"} {
			if _, err := phone.publish(publishing("im/typing/c2c/"+bob.id, on, 0, 0)); err != nil {
				t.Fatal(err)
			}
			bobs.in().take(t, "im/event/typing/"+alice.id, func(p packet) bool { return string(p.payload) == on })
		}
	})
}

// A stack of 256 bytes and a stack that wants no JSON (spec/00 §7).
func TestPlainText(t *testing.T) {
	t.Parallel()
	everyKind(t, func(t *testing.T, open opener) {
		s := shared(t)
		alice, bob := s.user("alice"), s.user("bob")
		bobs := open(bob, options{}, "im/text/#")
		phone := open(alice, options{})
		mustSend(t, phone, "im/text/c2c/"+bob.id, "just text", 0)
		got := bobs.in().take(t, "im/text/c2c/"+alice.id+"/"+alice.id, nil)
		if string(got.payload) != "just text" {
			t.Errorf("payload %q", got.payload)
		}
		mustSend(t, phone, "im/send/c2c/"+bob.id, `{"MsgBody":[{"MsgType":"TIMFaceElem","MsgContent":{"Index":1,"Data":"x"}}]}`, 1)
		mustSend(t, phone, "im/text/c2c/"+bob.id, "more", 0)
		bobs.in().take(t, "im/text/#", func(p packet) bool { return string(p.payload) == "more" })
		bobs.in().never(t, "im/text/#", func(p packet) bool { return string(p.payload) != "just text" && string(p.payload) != "more" })
		bobs.in().never(t, "im/in/#", nil)
	})
}
