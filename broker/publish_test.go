package broker_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// gate is an app that takes its time over messages with "slow" in them.
type gate struct {
	mu    sync.Mutex
	held  []func()
	asked chan struct{}
}

func newGate() *gate { return &gate{asked: make(chan struct{}, 64)} }

// Before implements chat.Gate.
func (g *gate) Before(_ context.Context, q chat.Question, done func(chat.Verdict, error)) {
	if !bytes.Contains(q.Message.Body, []byte("slow")) {
		done(chat.Verdict{}, nil)
		return
	}
	g.mu.Lock()
	g.held = append(g.held, func() { done(chat.Verdict{}, nil) })
	g.mu.Unlock()
	g.asked <- struct{}{}
}

// open lets the messages go.
func (g *gate) open() {
	g.mu.Lock()
	held := g.held
	g.held = nil
	g.mu.Unlock()
	for _, f := range held {
		f()
	}
}

// slowly opens a house whose app is asked before every message.
func slowly(t *testing.T) (*house, *gate) {
	g := newGate()
	h := openWith(t, g, nil)
	t.Cleanup(g.open) // before the house closes, which waits for what is held
	a := *h.apps.App(app)
	a.Webhook = chat.Webhook{URL: "http://127.0.0.1:1/", Events: map[string]bool{string(chat.BeforeC2C): true}}
	h.apps.Set(a)
	return h, g
}

func TestAcksAreSentInPublishOrder(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h, g := slowly(t)
		ann := h.enter(hello{user: "ann", version: version, client: "a"})
		var want []uint16
		want = append(want, ann.publish(1, "im/text/c2c/bob", "slow"))
		await(t, g.asked)
		for i := range 5 {
			want = append(want, ann.publish(1, "im/text/c2c/cat", fmt.Sprint(i)))
		}
		want = append(want, ann.publish(1, "im/nowhere", ""))
		ann.quiet() // nothing overtakes the first
		g.open()
		for _, id := range want {
			if got := ann.want(packets.Puback); got.PacketID != id {
				t.Errorf("PUBACK of %d, want %d", got.PacketID, id)
			}
		}
	})
}

func TestQoS2Publish(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h, g := slowly(t)
		ann := h.listener(hello{user: "ann", version: version, client: "a"})
		bob := h.listener(hello{user: "bob", version: version, client: "b"})
		id := ann.publish(2, "im/text/c2c/bob", "slow")
		await(t, g.asked)
		again := packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 2, Dup: true},
			TopicName:   "im/text/c2c/bob", Payload: []byte("slow"), PacketID: id,
		}
		ann.send(again) // before the commit: no second answer
		ann.quiet()
		g.open()
		ann.message("im/ack")
		ann.want(packets.Pubrec)
		ann.send(again) // after PUBREC: PUBREC again, no second message
		ann.want(packets.Pubrec)
		rel := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrel, Qos: 1}, PacketID: id}
		ann.send(rel)
		ann.want(packets.Pubcomp)
		ann.send(rel)
		if c := ann.want(packets.Pubcomp); version == 5 && c.ReasonCode != 0x92 {
			t.Errorf("PUBCOMP %#x, want 0x92", c.ReasonCode)
		}
		bob.message("im/in/c2c/ann")
		bob.quiet()
	})
}

// A publish whose connection is lost before the ack is repeated on the next
// connection, answered there and stored once.
func TestPublishRepeatedOnNextConnection(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h, g := slowly(t)
		who := hello{user: "ann", client: "a", version: version, keep: true}
		bob := h.listener(hello{user: "bob", client: "b"})
		ann := h.enter(who)
		id := ann.publish(1, "im/text/c2c/bob", "slow")
		await(t, g.asked)
		ann.leave()
		ann = h.enter(who)
		if !ann.ack.SessionPresent {
			t.Fatal("no session")
		}
		again := packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1, Dup: true},
			TopicName:   "im/text/c2c/bob", Payload: []byte("slow"), PacketID: id,
		}
		ann.send(again)
		ann.quiet()
		g.open()
		if got := ann.want(packets.Puback); got.PacketID != id {
			t.Errorf("PUBACK of %d", got.PacketID)
		}
		bob.message("im/in/c2c/ann")
		bob.quiet()

		// The same id without DUP is a new message.
		again.FixedHeader.Dup, again.Payload = false, []byte("new")
		ann.send(again)
		ann.want(packets.Puback)
		if m := bob.message("im/in/c2c/ann"); m.text() != "new" {
			t.Errorf("delivered %+v", m)
		}
	})
}

// A QoS 2 publish counts until it is released.
func TestReceiveMaximumInbound(t *testing.T) {
	h := open(t, nil)
	ann := h.enter(hello{user: "ann"})
	for range 513 {
		ann.publish(2, "im/text/c2c/bob", "hello")
	}
	wantEnd(t, ann, 0x93)
}

