package broker_test

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// A publish or a request that the door serves itself is nobody else's either
// (spec/00 §5).
func TestTheCallerIsTheActor(t *testing.T) {
	h := open(t, nil)
	h.group("lobby", "bob", "ann")
	d := h.listener(hello{user: "ann", client: "phone", version: 4})
	for _, c := range []struct {
		topic, payload string
		want           chat.Code
	}{
		{"im/read/c2c/bob", `{"From_Account":"bob"}`, 90008},
		{"im/read/group/lobby", `{"Report_Account":"bob"}`, 10007},
		{"im/recall/c2c/bob", `{"MsgSeq":1,"Operator_Account":"bob"}`, 90008},
		{"im/recall/group/lobby", `{"MsgSeq":1,"From_Account":7}`, 10007},
		{"im/send/c2c/bob", `{"MsgBody":[],"Operator_Account":"bob"}`, 90008},
		{"im/send/c2c/bob", `{"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}],"From_Account":"bob"}`, 90008},
	} {
		d.publish(0, c.topic, c.payload)
		if got := d.message("im/err").ErrorCode; got != c.want {
			t.Errorf("%s %s: got %d, want %d", c.topic, c.payload, got, c.want)
		}
	}
	for _, method := range []string{"logout", "login.refresh"} {
		d.publish(0, "im/req/"+method+"/r", `{"From_Account":"bob"}`)
		if got := d.message("im/res/r").ErrorCode; got != 90008 {
			t.Errorf("%s: got %d, want 90008", method, got)
		}
	}
	d.publish(0, "im/read/c2c/bob", `{"From_Account":"ann"}`)
	d.message("im/ack")
}
