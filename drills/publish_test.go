//go:build drills

package drills

import (
	"fmt"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// talks publishes as fast as it can, to users and to a group, in each QoS.
var talks = attacker("talks", func(f *field, begun func()) {
	f.group("loud", "Meeting", "rude0", "rude1")
	var all []packets.Packet
	for i := range uint16(600) {
		topic := []string{"im/text/c2c/rude0", "im/text/c2c/nobody", "im/text/group/loud"}[i%3]
		all = append(all, publishing(topic, "as fast as I can", byte(i)&1, i+1))
	}
	text := encoded(all...)
	begun()
	crowd(4, func(i int) { f.flood(i, f.user(fmt.Sprint("rude", i/2)), text, int64(len(all))) })
})

func TestPublishFlood(t *testing.T) { drill{attack: talks}.run(t) }

// A tenant that does all it may, beside another.
func TestTenantAtItsLimits(t *testing.T) {
	drill{attack: busy, server: []string{"--apps", "2"}, honest: 1}.run(t)
}

// busy is a tenant with many users who write as fast as they can, while its backend calls.
var busy = attacker("busy", func(f *field, begun func()) {
	f.group("loud", "Meeting", "rude0", "rude1", "rude2", "rude3")
	c2c, group := publishing("im/text/c2c/rude0", "all that we may", 1, 1), publishing("im/text/group/loud", "all that we may", 1, 2)
	text := encoded(c2c, c2c, c2c, group)
	begun()
	crowd(16, func(i int) {
		if i >= 12 {
			f.call(i, "openim/sendmsg", object{
				"From_Account": "rude0", "To_Account": "rude1", "MsgRandom": 1,
				"MsgBody": []object{{"MsgType": "TIMTextElem", "MsgContent": object{"Text": "from our backend"}}},
			})
			return
		}
		f.flood(i, f.user(fmt.Sprint("rude", i)), text, 4)
	})
})
