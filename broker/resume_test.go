package broker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/storage/storagetest/faulty"
)

// texts collects the next n messages on a topic, in order of arrival.
func (d *device) texts(topic string, n int) []string {
	d.Helper()
	var got []string
	for range n {
		got = append(got, d.message(topic).text())
	}
	return got
}

func wantSequence(t testing.TB, got []string, from int) {
	t.Helper()
	for i, s := range got {
		if s != fmt.Sprint(from+i) {
			t.Fatalf("message %d is %q, want %d (of %d)", i, s, from+i, len(got))
		}
	}
}

func TestResumeDeliversMissedMessagesInOrder(t *testing.T) {
	for _, restart := range []bool{false, true} {
		t.Run(fmt.Sprint("restart=", restart), func(t *testing.T) {
			versions(t, func(t *testing.T, version byte) {
				h := open(t, nil)
				h.limits(func(l *chat.Limits) { l.GroupRate = -1 })
				h.group("lobby", "bob", "ann", "cat")
				who := hello{user: "ann", client: "phone", version: version, keep: true}
				ann := h.listener(who)
				h.say("bob", chat.ToUser("ann"), "seen")
				ann.message("im/in/c2c/bob")
				ann.quiet()
				h.delivered()
				ann.leave()
				h.away("ann")
				for i := range 50 {
					h.say("bob", chat.ToUser("ann"), fmt.Sprint(i))
				}
				if restart {
					h.stop()
					h.start()
				}
				for i := range 50 {
					h.say("cat", chat.ToGroup("lobby"), fmt.Sprint(i))
				}
				ann = h.enter(who)
				if !ann.ack.SessionPresent {
					t.Fatal("no session")
				}
				got := map[string][]string{}
				for range 100 {
					pk := ann.want(packets.Publish)
					got[pk.TopicName] = append(got[pk.TopicName], parse(t, pk.Payload).text())
				}
				wantSequence(t, got["im/in/c2c/bob"], 0)
				wantSequence(t, got["im/in/group/lobby"], 0)
				ann.quiet()
				h.say("bob", chat.ToUser("ann"), "live again")
				ann.message("im/in/c2c/bob")
			})
		})
	}
}

func TestUnacknowledgedPacketKeepsItsID(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		who := hello{user: "ann", client: "phone", version: version, keep: true, manual: true}
		ann := h.listener(who)
		h.say("bob", chat.ToUser("ann"), "0")
		h.say("bob", chat.ToUser("ann"), "1")
		first, second := ann.want(packets.Publish), ann.want(packets.Publish)
		ann.puback(first.PacketID)
		ann.quiet()
		h.delivered()
		ann.leave()
		ann = h.enter(who)
		again := ann.want(packets.Publish)
		if !again.FixedHeader.Dup || again.PacketID != second.PacketID || string(again.Payload) != string(second.Payload) {
			t.Errorf("repeated %+v", again)
		}
		ann.quiet()
		ann.puback(again.PacketID)
		h.say("bob", chat.ToUser("ann"), "2")
		if m := ann.message("im/in/c2c/bob"); m.text() != "2" {
			t.Errorf("then came %+v", m)
		}
	})
}

// After a restart, messages that were not acknowledged are sent again as new packets.
func TestUnacknowledgedMessagesSurviveRestart(t *testing.T) {
	h := open(t, nil)
	who := hello{user: "ann", client: "phone", keep: true, manual: true}
	ann := h.listener(who)
	h.say("bob", chat.ToUser("ann"), "0")
	ann.want(packets.Publish)
	h.stop()
	h.start()
	ann = h.enter(who)
	if m := ann.message("im/in/c2c/bob"); m.text() != "0" {
		t.Errorf("came %+v", m)
	}
}

