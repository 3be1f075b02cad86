package broker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// goneForLong lets so much time pass after a device of ann's has left that its session leaves
// memory.
func (h *house) goneForLong() {
	h.Helper()
	h.wait(2 * time.Minute)
	h.b.Look() // saves it
	h.b.Look()
	if n := h.b.InMemory(app, "ann"); n != 0 {
		h.Fatalf("%d sessions are in memory", n)
	}
}

// A session without a connection leaves memory after a minute, and comes back with
// everything: filters, what was missed, and what its publishes have led to.
func TestAbsentSessionLeavesMemory(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, rarely)
		h.group("lobby", "bob", "ann")
		who := hello{user: "ann", client: "phone", version: version, keep: true}
		ann := h.enter(who)
		ann.subscribe(1, "im/in/#")
		ann.say(1, 11, false, "im/text/c2c/bob", "one")
		ann.answer(11)
		ann.say(2, 12, false, "im/text/c2c/bob", "two")
		ann.pubrec(12)
		ann.leave()
		h.away("ann")
		h.b.Look()
		h.wait(time.Minute - time.Second)
		h.b.Look()
		if n := h.b.InMemory(app, "ann"); n != 1 {
			t.Errorf("%d sessions are in memory before the minute is over", n)
		}
		h.goneForLong()
		for i := range 3 {
			h.say("bob", chat.ToGroup("lobby"), fmt.Sprint(i))
		}
		ann = h.resumed(who)
		wantSequence(t, ann.texts("im/in/group/lobby", 3), 0)
		ann.say(1, 11, true, "im/text/c2c/bob", "one")
		ann.answer(11)
		ann.say(2, 12, false, "im/text/c2c/bob", "two")
		ann.pubrec(12)
		ann.rel(12)
		ann.pubcomp(12)
		ann.quiet()
		if n := h.head(chat.C2COf(app, "ann", "bob")); n != 2 {
			t.Errorf("%d messages, want 2", n)
		}
	})
}

// What the core has not answered keeps the session in memory: its repetition must find
// it.
func TestPendingPublishKeepsTheSessionInMemory(t *testing.T) {
	g := newGate()
	h := openWith(t, g, rarely)
	a := *h.apps.App(app)
	a.Webhook = chat.Webhook{URL: "http://127.0.0.1:1/", Events: map[string]bool{string(chat.BeforeC2C): true}}
	h.apps.Set(a)
	who := hello{user: "ann", client: "phone", keep: true}
	ann := h.enter(who)
	ann.say(1, 11, false, "im/text/c2c/bob", "slow")
	await(t, g.asked)
	ann.leave()
	h.away("ann")
	h.b.Look()
	h.wait(2 * time.Minute)
	h.b.Look()
	h.b.Look()
	if n := h.b.InMemory(app, "ann"); n != 1 {
		t.Fatalf("%d sessions are in memory", n)
	}
	g.open()
	ann = h.resumed(who)
	ann.say(1, 11, true, "im/text/c2c/bob", "slow")
	ann.answer(11)
	if n := h.head(chat.C2COf(app, "ann", "bob")); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
	ann.leave()
	h.away("ann")
	h.goneForLong()
}

