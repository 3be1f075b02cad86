package broker_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
	"github.com/teahouse-im/teahouse/webhook"
)

// streaming opens a house that tells of after-webhooks on app/event.
func streaming(t *testing.T, change func(*broker.Options)) *house {
	return open(t, func(o *broker.Options) {
		o.AfterBody = webhook.Body
		if change != nil {
			change(o)
		}
	})
}

// admin is an administrator who listens to filters. They do not hear of their own login:
// it has passed when their status, which takes the same way, is set.
func (h *house) admin(o hello, filters ...string) *device {
	h.Helper()
	o.user = "admin"
	d := h.enter(o)
	d.quiet() // the login has begun
	for _, status := range []string{"in", ""} {
		if err := h.svc.People.SetStatus(h.Context(), chat.Actor{App: app, User: "admin"}, status); err != nil {
			h.Fatal(err)
		}
	}
	for i, code := range d.subscribe(1, filters...) {
		if code > 1 {
			h.Fatalf("%s: %#x", filters[i], code)
		}
	}
	return d
}

// on is the payload of the next message, which must be on a topic.
func (d *device) on(topic string) []byte {
	d.Helper()
	pk := d.want(packets.Publish)
	if pk.TopicName != topic || pk.FixedHeader.Qos != 0 || pk.FixedHeader.Retain {
		d.Fatalf("got %q %q, QoS %d; want %q", pk.TopicName, pk.Payload, pk.FixedHeader.Qos, topic)
	}
	return pk.Payload
}

// callback is what tests look at in the body of an after-webhook.
type callback struct {
	CallbackCommand string
	From_Account    chat.UserID
	GroupId         chat.GroupID
	UnreadMsgNum    int
	MsgSeq          chat.Seq
	Info            struct{ Action, To_Account string }
}

func (d *device) event(kind chat.EventKind) (c callback) {
	d.Helper()
	body := d.on("app/event/" + string(kind))
	if err := json.Unmarshal(body, &c); err != nil || c.CallbackCommand != string(kind) {
		d.Fatalf("%s: %v", body, err)
	}
	return c
}

// An administrator sees every message that is stored and hears every after-webhook,
// whether the webhook is on or off, once each (spec/00 §4).
func TestAdministratorsSeeTheApp(t *testing.T) {
	for _, on := range []bool{false, true} {
		versions(t, func(t *testing.T, version byte) {
			h := streaming(t, nil)
			h.group("tea#1", "bob")
			admin := h.admin(hello{client: "a", version: version}, "app/#", "app/msg/#")
			if on {
				a := *h.apps.App(app)
				a.Webhook = chat.Webhook{URL: "http://127.0.0.1:1/", Events: map[string]bool{
					string(chat.AfterC2C): true, string(chat.AfterGroup): true, string(chat.AfterCreateGroup): true, string(chat.StateChange): true,
				}}
				h.apps.Set(a)
			}
			h.say("bob", chat.ToUser("ann"), "hi")
			if m := parse(t, admin.on("app/msg/c2c/bob/ann")); m.From != "bob" || m.text() != "hi" || m.MsgSeq != 1 {
				t.Errorf("message %+v", m)
			}
			if c := admin.event(chat.AfterC2C); c.From_Account != "bob" || c.UnreadMsgNum != 1 {
				t.Errorf("event %+v", c)
			}
			h.say("bob", chat.ToGroup("tea#1"), "all")
			if m := parse(t, admin.on("app/msg/group/tea%231/bob")); m.text() != "all" {
				t.Errorf("message %+v", m)
			}
			if c := admin.event(chat.AfterGroup); c.GroupId != "tea#1" || c.MsgSeq == 0 {
				t.Errorf("event %+v", c)
			}
			h.group("tea#2", "bob")
			if c := admin.event(chat.AfterCreateGroup); c.GroupId != "tea#2" {
				t.Errorf("event %+v", c)
			}
			ann := h.enter(hello{user: "ann"})
			if c := admin.event(chat.StateChange); c.Info.To_Account != "ann" || c.Info.Action != "Login" {
				t.Errorf("event %+v", c)
			}
			for range 2 { // the second is a repetition of the first
				ann.publish(1, "im/send/c2c/bob", `{"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"once"}}],"ClientMsgId":"1"}`)
				ann.want(packets.Puback)
			}
			admin.on("app/msg/c2c/ann/bob")
			admin.event(chat.AfterC2C)
			ann.publish(1, "im/send/c2c/bob", `{"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}],"OnlineOnlyFlag":1}`)
			ann.want(packets.Puback)
			admin.event(chat.AfterC2C) // it is not stored, so that it is no app/msg
			admin.quiet()
			pending, err := h.store.Pending(t.Context(), "", 100)
			if err != nil || on != (len(pending) > 0) {
				t.Errorf("%d webhooks in the outbox, %v", len(pending), err)
			}
		})
	}
}

