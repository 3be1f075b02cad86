package people_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// present are the connected devices of one user, for the deliverer of a test.
type present struct {
	chat.Deliverer
	list []chat.Device
}

func (p *present) Devices(chat.AppID, chat.UserID) []chat.Device {
	return append([]chat.Device(nil), p.list...)
}

// phone is a user's device.
func phone(client string, on chat.Platform) chat.Actor {
	return chat.Actor{App: app, User: "ann", Device: client, Platform: on}
}

func (p *present) come(by chat.Actor) {
	p.list = append(p.list, chat.Device{Client: by.Device, Platform: by.Platform})
}

func (p *present) part(by chat.Actor) {
	for i, d := range p.list {
		if d.Client == by.Device {
			p.list = append(p.list[:i:i], p.list[i+1:]...)
			return
		}
	}
}

// States follow connections, over the days and over restarts of the server. A step is "+a
// iOS" for a login, "-a" for a loss, "!a" for a logout, "a text" for a status, "kill" for a
// server that dies, or a time that passes.
func TestStatesFollowConnections(t *testing.T) {
	for _, c := range []struct{ what, steps, want string }{
		{"never in", "", "Unknown ''"},
		{"in", "+a iOS", "Online '' iOS:Online"},
		{"in twice", "+a iOS, +b iOS, +c Web", "Online '' iOS:Online Web:Online"},
		{"lost", "+a iOS, -a", "PushOnline '' iOS:PushOnline"},
		{"lost, on the web yet", "+a iOS, +b Web, -a", "Online '' Web:Online iOS:PushOnline"},
		{"one of two lost", "+a iOS, +b iOS, -a", "Online '' iOS:Online"},
		{"lost on a Mac", "+a Mac, -a", "Offline ''"},
		{"lost on two", "+a iOS, +b Android, -a, -b", "PushOnline '' iOS:PushOnline Android:PushOnline"},
		{"logged out", "+a iOS, !a", "Offline ''"},
		{"logged out on one of two", "+a iOS, +b Android, -b, !a", "PushOnline '' Android:PushOnline"},
		{"lost, in again, logged out", "+a iOS, -a, +a iOS, !a", "Offline ''"},
		{"almost seven days later", "+a iOS, 80h, -a, 167h59m", "PushOnline '' iOS:PushOnline"},
		{"seven days later", "+a iOS, 80h, -a, 168h", "Offline ''"},
		{"killed", "+a iOS, +b Web, kill", "PushOnline '' iOS:PushOnline"},
		{"killed after days of use", "+a iOS, -a, 100h, +a iOS, kill, 100h", "PushOnline '' iOS:PushOnline"},
		{"killed on the web", "+a Web, a busy, kill", "Offline ''"},
		{"and back", "+a Web, a busy, kill, +a Web", "Online '' Web:Online"},
		{"killed on a phone, and back", "+a iOS, a busy, kill, +a iOS", "Online 'busy' iOS:Online"},
		{"a status", "+a Web, a busy", "Online 'busy' Web:Online"},
		{"of all devices", "+a Web, a busy, +b iOS, !a", "Online 'busy' iOS:Online"},
		{"kept while pushes come", "+a iOS, a busy, -a", "PushOnline 'busy' iOS:PushOnline"},
		{"gone with the last", "+a Web, a busy, -a, +a Web", "Online '' Web:Online"},
		{"gone after seven days", "+a iOS, a busy, -a, 168h, +a iOS", "Online '' iOS:Online"},
		{"taken back", "+a Web, a busy, a ", "Online '' Web:Online"},
		{"of who is gone", "+a Web, -a, a late, +b Web", "Online '' Web:Online"},
	} {
		r := open(t)
		out := &present{Deliverer: r.ledger.Deliverer()}
		r.ledger.Attach(out)
		on := map[string]chat.Actor{}
		for step := range strings.SplitSeq(c.steps, ", ") {
			r.step(out, on, step)
		}
		states, _, err := r.Presences(r.ctx, as("bob"), []chat.UserID{"ann"})
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprintf("%s '%s'", states[0].State, states[0].Status)
		for _, p := range states[0].Platforms {
			got += fmt.Sprintf(" %s:%s", p.Platform, p.State)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

func (r *room) step(out *present, on map[string]chat.Actor, step string) {
	r.Helper()
	if step == "" {
		return
	}
	name, rest, _ := strings.Cut(strings.TrimLeft(step, "+-!"), " ")
	switch by := on[name]; {
	case step == "kill":
		out.list = nil
	case step[0] == '+':
		by = phone(name, chat.Platform(rest))
		on[name] = by
		out.come(by)
		r.StateChanged(r.ctx, by, "Login", "Register", nil)
	case step[0] == '-':
		out.part(by)
		r.StateChanged(r.ctx, by, "Disconnect", "LinkClose", nil)
	case step[0] == '!':
		r.StateChanged(r.ctx, by, "Logout", "Unregister", nil) // while it is there
		out.part(by)
	case by.User != "":
		if err := r.SetStatus(r.ctx, by, rest); err != nil {
			r.Fatal(err)
		}
	default:
		d, err := time.ParseDuration(step)
		if err != nil {
			r.Fatal(err)
		}
		r.wait(d)
	}
	r.settled()
}

// wait moves the clock.
func (r *room) wait(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// settled waits for the one lane.
func (r *room) settled() {
	r.Helper()
	if err := r.ledger.Raise(r.ctx, []chat.Shard{chat.UserShard(app, "bob")}); err != nil {
		r.Fatal(err)
	}
}

// The app is told of a custom status when it changes, and of a device once.
func TestTheAppIsToldOfACustomStatus(t *testing.T) {
	r := open(t)
	r.apps.Set(chat.App{ID: app, Webhook: chat.Webhook{URL: "http://x", All: true}})
	out := &present{Deliverer: r.ledger.Deliverer()}
	r.ledger.Attach(out)
	on := map[string]chat.Actor{}
	for _, step := range []string{"+a iOS", "a busy", "a busy", "a ", "-a"} {
		r.step(out, on, step)
	}
	list, err := r.store.Pending(r.ctx, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range list {
		got = append(got, e.Action+" "+e.Reason+" "+e.Info)
	}
	want := "[Login Register  CustomStatusChange  busy CustomStatusChange   Disconnect LinkClose ]"
	if fmt.Sprint(got) != want {
		t.Errorf("told %v, want %v", got, want)
	}
}

// A login of the same day on the same platform writes nothing, nor does one on the web.
func TestMostLoginsWriteNothing(t *testing.T) {
	for _, platform := range []chat.Platform{chat.PlatformIOS, chat.PlatformWeb} {
		r := open(t)
		out := &present{Deliverer: r.ledger.Deliverer()}
		r.ledger.Attach(out)
		on := map[string]chat.Actor{}
		r.step(out, on, "+a "+string(platform))
		before := r.rows("ann")
		r.wait(time.Minute)
		r.step(out, on, "+b "+string(platform))
		if after := r.rows("ann"); after != before || before == "" {
			t.Errorf("%s: %q became %q", platform, before, after)
		}
	}
}

// rows is the trace of a user as it is stored.
func (r *room) rows(u chat.UserID) string {
	r.Helper()
	cell, err := r.store.Row(r.ctx, chat.UserShard(app, u), chat.RowKind(record.Trace), "")
	if err != nil || cell == nil {
		r.Fatalf("no trace: %v", err)
	}
	return string(cell.Value)
}

func TestCustomStatusIsBounded(t *testing.T) {
	r := open(t)
	for text, want := range map[string]chat.Code{
		"": 0, strings.Repeat("茶", 33): 0, strings.Repeat("x", 100): 0, strings.Repeat("x", 101): chat.CodeAccountParameter, "\xff": chat.CodeNotJSON,
	} {
		for _, err := range []error{r.SetStatus(r.ctx, as("ann"), text), r.LeaveStatus(r.ctx, as("ann"), text)} {
			if chat.CodeOf(err) != want {
				t.Errorf("%q: %v, want %d", text, err, want)
			}
		}
	}
}

// 500 states are to be read in less than 2 ms.
func BenchmarkPresences(b *testing.B) {
	r := open(b)
	list := make([]chat.UserID, 500)
	for i := range list {
		list[i] = chat.UserID(fmt.Sprint("u", i))
		if _, err := r.Login(r.ctx, app, list[i], chat.Ticket{}); err != nil {
			b.Fatal(err)
		}
		r.StateChanged(r.ctx, chat.Actor{App: app, User: list[i], Platform: chat.PlatformIOS}, "Login", "Register", nil)
	}
	r.settled()
	for b.Loop() {
		states, _, err := r.Presences(r.ctx, as("ann"), list)
		if err != nil || len(states) != 500 {
			b.Fatal(len(states), err)
		}
	}
}
