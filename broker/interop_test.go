package broker_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/chat"
)

// The cases that Eclipse Paho's interoperability suite asks of any server, told
// again as far as the contract has room for them. (Its programs talk on topics of
// their own choice, which a chat server refuses.)
//
//	case                          here (versions 3.1.1 and 5.0 unless noted)
//	basic, QoS 0 to 2             TestPahoClients, TestMessageReachesAllOtherDevices
//	retained messages             TestRetainIsIgnored (spec/00 §3)
//	will message                  TestWills, TestWillIsCheckedLikePublish
//	zero-length client id         TestNoClientID, TestKeptSessionNeedsClientID
//	offline message queueing      TestResumeDeliversMissedMessagesInOrder, TestPahoClientResumes
//	overlapping subscriptions     TestOverlappingFiltersDeliverOneCopy
//	keepalive                     TestKeepAliveTimeoutSendsWill
//	redelivery on reconnect       TestUnacknowledgedPacketKeepsItsID, TestPublishRepeatedOnNextConnection
//	subscribe failure             TestFilters
//	$ topics                      TestFilters ($SYS), TestRefusedPublishes
//	unsubscribe                   TestUnsubscribeAndResubscribe
//	5: session expiry             TestSessionExpiryOfVersion5, TestSessionLifetime
//	5: shared subscriptions       refused: TestFilters, TestConnackAnnouncesLimits
//	5: user properties            TestPublishProperties (the contract's two: e2e logins)
//	5: payload format             TestPublishProperties
//	5: publication expiry         TestPublishProperties: history has its own retention
//	5: subscribe options          TestSubscribeOptions
//	5: assigned client id         TestNoClientID
//	5: subscription identifiers   refused: TestProtocolErrors
//	5: request and response       TestRequests
//	5: client's topic aliases     refused: TestProtocolErrors
//	5: server's topic aliases     none are used: TestNoTopicAliasesAreSent
//	5: maximum packet size        TestMaximumPacketSize (theirs), TestInboundPacketLimit (ours)
//	5: server keep alive          TestConnackAnnouncesLimits
//	5: flow control, to us        TestReceiveMaximumInbound
//	5: flow control, to them      TestBurstAboveReceiveMaximumArrives, TestWindow
//	5: will delay                 TestWills, TestDelayedWillIsCancelledByReconnect
//	5: reason strings             TestRefusedPublishes, TestRequestProblemInformationZero

// Retain is neither kept nor passed on.
func TestRetainIsIgnored(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		bob := h.listener(hello{user: "bob", client: "early", version: version})
		ann := h.enter(hello{user: "ann", client: "a", version: version})
		for qos := range byte(2) {
			pk := packets.Packet{
				FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos, Retain: true},
				TopicName:   "im/text/c2c/bob", Payload: []byte("keep this"),
			}
			if qos > 0 {
				pk.PacketID = ann.id()
			}
			ann.send(pk)
			if got := bob.want(packets.Publish); got.FixedHeader.Retain || parse(t, got.Payload).text() != "keep this" {
				t.Errorf("QoS %d: delivered %+v", qos, got.FixedHeader)
			}
		}
		if ack := ann.want(packets.Puback); ack.ReasonCode != 0 {
			t.Errorf("PUBACK %#x", ack.ReasonCode)
		}
		late := h.enter(hello{user: "bob", client: "late", version: version})
		late.subscribe(1, "im/#")
		late.quiet()
	})
}

// Clients without an id get different ones. An MQTT 5 client is told its id and may
// resume its session with it.
func TestNoClientID(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		one, two := h.listener(hello{user: "ann", version: version}), h.listener(hello{user: "ann", version: version})
		h.say("bob", chat.ToUser("ann"), "both")
		one.message("im/in/c2c/bob")
		two.message("im/in/c2c/bob")
		if version < 5 {
			return
		}
		ann := h.listener(hello{user: "ann", keep: true})
		name := ann.ack.Properties.AssignedClientID
		if name == "" {
			t.Fatal("no client id is assigned")
		}
		ann.leave()
		h.away("ann")
		h.say("bob", chat.ToUser("ann"), "later")
		ann = h.enter(hello{user: "ann", client: name, keep: true})
		if !ann.ack.SessionPresent || ann.ack.Properties.AssignedClientID != "" {
			t.Errorf("CONNACK %+v", ann.ack)
		}
		if m := ann.message("im/in/c2c/bob"); m.text() != "later" {
			t.Errorf("heard %+v", m)
		}
	})
}

