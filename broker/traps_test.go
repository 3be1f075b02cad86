package broker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/chat"
)

// The traps of the MQTT library that we set out from: eighteen defects, each
// reproduced against it or read in it. None may show here, whatever drives the packets.
//
//	trap                                                    proved by
//	B1  a refused publish is delivered all the same         TestRefusedPublishIsNotDelivered; its answers: TestRefusedPublishes
//	B2  offline messages come in random order               TestResumeDeliversMissedMessagesInOrder, TestCatchUpUnderTraffic
//	B3  inbound and outbound packet ids share a table       TestPacketIDsOfBothDirectionsAreIndependent
//	B4  a burst above the Receive Maximum stalls for good   TestBurstAboveReceiveMaximumArrives, TestWindow
//	B5  publishers to one slow reader deadlock              TestManyPublishersToOneSlowReader
//	B6  parallel CONNECTs leave two connections alive       TestParallelConnectsLeaveOneConnection, TestParallelConnectsTakeOver
//	B7  a takeover waits for the old connection to read     TestTakeoverOfAClientThatDoesNotRead
//	B8  no CONNECT deadline, memory before CONNECT          TestUnauthenticatedConnectionsUseNoMemory, TestSilentConnectionIsClosedAtConnectDeadline
//	B9  a Will passes no check                              TestWillIsCheckedLikePublish; at CONNECT: TestRefusedConnects
//	B10 an expired session goes on receiving                TestExpiredSessionLeavesNoSubscription
//	B11 topic aliases of another connection                 TestNoTopicAliasesAreSent
//	B12 PUBLISH before CONNACK                              TestConnackComesFirst
//	B13 a panic ends the process                            TestPanicInCoreClosesOneConnection, TestBadPacketsCloseOneConnection
//	B14 what comes during a takeover is lost                TestReconnectsLoseNoMessages
//	B15 the end of a connection removes its successor       TestReconnectBeforeDisconnectIsNoticed
//	B16 a delayed Will fires for somebody who is back       TestDelayedWillIsCancelledByReconnect
//	B17 each inbound packet costs the whole backlog         TestBacklogDoesNotSlowInbound
//	B18 packets, passwords included, are logged             TestMessagesAndPasswordsAreNotLogged

// B1: a refused message is delivered to nobody, whatever the version and QoS.
func TestRefusedPublishIsNotDelivered(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		h.group("lobby", "bob")
		bob := h.listener(hello{user: "bob"})
		ann := h.listener(hello{user: "ann", client: "a", version: version})
		for qos := range byte(3) {
			id := ann.publish(qos, "im/text/group/lobby", "let me in")
			if m := ann.message("im/err"); m.ErrorCode != 10007 {
				t.Errorf("QoS %d: im/err %+v", qos, m)
			}
			if qos == 0 {
				continue
			}
			ack := ann.want([]byte{1: packets.Puback, 2: packets.Pubrec}[qos])
			if ack.PacketID != id {
				t.Errorf("QoS %d: acknowledged %d, want %d", qos, ack.PacketID, id)
			}
			if qos == 2 && version == 4 {
				ann.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrel, Qos: 1}, PacketID: id})
				ann.want(packets.Pubcomp)
			}
		}
		bob.quiet()
		h.say("bob", chat.ToGroup("lobby"), "alone") // nor is it stored
		if m := bob.message("im/in/group/lobby"); m.text() != "alone" {
			t.Errorf("bob hears %+v", m)
		}
	})
}

