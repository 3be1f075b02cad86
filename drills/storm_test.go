//go:build drills

package drills

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// storms connect and drop, again and again.
var (
	badStorm = attacker("comes with bad tickets", func(f *field, begun func()) {
		begun()
		crowd(64, func(i int) {
			for n := 0; !f.over(); n++ {
				who := f.user(fmt.Sprint("stranger", i, ".", n))
				who.sig = who.sig[:len(who.sig)-8] + "AAAAAAAA"
				f.visit(i, encoded(connect(who, login{version: 4})), 20*time.Millisecond)
			}
		})
	})
	goodStorm = attacker("comes with good tickets", func(f *field, begun func()) {
		var all [32][]byte
		for i := range all {
			all[i] = encoded(connect(f.user(fmt.Sprint("restless", i)), login{version: 4, client: "phone"}),
				subscribing(1, 1, "im/#"), packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}})
		}
		begun()
		crowd(len(all), func(i int) {
			for !f.over() {
				f.visit(i, all[i], bound)
			}
		})
	})
)

// visit connects, says something, waits for the end at most so long, and drops
// the connection.
func (f *field) visit(i int, text []byte, patience time.Duration) {
	conn, err := dialFrom(source(i), f.MQTT)
	if err != nil {
		time.Sleep(10 * time.Millisecond)
		return
	}
	defer conn.Close()
	_ = conn.(*net.TCPConn).SetLinger(0) // its port is free at once
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write(text); err == nil {
		var rest [512]byte
		for err == nil {
			_, err = conn.Read(rest[:])
		}
	}
	f.sent.Add(1)
}

func TestBadTicketStorm(t *testing.T)  { drill{attack: badStorm}.run(t) }
func TestGoodTicketStorm(t *testing.T) { drill{attack: goodStorm}.run(t) }