// What administrators ask for is theirs alone, and of their own app; and it must be
// named: no wildcard of the first level brings it.
func TestTheStreamIsForAdministratorsOfTheApp(t *testing.T) {
	h := streaming(t, nil)
	filters := []string{
		"app/#", "app/msg/#", "app/msg/c2c/+/bob", "app/event/State.StateChange", "$SYS/#", "$SYS/broker/uptime",
		"$share/w/app/#", "$share/w/app/msg/#", "$share/w/im/#", "$share//app/#", "app", "$SYS/broker/load", "app/event/none",
	}
	want := [2][]byte{ // 5.0, of users and of administrators
		{0x87, 0x87, 0x87, 0x87, 0x87, 0x87, 0x9e, 0x9e, 0x9e, 0x8f, 0x87, 0x87, 0x87},
		{1, 1, 1, 1, 1, 1, 1, 0x9e, 0x9e, 0x8f, 0x87, 0x87, 0x87},
	}
	for i, user := range []chat.UserID{"ann", "admin"} {
		for _, version := range []byte{4, 5} {
			d := h.enter(hello{user: user, client: "a", version: version})
			if p := d.ack.Properties; version == 5 && int(p.SharedSubAvailable) != i {
				t.Errorf("%s: CONNACK announces %d", user, p.SharedSubAvailable)
			}
			d.sendSubscribe(1, filters...)
			pk, _ := d.next()
			for pk.FixedHeader.Type != packets.Suback {
				pk, _ = d.next()
			}
			for j, code := range pk.ReasonCodes {
				expect := want[i][j]
				if version == 4 && expect >= 0x80 {
					expect = 0x80
				}
				if code != expect {
					t.Errorf("%s, version %d, %s: %#x, want %#x", user, version, filters[j], code, expect)
				}
			}
			d.leave()
			h.away(user)
		}
	}
	wild := h.admin(hello{client: "wild"}, "#", "+/#", "im/#")
	alien := h.admin(hello{client: "alien", app: otherApp}, "app/#", "$share/w/app/#")
	h.say("bob", chat.ToUser("ann"), "hi")
	h.group("tea", "bob", "ann")
	h.barrier(chat.ToUser("ann"))
	h.barrier(chat.ToGroup("tea"))
	wild.quiet()
	alien.drain(t, func(pk packets.Packet) bool { // their own login may be told
		return pk.TopicName == "app/event/State.StateChange" && bytes.Contains(pk.Payload, []byte(`"admin"`))
	})
}

// barrier waits until everything that bob said before to somebody has been
// delivered: its lane is done with it when a later send is answered.
func (h *house) barrier(to chat.Target) {
	h.Helper()
	d := textTo(to, "barrier")
	d.Control, d.SkipAfter = chat.OnlineOnly, true // nothing of it is on the stream
	if _, err := h.svc.Message.SendWait(h.Context(), chat.Actor{App: app, User: "bob"}, d); err != nil {
		h.Fatal(err)
	}
}

// drain reads what has come, all of which must be allowed.
func (d *device) drain(t *testing.T, allowed func(packets.Packet) bool) {
	t.Helper()
	d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
	for {
		pk, ok := d.next()
		if !ok || pk.FixedHeader.Type == packets.Pingresp {
			return
		}
		if !allowed(pk) {
			t.Errorf("got %q %q", pk.TopicName, pk.Payload)
		}
	}
}