// However many filters ask for it, a device gets one copy of a message, with the
// best QoS among them [MQTT-3.3.5-1].
func TestOverlappingFiltersDeliverOneCopy(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		h.group("lobby", "bob", "ann")
		for i, c := range []struct {
			first, second string
			qos           [2]byte
			want          byte
		}{
			{"im/#", "im/in/#", [2]byte{0, 1}, 1},
			{"#", "im/in/group/lobby", [2]byte{1, 0}, 1},
			{"im/in/group/+", "im/in/group/lobby", [2]byte{0, 0}, 0},
		} {
			ann := h.enter(hello{user: "ann", client: fmt.Sprint("c", i), version: version})
			ann.subscribe(c.qos[0], c.first)
			ann.subscribe(c.qos[1], c.second)
			h.say("bob", chat.ToGroup("lobby"), "once")
			if pk := ann.want(packets.Publish); pk.FixedHeader.Qos != c.want || pk.TopicName != "im/in/group/lobby" {
				t.Errorf("%s and %s: QoS %d on %q, want %d", c.first, c.second, pk.FixedHeader.Qos, pk.TopicName, c.want)
			}
			ann.quiet()
			ann.leave()
			h.away("ann")
		}
	})
}

// A client that sends nothing for one and a half keep alives is disconnected and its
// Will is sent [MQTT-3.1.2-22].
func TestKeepAliveTimeoutSendsWill(t *testing.T) {
	h := open(t, nil)
	bob := h.listener(hello{user: "bob"})
	began := time.Now()
	silent := func(version byte) *device { // both versions at once: one wait
		return h.enter(hello{user: "ann", client: fmt.Sprint("a", version), version: version, change: func(pk *packets.Packet) {
			pk.Connect.Keepalive = 1
			pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, "im/text/c2c/bob", []byte("asleep")
		}})
	}
	for _, ann := range []*device{silent(4), silent(5)} {
		wantEnd(t, ann, 0x8d)
		if d := time.Since(began); d < 1500*time.Millisecond { // a slow machine may take longer, none may be faster
			t.Errorf("version %d is closed after %v", ann.version, d)
		}
		if m := bob.message("im/in/c2c/ann"); m.text() != "asleep" {
			t.Errorf("bob hears %+v", m)
		}
	}
}

// After UNSUBSCRIBE nothing more comes for that filter, other filters go on, and
// subscribing again brings messages again.
func TestUnsubscribeAndResubscribe(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		h.group("one", "bob", "ann")
		h.group("two", "bob", "ann")
		ann := h.enter(hello{user: "ann", client: "a", version: version})
		ann.subscribe(1, "im/in/group/one", "im/in/group/two")
		ann.send(packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: 99,
			Filters: packets.Subscriptions{{Filter: "im/in/group/one"}},
		})
		ann.want(packets.Unsuback)
		h.say("bob", chat.ToGroup("one"), "unheard")
		h.say("bob", chat.ToGroup("two"), "heard")
		ann.message("im/in/group/two")
		ann.quiet()
		h.delivered()
		ann.subscribe(1, "im/in/group/one")
		h.say("bob", chat.ToGroup("one"), "again")
		if m := ann.message("im/in/group/one"); m.text() != "again" {
			t.Errorf("heard %+v", m)
		}
	})
}

// A session lives as long as its client says at CONNECT, or shorter if it says so in
// its DISCONNECT.
func TestSessionExpiryOfVersion5(t *testing.T) {
	expiry := func(seconds uint32) func(*packets.Packet) {
		return func(pk *packets.Packet) {
			pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = seconds, true
		}
	}
	bye := func(seconds uint32) packets.Packet {
		pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}}
		expiry(seconds)(&pk)
		return pk
	}
	for _, c := range []struct {
		what    string
		asked   uint32
		last    *packets.Packet
		passed  time.Duration
		present bool
	}{
		{"within its time", 60, nil, 50 * time.Second, true},
		{"after its time", 60, nil, 70 * time.Second, false},
		{"none asked for", 0, nil, 0, false},
		{"given up in DISCONNECT", 60, ptr(bye(0)), 0, false},
		{"shortened in DISCONNECT", 3600, ptr(bye(10)), 20 * time.Second, false},
		{"shortened, within it", 3600, ptr(bye(100)), 20 * time.Second, true},
		{"lengthened in DISCONNECT, which is not granted", 60, ptr(bye(3600)), 70 * time.Second, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			h := open(t, nil)
			who := hello{user: "ann", client: "phone", keep: true, change: expiry(c.asked)}
			ann := h.listener(who)
			if c.last != nil {
				ann.send(*c.last)
			} else {
				ann.leave()
			}
			h.away("ann")
			h.wait(c.passed)
			h.say("bob", chat.ToUser("ann"), "meanwhile")
			ann = h.enter(who)
			if ann.ack.SessionPresent != c.present {
				t.Errorf("session present: %v", ann.ack.SessionPresent)
			}
			if c.present {
				ann.message("im/in/c2c/bob")
			}
			ann.quiet()
		})
	}
}

func ptr[T any](v T) *T { return &v }

