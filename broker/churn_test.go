package broker_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/chat"
)

// A device whose connection breaks again and again, at any moment and without
// acknowledging, misses no message: each one it gets is the conversation's next, or
// one it already had.
func TestReconnectsLoseNoMessages(t *testing.T) {
	for _, restarts := range []bool{false, true} {
		t.Run(fmt.Sprint("restarts=", restarts), func(t *testing.T) {
			versions(t, func(t *testing.T, version byte) {
				h := open(t, nil)
				h.limits(func(l *chat.Limits) { l.GroupRate = -1 })
				h.group("lobby", "bob", "ann", "cat")
				who := hello{user: "ann", client: "phone", version: version, keep: true, manual: true}
				first := h.enter(who)
				first.subscribe(1, "im/in/#")

				const each = 800
				from := map[string]chat.Seq{ // what was said before ann listened
					"im/in/c2c/bob": 0, "im/in/group/lobby": h.head(chat.GroupOf(app, "lobby")),
				}
				want := map[string]chat.Seq{}
				for topic, seq := range from {
					want[topic] = seq + each
				}
				var talk sync.WaitGroup
				for _, to := range []chat.Target{chat.ToUser("ann"), chat.ToGroup("lobby")} {
					talk.Go(func() {
						for i := range each {
							h.say("bob", to, fmt.Sprint(i))
						}
					})
				}
				rnd := rand.New(rand.NewPCG(7, uint64(version)))
				for turn := 0; ; turn++ {
					d := first
					if turn > 0 {
						d = h.enter(who)
						if !d.ack.SessionPresent {
							t.Fatal("the session is lost")
						}
					}
					if d.hear(from, want, 1+rnd.IntN(120), rnd) {
						d.leave()
						break
					}
					if rnd.IntN(2) == 0 {
						d.leave()
					}
					if restarts && turn%4 == 3 {
						talk.Wait() // the core outlives the broker; nobody talks to a wall
						h.stop()
						h.start()
					}
				}
				talk.Wait()
			})
		})
	}
}

// hear takes up to n messages, the last of them (fewer than the window) without
// acknowledging, and reports whether all are there.
func (d *device) hear(from, want map[string]chat.Seq, n int, rnd *rand.Rand) bool {
	d.Helper()
	silent := rnd.IntN(15)
	for left := n; left > 0; left-- {
		if from["im/in/c2c/bob"] == want["im/in/c2c/bob"] && from["im/in/group/lobby"] == want["im/in/group/lobby"] {
			return true
		}
		pk := d.want(packets.Publish)
		if m := parse(d.TB, pk.Payload); m.MsgSeq == from[pk.TopicName]+1 {
			from[pk.TopicName]++
		} else if m.MsgSeq > from[pk.TopicName] {
			d.Fatalf("%s: %d after %d", pk.TopicName, m.MsgSeq, from[pk.TopicName])
		}
		if left > silent {
			d.puback(pk.PacketID)
		}
	}
	return false
}

func (h *house) head(c chat.Conversation) chat.Seq {
	h.Helper()
	head, err := h.store.Head(h.Context(), c.Shard())
	if err != nil {
		h.Fatal(err)
	}
	return head.Seq
}

// A client that has stopped reading and has no keep alive is taken over at once.
func TestTakeoverOfAClientThatDoesNotRead(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		h.limits(func(l *chat.Limits) { l.GroupRate = -1 })
		who := hello{user: "ann", client: "phone", version: version, mute: true, change: func(pk *packets.Packet) { pk.Connect.Keepalive = 0 }}
		stuck := h.enter(who)
		stuck.sendSubscribe(0, "im/#")
		if pk, err := stuck.read(); err != nil || pk.FixedHeader.Type != packets.Suback {
			t.Fatalf("no SUBACK: %v", err)
		}
		long := make([]byte, 8000)
		for i := range long {
			long[i] = 'x'
		}
		for range 700 {
			h.say("bob", chat.ToUser("ann"), string(long))
		}
		who.mute = false
		h.enter(who).quiet()
	})
}

// A QoS 2 publish that was committed before a restart is not committed again.
func TestQoS2PublishIsStoredOnceAcrossRestart(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		who := hello{user: "ann", client: "phone", version: version, keep: true}
		ann := h.enter(who)
		id := ann.publish(2, "im/text/c2c/bob", "once")
		ann.want(packets.Pubrec)
		h.stop()
		h.start()
		ann = h.enter(who)
		ann.send(packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 2, Dup: true},
			TopicName:   "im/text/c2c/bob", Payload: []byte("once"), PacketID: id,
		})
		ann.want(packets.Pubrec)
		ann.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrel, Qos: 1}, PacketID: id})
		if c := ann.want(packets.Pubcomp); c.ReasonCode != 0 {
			t.Errorf("PUBCOMP %#x", c.ReasonCode)
		}
		if got := h.head(chat.C2COf(app, "ann", "bob")); got != 1 {
			t.Errorf("%d messages stored, want 1", got)
		}
	})
}

// A publish refused as busy is not acknowledged: a 3.1.1 client is disconnected
// without an ack, a 5.0 client gets 0x97.
func TestBusyPublishIsNotAcknowledged(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		h.ears.busy.Store(true)
		ann := h.enter(hello{user: "ann", client: "phone", version: version})
		ann.subscribe(0, "im/err")
		ann.publish(1, "im/text/c2c/bob", "x")
		if m := ann.message("im/err"); m.ErrorCode != chat.CodeBusy {
			t.Errorf("im/err %+v", m)
		}
		if version == 5 {
			if ack := ann.want(packets.Puback); ack.ReasonCode != 0x97 {
				t.Errorf("PUBACK %#x", ack.ReasonCode)
			}
			return
		}
		if last := ann.end(); last.FixedHeader.Type != 0 {
			t.Errorf("got %s", name(last, true))
		}
	})
}

// slowStore holds up one read of messages.
type slowStore struct {
	broker.Store
	armed   atomic.Bool
	reading chan struct{}
	goOn    chan struct{}
}

// Messages implements broker.Store.
func (s *slowStore) Messages(ctx context.Context, c chat.Conversation, first chat.Seq, down bool, limit, maxBytes int) ([]*chat.Message, error) {
	if s.armed.CompareAndSwap(true, false) {
		close(s.reading)
		<-s.goOn
	}
	return s.Store.Messages(ctx, c, first, down, limit, maxBytes)
}

// When a connection is taken over during a catch-up, the new one continues it.
func TestTakeoverDuringCatchUp(t *testing.T) {
	slow := &slowStore{reading: make(chan struct{}), goOn: make(chan struct{})}
	h := open(t, func(o *broker.Options) { slow.Store, o.Store = o.Store, slow })
	who := hello{user: "ann", client: "phone", keep: true}
	h.listener(who).leave()
	h.away("ann")
	for i := range 5 {
		h.say("bob", chat.ToUser("ann"), fmt.Sprint(i))
	}
	slow.armed.Store(true)
	h.enter(who)
	await(t, slow.reading)
	ann := h.enter(who)
	close(slow.goOn)
	wantSequence(t, ann.texts("im/in/c2c/bob", 5), 0)
	ann.quiet()
}
