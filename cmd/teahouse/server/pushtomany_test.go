package server

import (
	"regexp"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/teahouse-im/teahouse/chat"
)

// What a backend pushes to many reaches who is online: a notice as an event, a message as a
// message; and who comes back finds in the history what is kept.
func TestPushesToManyReachWhoIsOnline(t *testing.T) {
	o := devOptions(t)
	o.Dev = nil
	app := NewApp(FirstDevApp, "pushes")
	o.Apps = []chat.App{app}
	p := &play{T: t, a: start(t, o), app: &app, lines: map[string]*playLine{}}
	p.rest("im_open_login_svc/multiaccount_import", `{"Accounts":["boss","ann","bob"]}`, 0)
	bob := p.on("bob")
	heard := make(chan mqtt.Message, 8)
	done(t, bob.Subscribe("im/#", 1, func(_ mqtt.Client, m mqtt.Message) { heard <- m }))
	hears := func(want string) {
		t.Helper()
		select {
		case m := <-heard:
			if got := m.Topic() + " " + string(m.Payload()); !regexp.MustCompile(want).MatchString(got) {
				t.Errorf("bob hears %s, want %s", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("bob does not hear %s", want)
		}
	}
	p.rest("timpush/batch", `{"From_Account":"boss","To_Account":["ann","bob"],"MsgRandom":1,"OfflinePushInfo":{"Title":"Tea","Desc":"is ready","Ext":"e"}}`, 0)
	hears(`^im/event/push \{"EventTime":\d+,"Kind":"push","PushId":"batch_\d+_1_\d+","From_Account":"boss","Title":"Tea","Desc":"is ready","Ext":"e"\}$`)
	p.rest("all_member_push/im_push", `{"From_Account":"boss","MsgRandom":2,"MsgLifeTime":600,`+hi+`}`, 0)
	hears(`^im/in/c2c/boss \{.*"MsgSeq":1,`)

	ann := p.on("ann")
	var page struct{ MsgList []struct{ MsgSeq int } }
	for late := time.Now().Add(patience); len(page.MsgList) == 0 && time.Now().Before(late); { // bob may have been first
		p.read(p.answer(ann, "msg.history", `{"Conv":"c2c/boss"}`), &page)
	}
	if len(page.MsgList) != 1 {
		t.Errorf("ann finds %v", page.MsgList)
	}
	stop(t, p.a)
}
