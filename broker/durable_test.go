package broker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// What CONNACK, SUBACK and UNSUBACK say is so after a crash, without any later look of
// the keeper (spec/00 §6).
func TestSessionAndFiltersAreDurableWhenAcknowledged(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, rarely)
		who := hello{user: "ann", client: "phone", version: version, keep: true}
		ann := h.enter(who)
		h.kill()
		ann.leave()

		ann = h.resumed(who)
		ann.subscribe(1, "im/in/c2c/bob")
		ann.subscribe(0, "im/in/c2c/cat", "im/in/c2c/ann")
		h.kill()
		ann.leave()

		ann = h.resumed(who)
		h.say("bob", chat.ToUser("ann"), "one")
		if pk := ann.want(packets.Publish); pk.FixedHeader.Qos != 1 {
			t.Errorf("QoS %d, granted was 1", pk.FixedHeader.Qos)
		}
		h.say("cat", chat.ToUser("ann"), "one")
		if pk := ann.want(packets.Publish); pk.FixedHeader.Qos != 0 {
			t.Errorf("QoS %d, granted was 0", pk.FixedHeader.Qos)
		}
		ann.unsubscribe("im/in/c2c/bob", "im/in/c2c/ann")
		ann.subscribe(1, "im/in/c2c/cat")
		h.kill()
		ann.leave()

		ann = h.resumed(who)
		h.say("bob", chat.ToUser("ann"), "two")
		h.say("cat", chat.ToUser("ann"), "two")
		for { // what was sent before the crash may come again
			pk := ann.want(packets.Publish)
			if pk.TopicName != "im/in/c2c/cat" || pk.FixedHeader.Qos != 1 {
				t.Fatalf("got %q with QoS %d", pk.TopicName, pk.FixedHeader.Qos)
			}
			if parse(t, pk.Payload).text() == "two" {
				break
			}
		}
		ann.quiet()
	})
}

// unsubscribe waits for the answer.
func (d *device) unsubscribe(filters ...string) {
	d.Helper()
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: d.id()}
	for _, f := range filters {
		pk.Filters = append(pk.Filters, packets.Subscription{Filter: f})
	}
	d.send(pk)
	d.want(packets.Unsuback)
}

// A session that comes back again and again, or stays for long, keeps its filters
// beyond the time for which their rows are written.
func TestFiltersLiveAsLongAsTheirSession(t *testing.T) {
	const longest = time.Hour
	for name, live := range map[string]func(h *house, ann *device, who hello) *device{
		"connected": func(h *house, ann *device, _ hello) *device {
			h.b.Look()
			return ann
		},
		"coming back": func(h *house, ann *device, who hello) *device {
			ann.leave()
			h.away("ann")
			ann = h.resumed(who)
			return ann
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, func(o *broker.Options) { o.Tick, o.MaxSessionExpiry = time.Hour, longest })
			who := hello{user: "ann", client: "phone", version: 4, keep: true}
			ann := h.enter(who)
			ann.subscribe(1, "im/in/#")
			for range 8 {
				h.wait(longest / 2)
				ann = live(h, ann, who)
			}
			h.kill()
			ann.leave()
			ann = h.resumed(who)
			h.say("bob", chat.ToUser("ann"), "hello")
			ann.message("im/in/c2c/bob")
		})
	}
}

// Of a session that has ended no row is left.
func TestAnEndedSessionLeavesNoRows(t *testing.T) {
	for name, end := range map[string]func(h *house, who hello, d *device){
		"replaced by a clean one": func(h *house, who hello, _ *device) {
			who.keep = false
			h.enter(who)
		},
		"replaced after a restart": func(h *house, who hello, _ *device) {
			h.kill()
			who.keep = false
			h.enter(who)
		},
		"logged out": func(h *house, _ hello, d *device) {
			d.publish(0, "im/req/logout", "{}")
			d.end()
			h.away("ann")
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, rarely)
			who := hello{user: "ann", client: "phone", keep: true}
			ann := h.enter(who)
			ann.subscribe(1, "im/ack", "im/err")
			for i := range uint16(3) {
				ann.say(1, i+1, false, "im/text/c2c/bob", fmt.Sprint(i))
				ann.answer(i + 1)
			}
			ann.say(2, 9, false, "im/text/c2c/bob", "unreleased")
			ann.message("im/ack")
			ann.pubrec(9)
			if n := h.sessionRows("ann"); n != 2+3+1 {
				t.Errorf("%d rows while it lives", n)
			}
			end(h, who, ann)
			bob := h.enter(hello{user: "bob", client: "b", keep: true})
			for range 2 { // releases wait in the same queue
				bob.say(2, 1, false, "im/text/c2c/ann", "x")
				bob.pubrec(1)
				bob.rel(1)
				bob.pubcomp(1)
			}
			if n := h.sessionRows("ann"); n != 0 {
				t.Errorf("%d rows are left", n)
			}
		})
	}
}

// sessionRows counts the rows of a user's sessions.
func (h *house) sessionRows(u chat.UserID) (n int) {
	h.Helper()
	for _, k := range []record.Kind{record.SessionFilter, record.Handled} {
		rows, err := h.store.Rows(h.Context(), chat.UserShard(app, u), chat.RowKind(k), "", "", 10_000)
		if err != nil {
			h.Fatal(err)
		}
		n += len(rows)
	}
	return n
}

// A state that is on its way to the disk does not outlive its session: who starts
// clean meanwhile waits, and what was saved is erased.
func TestErasedSessionDoesNotComeBack(t *testing.T) {
	h := open(t, rarely)
	who := hello{user: "ann", client: "phone", keep: true}
	ann := h.enter(who)
	ann.subscribe(1, "im/in/#")
	h.say("bob", chat.ToUser("ann"), "x")
	ann.message("im/in/c2c/bob") // now there is something to save
	saving, release := make(chan struct{}), make(chan struct{})
	hold := func() {
		close(saving)
		<-release
	}
	h.disk.before.Store(&hold)
	h.wait(2 * time.Minute)
	looked := make(chan struct{})
	go func() {
		h.b.Look()
		close(looked)
	}()
	await(t, saving)
	h.disk.before.Store(nil)
	if !h.b.Busy(app, "ann", "phone") {
		t.Error("a client may erase its session while the state of it is written")
	}
	came := make(chan *device)
	go func() { came <- h.enter(hello{user: "ann", client: "phone"}) }()
	close(release)
	await(t, looked)
	await(t, came).leave()
	h.away("ann")
	if st, err := h.store.Session(t.Context(), app, "ann", "phone"); st != nil || err != nil {
		t.Errorf("a session that was ended is kept: %+v, %v", st, err)
	}
}
