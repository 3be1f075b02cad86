package admin

import "testing"

// A bot that answers within the second with the numbers of the question: each of
// the two is found by its own key (spec/04 §2).
func TestAKeyIsOfOneMessage(t *testing.T) {
	h := open(t, nil)
	h.users("ann", "bob")
	send := func(from, to string) (key string) {
		t.Helper()
		var sent struct{ MsgKey string }
		h.into(h.ok("openim/sendmsg", `{"From_Account":"`+from+`","To_Account":"`+to+`","MsgSeq":9,"MsgRandom":7,
			"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]}`), &sent)
		return sent.MsgKey
	}
	asked, answered := send("ann", "bob"), send("bob", "ann")
	if asked == answered {
		t.Errorf("both messages have key %s", asked)
	}
	h.ok("openim/admin_msgwithdraw", `{"From_Account":"bob","To_Account":"ann","MsgKey":"`+answered+`"}`)
	h.ok("openim/admin_msgwithdraw", `{"From_Account":"ann","To_Account":"bob","MsgKey":"`+asked+`"}`)
}
