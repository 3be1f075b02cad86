package hooks

import (
	"errors"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// Every code of the core goes out as a reason code that PUBACK and PUBREC may
// carry, and as a CONNACK code that its version has.
func TestEveryCodeHasItsAnswer(t *testing.T) {
	for _, c := range append(chat.Codes(), 1, 10150, 120500) {
		for _, packet := range []byte{packets.Pubrec} {
			pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packet}, ReasonCode: reasonCode(c)}
			if !pk.ReasonCodeValid() || pk.ReasonCode < 0x80 {
				t.Errorf("%d: reason code %#x", c, pk.ReasonCode)
			}
		}
		no := connectRefusal(chat.Refuse(c, ""))
		if no.v3 < 1 || no.v3 > 5 || no.v5 < 0x80 {
			t.Errorf("%d: CONNACK %d, %#x", c, no.v3, no.v5)
		}
	}
	if reasonCode(0) != 0 {
		t.Error("success has a reason")
	}
}

func TestClassesAsReasonCodes(t *testing.T) {
	for c, want := range map[chat.Code]byte{
		chat.CodeMuted: 0x87, chat.CodeNotJSON: 0x99, chat.CodeBusy: 0x97, chat.CodeCommandRate: 0x97,
		chat.CodeNoGroup: 0x83, chat.CodeC2CRefused: 0x83, chat.CodeInternal: 0x80, chat.CodeBadPath: 0x90,
		chat.CodeUnknownCommand: 0x90, 120001: 0x83,
	} {
		if got := reasonCode(c); got != want {
			t.Errorf("%d: %#x, want %#x", c, got, want)
		}
	}
}

// Only what is no verdict on the message is left unacknowledged.
func TestRetry(t *testing.T) {
	for c, want := range map[chat.Code]bool{
		chat.CodeBusy: true, chat.CodeShutdown: true, chat.CodeInternal: true,
		chat.CodeMuted: false, chat.CodeCommandRate: false, chat.CodeWebhookFailed: false, chat.CodeNoGroup: false,
	} {
		if got := retry(chat.Refuse(c, "")); got != want {
			t.Errorf("%d: %v", c, got)
		}
	}
	if !retry(errors.New("disk")) {
		t.Error("a fault of ours is a verdict")
	}
}

// What the codec finds wrong with a CONNECT is told in the client's version.
func TestConnectFaults(t *testing.T) {
	connect := func(version byte, change func(*packets.Packet)) *packets.Packet {
		pk := &packets.Packet{ProtocolVersion: version}
		pk.Connect.ProtocolName = []byte("MQTT")
		change(pk)
		return pk
	}
	for what, c := range map[string]struct {
		pk   *packets.Packet
		want byte // for MQTT 5; 3.1.1 gets 1
	}{
		"sound":                  {connect(5, func(*packets.Packet) {}), 0},
		"sound 3.1":              {connect(3, func(pk *packets.Packet) { pk.Connect.ProtocolName = []byte("MQIsdp") }), 0},
		"another name":           {connect(5, func(pk *packets.Packet) { pk.Connect.ProtocolName = []byte("MQTS") }), 0x82},
		"an old version":         {connect(2, func(*packets.Packet) {}), 0x82},
		"a coming version":       {connect(6, func(*packets.Packet) {}), 0x82},
		"the reserved flag":      {connect(4, func(pk *packets.Packet) { pk.ReservedBit = 1 }), 0x82},
		"a Will of QoS 3":        {connect(5, func(pk *packets.Packet) { pk.Connect.WillFlag, pk.Connect.WillQos = true, 3 }), 0x81},
		"the QoS of no Will":     {connect(5, func(pk *packets.Packet) { pk.Connect.WillQos = 1 }), 0x81},
		"the retain flag alone":  {connect(5, func(pk *packets.Packet) { pk.Connect.WillRetain = true }), 0x81},
		"a Will to be retained":  {connect(5, func(pk *packets.Packet) { pk.Connect.WillFlag, pk.Connect.WillRetain = true, true }), 0},
		"a Will without content": {connect(5, func(pk *packets.Packet) { pk.Connect.WillFlag = true }), 0},
	} {
		no := connectFault(c.pk)
		switch {
		case no == nil && c.want != 0:
			t.Errorf("%s passes", what)
		case no != nil && (no.v5 != c.want || no.v3 != 1):
			t.Errorf("%s: %#x and %d, want %#x and 1", what, no.v5, no.v3, c.want)
		}
	}
}
