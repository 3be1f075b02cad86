package server

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/teahouse-im/teahouse/chat"
)

// What a backend deletes from a user's view is gone from their devices, what a user clears
// is gone from what the backend is shown of their view, and the peer keeps it all.
func TestOnesOwnViewThroughBothDoors(t *testing.T) {
	o := devOptions(t)
	o.Dev = nil
	app := NewApp(FirstDevApp, "views")
	o.Apps = []chat.App{app}
	p := &play{T: t, a: start(t, o), app: &app, lines: map[string]*playLine{}}
	p.rest("im_open_login_svc/multiaccount_import", `{"Accounts":["ann","bob"]}`, 0)
	bob := p.on("bob")
	events := make(chan mqtt.Message, 8)
	done(t, bob.Subscribe("im/event/#", 1, func(_ mqtt.Client, m mqtt.Message) { events <- m }))
	event := func(want string) {
		t.Helper()
		select {
		case m := <-events:
			if got := m.Topic() + " " + string(m.Payload()); !regexp.MustCompile(want).MatchString(got) {
				t.Errorf("told %s, want %s", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("not told %s", want)
		}
	}
	var keys []string
	for i := range 3 {
		var sent struct{ MsgKey string }
		p.read(p.restAnswer("openim/sendmsg", fmt.Sprintf(`{"From_Account":"ann","To_Account":"bob","MsgRandom":%d,%s}`, i+1, hi)), &sent)
		keys = append(keys, sent.MsgKey)
	}
	history := func(want ...int) {
		t.Helper()
		var page struct{ MsgList []struct{ MsgSeq int } }
		p.read(p.answer(bob, "msg.history", `{"Conv":"c2c/ann"}`), &page)
		if fmt.Sprint(len(page.MsgList)) != fmt.Sprint(len(want)) {
			t.Fatalf("bob sees %v, want %v", page.MsgList, want)
		}
		for i, m := range page.MsgList {
			if m.MsgSeq != want[i] {
				t.Errorf("bob sees %v, want %v", page.MsgList, want)
			}
		}
	}
	roams := func(of, peer string, want int) {
		t.Helper()
		var page struct{ MsgCnt int }
		p.read(p.restAnswer("openim/admin_getroammsg", fmt.Sprintf(`{"Operator_Account":%q,"Peer_Account":%q,"MaxCnt":10,"MinTime":0,"MaxTime":4000000000}`, of, peer)), &page)
		if page.MsgCnt != want {
			t.Errorf("%s has %d messages, want %d", of, page.MsgCnt, want)
		}
	}
	p.rest("openim/delete_c2c_msg_ramble", fmt.Sprintf(`{"Operator_Account":"bob","Peer_Account":"ann","MsgKeyList":[%q]}`, keys[1]), 0)
	event(`^im/event/delete \{"EventSeq":1,"EventTime":\d+,"Kind":"delete","Conv":"c2c/ann","MsgSeqs":\[2\]\}$`)
	event(`^im/event/conversation \{.*"Conv":"c2c/ann","LastMsg":\{.*"MsgSeq":3,.*\},"UnreadNum":2\}$`)
	history(1, 3)
	roams("bob", "ann", 2)
	p.request(bob, told{by: "bob", do: "msg.clear", body: `{"Conv":"c2c/ann"}`})
	event(`^im/event/clear \{"EventSeq":2,"EventTime":\d+,"Kind":"clear","Conv":"c2c/ann","MsgSeq":3\}$`)
	event(`^im/event/conversation \{.*"Conv":"c2c/ann","LastMsg":null,"UnreadNum":0\}$`)
	history()
	roams("bob", "ann", 0)
	roams("ann", "bob", 3)
}
