package hooks

import (
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// refusal is how a CONNECT is refused: a return code for 3.1.1 (1 to 5), a reason
// code and a Reason String for MQTT 5 (spec/00 §1), and a label for counting.
type refusal struct {
	v3, v5 byte
	text   string
	label  string
	err    error // the cause, if any
}

func refuseConnect(label string, v3, v5 byte, err error) *refusal {
	no := &refusal{v3: v3, v5: v5, label: label, err: err}
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

// refuse answers a CONNECT that is not let in, [MQTT-3.2.2-6] [MQTT-3.2.2-7].
func (l *Link) refuse(no *refusal) error {
	pk := packetOf(packets.Connack)
	defer release(pk)
	pk.ReasonCode = no.v3
	if l.Version == 5 {
		pk.ReasonCode, pk.Properties.ReasonString = no.v5, no.text
	}
	if err := l.send(pk); err != nil {
		return err
	}
	return errEnd
}

// accept answers a CONNECT that is let in.
func (l *Link) accept() error {
	pk := packetOf(packets.Connack)
	defer release(pk)
	pk.SessionPresent = l.present
	if l.Version == 5 {
		l.announce(&pk.Properties)
	}
	return l.send(pk)
}

// announce says what an MQTT 5 client may expect, MQTT 5 §3.2.2.3.
func (l *Link) announce(p *packets.Properties) {
	p.ReceiveMaximum = uint16(l.door.opt.ReceiveMaximum)
	if l.hello.client == "" { // [MQTT-3.2.2-16]
		p.AssignedClientID = l.Actor.Device
	}
	p.ServerKeepAlive, p.ServerKeepAliveFlag = l.hello.keepAlive, l.hello.cut // [MQTT-3.1.2-21]
	p.MaximumPacketSize = uint32(l.door.opt.MaxPacket)
	p.RetainAvailable, p.RetainAvailableFlag = 1, true // taken, and ignored (spec/00 §1)
	p.SharedSubAvailable, p.SharedSubAvailableFlag = 0, true
	if l.Actor.Admin() { // to them alone
		p.SharedSubAvailable = 1
	}
	p.SubIDAvailable, p.SubIDAvailableFlag = 0, true
	p.WildcardSubAvailable, p.WildcardSubAvailableFlag = 1, true
	if l.Expiry != l.hello.expiry { // [MQTT-3.1.2-23] §3.2.2.3.2
		p.SessionExpiryInterval, p.SessionExpiryIntervalFlag = l.Expiry, true
	}
	if l.hello.wantsInfo {
		p.ResponseInfo = "im/res/"
	}
}
