package server

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/push"
)

// The keys for Web Push that a server makes are there after a restart, whether the app is stored
// or declared, and the channel comes and goes with the configuration.
func TestKeysForWebPush(t *testing.T) {
	o := devOptions(t)
	first := start(t, o)
	key := first.webPushKey(FirstDevApp)
	if len(key) != 87 {
		t.Fatalf("the key of dev is %q", key)
	}
	stop(t, first)
	o.Dev = nil
	declared := NewApp(FirstDevApp, "declared")
	o.Apps = []chat.App{declared}
	a := start(t, o)
	if got := a.webPushKey(FirstDevApp); got != "" || a.push.Channel(FirstDevApp, room.WebPush) != nil {
		t.Errorf("an app without Web Push has the key %q", got)
	}
	declared.Push.WebPush.Contact = "mailto:ops@example.com"
	if err := a.Reload([]chat.App{declared}); err != nil {
		t.Fatal(err)
	}
	if got := a.webPushKey(FirstDevApp); got != key {
		t.Errorf("after a restart the key is %q, want %q", got, key)
	}
	channel := a.push.Channel(FirstDevApp, room.WebPush)
	if channel == nil {
		t.Fatal("there is no channel")
	}
	if err := channel.Check(t.Context()); err != nil {
		t.Error(err)
	}
	declared.Push = chat.Push{}
	if err := a.Reload([]chat.App{declared}); err != nil || a.push.Channel(FirstDevApp, room.WebPush) != nil {
		t.Errorf("the channel is still there, %v", err)
	}
}