func TestWindow(t *testing.T) {
	for _, window := range []uint16{0, 5, 100} {
		t.Run(fmt.Sprint(window), func(t *testing.T) {
			h := open(t, nil)
			ann := h.listener(hello{user: "ann", manual: true, change: func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = window }})
			size := int(window)
			if size == 0 {
				size = 20
			}
			for i := range 300 {
				h.say("bob", chat.ToUser("ann"), fmt.Sprint(i))
			}
			var got []string
			var ids []uint16
			for len(got) < 300 {
				pk := ann.want(packets.Publish)
				got = append(got, parse(t, pk.Payload).text())
				ids = append(ids, pk.PacketID)
				if len(ids) == size && len(got) < 300 {
					ann.quiet() // not one more
					for _, id := range ids {
						ann.puback(id)
					}
					ids = nil
				}
				if len(ids) > size {
					t.Fatalf("%d in flight, window %d", len(ids), size)
				}
			}
			wantSequence(t, got, 0)
		})
	}
}

// A client that does not read does not slow its group, and gets everything when it
// reads again.
func TestSlowReader(t *testing.T) {
	for _, qos := range []byte{0, 1} {
		t.Run(fmt.Sprint("qos", qos), func(t *testing.T) {
			r := prometheus.NewRegistry()
			h := open(t, func(o *broker.Options) { o.BufferSoft, o.Registerer = 16<<10, r })
			h.limits(func(l *chat.Limits) { l.GroupRate = -1 })
			h.group("lobby", "bob", "ann", "cat")
			slow := h.enter(hello{user: "ann", mute: true})
			slow.sendSubscribe(qos, "im/in/#")
			cat := h.enter(hello{user: "cat"})
			cat.subscribe(qos, "im/in/#")
			if pk, err := slow.read(); err != nil || pk.FixedHeader.Type != packets.Suback {
				t.Fatalf("no SUBACK: %v", err)
			}
			pad := make([]byte, 8000)
			for i := range pad {
				pad[i] = 'x'
			}
			// First what the sockets' own buffers take, then more bytes than the tail keeps
			// of one conversation, so that some of it is read from the store.
			n := 0
			for behind := 300; behind > 0; n++ {
				if n > 3000 {
					t.Fatal("the reader is not slow")
				}
				if value(t, r, "teahouse_lagged_total") > 0 {
					behind--
				}
				h.say("bob", chat.ToGroup("lobby"), fmt.Sprintf("%d %s", n, pad))
				if m := cat.message("im/in/group/lobby"); m.MsgSeq == 0 {
					t.Fatal("the other member misses a message")
				}
			}
			go slow.loop()
			last := chat.Seq(0)
			for i := range n {
				m := slow.message("im/in/group/lobby")
				if last != 0 && m.MsgSeq != last+1 {
					t.Fatalf("message %d has number %d after %d", i, m.MsgSeq, last)
				}
				last = m.MsgSeq
			}
			slow.quiet()
		})
	}
}

// Messages while a session catches up are neither lost nor doubled.
func TestCatchUpUnderTraffic(t *testing.T) {
	h := open(t, nil)
	who := hello{user: "ann", client: "phone", keep: true, version: 4}
	h.listener(who).leave()
	h.away("ann")
	const n = 3000
	for i := range n / 3 {
		h.say("bob", chat.ToUser("ann"), fmt.Sprint(i))
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := n / 3; i < n; i++ {
			h.say("bob", chat.ToUser("ann"), fmt.Sprint(i))
		}
	}()
	ann := h.enter(who)
	wantSequence(t, ann.texts("im/in/c2c/bob", n), 0)
	await(t, done)
	ann.quiet()
}

func TestResumeBeyondLimitSignalsGap(t *testing.T) {
	h := open(t, nil)
	h.limits(func(l *chat.Limits) { l.ResumePerConv = 30 })
	who := hello{user: "ann", client: "phone", keep: true}
	h.listener(who).leave()
	h.away("ann")
	for i := range 100 {
		h.say("bob", chat.ToUser("ann"), fmt.Sprint(i))
	}
	ann := h.enter(who)
	if m := ann.message("im/event/conversation"); !m.Gap || m.Conv != "c2c/bob" {
		t.Errorf("gap is %+v", m)
	}
	wantSequence(t, ann.texts("im/in/c2c/bob", 20), 80)
	ann.quiet()
}

