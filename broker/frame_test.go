package broker

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// decodeFrame reads one packet with the library's decoder.
func decodeFrame(t testing.TB, version byte, frame []byte) packets.Packet {
	t.Helper()
	pk := packets.Packet{ProtocolVersion: version}
	if err := pk.FixedHeader.Decode(frame[0]); err != nil {
		t.Fatalf("fixed header: %v", err)
	}
	r := bytes.NewReader(frame[1:])
	remaining, _, err := packets.DecodeLength(r)
	if err != nil {
		t.Fatalf("remaining length: %v", err)
	}
	if remaining != r.Len() {
		t.Fatalf("remaining length says %d, %d bytes follow", remaining, r.Len())
	}
	pk.FixedHeader.Remaining = remaining
	body := frame[len(frame)-remaining:]
	switch pk.FixedHeader.Type {
	case packets.Publish:
		err = pk.PublishDecode(body)
	case packets.Puback:
		err = pk.PubackDecode(body)
	case packets.Pubrec:
		err = pk.PubrecDecode(body)
	case packets.Pubrel:
		err = pk.PubrelDecode(body)
	case packets.Pubcomp:
		err = pk.PubcompDecode(body)
	case packets.Disconnect:
		err = pk.DisconnectDecode(body)
	default:
		t.Fatalf("unexpected packet type %d", pk.FixedHeader.Type)
	}
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	return pk
}

func TestPublishRoundTrip(t *testing.T) {
	pubs := map[string]publication{
		"bare":           {Topic: "im/ack"},
		"short payload":  {Topic: "im/in/c2c/bob", Payload: []byte(`{"a":1}`)},
		"two-byte size":  {Topic: "im/in/group/g", Payload: bytes.Repeat([]byte("x"), 200)},
		"three-byte":     {Topic: "im/in/group/g", Payload: bytes.Repeat([]byte("x"), 20_000)},
		"four-byte":      {Topic: "im/in/group/g", Payload: bytes.Repeat([]byte("x"), 3_000_000)},
		"correlation":    {Topic: "im/res/7", Payload: []byte("{}"), CorrelationData: []byte{0, 1, 2, 255}},
		"every property": {Topic: "im/res/空", Payload: []byte("{}"), UTF8Payload: true, MessageExpiry: 70_000, ContentType: "application/json", CorrelationData: []byte("c"), UserProperties: []userProperty{{"k", "v"}, {"k", "w"}, {"", ""}}},
		"long property":  {Topic: "t", ContentType: strings.Repeat("t", 300)},
	}
	for name, pub := range pubs {
		for _, version := range []byte{3, mqtt311, mqtt5} {
			for _, qos := range []byte{0, 1} {
				t.Run(fmt.Sprintf("%s/v%d/qos%d", name, version, qos), func(t *testing.T) {
					checkPublish(t, &pub, version, qos)
				})
			}
		}
	}
}

func checkPublish(t *testing.T, pub *publication, version, qos byte) {
	prefix := []byte("earlier bytes")
	out, idOffset := appendPublish(prefix, version, qos, pub)
	frame := out[len(prefix):]
	if (idOffset > 0) != (qos > 0) {
		t.Fatalf("id offset %d at QoS %d", idOffset, qos)
	}
	if qos > 0 {
		frame[idOffset], frame[idOffset+1] = 0xAB, 0xCD
	}
	got := decodeFrame(t, version, frame)
	if got.TopicName != pub.Topic || !bytes.Equal(got.Payload, pub.Payload) || got.FixedHeader.Qos != qos {
		t.Errorf("topic %q, %d bytes, QoS %d; want %q, %d, %d", got.TopicName, len(got.Payload), got.FixedHeader.Qos, pub.Topic, len(pub.Payload), qos)
	}
	if qos > 0 && got.PacketID != 0xABCD {
		t.Errorf("packet id %#x, want 0xABCD", got.PacketID)
	}
	want := publication{}
	if version >= mqtt5 {
		want = *pub
	}
	p := got.Properties
	if (p.PayloadFormat == 1) != want.UTF8Payload || p.MessageExpiryInterval != want.MessageExpiry || p.ContentType != want.ContentType || !bytes.Equal(p.CorrelationData, want.CorrelationData) {
		t.Errorf("properties %+v, want those of %+v", p, want)
	}
	if len(p.User) != len(want.UserProperties) {
		t.Fatalf("%d user properties, want %d", len(p.User), len(want.UserProperties))
	}
	for i, u := range want.UserProperties {
		if p.User[i].Key != u.Key || p.User[i].Val != u.Val {
			t.Errorf("user property %d is %+v, want %+v", i, p.User[i], u)
		}
	}
}

func TestAppendPublishAllocatesOnce(t *testing.T) {
	pub := publication{Topic: "im/in/group/g", Payload: make([]byte, 500), CorrelationData: []byte("c")}
	n := testing.AllocsPerRun(100, func() { appendPublish(nil, mqtt5, 1, &pub) })
	if n != 1 {
		t.Errorf("%v allocations, want 1", n)
	}
}

func TestAckRoundTrip(t *testing.T) {
	heads := map[byte]byte{headPuback: packets.Puback, headPubrec: packets.Pubrec, headPubrel: packets.Pubrel, headPubcomp: packets.Pubcomp}
	for head, kind := range heads {
		for _, version := range []byte{mqtt311, mqtt5} {
			for _, code := range []byte{0, 0x92} {
				for _, reason := range []string{"", "10007 no", strings.Repeat("r", 200)} {
					frame := appendAck(nil, head, version, 0x1234, code, reason)
					got := decodeFrame(t, version, frame)
					wantCode, wantReason := code, reason
					if version < mqtt5 {
						wantCode, wantReason = 0, ""
						if len(frame) != 4 {
							t.Errorf("3.1.1 ack of %d bytes, want 4", len(frame))
						}
					}
					if got.FixedHeader.Type != kind || got.PacketID != 0x1234 || got.ReasonCode != wantCode || got.Properties.ReasonString != wantReason {
						t.Errorf("v%d %#x: got type %d id %#x code %#x reason %q; want %d 0x1234 %#x %q", version, head, got.FixedHeader.Type, got.PacketID, got.ReasonCode, got.Properties.ReasonString, kind, wantCode, wantReason)
					}
				}
			}
		}
	}
}

func TestDisconnectRoundTrip(t *testing.T) {
	long := strings.Repeat("空", 100) // 300 bytes, cut at a character
	for _, reason := range []string{"", "kicked", long} {
		got := decodeFrame(t, mqtt5, appendDisconnect(nil, 0x8E, reason))
		want := reason
		if reason == long {
			want = strings.Repeat("空", 85)
		}
		if got.ReasonCode != 0x8E || got.Properties.ReasonString != want {
			t.Errorf("code %#x reason %q; want 0x8E %q", got.ReasonCode, got.Properties.ReasonString, want)
		}
	}
}

func BenchmarkPublishFrame(b *testing.B) {
	pub := publication{Topic: "im/in/group/g", Payload: make([]byte, 300)}
	for _, version := range []byte{mqtt311, mqtt5} {
		b.Run(fmt.Sprintf("v%d", version), func(b *testing.B) {
			b.ReportAllocs()
			buf := make([]byte, 0, 512)
			for b.Loop() {
				appendPublish(buf[:0], version, 1, &pub)
			}
		})
	}
}
