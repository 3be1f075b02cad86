//go:build drills

package drills

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// pings asks whether the server is there, and does not wait for the answer.
var pings = attacker("pings", func(f *field, begun func()) {
	const n = 1 << 14
	text := bytes.Repeat(encoded(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}}), n)
	begun()
	crowd(4, func(i int) { f.flood(i, f.user(fmt.Sprint("rude", i/2)), text, n) })
})

func TestPingFlood(t *testing.T) { drill{attack: pings}.run(t) }