// Messages that the store has lost are passed over: the client is told that
// there is a gap, and gets the rest.
func TestResumeSkipsLostMessages(t *testing.T) {
	var store *faulty.Store
	h := open(t, func(o *broker.Options) {
		store = faulty.New(o.Store.(chat.Store))
		o.Store = store
	})
	who := hello{user: "ann", client: "phone", keep: true}
	h.listener(who).leave()
	h.away("ann")
	for i := range 20 {
		h.say("bob", chat.ToUser("ann"), fmt.Sprint(i))
	}
	h.stop()
	h.start() // nothing is in memory
	conv := chat.C2COf(app, "ann", "bob")
	store.Fail("Messages", 1, fmt.Errorf("read messages: %w", &chat.Hole{Conv: conv, First: 1, Last: 5}))
	ann := h.enter(who)
	if m := ann.message("im/event/conversation"); !m.Gap || m.Conv != "c2c/bob" {
		t.Errorf("gap is %+v", m)
	}
	wantSequence(t, ann.texts("im/in/c2c/bob", 15), 5)
	ann.quiet()
}

func TestSessionLifetime(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		who := hello{user: "ann", client: "phone", version: version, keep: true}
		h.listener(who).leave()
		h.away("ann")
		h.wait(8 * 24 * time.Hour)
		if d := h.enter(who); d.ack.SessionPresent {
			t.Error("an expired session is there")
		}
		clean := who
		clean.keep = false
		h.enter(clean)
		if d := h.enter(who); d.ack.SessionPresent {
			t.Error("a session is there after a clean one")
		}
		h.stop()
		h.start()
		if d := h.enter(who); !d.ack.SessionPresent {
			t.Error("a session is lost by a restart")
		}
	})
}

// A member removed from a group gets nothing more of it, not even what waits.
func TestRemovedMemberGetsNothingMore(t *testing.T) {
	h := open(t, nil)
	h.group("lobby", "bob", "ann")
	ann := h.enter(hello{user: "ann", manual: true})
	ann.subscribe(1, "im/in/#")
	for i := range 40 {
		h.say("bob", chat.ToGroup("lobby"), fmt.Sprint(i))
	}
	wantSequence(t, ann.texts("im/in/group/lobby", 20), 0)
	admin := chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin}
	if err := h.svc.Group.RemoveMembers(t.Context(), admin, "lobby", []chat.UserID{"ann"}, false, ""); err != nil {
		t.Fatal(err)
	}
	h.say("bob", chat.ToGroup("lobby"), "secret") // what came before it is told, too
	for id := range uint16(20) {
		ann.puback(id + 1)
	}
	ann.quiet()
}

func TestNewMemberGetsMessagesAtOnce(t *testing.T) {
	h := open(t, nil)
	h.group("lobby", "bob")
	ann := h.enter(hello{user: "ann"})
	ann.subscribe(1, "im/in/group/lobby")
	h.say("bob", chat.ToGroup("lobby"), "before")
	ann.quiet()
	admin := chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin}
	if _, err := h.svc.Group.AddMembers(t.Context(), admin, "lobby", []chat.UserID{"ann"}, true); err != nil {
		t.Fatal(err)
	}
	h.say("bob", chat.ToGroup("lobby"), "after")
	if m := ann.message("im/in/group/lobby"); m.text() != "after" {
		t.Errorf("heard %+v", m)
	}
}

