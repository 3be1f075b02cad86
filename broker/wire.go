package broker

import (
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// wire is a conn as package hooks asks for it.
type wire struct {
	*conn
}

// ackHeads are the first bytes of the acknowledgements, by packet type.
var ackHeads = [16]byte{
	packets.Puback: headPuback, packets.Pubrec: headPubrec, packets.Pubrel: headPubrel, packets.Pubcomp: headPubcomp,
}

// Ack implements hooks.Transport.
func (w wire) Ack(packet, version byte, id uint16, code byte, reason string) bool {
	var small [16]byte
	_, err := w.Write(appendAck(small[:0], ackHeads[packet], version, id, code, reason))
	return err == nil
}

// Goodbye implements hooks.Transport. The linger gives the last packets time to
// arrive.
func (w wire) Goodbye(version, code byte, reason string) {
	if version >= mqtt5 {
		_, _ = w.Write(appendDisconnect(nil, code, reason))
	}
	w.CloseAfterFlush(w.opt.Linger)
}

// TimedOut implements hooks.Transport.
func (w wire) TimedOut() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed && (w.reason == closedIdle || w.reason == closedStalled)
}

// Authenticated implements hooks.Transport.
func (w wire) Authenticated(version byte, maxPacket int, idle time.Duration) {
	w.conn.Authenticated(version, maxPacket, idle)
}
