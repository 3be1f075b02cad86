//go:build drills

package drills

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// babbles connects and says what no client may say: before CONNECT, instead of
// it, and after it.
var babbles = attacker("babbles", func(f *field, begun func()) {
	const seconds = time.Second
	hello := encoded(connect(f.user("rude"), login{version: 4}))
	after := func(rest ...byte) []byte { return append(bytes.Clone(hello), rest...) }
	huge := append([]byte{0x32, 0xff, 0xff, 0x3f}, bytes.Repeat([]byte("x"), 1<<20)...) // claims a megabyte
	texts := [][]byte{
		[]byte("GET / HTTP/1.1\r\nHost: chat\r\n\r\n"),
		{0x16, 0x03, 0x01, 0x02, 0x00, 0x01}, // the beginning of TLS
		bytes.Repeat([]byte{0xff}, 4096),
		append([]byte{0x10, 0xff, 0xff, 0x03}, bytes.Repeat([]byte{0}, 65536)...),
		huge,
		after(0x00, 0x00),                   // a packet type that is none
		after(0x32, 0xff, 0xff, 0xff, 0xff), // a length without end
		after(0x82, 0x02, 0x00, 0x01),       // SUBSCRIBE without a filter
		after(0x36, 0x00),                   // QoS 3
		after(0x32, 0x04, 0x00, 0x09, 'i', 'm'),
		after(0x32, 0x07, 0x00, 0x03, 0xff, 0xfe, 0xfd, 0x00, 0x01), // not UTF-8
		after(hello...), // twice
		after(huge...),
		after(encoded(publishing("im/#", "x", 1, 1))...),
		after(encoded(publishing("im/text/c2c/"+strings.Repeat("x", 60000), "x", 1, 1))...),
	}
	begun()
	crowd(32, func(i int) {
		for n := i; !f.over(); n++ {
			f.visit(i, texts[n%len(texts)], seconds)
		}
	})
})

func TestMalformedPackets(t *testing.T) { drill{attack: babbles}.run(t) }

// oversize is a user whose every packet is larger than allowed.
var oversize = attacker("oversize", func(f *field, begun func()) {
	text := encoded(publishing("im/text/c2c/somebody", strings.Repeat("x", 200<<10), 1, 1))
	begun()
	crowd(4, func(i int) { f.flood(i, f.user(fmt.Sprint("rude", i/2)), text, 1) })
})

func TestOversizePackets(t *testing.T) { drill{attack: oversize}.run(t) }
