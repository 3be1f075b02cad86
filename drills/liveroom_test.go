//go:build drills

package drills

import (
	"fmt"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// rooms makes AVChatRooms without end, enters them and talks in them.
var rooms = attacker("rooms", func(f *field, begun func()) {
	begun()
	crowd(8, func(i int) {
		for n := 0; !f.over(); n++ {
			who := f.user(fmt.Sprint("host", i, ".", n))
			c, err := f.dial(source(i), who, login{version: 4})
			if err != nil {
				continue
			}
			var all []packets.Packet
			for k := range uint16(50) {
				id := fmt.Sprintf("room-%d-%d-%d", i, n, k)
				all = append(all,
					publishing("im/req/group.create/r", fmt.Sprintf(`{"Type":"AVChatRoom","Name":"room","GroupId":%q}`, id), 1, 3*k+1),
					publishing("im/req/group.join/r", fmt.Sprintf(`{"GroupId":%q}`, id), 1, 3*k+2),
					publishing("im/text/group/"+id, "is anybody here?", 1, 3*k+3))
			}
			if _, err := c.Write(encoded(all...)); err == nil {
				f.drain(c, 3*50)
				f.sent.Add(3 * 50)
			}
			c.Close()
		}
	})
})

// drain reads until so many publishes are acknowledged, or the attack is over.
func (f *field) drain(c *line, acks int) {
	for acks > 0 && !f.over() {
		pk, err := c.read()
		if err != nil {
			return
		}
		if pk.FixedHeader.Type == packets.Puback {
			acks--
		}
	}
}

func TestLiveRoomFlood(t *testing.T) { drill{attack: rooms}.run(t) }
