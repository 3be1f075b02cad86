package broker_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/chat"
)

// presence is the next packet, the state of a user, as "State status Platform:State…".
func (d *device) presence(u chat.UserID) string {
	d.Helper()
	return presenceOf(d.TB, d.on("im/event/presence/"+string(u)))
}

func presenceOf(t testing.TB, payload []byte) string {
	t.Helper()
	var p struct {
		State, CustomStatus string
		Devices             []struct{ Platform, Status string }
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		t.Fatalf("%s: %v", payload, err)
	}
	words := []string{p.State, p.CustomStatus}
	for _, one := range p.Devices {
		words = append(words, one.Platform+":"+one.Status)
	}
	return strings.Join(words, " ")
}

// sees checks the next state that a device is told of.
func (d *device) sees(u chat.UserID, want string) {
	d.Helper()
	if got := d.presence(u); got != want {
		d.Fatalf("%s is %q, want %q", u, got, want)
	}
}

// request asks and checks the answer, which is the next packet.
func (d *device) request(method, body, want string) {
	d.Helper()
	d.publish(0, "im/req/"+method+"/r", body)
	if got := string(d.on("im/res/r")); got != want {
		d.Fatalf("%s %s: %s, want %s", method, body, got, want)
	}
}

const done = `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""`

// Who watches a user is told the state at once and then each change of it, once.
func TestWatchersAreToldOfStates(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		ann := h.enter(hello{user: "ann", client: "a", version: version})
		ann.subscribe(1, "im/event/presence/bob", "im/#") // the wildcard alone brings nobody
		ann.sees("bob", "Unknown ")
		bob := h.enter(hello{user: "bob", client: "phone", name: "bob?platform=iOS"})
		ann.sees("bob", "Online  iOS:Online")
		h.enter(hello{user: "cat", client: "c"}) // nobody watches
		bob.publish(1, "im/status", "at tea")
		bob.want(packets.Puback)
		ann.sees("bob", "Online at tea iOS:Online")
		bob.publish(1, "im/status", "at tea") // no change
		bob.want(packets.Puback)
		web := h.enter(hello{user: "bob", client: "tab", name: "bob?platform=Web"})
		ann.sees("bob", "Online at tea iOS:Online Web:Online")
		bob.leave()
		ann.sees("bob", "Online at tea Web:Online iOS:PushOnline")
		web.leave()
		ann.sees("bob", "PushOnline at tea iOS:PushOnline")
		h.wait(7*24*time.Hour - time.Minute)
		ann.quiet()
		h.wait(time.Minute)
		ann.sees("bob", "Offline ")
		bob = h.enter(hello{user: "bob", client: "phone", name: "bob?platform=iOS"})
		ann.sees("bob", "Online  iOS:Online")
		bob.publish(1, "im/status", "off")
		bob.want(packets.Puback)
		ann.sees("bob", "Online off iOS:Online")
		bob.publish(0, "im/req/logout/r", "{}")
		ann.sees("bob", "Offline ")
		ann.quiet()
	})
}

// What ends a connection decides whether its mobile platform can still be reached.
func TestWhatAConnectionLeavesBehind(t *testing.T) {
	for _, c := range []struct {
		what, platform string
		keep           bool
		end            func(h *house, d *device)
		want           string
	}{
		{"lost", "Android", false, func(_ *house, d *device) { d.leave() }, "PushOnline  Android:PushOnline"},
		{"lost", "iPad", false, func(_ *house, d *device) { d.leave() }, "PushOnline  iPad:PushOnline"},
		{"lost", "Web", false, func(_ *house, d *device) { d.leave() }, "Offline "},
		{"lost", "Mac", false, func(_ *house, d *device) { d.leave() }, "Offline "},
		{"lost", "", false, func(_ *house, d *device) { d.leave() }, "Offline "},
		{"DISCONNECT", "iOS", false, func(_ *house, d *device) { d.bye() }, "Offline "},
		{"DISCONNECT of a session that is kept", "iOS", true, func(_ *house, d *device) { d.bye() }, "PushOnline  iOS:PushOnline"},
		{"logout", "iOS", true, func(_ *house, d *device) { d.publish(0, "im/req/logout", "{}") }, "Offline "},
		{"kick", "iOS", false, func(h *house, _ *device) {
			if err := h.svc.People.Kick(h.Context(), chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin}, "bob"); err != nil {
				h.Fatal(err)
			}
		}, "Offline "},
	} {
		t.Run(c.what+" "+c.platform, func(t *testing.T) {
			h := open(t, nil)
			ann := h.enter(hello{user: "ann"})
			ann.subscribe(0, "im/event/presence/bob")
			ann.sees("bob", "Unknown ")
			bob := h.enter(hello{user: "bob", client: "b", name: "bob?platform=" + c.platform, keep: c.keep})
			if got := ann.presence("bob"); !strings.HasPrefix(got, "Online") {
				t.Fatalf("bob is %s", got)
			}
			c.end(h, bob)
			last := ann.presence("bob")
			if last != c.want && c.what == "kick" { // told to go, and then gone
				last = ann.presence("bob")
			}
			if last != c.want {
				t.Errorf("bob is %q, want %q", last, c.want)
			}
		})
	}
}

