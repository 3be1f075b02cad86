//go:build drills

package drills

import (
	"fmt"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// hoards leaves kept sessions behind, each with as many filters as it may have.
var hoards = attacker("hoards", func(f *field, begun func()) {
	var asks []packets.Packet
	for page := range uint16(10) {
		var filters []string
		for i := range 100 {
			filters = append(filters, fmt.Sprintf("im/in/c2c/somebody-at-%d-%d", page, i))
		}
		asks = append(asks, subscribing(page+1, 1, filters...))
	}
	text := encoded(append(asks, packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}})...)
	begun()
	crowd(8, func(i int) {
		for n := 0; !f.over(); n++ {
			who := f.user(fmt.Sprint("hoarder", i, ".", n/40))
			f.visit(i, append(encoded(connect(who, login{version: 4, client: fmt.Sprint("d", n%40), keep: true})), text...), 10*time.Second)
		}
	})
})

func TestKeptSessionsWithFilters(t *testing.T) { drill{attack: hoards}.run(t) }