// Of absent devices twice as many sessions are kept as a user may have devices: the
// longest away goes, wherever it is kept (spec/00 §1).
func TestKeptSessionsAreBounded(t *testing.T) {
	for name, meanwhile := range map[string]func(h *house){
		"in memory":    func(*house) {},
		"in the store": (*house).goneForLong,
		"killed": func(h *house) {
			h.wait(20 * time.Second)
			h.b.Look()
			h.kill()
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, rarely)
			h.limits(func(l *chat.Limits) { l.DevicesPerUser = 2 })
			device := func(i int) hello {
				return hello{user: "ann", client: fmt.Sprint("device", i), keep: true}
			}
			for i := range 4 {
				d := h.enter(device(i))
				d.subscribe(1, "im/in/#")
				d.leave()
				h.away("ann")
				h.wait(20 * time.Second)
				h.b.Look()
			}
			d := h.resumed(device(0)) // is the youngest now
			d.leave()
			h.away("ann")
			meanwhile(h)
			here := h.enter(device(9)) // connected: not one of the absent
			if n := h.keptSessions("ann"); n != 5 {
				t.Errorf("%d sessions are kept", n)
			}
			here.leave()
			h.away("ann")
			h.bob() // what has waited for removal is removed
			if n := h.keptSessions("ann"); n != 4 {
				t.Errorf("%d sessions are kept", n)
			}
			if n := h.sessionRows("ann"); n != 3 {
				t.Errorf("%d rows are kept", n)
			}
			for _, i := range []int{0, 2, 3, 9} {
				h.resumed(device(i)).leave()
				h.away("ann")
			}
			if d := h.enter(device(1)); d.ack.SessionPresent {
				t.Error("the session of the device longest away is there")
			}
		})
	}
}

// keptSessions counts the saved sessions of a user.
func (h *house) keptSessions(u chat.UserID) (n int) {
	h.Helper()
	list, err := h.store.AllSessions(h.Context(), nil, 10_000)
	if err != nil {
		h.Fatal(err)
	}
	for _, st := range list {
		if st.User == u {
			n++
		}
	}
	return n
}

// bob releases two ids, one after the other: what was to be removed before is.
func (h *house) bob() {
	h.Helper()
	bob := h.enter(hello{user: "bob", client: "b", keep: true})
	for range 2 {
		bob.say(2, 1, false, "im/text/c2c/cat", "x")
		bob.pubrec(1)
		bob.rel(1)
		bob.pubcomp(1)
	}
}

// The Will of a session that has to go is sent: it ends with the session.
func TestWillOfASessionThatHasToGo(t *testing.T) {
	h := open(t, rarely)
	h.limits(func(l *chat.Limits) { l.DevicesPerUser = 1 })
	bob := h.listener(hello{user: "bob"})
	for i := range 3 {
		who := hello{user: "ann", client: fmt.Sprint("device", i), keep: true}
		who.change = func(pk *packets.Packet) {
			pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, "im/text/c2c/bob", fmt.Append(nil, i)
			pk.Connect.WillProperties.WillDelayInterval = 3600
		}
		h.enter(who).leave()
		h.away("ann")
		h.wait(time.Second)
	}
	if m := bob.message("im/in/c2c/ann"); m.text() != "0" {
		t.Errorf("the Will says %q", m.text())
	}
	bob.quiet()
}

// A viewer of a live room stays one while a session may come back, in memory or not,
// and is none when the last has ended.
func TestViewersStayWhileASessionMayComeBack(t *testing.T) {
	h := open(t, rarely)
	admin := chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin, Platform: chat.PlatformREST}
	if _, err := h.svc.Group.Create(t.Context(), admin, chat.GroupDraft{ID: "live", Type: chat.AVChatRoom, Name: "live", Owner: "bob"}); err != nil {
		t.Fatal(err)
	}
	viewers := func(want int) {
		t.Helper()
		name := "live" // a change waits for those before it
		if err := h.svc.Group.Modify(t.Context(), admin, "live", chat.GroupPatch{Name: &name}); err != nil {
			t.Fatal(err)
		}
		g, err := h.svc.Group.Get(t.Context(), admin, "live")
		if err != nil || g.Group.Members != want {
			t.Errorf("%d viewers, %v, want %d", g.Group.Members, err, want)
		}
	}
	join := func(d *device) {
		t.Helper()
		d.subscribe(0, "im/res/#")
		d.publish(0, "im/req/group.join/1", `{"GroupId":"live"}`)
		d.message("im/res/1")
	}
	phone := hello{user: "ann", client: "phone", keep: true}
	ann := h.enter(phone)
	join(ann)
	viewers(1)
	ann.leave()
	h.away("ann")
	h.goneForLong()
	viewers(1)
	h.wait(2 * time.Hour) // the session has expired
	h.b.Look()
	viewers(0)

	// Another device joins while the phone's session is in the store alone.
	h.enter(phone).leave()
	h.away("ann")
	h.goneForLong()
	clean := h.enter(hello{user: "ann", client: "tab"})
	join(clean)
	viewers(1)
	clean.bye()
	h.away("ann")
	viewers(1)
	phone.keep = false
	h.enter(phone).bye() // a clean start ends it
	h.away("ann")
	h.b.Look()
	viewers(0)
}