func TestRefusedPublishes(t *testing.T) {
	h := open(t, nil)
	h.group("lobby", "bob")
	for _, c := range []struct {
		topic, payload string
		code           chat.Code
		reason         byte
	}{
		{"im/nowhere", "", 60009, 0x90},
		{"elsewhere", "", 60009, 0x90},
		{"$SYS/x", "", 60009, 0x90},
		{"im/text/c2c/%zz", "x", 60002, 0x90},
		{"im/send/c2c/bob", "{", 60003, 0x99},
		{"im/text/c2c/bob", "\xff", 90002, 0x99},
		{"im/text/c2c/nobody", "x", 90012, 0x83},
		{"im/text/group/lobby", "x", 10007, 0x87},
		{"im/text/group/none", "x", 10010, 0x83},
		{"im/recall/c2c/bob", `{"MsgSeq":7}`, 20022, 0x83},
		{"im/status", strings.Repeat("x", 101), 70402, 0x99},
		{"im/typing/c2c/bob", "perhaps", 60003, 0x99},
		{"im/req/no.such", "{}", 60009, 0x90},
	} {
		for _, version := range []byte{4, 5} {
			d := h.enter(hello{user: "ann", client: fmt.Sprint("c", version), version: version})
			d.subscribe(1, "im/err")
			for qos := range byte(3) {
				id := d.publish(qos, c.topic, c.payload)
				m := d.message("im/err")
				if m.ErrorCode != c.code || m.Topic != c.topic || m.PacketId != id {
					t.Errorf("v%d qos%d %s: im/err %+v, want %d", version, qos, c.topic, m, c.code)
				}
				if qos == 0 {
					continue
				}
				ack := d.want([]byte{1: packets.Puback, 2: packets.Pubrec}[qos])
				want := c.reason
				if version == 4 {
					want = 0
				}
				if ack.ReasonCode != want || ack.PacketID != id {
					t.Errorf("v%d qos%d %s: ack %#x, want %#x", version, qos, c.topic, ack.ReasonCode, want)
				}
				if version == 5 && !strings.HasPrefix(ack.Properties.ReasonString, fmt.Sprint(int(c.code), " ")) {
					t.Errorf("%s: reason %q", c.topic, ack.Properties.ReasonString)
				}
			}
			d.leave()
		}
	}
}

func TestProtocolErrors(t *testing.T) {
	publish := func(change func(*packets.Packet)) packets.Packet {
		pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish}, TopicName: "im/text/c2c/bob", Payload: []byte("x")}
		change(&pk)
		return pk
	}
	for _, c := range []struct {
		what string
		pk   packets.Packet
		code byte
	}{
		{"a topic alias", publish(func(pk *packets.Packet) { pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = 1, true }), 0x94},
		{"an alias without topic", publish(func(pk *packets.Packet) {
			pk.TopicName, pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = "", 1, true
		}), 0x94},
		{"an empty topic", publish(func(pk *packets.Packet) { pk.TopicName = "" }), 0x82},
		{"a subscription id in a publish", publish(func(pk *packets.Packet) { pk.Properties.SubscriptionIdentifier = []int{1} }), 0x82},
		{"a subscription id", packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1,
			Filters:    packets.Subscriptions{{Filter: "im/#"}},
			Properties: packets.Properties{SubscriptionIdentifier: []int{3}},
		}, 0xa1},
		{"AUTH", packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Auth}, ReasonCode: 0x18}, 0x82},
		{"an expiry from nothing", packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Disconnect},
			Properties:  packets.Properties{SessionExpiryInterval: 5, SessionExpiryIntervalFlag: true},
		}, 0x82},
	} {
		t.Run(c.what, func(t *testing.T) {
			h := open(t, nil)
			d := h.enter(hello{user: "ann"})
			d.send(c.pk)
			wantEnd(t, d, c.code)
		})
	}
}

// A second CONNECT, or a truncated SUBSCRIBE (which makes the library panic), closes
// that connection only.
func TestBadPacketsCloseOneConnection(t *testing.T) {
	h := open(t, nil)
	other := h.listener(hello{user: "bob"})
	d := h.enter(hello{user: "ann"})
	d.send(d.connect(h, hello{user: "ann"}))
	wantEnd(t, d, 0x82)
	d = h.enter(hello{user: "ann"})
	_, _ = d.sock.Write([]byte{0x82, 7, 0, 1, 0, 0, 2, 'i', 'm'}) // v5 filter without options
	d.end()
	other.quiet()
}

