package broker_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// Which device is pushed out by which, by policy: the oldest of those that compete; it is told
// by which one. After each login so many are connected as the policy admits.
func TestPoliciesPushOutTheOldest(t *testing.T) {
	for _, c := range []struct {
		login  chat.Login
		come   string // platforms in the order of their logins
		pushed string // who goes with each login
	}{
		{chat.Login{}, "iOS iOS Android Web", "- - - -"},
		{chat.Login{Instances: map[chat.Platform]int{chat.PlatformIOS: 2}}, "iOS Web iOS iOS iOS", "- - - 0 2"},
		{chat.Login{Policy: chat.LoginSingle}, "iOS Web IoT", "- 0 1"},
		{chat.Login{Policy: chat.LoginDual}, "iOS Web Mac Web iPad", "- - 0 1 2"},
		{chat.Login{Policy: chat.LoginTriple}, "iOS Windows Web Android Mac Web", "- - - 0 1 2"},
		{chat.Login{Policy: chat.LoginTriple, Instances: map[chat.Platform]int{chat.PlatformWeb: 2}}, "Web Web Web Mac", "- - 0 -"},
	} {
		t.Run(string(c.login.Policy)+" "+c.come, func(t *testing.T) {
			h := open(t, nil)
			a := *h.apps.App(app)
			a.Login = c.login
			h.apps.Set(a)
			pushed := strings.Fields(c.pushed)
			var devices []*device
			for i, platform := range strings.Fields(c.come) {
				client := fmt.Sprint("d", i)
				d := h.enter(hello{user: "ann", client: client, name: "ann?platform=" + platform, version: 4 + byte(i&1)})
				d.subscribe(0, "im/event/kick")
				if devices = append(devices, d); pushed[i] == "-" {
					continue
				}
				var n int
				_, _ = fmt.Sscan(pushed[i], &n)
				want := fmt.Sprintf(`{"Reason":"multi-login","By":{"Platform":"%s","ClientId":"%s"}}`, platform, client)
				if got := string(devices[n].on("im/event/kick")); got != want {
					t.Errorf("device %d is told %s, want %s", n, got, want)
				}
				wantEnd(t, devices[n], packets.ErrSessionTakenOver.Code)
				devices[n] = nil
			}
			for _, d := range devices {
				if d != nil {
					d.quiet()
				}
			}
		})
	}
}

// A login tells of those that it pushes out, once, and they tell nothing themselves.
func TestALoginTellsWhomItPushesOut(t *testing.T) {
	h := streaming(t, nil)
	a := *h.apps.App(app)
	a.Login.Policy = chat.LoginTriple
	h.apps.Set(a)
	admin := h.admin(hello{client: "a"}, "app/event/State.StateChange")
	for i, c := range []struct{ platform, told string }{
		{"iOS", `{"Action":"Login","To_Account":"ann","Reason":"Register"} null`},
		{"Mac", `{"Action":"Login","To_Account":"ann","Reason":"Register"} null`},
		{"iPad", `{"Action":"Login","To_Account":"ann","Reason":"Register"} [{"Platform":"iOS"}]`},
		{"Windows", `{"Action":"Login","To_Account":"ann","Reason":"Register"} [{"Platform":"Mac"}]`},
	} {
		h.enter(hello{user: "ann", client: fmt.Sprint(i), name: "ann?platform=" + c.platform})
		var body struct{ Info, KickedDevice json.RawMessage }
		if err := json.Unmarshal(admin.on("app/event/State.StateChange"), &body); err != nil {
			t.Fatal(err)
		}
		if body.KickedDevice == nil {
			body.KickedDevice = json.RawMessage("null")
		}
		if got := fmt.Sprintf("%s %s", body.Info, body.KickedDevice); got != c.told {
			t.Errorf("told %s, want %s", got, c.told)
		}
	}
	states, _, err := h.svc.People.Presences(t.Context(), chat.Actor{App: app}, []chat.UserID{"ann"})
	if want := []chat.PlatformState{{Platform: chat.PlatformIPad, State: chat.Online}, {Platform: chat.PlatformWindows, State: chat.Online}}; err != nil || !slices.Equal(states[0].Platforms, want) {
		t.Errorf("ann is on %v, %v: who is pushed out is not reached by pushes", states, err)
	}
	admin.quiet()
}