func TestWills(t *testing.T) {
	will := func(delay uint32) func(*packets.Packet) {
		return func(pk *packets.Packet) {
			pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, "im/text/c2c/bob", []byte("gone")
			pk.Connect.WillProperties.WillDelayInterval = delay
		}
	}
	versions(t, func(t *testing.T, version byte) {
		t.Run("lost", func(t *testing.T) {
			h := open(t, nil)
			bob := h.listener(hello{user: "bob"})
			h.enter(hello{user: "ann", client: "a", version: version, change: will(0)}).leave()
			if m := bob.message("im/in/c2c/ann"); m.text() != "gone" {
				t.Errorf("will %+v", m)
			}
			bob.quiet()
		})
		t.Run("said goodbye", func(t *testing.T) {
			h := open(t, nil)
			bob := h.listener(hello{user: "bob"})
			h.enter(hello{user: "ann", client: "a", version: version, change: will(0)}).bye()
			h.away("ann")
			bob.quiet()
		})
		t.Run("taken over", func(t *testing.T) {
			h := open(t, nil)
			bob := h.listener(hello{user: "bob"})
			who := hello{user: "ann", client: "a", version: version, change: will(0)}
			h.enter(who)
			h.enter(who)
			bob.message("im/in/c2c/ann")
			bob.quiet()
		})
	})
	t.Run("goodbye with will", func(t *testing.T) {
		h := open(t, nil)
		bob := h.listener(hello{user: "bob"})
		ann := h.enter(hello{user: "ann", change: will(0)})
		ann.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}, ReasonCode: 4})
		bob.message("im/in/c2c/ann")
	})
	t.Run("delayed, resumed", func(t *testing.T) {
		h := open(t, nil)
		bob := h.listener(hello{user: "bob"})
		who := hello{user: "ann", client: "a", keep: true, change: will(30)}
		h.enter(who).leave()
		h.away("ann")
		who.change = nil
		h.enter(who).leave()
		h.away("ann")
		h.wait(31 * time.Second)
		h.enter(who)
		bob.quiet()
	})
	t.Run("delayed, due", func(t *testing.T) {
		h := open(t, nil)
		bob := h.listener(hello{user: "bob"})
		h.enter(hello{user: "ann", client: "a", keep: true, change: will(30)}).leave()
		h.away("ann")
		bob.quiet()
		h.wait(31 * time.Second)
		bob.message("im/in/c2c/ann")
		h.wait(2 * time.Hour) // the session ends: not once more
		bob.quiet()
	})
}

func TestUserEventsAreResumed(t *testing.T) {
	h := open(t, nil)
	h.group("lobby", "bob", "ann")
	who := hello{user: "ann", client: "phone", keep: true}
	h.listener(who).leave()
	h.away("ann")
	admin := chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin}
	if err := h.svc.Group.RemoveMembers(t.Context(), admin, "lobby", []chat.UserID{"ann"}, false, "bye"); err != nil {
		t.Fatal(err)
	}
	ann := h.enter(who)
	if m := ann.message("im/event/group"); m.Reason != "bye" {
		t.Errorf("event %+v", m)
	}
	ann.quiet()
	ann.leave()
	h.away("ann")
	h.enter(who).quiet() // once
}

// A session of a deleted account is not resumed by a new account of the same name.
func TestSessionOfDeletedAccountIsNotResumed(t *testing.T) {
	h := open(t, nil)
	who := hello{user: "ann", client: "phone", keep: true}
	h.listener(who).leave()
	h.away("ann")
	admin := chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin}
	if _, err := h.svc.DeleteAccounts(t.Context(), admin, []chat.UserID{"ann"}); err != nil {
		t.Fatal(err)
	}
	h.wait(2 * time.Second)
	if d := h.enter(who); d.ack.SessionPresent {
		t.Error("the session is there")
	}
}

// Events about conversations come to a session that was away, however the clock has jumped
// meanwhile, as many as there are, once.
func TestConversationEventsAreResumed(t *testing.T) {
	const many = 100
	h := open(t, nil)
	who := hello{user: "ann", client: "phone", keep: true}
	ann := h.listener(who)
	h.say("bob", chat.ToUser("ann"), "x")
	ann.message("im/in/c2c/bob")
	h.delivered()
	ann.leave()
	h.away("ann")
	h.wait(-2 * time.Hour)
	bob := chat.Actor{App: app, User: "bob"}
	for i := range many {
		if err := h.svc.Message.React(t.Context(), bob, chat.ToUser("ann"), 1, fmt.Sprint("r", i%20), i/20%2 == 0); err != nil {
			t.Fatal(err)
		}
	}
	h.delivered()
	ann = h.enter(who)
	for rev := range uint64(many) {
		if m := ann.message("im/event/reaction"); m.Rev != rev+1 {
			t.Fatalf("event %d, want %d", m.Rev, rev+1)
		}
	}
	ann.quiet()
	ann.leave()
	h.away("ann")
	h.enter(who).quiet()
}
