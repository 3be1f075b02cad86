//go:build e2e

package contract

import "testing"

// tellsOf picks the receipt event that says how many have read a message.
func tellsOf(seq, read int) func(object) bool {
	return func(o object) bool {
		for _, r := range o.list("ReceiptList") {
			if r.num("MsgSeq") == seq && r.num("ReadNum") == read {
				return true
			}
		}
		return false
	}
}

// readMe is a message that asks for a receipt.
func readMe(word string) string {
	return jsonText(object{"MsgBody": textBody(word), "IsNeedReadReceipt": 1})
}

func TestReceiptsInC2C(t *testing.T) {
	t.Parallel()
	everyKind(t, func(t *testing.T, open opener) {
		s := shared(t)
		alice, bob := s.user("alice"), s.user("bob")
		phone, tablet, bobs := open(alice, options{}), open(alice, options{}), open(bob, options{})
		toBob, toAlice := "c2c/"+bob.id, "c2c/"+alice.id
		for _, word := range []string{"one", "two"} {
			mustSend(t, phone, "im/send/"+toBob, readMe(word), 1)
			if got := bobs.in().body(t, "im/in/"+toAlice, saying(word)); got.num("IsNeedReadReceipt") != 1 {
				t.Errorf("bob is not asked for a receipt: %s", got)
			}
		}
		mustSend(t, phone, "im/text/"+toBob, "three", 1) // asks for nothing

		mustSend(t, bobs, "im/read/"+toAlice, "", 1) // a mark is no receipt
		mustRead(t, phone, bob.id, 3)
		counts := func(d device, conv string) []object {
			return mustAsk(t, d, "msg.receipts", object{"Conv": conv, "MsgSeqs": []int{1, 2, 3}}).list("ReceiptList")
		}
		if c := counts(phone, toBob); len(c) != 3 || c[0].num("ReadNum") != 0 || c[0].num("UnreadNum") != 1 || c[2].num("Code") != 20022 {
			t.Errorf("before the receipts: %v", c)
		}

		mustAsk(t, bobs, "msg.receipt.send", object{"Conv": toAlice, "MsgSeqs": []int{1, 2, 3}})
		for _, d := range []device{phone, tablet} {
			e := d.in().body(t, "im/event/receipt", tellsOf(1, 1))
			if e.str("Conv") != toBob || e.str("By") != bob.id || e.num("Rev") == 0 || len(e.list("ReceiptList")) != 2 || !tellsOf(2, 1)(e) {
				t.Errorf("the receipts of the batch: %s", e)
			}
			for _, r := range e.list("ReceiptList") {
				if r.num("IsPeerRead") != 1 || r.num("UnreadNum") != 0 || r.str("MsgId") == "" {
					t.Errorf("a receipt: %s", r)
				}
			}
		}
		mustAsk(t, bobs, "msg.receipt.send", object{"Conv": toAlice, "MsgSeqs": []int{1}}) // safe to repeat
		mustDeny(t, bobs, "msg.receipt.send", object{"Conv": toAlice, "MsgSeqs": []int{3}}, 20022)
		mustDeny(t, phone, "msg.receipt.send", object{"Conv": toBob, "MsgSeqs": []int{1}}, 20022) // alice's own
		if c := counts(bobs, toAlice); len(c) != 3 || c[0].num("ReadNum") != 1 || c[1].num("IsPeerRead") != 1 {
			t.Errorf("after the receipts: %v", c)
		}
		list := mustAsk(t, phone, "msg.history", object{"Conv": toBob}).list("MsgList")
		if len(list) != 3 || list[0].num("IsPeerRead") != 1 || list[0].num("ReadNum") != 1 || list[2].has("IsPeerRead") {
			t.Errorf("history: %v", list)
		}
		barrier(t, phone)
		if n := len(phone.in().seen("im/event/receipt")); n != 1 {
			t.Errorf("%d receipt events, want one for the batch", n)
		}
	})
}

func TestReceiptsInAGroup(t *testing.T) {
	t.Parallel()
	everyKind(t, func(t *testing.T, open opener) {
		g := assemble(t, shared(t), open, groupTypes[0])
		ack := mustSend(t, g.owner, g.topic("send"), readMe("read this, all"), 1)
		seq := ack.num("MsgSeq")
		one := object{"Conv": g.conv(), "MsgSeqs": []int{seq}}
		mustAsk(t, g.ann, "msg.receipt.send", one)
		g.owner.in().body(t, "im/event/receipt", func(o object) bool { return tellsOf(seq, 1)(o) && o.str("By") == g.ann.user().id })
		mustAsk(t, g.ben, "msg.receipt.send", one)
		e := g.owner.in().body(t, "im/event/receipt", tellsOf(seq, 2))
		if r := e.list("ReceiptList")[0]; e.str("Conv") != g.conv() || r.num("UnreadNum") != 0 || r.str("MsgId") != ack.str("MsgId") {
			t.Errorf("both have read it: %s", e)
		}
		readers := mustAsk(t, g.owner, "msg.readers", object{"Conv": g.conv(), "MsgSeq": seq, "Filter": 0}).list("ReadList")
		if len(readers) != 2 {
			t.Errorf("readers: %v", readers)
		}
		mustDeny(t, g.ben, "msg.readers", object{"Conv": g.conv(), "MsgSeq": seq, "Filter": 0}, 10007)
	})
}

// A backend that reads on somebody's behalf, and one that asks who has.
func TestReceiptsOverHTTP(t *testing.T) {
	t.Parallel()
	s := shared(t)
	b := s.backend()
	alice, bob := s.user("alice"), s.user("bob")
	phone := openRaw(t, alice, rawOptions{version: 5})
	phone.subscribe(t, "im/#")
	openRaw(t, bob, rawOptions{version: 4}) // makes the account
	ack := mustSend(t, phone, "im/send/c2c/"+bob.id, readMe("for the backend"), 1)
	b.must(t, "openim/c2c_msg_read_receipt", object{
		"Operator_Account": bob.id, "Peer_Account": alice.id,
		"C2CMsgInfo": []object{{"From_Account": alice.id, "To_Account": bob.id, "MsgKey": ack.str("MsgKey")}},
	})
	phone.in().body(t, "im/event/receipt", func(o object) bool { return tellsOf(1, 1)(o) && o.str("By") == bob.id })
}
