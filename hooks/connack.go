package hooks

import (
	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// refusal is how a CONNECT is refused: a return code for 3.1.1 (1 to 5), a reason
// code and a Reason String for MQTT 5 (spec/00 §1), and a label for counting.
type refusal struct {
	v3, v5 byte
	text   string
	label  string
}

func refuseConnect(label string, v3, v5 byte, err error) *refusal {
	no := &refusal{v3: v3, v5: v5, label: label}
	if err != nil {
		no.text = reasonText(err)
	}
	return no
}

// connectRefusal maps a refusal of the ticket check or the core.
func connectRefusal(err error) *refusal {
	switch code := chat.CodeOf(err); {
	case code == chat.CodeAccountBlocked:
		return refuseConnect("banned", 5, packets.ErrBanned.Code, err)
	case code == chat.CodeUnknownApp, code == chat.CodeAppDisabled:
		return refuseConnect("app", 5, packets.ErrNotAuthorized.Code, err)
	case code == chat.CodeTooManyFailures: // of this user, by whatever address
		return refuseConnect("ticket", 4, packets.ErrBadUsernameOrPassword.Code, err)
	case code == chat.CodeShutdown:
		return refuseConnect("draining", 3, packets.ErrServerUnavailable.Code, err)
	default:
		switch code.Class() {
		case chat.Unavailable, chat.Fault:
			return refuseConnect("fault", 3, packets.ErrServerUnavailable.Code, err)
		case chat.Limited:
			return refuseConnect("full", 3, packets.ErrQuotaExceeded.Code, err)
		}
		return refuseConnect("ticket", 4, packets.ErrBadUsernameOrPassword.Code, err)
	}
}

// code is the refusal in the client's version. Codes below 0x80 go out as they
// are; the library would send a 3.1.1 client most MQTT 5 codes raw.
func (r *refusal) code(version byte) packets.Code {
	if version < 5 {
		return packets.Code{Code: r.v3}
	}
	return packets.Code{Code: r.v5, Reason: r.text}
}

// OnPacketEncode completes the CONNACK: the library announces next to nothing of
// what it enforces, and knows nothing of our sessions.
func (d *Door) OnPacketEncode(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	if pk.FixedHeader.Type != packets.Connack {
		return pk
	}
	var err error
	l := linkOf(cl)
	defer l.guard(&err)
	if l.Version != 5 {
		pk.ReasonCode = v3Code(pk.ReasonCode, l.Version)
		pk.SessionPresent = pk.ReasonCode == 0 && l.present
		return pk
	}
	if pk.ReasonCode >= packets.ErrUnspecifiedError.Code {
		pk.Properties.ReceiveMaximum = 0
		return pk
	}
	l.announce(&pk)
	return pk
}

// announce says what an MQTT 5 client may expect, MQTT 5 §3.2.2.3.
func (l *Link) announce(pk *packets.Packet) {
	p := &pk.Properties
	pk.SessionPresent = l.present
	p.MaximumPacketSize = uint32(l.door.opt.MaxPacket)
	p.RetainAvailable, p.RetainAvailableFlag = 0, true
	p.SharedSubAvailable, p.SharedSubAvailableFlag = 0, true
	p.SubIDAvailable, p.SubIDAvailableFlag = 0, true
	p.WildcardSubAvailable, p.WildcardSubAvailableFlag = 1, true
	if l.Expiry != l.hello.expiry { // [MQTT-3.1.2-23] §3.2.2.3.2
		p.SessionExpiryInterval, p.SessionExpiryIntervalFlag = l.Expiry, true
	}
	if l.hello.wantsInfo {
		p.ResponseInfo = "im/res/"
	}
}

// v3Code keeps a 3.1.1 client from getting a code its version does not have: the
// library answers some faults of CONNECT itself.
func v3Code(code, version byte) byte {
	switch {
	case code < packets.ErrUnspecifiedError.Code:
		return code
	case version < 3 || version > 5:
		return 1
	case code == packets.ErrClientIdentifierNotValid.Code:
		return 2
	case code == packets.ErrUnsupportedProtocolVersion.Code, code == packets.ErrProtocolViolation.Code:
		return 1
	case code == packets.ErrServerUnavailable.Code, code == packets.ErrServerBusy.Code:
		return 3
	}
	return 5
}
