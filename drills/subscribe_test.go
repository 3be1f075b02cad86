//go:build drills

package drills

import (
	"fmt"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// subscribes asks for a thousand filters and gives them up again, without end.
var subscribes = attacker("subscribes", func(f *field, begun func()) {
	var all []packets.Packet
	for page := range uint16(10) {
		var filters []string
		for i := range 100 {
			filters = append(filters, fmt.Sprintf("im/in/c2c/somebody-%d-%d", page, i))
		}
		all = append(all, subscribing(page+1, 1, filters...))
	}
	for page := range uint16(10) {
		pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe}, PacketID: page + 11, Filters: all[page].Filters}
		all = append(all, pk)
	}
	text := encoded(all...)
	begun()
	crowd(4, func(i int) { f.flood(i, f.user(fmt.Sprint("rude", i/2)), text, 2000) })
})

func TestSubscribeFlood(t *testing.T) { drill{attack: subscribes}.run(t) }
