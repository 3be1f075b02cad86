package broker_test

import (
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// FuzzPackets sends any bytes after a CONNECT. They may close the connection that
// sent them and nothing else. The library's decoder panics on some.
func FuzzPackets(f *testing.F) {
	for _, seed := range []string{
		"\x82\x07\x00\x01\x00\x00\x02im",                                   // a filter without options
		"\x32\x09\x00\x02im\x00\x01\xff\xff\x7fx",                          // properties longer than the packet
		"\x30\x04\x00\x02im",                                               // no property length
		"\x32\x07\x00\x02im\x00\x00\x00",                                   // packet id 0
		"\x30\x10\x00\x0bim/status\x00x\x00\xff",                           // a zero byte in a topic
		"\x3a\x0f\x00\x06im/nix\x00\x07\x03\x23\x00\x01x",                  // a topic alias
		"\x40\x02\x00\x00\x50\x02\x00\x01\x62\x02\x00\x01\x70\x02\x00\x09", // acks of nothing
		"\xe0\x06\x04\x04\x11\x00\x00\x00\x05",                             // DISCONNECT with an expiry
		"\xa2\x06\x00\x05\x00\x00\x01#\xc0\x00",                            // UNSUBSCRIBE, PINGREQ
		"\xf0\x00\x10\x00\x20\x00\xd0\x00",                                 // what clients do not send
	} {
		f.Add([]byte(seed), byte(5))
		f.Add([]byte(seed), byte(4))
	}
	h := open(f, nil)
	witness := h.listener(hello{user: "bob"})
	f.Fuzz(func(t *testing.T, raw []byte, version byte) {
		h.TB = t // an f may not be used in here
		t.Cleanup(func() { h.TB = f })
		d := h.dial(hello{user: "ann", version: 4 + version&1})
		_, _ = d.sock.Write(raw)
		d.bye()
		_ = d.sock.(interface{ CloseWrite() error }).CloseWrite()
		for open := true; open; {
			select {
			case _, open = <-d.in:
			case <-time.After(patience):
				t.Fatal("the connection does not end")
			}
		}
		witness.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
		for pk := range witness.in {
			if pk.FixedHeader.Type == packets.Pingresp {
				return
			}
		}
		t.Fatal("another connection has ended")
	})
}
