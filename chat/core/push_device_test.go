package core_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/push"
)

// What is no registration is refused (spec/00 §5).
func TestRegisterRefuses(t *testing.T) {
	p := furnish(t, func(o *core.Options) {
		of := o.Push.Channels
		o.Push.Channels = func(a chat.AppID, c push.ChannelName) push.Channel {
			if c == push.HMS {
				return nil
			}
			return of(a, c)
		}
	})
	coded := func(n int) string { return base64.RawURLEncoding.EncodeToString(make([]byte, n)) }
	web := func(endpoint, key, auth string) push.Device {
		return push.Device{Channel: push.WebPush, Endpoint: endpoint, P256dh: key, Auth: auth}
	}
	for name, c := range map[string]struct {
		d    push.Device
		want chat.Code
	}{
		"a token":                 {push.Device{Channel: push.FCM, Token: strings.Repeat("t", 256), AppKey: "com.example", Lang: "zh-Hans-CN"}, 0},
		"no channel":              {push.Device{Token: "t"}, chat.CodeAccountParameter},
		"an unknown channel":      {push.Device{Channel: "pigeon", Token: "t"}, chat.CodeAccountParameter},
		"a channel not there":     {push.Device{Channel: push.HMS, Token: "t"}, chat.CodeNoPushChannel},
		"no token":                {push.Device{Channel: push.FCM}, chat.CodeNoPushToken},
		"a long token":            {push.Device{Channel: push.APNs, Token: strings.Repeat("t", 257)}, chat.CodePushTokenLong},
		"a token with a blank":    {push.Device{Channel: push.APNs, Token: "a b"}, chat.CodeAccountParameter},
		"a long AppKey":           {push.Device{Channel: push.APNs, Token: "t", AppKey: strings.Repeat("k", 129)}, chat.CodeAccountParameter},
		"a long Lang":             {push.Device{Channel: push.APNs, Token: "t", Lang: strings.Repeat("l", 36)}, chat.CodeAccountParameter},
		"a subscription":          {web("https://push.example/x", coded(65), coded(16)+"=="), 0},
		"with a token":            {push.Device{Channel: push.WebPush, Token: "t"}, chat.CodeAccountParameter},
		"elsewhere":               {push.Device{Channel: push.FCM, Token: "t", Endpoint: "https://x/"}, chat.CodeAccountParameter},
		"no endpoint":             {web("", coded(65), coded(16)), chat.CodeNoPushToken},
		"no address":              {web("push", coded(65), coded(16)), chat.CodeAccountParameter},
		"a file":                  {web("file:///etc/passwd", coded(65), coded(16)), chat.CodeAccountParameter},
		"a password":              {web("https://a:b@x/", coded(65), coded(16)), chat.CodeAccountParameter},
		"a long endpoint":         {web("https://x/"+strings.Repeat("e", 2048), coded(65), coded(16)), chat.CodePushTokenLong},
		"a short key":             {web("https://x/", coded(64), coded(16)), chat.CodeAccountParameter},
		"a key that is not coded": {web("https://x/", strings.Repeat("?", 87), coded(16)), chat.CodeAccountParameter},
		"a long secret":           {web("https://x/", coded(65), coded(17)), chat.CodeAccountParameter},
	} {
		if got := chat.CodeOf(p.Push.Register(p.ctx, phone("bob", "phone"), c.d)); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	p.wants(p.Push.Register(p.ctx, as("bob"), push.Device{Channel: push.FCM, Token: "t"}), chat.CodeNoPushChannel)
	p.wants(p.Push.Register(p.ctx, phone("nobody", "phone"), push.Device{Channel: push.FCM, Token: "t"}), chat.CodeNoAccount)
}

// devices lists bob's devices.
func (p *phoneHouse) devices(u chat.UserID) (list []string) {
	p.Helper()
	found, err := p.Push.Devices(p.ctx, app, []chat.UserID{u})
	p.must(err)
	for _, d := range found {
		list = append(list, d.Client+" "+d.Token)
	}
	return list
}

// A user has 20 devices, and the one that was there longest ago makes room; a token is on one
// of them.
func TestDevicesAreBounded(t *testing.T) {
	p := furnish(t, nil)
	for i := range 20 {
		p.wait(time.Minute)
		p.register("bob", fmt.Sprintf("d%02d", i), push.Device{Channel: push.FCM, Token: fmt.Sprint("t", i)})
	}
	if got := p.devices("bob"); len(got) != 20 || got[0] != "d00 t0" {
		t.Errorf("%d devices: %q, want 20 without the phone", len(got), got)
	}
	p.register("bob", "d00", push.Device{Channel: push.FCM, Token: "t19"}) // d19's
	if got := p.devices("bob"); len(got) != 19 || got[0] != "d00 t19" {
		t.Errorf("after a token has moved: %q", got)
	}
}

// Who is reached by pushes is PushOnline, whatever the platform, until the device logs out, is
// pushed out or a week has gone.
func TestPushOnline(t *testing.T) {
	state := func(p *phoneHouse) string {
		t.Helper()
		list, _, err := p.People.Presences(p.ctx, admin(), []chat.UserID{"bob"})
		p.must(err)
		return fmt.Sprint(list[0].State, list[0].Platforms)
	}
	web := chat.Actor{App: app, User: "bob", Device: "page", Platform: chat.PlatformWeb}
	for name, c := range map[string]struct {
		do   func(p *phoneHouse)
		want string
	}{
		"registered":             {func(*phoneHouse) {}, "PushOnline[{Web PushOnline}]"},
		"connected":              {func(p *phoneHouse) { p.out.connect("bob", true) }, "Online[{iOS Online} {Web PushOnline}]"},
		"logged out":             {func(p *phoneHouse) { p.LogOut(p.ctx, web) }, "Offline[]"},
		"another has logged out": {func(p *phoneHouse) { p.LogOut(p.ctx, phone("bob", "phone")) }, "PushOnline[{Web PushOnline}]"},
		"kicked":                 {func(p *phoneHouse) { p.must(p.People.Kick(p.ctx, admin(), "bob")) }, "Offline[]"},
		"pushed out":             {func(p *phoneHouse) { p.Online(p.ctx, phone("bob", "phone"), []chat.Platform{chat.PlatformWeb}) }, "PushOnline[{iOS PushOnline}]"},
		"lost": {func(p *phoneHouse) {
			p.wait(5 * 24 * time.Hour)
			p.Offline(p.ctx, web, "Disconnect", "LinkClose", false)
			p.must(p.Ledger().Settle(p.ctx))
			p.wait(6 * 24 * time.Hour)
		}, "PushOnline[{Web PushOnline}]"},
		"a week":       {func(p *phoneHouse) { p.wait(7 * 24 * time.Hour) }, "Offline[]"},
		"unregistered": {func(p *phoneHouse) { p.must(p.Push.Unregister(p.ctx, web)) }, "Offline[]"},
	} {
		t.Run(name, func(t *testing.T) {
			p := furnish(t, nil)
			p.must(p.Push.Forget(p.ctx, app, "bob"))
			p.Online(p.ctx, web, nil)
			p.must(p.Push.Register(p.ctx, web, push.Device{Channel: push.FCM, Token: "t"}))
			p.must(p.Ledger().Settle(p.ctx))
			c.do(p)
			p.must(p.Ledger().Settle(p.ctx))
			if got := state(p); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// Nothing of a deleted account's devices is left, and what was on its way goes to nobody.
func TestDeletionEndsPushes(t *testing.T) {
	p := openPush(t, nil)
	p.send("ann", chat.ToUser("bob"), "one")
	_, err := p.DeleteAccounts(p.ctx, admin(), []chat.UserID{"bob"})
	p.must(err)
	p.wait(2 * time.Second)
	_, err = p.People.Login(p.ctx, app, "bob", chat.Ticket{Issued: p.clock().Unix() + 1})
	p.must(err)
	bob := phone("bob", "phone")
	bob.Holder = 1
	p.must(p.Push.Register(p.ctx, bob, push.Device{Channel: push.APNs, Token: "t-bob"}))
	p.wants(p.Push.Register(p.ctx, phone("bob", "phone"), push.Device{Channel: push.APNs, Token: "old"}), chat.CodeNoAccount)
	if got := p.texts(); len(got) != 0 {
		t.Errorf("the next bob gets %q", got)
	}
}

// A click is noted once, by the device that was pushed to.
func TestClicked(t *testing.T) {
	p := openPush(t, nil)
	p.send("ann", chat.ToUser("bob"), "one")
	id := p.pushed()[0].notice.PushID
	for _, by := range []chat.Actor{phone("cat", "phone"), phone("bob", "pad")} {
		p.must(p.Push.Clicked(p.ctx, by, id))
	}
	clicked := func() int64 {
		t.Helper()
		list, _, err := p.Push.Trace(p.ctx, app, id, "", 10)
		p.must(err)
		if len(list) != 1 || list[0].User != "bob" || list[0].Stage != push.StageSent {
			t.Fatalf("the trace is %+v", list)
		}
		return list[0].Clicked
	}
	if at := clicked(); at != 0 {
		t.Errorf("others have clicked at %d", at)
	}
	p.must(p.Push.Clicked(p.ctx, phone("bob", "phone"), id))
	first := clicked()
	p.wait(time.Minute)
	p.must(p.Push.Clicked(p.ctx, phone("bob", "phone"), id))
	if again := clicked(); first == 0 || again != first {
		t.Errorf("clicked at %d, then at %d", first, again)
	}
	p.wants(p.Push.Clicked(p.ctx, phone("bob", "phone"), ""), chat.CodeAccountParameter)
	p.wants(p.Push.Clicked(p.ctx, phone("bob", "phone"), strings.Repeat("p", 129)), chat.CodeAccountParameter)
}