// B3: the packet ids of the client and those of the server are independent. Both may
// use the same number at once.
func TestPacketIDsOfBothDirectionsAreIndependent(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		who := hello{user: "ann", client: "phone", version: version, keep: true, manual: true}
		ann := h.enter(who)
		ann.subscribe(1, "im/in/#")
		h.say("bob", chat.ToUser("ann"), "important")
		ours := ann.want(packets.Publish)

		ann.ids = ours.PacketID - 1
		if codes := ann.subscribe(1, "im/event/#"); codes[0] != 1 {
			t.Errorf("SUBSCRIBE with an id of ours: %#x", codes)
		}
		for qos := byte(1); qos <= 2; qos++ {
			ann.ids = ours.PacketID - 1
			id := ann.publish(qos, "im/text/c2c/bob", "hello")
			ack := ann.want([]byte{1: packets.Puback, 2: packets.Pubrec}[qos])
			if ack.PacketID != id || ack.ReasonCode != 0 {
				t.Errorf("QoS %d: %d %#x", qos, ack.PacketID, ack.ReasonCode)
			}
		}
		ann.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrel, Qos: 1}, PacketID: ours.PacketID})
		ann.want(packets.Pubcomp)
		ann.ids = ours.PacketID - 1
		ann.send(packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: ours.PacketID,
			Filters: packets.Subscriptions{{Filter: "im/event/#"}},
		})
		ann.want(packets.Unsuback)

		h.delivered() // what the old connection had is known exactly
		ann.leave()
		ann = h.enter(who)
		again := ann.want(packets.Publish)
		if again.PacketID != ours.PacketID || !again.FixedHeader.Dup || parse(t, again.Payload).text() != "important" {
			t.Errorf("repeated: %+v", again)
		}
		ann.puback(again.PacketID)
		ann.quiet()
	})
}

// B4: a slow device never has more in flight than its Receive Maximum, and in the
// end gets everything, however long the burst.
func TestBurstAboveReceiveMaximumArrives(t *testing.T) {
	h := open(t, nil)
	const most, burst = 10, 5000
	ann := h.enter(hello{user: "ann", manual: true, change: func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = most }})
	ann.subscribe(1, "im/in/#")
	var talk sync.WaitGroup
	talk.Go(func() { h.burst("bob", chat.ToUser("ann"), burst) })
	var held []uint16
	for i := range burst {
		pk := ann.want(packets.Publish)
		if m := parse(t, pk.Payload); m.text() != fmt.Sprint(i) {
			t.Fatalf("message %d is %q", i, m.text())
		}
		if held = append(held, pk.PacketID); len(held) > most {
			t.Fatalf("%d in flight after message %d, Receive Maximum is %d", len(held), i, most)
		}
		if len(held) == most || i%3 == 0 { // at times one by one, at times all at once
			for _, id := range held {
				ann.puback(id)
			}
			held = held[:0]
		}
	}
	talk.Wait()
	ann.quiet()
}