// Former administrators hear nothing from then on.
func TestFormerAdministratorsHearNothing(t *testing.T) {
	h := streaming(t, func(o *broker.Options) { o.AfterBody = nil })
	admin := h.admin(hello{client: "a"}, "app/msg/#", "$share/w/app/#", "$SYS/#")
	for _, name := range topics.SystemNames {
		admin.on("$SYS/broker/" + name)
	}
	h.say("bob", chat.ToUser("ann"), "heard twice")
	admin.on("app/msg/c2c/bob/ann")
	admin.on("app/msg/c2c/bob/ann")
	a := *h.apps.App(app)
	a.Admins = nil
	h.apps.Set(a)
	h.say("bob", chat.ToUser("cat"), "hi")
	h.wait(time.Minute)
	h.barrier(chat.ToUser("cat"))
	admin.quiet()
	if codes := admin.subscribe(0, "app/#"); codes[0] != 0x87 {
		t.Errorf("app/#: %#x", codes[0])
	}
}

// Nothing of the stream is kept for those who are away; a session that is kept
// listens again when it is back.
func TestTheStreamIsLive(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := streaming(t, nil)
		who := hello{client: "a", version: version, keep: true}
		h.admin(who, "app/msg/#").leave()
		h.away("admin")
		if h.b.Watched(app) {
			t.Error("nobody listens, and messages are made for it")
		}
		h.say("bob", chat.ToUser("ann"), "missed")
		h.barrier(chat.ToUser("ann"))
		who.user = "admin"
		admin := h.enter(who)
		if !admin.ack.SessionPresent {
			t.Fatal("the session is lost")
		}
		admin.quiet()
		h.say("bob", chat.ToUser("ann"), "heard")
		if m := parse(t, admin.on("app/msg/c2c/bob/ann")); m.text() != "heard" {
			t.Errorf("heard %+v", m)
		}
		admin.send(packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: 9,
			Filters: packets.Subscriptions{{Filter: "app/msg/#"}},
		})
		admin.want(packets.Unsuback)
		if h.b.Watched(app) {
			t.Error("messages are made for nobody")
		}
		h.say("bob", chat.ToUser("ann"), "not asked for")
		h.barrier(chat.ToUser("ann"))
		admin.quiet()
	})
}

// A shared filter spreads the stream over the sessions of its name: each message
// goes to one of them, and to one of each name; a session with a filter of its own hears all.
func TestSharedFiltersSpreadTheStream(t *testing.T) {
	h := streaming(t, func(o *broker.Options) { o.AfterBody = nil })
	const n = 90
	var workers []*device
	for i, share := range []string{"$share/w/app/#", "$share/w/app/#", "$share/w/app/#", "$share/x/app/#"} {
		workers = append(workers, h.admin(hello{client: fmt.Sprint("w", i), version: 4 + byte(i&1)}, share))
	}
	alone := h.admin(hello{client: "alone"}, "app/#")
	for i := range n {
		h.say("bob", chat.ToUser("ann"), fmt.Sprint(i))
	}
	heard := func(d *device) (texts []string) {
		d.drain(t, func(pk packets.Packet) bool {
			texts = append(texts, parse(t, pk.Payload).text())
			return pk.TopicName == "app/msg/c2c/bob/ann"
		})
		return texts
	}
	for range n {
		alone.on("app/msg/c2c/bob/ann")
	}
	h.barrier(chat.ToUser("ann"))
	if got := heard(workers[3]); len(got) != n {
		t.Errorf("the only one of its name heard %d of %d", len(got), n)
	}
	var all []string
	for _, w := range workers[:3] {
		got := heard(w)
		if len(got) < n/6 {
			t.Errorf("one of three heard %d of %d", len(got), n)
		}
		all = append(all, got...)
	}
	slices.Sort(all)
	if once := slices.Compact(slices.Clone(all)); len(once) != len(all) || len(all) != n {
		t.Errorf("%d messages, %d different; %d were sent", len(all), len(once), n)
	}
}