// No property of a PUBLISH is passed on or causes an error, and a message expiry
// does not shorten the history.
func TestPublishProperties(t *testing.T) {
	h := open(t, nil)
	ann := h.enter(hello{user: "ann"})
	who := hello{user: "bob", client: "phone", keep: true}
	h.listener(who).leave()
	h.away("bob")
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, TopicName: "im/text/c2c/bob", Payload: []byte("dear bob"), PacketID: 7,
		Properties: packets.Properties{
			PayloadFormat: 1, PayloadFormatFlag: true, MessageExpiryInterval: 1, ContentType: "text/plain",
			ResponseTopic: "im/res/x", CorrelationData: []byte{1}, User: []packets.UserProperty{{Key: "a", Val: "b"}},
		},
		Mods: packets.Mods{AllowResponseInfo: true},
	}
	ann.send(pk)
	if ack := ann.want(packets.Puback); ack.ReasonCode != 0 || len(ack.Properties.User) != 0 {
		t.Errorf("PUBACK %#x %+v", ack.ReasonCode, ack.Properties.User)
	}
	h.wait(time.Minute)
	bob := h.enter(who)
	got := bob.want(packets.Publish)
	p := got.Properties
	if parse(t, got.Payload).text() != "dear bob" || p.MessageExpiryInterval != 0 || p.ContentType != "" || p.ResponseTopic != "" || len(p.User) != 0 {
		t.Errorf("delivered %q with %+v", got.Payload, p)
	}
	pk.Payload, pk.PacketID = []byte{0xff}, 8
	ann.send(pk)
	if ack := ann.want(packets.Puback); ack.ReasonCode != 0x99 {
		t.Errorf("a payload that is not what it says: PUBACK %#x, want 0x99", ack.ReasonCode)
	}
	bob.quiet()
}

// A filter subscribed again has its new QoS; No Local, Retain As Published and
// Retain Handling are accepted and change nothing here.
func TestSubscribeOptions(t *testing.T) {
	h := open(t, nil)
	ann := h.enter(hello{user: "ann", client: "phone"})
	other := h.listener(hello{user: "ann", client: "tablet"})
	for _, qos := range []byte{0, 1, 0} {
		ann.send(packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: ann.id(),
			Filters: packets.Subscriptions{{Filter: "im/in/#", Qos: qos, NoLocal: true, RetainAsPublished: true, RetainHandling: 2}},
		})
		if codes := ann.want(packets.Suback).ReasonCodes; !bytes.Equal(codes, []byte{qos}) {
			t.Errorf("SUBACK %x, want %d", codes, qos)
		}
		h.say("bob", chat.ToUser("ann"), "x")
		if pk := ann.want(packets.Publish); pk.FixedHeader.Qos != qos {
			t.Errorf("delivered with QoS %d, want %d", pk.FixedHeader.Qos, qos)
		}
		other.message("im/in/c2c/bob")
	}
	ann.publish(1, "im/text/c2c/bob", "my own words")
	ann.want(packets.Puback)
	if m := other.message("im/in/c2c/bob"); m.text() != "my own words" {
		t.Errorf("the other device hears %+v", m)
	}
	ann.quiet()
}

// A packet above the limit that CONNACK announced ends the connection; one at
// the limit is taken.
func TestInboundPacketLimit(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		const limit = 2000
		h := open(t, func(o *broker.Options) { o.MaxPacket = limit })
		ann := h.enter(hello{user: "ann", client: "a", version: version})
		if version == 5 && ann.ack.Properties.MaximumPacketSize != limit {
			t.Errorf("announced: %d", ann.ack.Properties.MaximumPacketSize)
		}
		overhead := 2 + len("im/text/c2c/bob") + 2
		if version == 5 {
			overhead++ // the length of its properties
		}
		ann.publish(1, "im/text/c2c/bob", strings.Repeat("x", limit-overhead-3)) // 3: the fixed header
		if ack := ann.want(packets.Puback); ack.ReasonCode != 0 {
			t.Errorf("at the limit: PUBACK %#x", ack.ReasonCode)
		}
		ann.publish(1, "im/text/c2c/bob", strings.Repeat("x", limit))
		wantEnd(t, ann, 0x95)
		if got := h.head(chat.C2COf(app, "ann", "bob")); got != 1 {
			t.Errorf("%d messages are stored, want 1", got)
		}
	})
}

// Request Problem Information 0 leaves out reason strings; the refusal still comes
// [MQTT-3.1.2-29].
func TestRequestProblemInformationZero(t *testing.T) {
	h := open(t, nil)
	ann := h.enter(hello{user: "ann", change: func(pk *packets.Packet) {
		pk.Properties.RequestProblemInfo, pk.Properties.RequestProblemInfoFlag = 0, true
	}})
	ann.subscribe(0, "im/err")
	for qos := byte(1); qos <= 2; qos++ {
		ann.publish(qos, "im/text/c2c/nobody", "x")
		ann.message("im/err")
		ack, ok := ann.next()
		if !ok || ack.ReasonCode != 0x83 || ack.Properties.ReasonString != "" {
			t.Errorf("QoS %d: %s %#x %q", qos, name(ack, ok), ack.ReasonCode, ack.Properties.ReasonString)
		}
	}
}