// burst sends numbered texts as fast as the core takes them.
func (h *house) burst(from chat.UserID, to chat.Target, n int) {
	h.Helper()
	window := make(chan struct{}, 64)
	var all sync.WaitGroup
	var failed atomic.Pointer[error]
	for i := range n {
		window <- struct{}{}
		all.Add(1)
		h.svc.Message.Send(context.Background(), chat.Actor{App: app, User: from}, textTo(to, fmt.Sprint(i)), func(_ chat.Receipt, err error) {
			if err != nil {
				failed.CompareAndSwap(nil, &err)
			}
			<-window
			all.Done()
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		h.Errorf("send: %v", *err)
	}
}

func textTo(to chat.Target, text string) chat.Draft {
	return chat.Draft{To: to, Body: fmt.Appendf(nil, `[{"MsgType":"TIMTextElem","MsgContent":{"Text":%q}}]`, text)}
}

// B5: eight connections publish at once to one reader with a small window. All
// are acknowledged, and everything arrives.
func TestManyPublishersToOneSlowReader(t *testing.T) {
	h := open(t, nil)
	h.limits(func(l *chat.Limits) { *l = l.NoRates() })
	ann := h.enter(hello{user: "ann", change: func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 3 }})
	ann.subscribe(1, "im/in/#")
	const publishers, each = 8, 250
	var all sync.WaitGroup
	for i := range publishers {
		bob := h.enter(hello{user: "bob", client: fmt.Sprint("b", i), version: 4 + byte(i&1)})
		all.Go(func() {
			for range each {
				id := bob.publish(1, "im/text/c2c/ann", "x")
				if pk, ok := bob.next(); !ok || pk.FixedHeader.Type != packets.Puback || pk.PacketID != id {
					t.Errorf("publisher %d: %s of %d, want PUBACK of %d", i, name(pk, ok), pk.PacketID, id)
					return
				}
			}
		})
	}
	for want := range chat.Seq(publishers * each) {
		if m := ann.message("im/in/c2c/bob"); m.MsgSeq != want+1 {
			t.Fatalf("message %d after %d", m.MsgSeq, want)
		}
	}
	all.Wait()
	ann.quiet()
}

// B8: connections that announce a CONNECT of 256 MiB, or send nothing, use no memory
// and are closed.
func TestUnauthenticatedConnectionsUseNoMemory(t *testing.T) {
	h := open(t, func(o *broker.Options) { o.ConnectTimeout = 200 * time.Millisecond })
	h.enter(hello{user: "ann"}).quiet() // everything is warm
	before := heap()
	var strangers []net.Conn
	for i := range 32 {
		sock, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer sock.Close()
		if i%2 == 0 {
			if _, err := sock.Write([]byte{0x10, 0xff, 0xff, 0xff, 0x7f}); err != nil {
				t.Fatal(err)
			}
		}
		strangers = append(strangers, sock)
	}
	for _, sock := range strangers {
		_ = sock.SetReadDeadline(time.Now().Add(patience))
		if n, err := sock.Read(make([]byte, 1)); n != 0 || isTimeout(err) {
			t.Errorf("%d bytes and %v, want the end", n, err)
		}
	}
	if grown := heap() - before; grown > 4<<20 { // one announced packet would be 256 MiB
		t.Errorf("the heap grew by %d KiB", grown>>10)
	}
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// heap is what is in use after a collection.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // pools are emptied by the second
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}

// B9: a Will is checked like a publish when it is sent. A member who was muted or
// removed after CONNECT sends none to the group.
func TestWillIsCheckedLikePublish(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		h.group("lobby", "bob", "ann")
		h.group("closed", "bob")
		bob := h.enter(hello{user: "bob"})
		bob.subscribe(1, "im/in/#")
		will := func(group string) func(*packets.Packet) {
			return func(pk *packets.Packet) {
				pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, "im/text/group/"+group, []byte("from "+group)
			}
		}
		last := func(group string) {
			d := h.enter(hello{user: "ann", client: group, version: version, change: will(group)})
			d.leave()
			h.away("ann")
		}
		last("closed")
		last("lobby")
		if m := bob.message("im/in/group/lobby"); m.text() != "from lobby" {
			t.Errorf("bob hears %+v", m)
		}
		admin := chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin}
		d := h.enter(hello{user: "ann", client: "x", version: version, change: will("lobby")})
		if err := h.svc.Group.RemoveMembers(t.Context(), admin, "lobby", []chat.UserID{"ann"}, true, ""); err != nil {
			t.Fatal(err)
		}
		d.leave()
		h.away("ann")
		h.say("bob", chat.ToUser("bob"), "the end")
		for {
			pk := bob.want(packets.Publish)
			m := parse(t, pk.Payload)
			if m.text() == "the end" {
				break
			}
			if m.From == "ann" {
				t.Errorf("ann was heard: %q %s", pk.TopicName, pk.Payload)
			}
		}
	})
}