// A listener that does not read holds up nobody and costs bounded memory; the
// others of its share get what it does not take.
func TestAStalledListenerStallsNobody(t *testing.T) {
	r := prometheus.NewRegistry()
	h := streaming(t, func(o *broker.Options) { o.AfterBody, o.BufferSoft, o.Registerer = nil, 64<<10, r })
	stalled := h.enter(hello{user: "admin", client: "stalled", mute: true})
	stalled.sendSubscribe(0, "app/#", "$share/w/app/#")
	if pk, err := stalled.read(); err != nil || pk.FixedHeader.Type != packets.Suback {
		t.Fatalf("no SUBACK: %v", err)
	}
	worker := h.admin(hello{client: "worker"}, "$share/w/app/#")
	long := strings.Repeat("x", 11_000)
	began := time.Now()
	said := 0
	for ; value(t, r, "teahouse_dropped_frames_total") < 50; said++ { // what the sockets take, first
		h.say("bob", chat.ToUser("ann"), long)
		if said > 5000 {
			t.Fatal("nobody is stalled")
		}
	}
	if took := time.Since(began); took > patience {
		t.Errorf("%d messages took %v", said, took)
	}
	h.delivered()
	worker.drain(t, func(packets.Packet) bool { return true })
	// The worker takes frames again a moment after its last has left, and the stalled
	// one may take a turn when the system's buffers grow.
	heard := 0
	for said := 0; heard < 10; said++ {
		if said == 1000 {
			t.Fatalf("the worker heard %d of %d", heard, said)
		}
		h.say("bob", chat.ToUser("ann"), "short")
		h.barrier(chat.ToUser("ann"))
		worker.drain(t, func(pk packets.Packet) bool {
			if parse(t, pk.Payload).text() == "short" {
				heard++
			}
			return true
		})
	}
}

// $SYS/ tells administrators about their own app: at once, then every 10 s.
func TestSystemValues(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := streaming(t, func(o *broker.Options) { o.Version = "1.2.3" })
		alien := h.enter(hello{user: "admin", client: "elsewhere", app: otherApp})
		for range 50 { // they count for the other app
			alien.quiet()
		}
		ann := h.enter(hello{user: "ann"})
		for range 5 {
			ann.quiet()
		}
		admin := h.admin(hello{client: "a", version: version}, "$SYS/#")
		values := func() map[string]string {
			all := map[string]string{}
			for range 7 {
				pk := admin.want(packets.Publish)
				all[strings.TrimPrefix(pk.TopicName, "$SYS/broker/")] = string(pk.Payload)
			}
			admin.quiet()
			return all
		}
		first := values()
		for name, want := range map[string]string{"version": "1.2.3", "uptime": "0", "clients/connected": "2"} {
			if first[name] != want {
				t.Errorf("%s is %q, want %q", name, first[name], want)
			}
		}
		number := func(text string) (n int) {
			if _, err := fmt.Sscan(text, &n); err != nil {
				t.Errorf("%q is no number", text)
			}
			return n
		}
		for _, name := range []string{"messages/received", "messages/sent", "bytes/received", "bytes/sent"} {
			if n := number(first[name]); n < 5 || strings.HasPrefix(name, "messages") && n > 40 {
				t.Errorf("%s is %d", name, n)
			}
		}
		h.wait(9 * time.Second)
		admin.quiet()
		ann.bye()
		h.away("ann")
		h.wait(2 * time.Second)
		second := values()
		if got := number(second["uptime"]); got != 11 {
			t.Errorf("uptime %d, want 11", got)
		}
		if second["clients/connected"] != "1" || number(second["messages/received"]) <= number(first["messages/received"]) {
			t.Errorf("first %v, then %v", first, second)
		}
		admin.send(packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: 9,
			Filters: packets.Subscriptions{{Filter: "$SYS/#"}},
		})
		admin.want(packets.Unsuback)
		h.wait(time.Minute)
		admin.quiet()
	})
}

// While nobody listens a message costs the stream one load.
func BenchmarkDeliverUnwatched(b *testing.B) {
	h := open(b, nil)
	m := &chat.Message{Conv: chat.C2COf(app, "ann", "bob"), From: "bob", Seq: 1, Clock: 1, Body: []byte("[]")}
	b.ReportAllocs()
	for b.Loop() {
		h.b.Deliver(m, 0)
	}
}
