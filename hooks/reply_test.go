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