// status.watch is for the connection: answered first, refused for who is not there, bounded,
// and over with the connection.
func TestStatusWatch(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		who := hello{user: "ann", client: "a", version: version, keep: true}
		ann := h.enter(who)
		ann.subscribe(0, "im/#")
		h.enter(hello{user: "bob", client: "b", name: "bob?platform=Web"})
		ann.request("status.watch", `{"To_Account":["bob","nobody","cat"]}`, done+`,"ErrorList":[{"To_Account":"nobody","ErrorCode":70107}]}`)
		ann.sees("bob", "Online  Web:Online")
		ann.sees("cat", "Unknown ")
		ann.request("status.unwatch", `{"To_Account":["bob"]}`, done+`,"ErrorList":[]}`)
		h.enter(hello{user: "bob", client: "c", name: "bob?platform=Mac"})
		h.enter(hello{user: "cat", client: "c"})
		ann.sees("cat", "Online  IoT:Online")
		ann.request("status.unwatch", `{}`, done+`,"ErrorList":[]}`)
		h.enter(hello{user: "cat", client: "d", name: "cat?platform=Mac"})
		ann.request("status.watch", `{"To_Account":[]}`, `{"ActionStatus":"FAIL","ErrorCode":90011,"ErrorInfo":"between 1 and 100 accounts are needed"}`)
		ann.request("status.watch", `{"To_Account":["bob"]}`, done+`,"ErrorList":[]}`)
		ann.sees("bob", "Online  Web:Online Mac:Online")
		ann.leave()
		h.away("ann")
		ann = h.enter(who) // resumed: it watches nobody
		h.enter(hello{user: "bob", client: "e", name: "bob?platform=Linux"})
		ann.quiet()
	})
}

// A connection watches 1,000 users by request, no more.
func TestStatusWatchIsBounded(t *testing.T) {
	h := open(t, nil)
	ann := h.enter(hello{user: "ann"})
	ann.subscribe(0, "im/res/#") // the states themselves are not wanted
	var names []chat.UserID
	for i := range 1001 {
		names = append(names, chat.UserID(fmt.Sprint("u", i)))
	}
	h.known(names...)
	body := func(list []chat.UserID) string {
		b, err := json.Marshal(map[string]any{"To_Account": list})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for part := range slices.Chunk(names[:1000], 100) {
		ann.request("status.watch", body(part), done+`,"ErrorList":[]}`)
	}
	ann.request("status.watch", body(names[:1]), done+`,"ErrorList":[]}`) // again
	full := done + `,"ErrorList":[{"To_Account":"u1000","ErrorCode":90011}]}`
	ann.request("status.watch", body(names[1000:]), full)
	ann.request("status.unwatch", body(names[:1]), done+`,"ErrorList":[]}`)
	ann.request("status.watch", body(names[1000:]), done+`,"ErrorList":[]}`)
}

// A resumed session is told the states of the users that its filters name; who gives a filter up
// is told nothing more.
func TestNamedUsersAreWatchedAfterAResume(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		who := hello{user: "ann", client: "a", version: version, keep: true}
		ann := h.enter(who)
		ann.subscribe(1, "im/event/presence/bob", "+/event/presence/bob")
		ann.sees("bob", "Unknown ")
		ann.sees("bob", "Unknown ")
		ann.leave()
		h.away("ann")
		h.enter(hello{user: "bob", client: "b"})
		ann = h.enter(who)
		ann.sees("bob", "Online  IoT:Online")
		ann.sees("bob", "Online  IoT:Online")
		for i, filter := range []string{"im/event/presence/bob", "+/event/presence/bob"} {
			ann.send(packets.Packet{
				FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: ann.id(),
				Filters: packets.Subscriptions{{Filter: filter}},
			})
			ann.want(packets.Unsuback)
			h.enter(hello{user: "bob", client: fmt.Sprint(i), name: []string{"bob?platform=Web", "bob?platform=Mac"}[i]})
			if i == 0 {
				ann.sees("bob", "Online  IoT:Online Web:Online")
			}
		}
		ann.quiet()
	})
}