// Who leaves a group, or discards its messages, while the session is in the store alone
// hears nothing more of it, as if the session were in memory.
func TestAbsentSessionIsSilenced(t *testing.T) {
	for what, silence := range map[string]func(h *house) error{
		"removed": func(h *house) error {
			admin := chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin}
			return h.svc.Group.RemoveMembers(h.Context(), admin, "lobby", []chat.UserID{"ann"}, true, "")
		},
		"discards": func(h *house) error {
			h.flag("ann", "lobby", chat.Discard)
			return nil
		},
	} {
		t.Run(what, func(t *testing.T) {
			h := open(t, rarely)
			h.group("lobby", "bob", "ann")
			who := hello{user: "ann", client: "phone", keep: true, manual: true}
			who.change = func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 1 }
			ann := h.enter(who)
			ann.subscribe(1, "im/in/#")
			h.say("bob", chat.ToUser("ann"), "hello")
			ann.message("im/in/c2c/bob")
			h.say("bob", chat.ToGroup("lobby"), "waits for the acknowledgement")
			h.delivered()
			ann.quiet()
			ann.leave()
			h.away("ann")
			h.goneForLong()
			if err := silence(h); err != nil {
				t.Fatal(err)
			}
			who.manual, who.change = false, nil
			ann = h.resumed(who)
			ann.message("im/in/c2c/bob")
			ann.quiet()
		})
	}
}

// The state of a session is written at intervals, however busy its client is, and does
// not grow with its filters.
func TestStatesAreSavedAtIntervals(t *testing.T) {
	h := open(t, rarely)
	who := hello{user: "ann", client: "phone", keep: true}
	ann := h.enter(who)
	before := h.disk.saves.Load()
	for i := range 50 {
		ann.subscribe(1, "im/in/#", fmt.Sprintf("im/res/%0900d", i))
		h.say("bob", chat.ToUser("ann"), "x")
		ann.message("im/in/c2c/bob")
		ann.quiet()
		h.wait(time.Second)
		h.b.Look()
	}
	if n := h.disk.saves.Load() - before; n != 0 {
		t.Errorf("%d states in 50 s of a connected session", n)
	}
	before = h.disk.saves.Load()
	for range 50 {
		ann.leave()
		h.away("ann")
		h.wait(time.Second)
		h.b.Look()
		ann = h.resumed(who)
	}
	if n := h.disk.saves.Load() - before; n > 6 {
		t.Errorf("%d states in 50 s of a session that comes and goes", n)
	}
	if n := h.disk.saved.Load() / h.disk.saves.Load(); n > 200 {
		t.Errorf("a state has %d bytes", n)
	}
}

// A server that is stopped in good order saves all, whenever that was last.
func TestCloseSavesSessions(t *testing.T) {
	h := open(t, rarely)
	who := hello{user: "ann", client: "phone", keep: true}
	ann := h.listener(who)
	for range 3 {
		h.say("bob", chat.ToUser("ann"), "seen")
		ann.message("im/in/c2c/bob")
	}
	ann.quiet()
	h.delivered()
	ann.leave()
	h.away("ann")
	h.stop()
	h.start()
	h.resumed(who).quiet()
}
