package hooks

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"github.com/mochi-mqtt/server/v2/packets"
)

// cursor reads the fields of a packet one after another, MQTT 5 §1.5. The first
// field that is cut short or wrong ends it: err stays, and all that is read after
// it is zero.
type cursor struct {
	rest []byte
	err  error // a packets.Code
}

// bad ends the reading unless it has ended.
func (c *cursor) bad(code packets.Code) {
	if c.err == nil {
		c.rest, c.err = nil, code
	}
}

// take reads n bytes, which lie in the packet.
func (c *cursor) take(n int) []byte {
	if n > len(c.rest) {
		c.bad(packets.ErrMalformedPacket)
		return nil
	}
	b := c.rest[:n]
	c.rest = c.rest[n:]
	return b
}

// number reads a big-endian integer of 1 to 4 bytes.
func (c *cursor) number(size int) (n uint32) {
	for _, b := range c.take(size) {
		n = n<<8 | uint32(b)
	}
	return n
}

// varint reads a variable byte integer, MQTT 5 §1.5.5.
func (c *cursor) varint() int {
	n, size := varint(c.rest)
	if size == 0 {
		c.bad(packets.ErrMalformedPacket)
		return 0
	}
	c.rest = c.rest[size:]
	return n
}

// binary reads a length of two bytes and as many bytes.
func (c *cursor) binary() []byte {
	size := c.take(2)
	if size == nil {
		return nil
	}
	return c.take(int(binary.BigEndian.Uint16(size)))
}

// text reads a UTF-8 string [MQTT-1.5.4-1] [MQTT-1.5.4-2].
func (c *cursor) text() []byte {
	b := c.binary()
	if !validText(b) {
		c.bad(packets.ErrMalformedPacket)
	}
	return b
}

// end requires that nothing is left.
func (c *cursor) end() error {
	if len(c.rest) > 0 {
		c.bad(packets.ErrMalformedPacket)
	}
	return c.err
}

func validText(b []byte) bool { return utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 }