// B10: an expired session leaves nothing behind: the next session of the client gets
// only what it subscribes to itself.
func TestExpiredSessionLeavesNoSubscription(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		bob := h.enter(hello{user: "bob"})
		who := hello{user: "ann", client: "phone", version: version, keep: true}
		h.listener(who).leave()
		h.away("ann")
		h.say("bob", chat.ToUser("ann"), "missed")
		h.wait(8 * 24 * time.Hour)
		ann := h.enter(who)
		if ann.ack.SessionPresent {
			t.Error("the session is there")
		}
		bob.subscribe(0, "im/in/#")
		h.say("bob", chat.ToUser("ann"), "ghost")
		for bob.message("im/in/c2c/ann").text() != "ghost" { // ann's devices are served before
		}
		ann.quiet()
		ann.subscribe(1, "im/in/#")
		ann.quiet()
		h.say("bob", chat.ToUser("ann"), "seen")
		if m := ann.message("im/in/c2c/bob"); m.text() != "seen" {
			t.Errorf("heard %+v", m)
		}
	})
}

// B11: a client that accepts topic aliases still gets whole topics, every time.
func TestNoTopicAliasesAreSent(t *testing.T) {
	h := open(t, nil)
	who := hello{user: "ann", client: "phone", keep: true, manual: true, change: func(pk *packets.Packet) { pk.Properties.TopicAliasMaximum = 10 }}
	whole := func(pk packets.Packet) {
		if pk.TopicName != "im/in/c2c/bob" || pk.Properties.TopicAliasFlag {
			t.Errorf("topic %q, alias %d", pk.TopicName, pk.Properties.TopicAlias)
		}
	}
	ann := h.enter(who)
	ann.subscribe(1, "im/in/#")
	for range 3 {
		h.say("bob", chat.ToUser("ann"), "x")
		whole(ann.want(packets.Publish))
	}
	ann.leave()
	h.away("ann")
	for range 3 {
		h.say("bob", chat.ToUser("ann"), "x")
	}
	ann = h.enter(who)
	for range 6 {
		whole(ann.want(packets.Publish))
	}
}

// panicky is a core that cannot bear one word.
type panicky struct{ broker.Core }

// Send implements hooks.Core.
func (p panicky) Send(ctx context.Context, by chat.Actor, d chat.Draft, done func(chat.Receipt, error)) {
	if bytes.Contains(d.Body, []byte("coffee")) {
		panic("not in this house")
	}
	p.Core.Send(ctx, by, d, done)
}

// B13: a panic in the core closes only the connection that caused it.
func TestPanicInCoreClosesOneConnection(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, func(o *broker.Options) { o.Service = panicky{o.Service} })
		bob := h.listener(hello{user: "bob", version: version, client: "b"})
		for qos := range byte(3) {
			ann := h.enter(hello{user: "ann", client: "a", version: version})
			ann.publish(qos, "im/text/c2c/bob", "coffee?")
			ann.end()
		}
		ann := h.enter(hello{user: "ann", client: "a", version: version})
		ann.publish(1, "im/text/c2c/bob", "tea?")
		ann.want(packets.Puback)
		if m := bob.message("im/in/c2c/ann"); m.text() != "tea?" {
			t.Errorf("bob hears %+v", m)
		}
	})
}

// B15: a client that reconnects before the server has noticed the broken connection
// gets its messages, each time.
func TestReconnectBeforeDisconnectIsNoticed(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		for _, keep := range []bool{false, true} {
			who := hello{user: "ann", client: fmt.Sprint("kept ", keep), version: version, keep: keep}
			ann := h.listener(who)
			for i := range 40 {
				switch i % 3 { // or taken over
				case 0:
					ann.leave()
				case 1:
					ann.bye()
				}
				ann = h.enter(who)
				if !keep {
					ann.subscribe(1, "im/in/#")
				}
				r := h.say("bob", chat.ToUser("ann"), fmt.Sprint(i))
				for m := (message{}); m.MsgSeq != r.Seq; {
					m = ann.message("im/in/c2c/bob")
					if m.MsgSeq != r.Seq && !keep { // a kept session repeats what it does not know the fate of
						t.Fatalf("round %d: heard %+v", i, m)
					}
				}
			}
			ann.bye()
			ann.end()
		}
	})
}

