package broker

import (
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/hooks"
)

// What a client may not send. Those with a code of MQTT 5 are faults of its
// packets: the door tells it, and closes.
var (
	errOversize   error = packets.ErrPacketTooLarge  // [MQTT-3.2.2-15]
	errBadLength  error = packets.ErrMalformedPacket // [MQTT-4.13.1-1]
	errNotConnect       = hooks.ErrNotMQTT
)

// headConnect is the first byte of the only packet that may come first.
const headConnect byte = 0x10

// fixedHeader parses the fixed header at the start of p: where the body begins and
// how long it is. at is 0 while the header is incomplete. A packet above the limit,
// in bytes with its fixed header, is refused before anything is allocated.
func fixedHeader(p []byte, limit int) (at, size int, err error) {
	for i := 1; i < len(p); i++ {
		b := p[i]
		size |= int(b&0x7F) << (7 * (i - 1))
		switch {
		case b < 0x80 && i+1+size > limit:
			return 0, 0, errOversize
		case b < 0x80:
			return i + 1, size, nil
		case i == 4:
			return 0, 0, errBadLength
		}
	}
	return 0, 0, nil
}