// While states move faster than they are told, watchers are told some of them, never an
// older one behind a newer, and the newest in the end.
func TestNobodyIsToldAnOlderState(t *testing.T) {
	h := open(t, nil)
	h.limits(func(l *chat.Limits) { l.ConnectionPackets, l.UserPackets = -1, -1 })
	const last = 300
	var watching []*device
	for i := range 8 {
		d := h.enter(hello{user: "ann", client: fmt.Sprint(i)})
		d.subscribe(0, "im/event/presence/bob")
		watching = append(watching, d)
	}
	bob := h.enter(hello{user: "bob", client: "b"})
	var all sync.WaitGroup
	for i, d := range watching {
		all.Go(func() {
			if i%2 == 0 { // asking for the present one does not bring an older one either
				for range 20 {
					d.sendSubscribe(0, "im/event/presence/bob")
				}
			}
			for seen := 0; seen < last; {
				pk, ok := d.next()
				if !ok {
					t.Errorf("%d: the end", i)
					return
				}
				if pk.FixedHeader.Type != packets.Publish {
					continue
				}
				n := 0
				_, _ = fmt.Sscan(strings.TrimPrefix(presenceOf(t, pk.Payload), "Online "), &n)
				if n < seen {
					t.Errorf("%d: %d behind %d", i, n, seen)
				}
				seen = n
			}
		})
	}
	for n := 1; n <= last; n++ {
		bob.publish(0, "im/status", fmt.Sprint(n))
	}
	all.Wait()
}

// A watcher that reads nothing is told the newest state when it reads again.
func TestSlowWatcherIsToldTheNewestState(t *testing.T) {
	r := prometheus.NewRegistry()
	h := open(t, func(o *broker.Options) { o.BufferSoft, o.Registerer = 64<<10, r })
	ann := h.enter(hello{user: "ann", client: "a", mute: true})
	ann.sendSubscribe(0, "im/in/#", "im/event/presence/bob")
	for _, packet := range []byte{packets.Suback, packets.Publish} {
		if pk, err := ann.read(); err != nil || pk.FixedHeader.Type != packet {
			t.Fatalf("got %d, %v", pk.FixedHeader.Type, err)
		}
	}
	for said := 0; value(t, r, "teahouse_lagged_total") == 0; said++ {
		if h.say("cat", chat.ToUser("ann"), strings.Repeat("x", 11_000)); said > 2000 {
			t.Fatal("nobody is stalled")
		}
	}
	bob := h.enter(hello{user: "bob", client: "b"})
	for n := range 20 {
		bob.publish(1, "im/status", fmt.Sprint(n))
		bob.want(packets.Puback)
	}
	go ann.loop()
	for {
		pk := ann.want(packets.Publish)
		if strings.HasPrefix(pk.TopicName, "im/event") && presenceOf(t, pk.Payload) == "Online 19 IoT:Online" {
			return
		}
	}
}

// Who has the same name in another app is somebody else.
func TestStatesStayInTheirApp(t *testing.T) {
	h := open(t, nil)
	if _, err := h.svc.People.Login(h.Context(), otherApp, "bob", chat.Ticket{}); err != nil {
		t.Fatal(err)
	}
	ann := h.enter(hello{user: "ann", client: "a"})
	ann.subscribe(0, "im/event/presence/bob")
	ann.sees("bob", "Unknown ")
	other := h.enter(hello{user: "bob", client: "b", app: otherApp})
	other.publish(1, "im/status", "elsewhere")
	other.want(packets.Puback)
	h.enter(hello{user: "bob", client: "b", name: "bob?platform=Web"})
	ann.sees("bob", "Online  Web:Online")
	ann.quiet()
}

// The state of who is deleted is that of nobody.
func TestDeletedUserIsUnknown(t *testing.T) {
	h := open(t, nil)
	ann := h.enter(hello{user: "ann", client: "a"})
	ann.subscribe(0, "im/event/presence/bob")
	ann.sees("bob", "Unknown ")
	h.enter(hello{user: "bob", client: "b", name: "bob?platform=iOS"})
	ann.sees("bob", "Online  iOS:Online")
	admin := chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin}
	if _, err := h.svc.DeleteAccounts(h.Context(), admin, []chat.UserID{"bob"}); err != nil {
		t.Fatal(err)
	}
	ann.sees("bob", "Unknown ")
	if _, err := h.svc.People.Login(h.Context(), app, "bob", chat.Ticket{Issued: h.now().Unix() + 5, Expires: h.now().Unix() + 100}); err != nil {
		t.Fatal(err)
	}
	states, _, err := h.svc.People.Presences(h.Context(), admin, []chat.UserID{"bob"})
	if err != nil || states[0].State != chat.Unknown {
		t.Errorf("the next bob is %+v, %v", states, err)
	}
}