func TestFilters(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		d := h.enter(hello{user: "ann", client: "a", version: version})
		filters := []string{
			"im/#", "#", "+/#", "im/in/#", "im/in/group/+", "im/text/#", "im/err",
			"$share/g/im/#", "$SYS/#", "app/#", "other/x", "im/#/x", "im/in/c2c/%zz",
			"im/event/presence/#", "im/event/nothing",
		}
		want := []byte{1, 1, 1, 1, 1, 1, 1, 0x9e, 0x87, 0x87, 0x87, 0x8f, 0x8f, 1, 0x87}
		for i, code := range d.subscribe(2, filters...) {
			w := want[i]
			if version == 4 && w >= 0x80 {
				w = 0x80
			}
			if code != w {
				t.Errorf("%s: %#x, want %#x", filters[i], code, w)
			}
		}
		many := make([]string, 1000)
		for i := range many {
			many[i] = fmt.Sprintf("im/in/group/g%d", i)
		}
		var codes []byte
		for part := range slices.Chunk(many, 100) {
			codes = append(codes, d.subscribe(0, part...)...)
		}
		refused := packets.ErrQuotaExceeded.Code
		if version == 4 {
			refused = 0x80
		}
		if codes[991] != 0 || codes[992] != refused {
			t.Errorf("the 1000th and 1001st filter: %#x %#x", codes[991], codes[992])
		}
		d.send(packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: 77,
			Filters: packets.Subscriptions{{Filter: "#"}, {Filter: "nothing"}},
		})
		if got := d.want(packets.Unsuback).ReasonCodes; version == 5 && !bytes.Equal(got, []byte{0, 0x11}) {
			t.Errorf("UNSUBACK %x", got)
		}
	})
}

func TestRequests(t *testing.T) {
	h := open(t, nil)
	h.say("bob", chat.ToUser("ann"), "one")
	v3 := h.listener(hello{user: "ann", client: "3", version: 4})
	v3.publish(1, "im/req/msg.history/r7", `{"Conv":"c2c/bob"}`)
	if m := v3.message("im/res/r7"); m.ErrorCode != 0 {
		t.Errorf("history: %+v", m)
	}
	v3.want(packets.Puback)
	v3.publish(0, "im/req/me", "")
	v3.message("im/res/me")

	v5 := h.listener(hello{user: "ann", client: "5"})
	ask := func(topic, response, correlation string) packets.Packet {
		v5.send(packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Publish}, TopicName: topic, Payload: []byte("{}"),
			Properties: packets.Properties{ResponseTopic: response, CorrelationData: []byte(correlation)},
			Mods:       packets.Mods{AllowResponseInfo: true},
		})
		return v5.want(packets.Publish)
	}
	if pk := ask("im/req/me", "im/res/a/b", "\x00\x01"); pk.TopicName != "im/res/a/b" || string(pk.Properties.CorrelationData) != "\x00\x01" {
		t.Errorf("answer on %q with %q", pk.TopicName, pk.Properties.CorrelationData)
	}
	if pk := ask("im/req/me", "im/in/c2c/bob", "x"); pk.TopicName != "im/err" || parse(t, pk.Payload).ErrorCode != 60002 {
		t.Errorf("a foreign response topic: %q %q", pk.TopicName, pk.Payload)
	}
	if pk := ask("im/req/no.such", "im/res/q", "c"); pk.TopicName != "im/res/q" || parse(t, pk.Payload).ErrorCode != 60009 {
		t.Errorf("an unknown method: %q %q", pk.TopicName, pk.Payload)
	}
	v5.message("im/err")
}

// hears waits for packets, in whatever order they come: an event is told to the device that
// has caused it as to all others, beside the answer.
func (d *device) hears(names ...string) {
	d.Helper()
	for range names {
		pk, ok := d.next()
		got := pk.TopicName
		if pk.FixedHeader.Type == packets.Puback {
			got = "PUBACK"
		}
		i := slices.Index(names, got)
		if !ok || i < 0 {
			d.Fatalf("got %s %q, want one of %q", name(pk, ok), pk.TopicName, names)
		}
		names = slices.Delete(slices.Clone(names), i, i+1)
	}
}

func TestReadRecallTyping(t *testing.T) {
	h := open(t, nil)
	ann, bob := h.listener(hello{user: "ann"}), h.listener(hello{user: "bob"})
	ann.publish(0, "im/text/c2c/bob", "tea?")
	ann.message("im/ack")
	bob.message("im/in/c2c/ann")
	bob.publish(0, "im/typing/c2c/ann", "1")
	if pk := ann.want(packets.Publish); pk.TopicName != "im/event/typing/bob" || string(pk.Payload) != "1" {
		t.Errorf("typing: %q %q", pk.TopicName, pk.Payload)
	}
	bob.publish(1, "im/read/c2c/ann", "")
	bob.hears("im/ack", "PUBACK", "im/event/read", "im/event/read") // of the conversation, and of bob
	if m := ann.message("im/event/read"); m.Conv != "c2c/bob" {
		t.Errorf("read: %+v", m)
	}
	ann.publish(1, "im/recall/c2c/bob", `{"MsgSeq":1}`)
	ann.hears("im/ack", "PUBACK", "im/event/recall", "im/event/conversation") // what the list shows now
	if m := bob.message("im/event/recall"); m.MsgSeq != 1 || m.Conv != "c2c/ann" {
		t.Errorf("recall: %+v", m)
	}
}

func TestPlainText(t *testing.T) {
	h := open(t, nil)
	d := h.enter(hello{user: "ann", version: 4, client: "tiny"})
	d.subscribe(0, "im/text/#")
	h.say("bob", chat.ToUser("ann"), "wake up")
	if pk := d.want(packets.Publish); pk.TopicName != "im/text/c2c/bob/bob" || string(pk.Payload) != "wake up" {
		t.Errorf("%q %q", pk.TopicName, pk.Payload)
	}
}
