package hooks

import (
	"github.com/mochi-mqtt/server/v2/packets"
)

// disconnect handles DISCONNECT. Only a normal one leaves the Will unsent: in
// MQTT 5 reason 0x00 in either encoding, in 3.1.1 a well-formed one (spec/00 §1).
func (l *Link) disconnect(body []byte) error {
	reason, props, err := readDisconnect(l.Version, body)
	if err != nil {
		return l.malformed(err)
	}
	if props.SessionExpiryIntervalFlag {
		if props.SessionExpiryInterval > 0 && l.ending.Expiry == 0 { // MQTT 5 §3.14.2.2.2
			return l.fail(packets.ErrProtocolViolation)
		}
		l.ending.Expiry = min(l.ending.Expiry, props.SessionExpiryInterval)
	}
	l.ending.Clean = reason == packets.CodeDisconnect.Code
	l.why = "DISCONNECT by the client"
	l.detach() // before the client sees its connection end: then it is gone for others, too
	return errEnd
}

// readDisconnect reads a DISCONNECT: a 3.1.1 one has no body, that of MQTT 5 may
// end before the reason or before the properties, MQTT 5 §3.14.2.
func readDisconnect(version byte, body []byte) (reason byte, props *packets.Properties, err error) {
	props = &packets.Properties{}
	if len(body) == 0 {
		return packets.CodeDisconnect.Code, props, nil
	}
	if version < 5 {
		return 0, nil, packets.ErrMalformedPacket
	}
	if reason = body[0]; !clientMayGiveReason(reason) {
		return 0, nil, packets.ErrProtocolViolation
	}
	if len(body) > 1 {
		var rest []byte
		if props, rest, err = readProperties(packets.Disconnect, body[1:]); err == nil && len(rest) > 0 {
			err = packets.ErrMalformedPacket
		}
	}
	return reason, props, err
}

// clientMayGiveReason reports whether a DISCONNECT of a client may carry a reason
// code [MQTT-3.14.2-1], MQTT 5 table 3-10.
func clientMayGiveReason(code byte) bool {
	switch code {
	case 0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90:
		return true
	}
	return code >= 0x93 && code <= 0x99
}