// B16: a delayed Will is not sent after the client has reconnected, in whatever
// order the old connection ends and the new one begins.
func TestDelayedWillIsCancelledByReconnect(t *testing.T) {
	h := open(t, nil)
	bob := h.listener(hello{user: "bob"})
	will := func(text string) func(*packets.Packet) {
		return func(pk *packets.Packet) {
			pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, "im/text/c2c/bob", []byte(text)
			pk.Connect.WillProperties.WillDelayInterval = 30
		}
	}
	for i := range 40 {
		who := hello{user: "ann", client: fmt.Sprint("phone", i%4), keep: true, change: will("gone")}
		h.enter(who).leave()
		who.change = nil
		h.enter(who)
	}
	h.enter(hello{user: "cat", client: "phone", keep: true, change: will("really gone")}).leave()
	h.away("cat")
	h.wait(31 * time.Second)
	bob.message("im/in/c2c/cat") // the same look at the clock would have sent ann's
	bob.quiet()
}

// B17: handling a client's packets costs the same with ten thousand messages waiting
// for it as with none. The best of several rounds is compared, with room for a busy
// machine; a cost that grows with the backlog is off by hundreds.
func TestBacklogDoesNotSlowInbound(t *testing.T) {
	h := open(t, nil)
	manual := func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 1000 }
	light := h.enter(hello{user: "cat", manual: true, change: manual})
	heavy := h.enter(hello{user: "ann", manual: true, change: manual})
	heavy.subscribe(1, "im/in/#")
	h.burst("bob", chat.ToUser("ann"), 10_000)
	for range 1000 {
		heavy.want(packets.Publish)
	}
	best := func(d *device) time.Duration {
		least := time.Duration(1<<63 - 1)
		for range 20 {
			began := time.Now()
			for range 50 {
				d.puback(0xFFFF) // of nothing
			}
			d.quiet()
			least = min(least, time.Since(began))
		}
		return least
	}
	a, b := best(light), best(heavy)
	t.Logf("51 packets: %v without a backlog, %v with", a, b)
	if b > 10*a+5*time.Millisecond {
		t.Errorf("51 packets take %v, %v with a backlog", a, b)
	}
}

// B18: even at debug level the log contains no messages and no passwords, nor those
// of malformed packets.
func TestMessagesAndPasswordsAreNotLogged(t *testing.T) {
	var log safeBuffer
	h := open(t, func(o *broker.Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug - 8}))
	})
	versions(t, func(t *testing.T, version byte) {
		const word = "rendezvous"
		ann := h.enter(hello{user: "ann", client: "a", version: version})
		ann.publish(1, "im/text/c2c/bob", word)
		ann.want(packets.Puback)
		ann.publish(1, "im/text/c2c/nobody", word)
		ann.want(packets.Puback)
		ann.publish(0, "im/req/login.refresh/1", fmt.Sprintf(`{"UserSig":%q}`, h.sig(app, "bob")))
		ann.send(ann.connect(h, hello{user: "ann"})) // a second CONNECT
		ann.end()
		odd := h.enter(hello{user: "ann", client: "a", version: version})
		_, _ = odd.sock.Write(append([]byte{0x36, byte(4 + len(word)), 0, 1, 'x', 0}, word...)) // QoS 3
		odd.end()
		h.dial(hello{user: "ann", client: "a", version: version, password: word})
		h.dial(hello{user: "ann", client: "a", version: version, name: "bob"})
		lost := h.enter(hello{user: "ann", client: "a", version: version, change: func(pk *packets.Packet) {
			pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, "im/text/c2c/nobody", []byte(word)
		}})
		lost.leave()
		h.away("ann")
		for _, secret := range []string{word, h.sig(app, "ann")[:40], h.sig(app, "bob")[:40]} {
			if text := log.String(); strings.Contains(text, secret) {
				at := strings.Index(text, secret)
				t.Errorf("the log says %q", text[max(0, at-200):at+len(secret)])
			}
		}
	})
	if log.String() == "" {
		t.Error("nothing was logged: the test proves nothing")
	}
}

// safeBuffer is a bytes.Buffer for many writers.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
