package broker_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// rawConnect is a CONNECT of ann, byte for byte.
type rawConnect struct {
	name   string // "MQTT" unless set
	level  byte
	flags  byte
	props  string // with their length; "\x00" for version 5 unless set
	client string
	will   []string // its fields, the properties first
	rest   string   // in place of user name and password
	more   string   // behind everything
}

func (c rawConnect) bytes(h *house) []byte {
	if c.name == "" {
		c.name = "MQTT"
	}
	if c.props == "" && c.level == 5 {
		c.props = "\x00"
	}
	b := field(nil, c.name)
	b = append(b, c.level, c.flags, 0, 60)
	b = append(b, c.props...)
	b = field(b, c.client)
	for i, f := range c.will {
		if i == 0 && c.level == 5 {
			b = append(b, f...)
		} else if i > 0 {
			b = field(b, f)
		}
	}
	if c.rest != "" {
		b = append(b, c.rest...)
	} else {
		if c.flags&0x80 != 0 {
			b = field(b, "ann")
		}
		if c.flags&0x40 != 0 {
			b = field(b, h.sig(app, "ann"))
		}
	}
	b = append(b, c.more...)
	return append(length([]byte{0x10}, len(b)), b...)
}

// field appends a string with its length.
func field(b []byte, s string) []byte {
	return append(append(b, byte(len(s)>>8), byte(len(s))), s...)
}

// length appends a variable byte integer.
func length(b []byte, n int) []byte {
	for ; n > 0x7f; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

// answer writes bytes to a new connection, half-closes it and returns all that
// comes back until its end.
func (h *house) answer(raw []byte) []byte {
	h.Helper()
	sock, err := net.Dial("tcp", h.addr)
	if err != nil {
		h.Fatal(err)
	}
	defer sock.Close()
	_ = sock.SetDeadline(time.Now().Add(patience))
	_, _ = sock.Write(raw)
	_ = sock.(*net.TCPConn).CloseWrite()
	got, err := io.ReadAll(sock)
	if err != nil {
		h.Fatalf("the connection does not end: %v, after %x", err, got)
	}
	return got
}

// A CONNECT that breaks its form closes a 3.1.1 connection without a CONNACK
// [MQTT-3.1.4-1]; an MQTT 5 client is told the code. 3.1.1 has a code for the
// version alone [MQTT-3.1.2-2].
func TestMalformedConnects(t *testing.T) {
	h := open(t, nil)
	const (
		name, password, will = 0x80 | 2, 0x40 | 2, 0x04 // all ask for a clean session
		closed               = 0xff
	)
	for _, c := range []struct {
		what   string
		raw    rawConnect
		v3, v5 byte // of CONNACK
	}{
		{"well-formed", rawConnect{flags: name | password}, 0, 0},
		{"a Will to be retained", rawConnect{flags: name | password | will | 0x20, will: []string{"\x00", "im/text/c2c/bob", "x"}}, 0, 0},
		{"a Will without content", rawConnect{flags: name | password | will, will: []string{"\x00", "im/text/c2c/bob", ""}}, 5, 0x99},
		{"the reserved flag [MQTT-3.1.2-3]", rawConnect{flags: name | password | 1}, closed, 0x81},
		{"a Will of QoS 3 [MQTT-3.1.2-12]", rawConnect{flags: name | password | will | 0x18, will: []string{"\x00", "im/text/c2c/bob", "x"}}, closed, 0x81},
		{"Will QoS without a Will [MQTT-3.1.2-11]", rawConnect{flags: name | password | 0x08}, closed, 0x81},
		{"Will Retain without a Will [MQTT-3.1.2-13]", rawConnect{flags: name | password | 0x20}, closed, 0x81},
		{"a password without user name [3.1.1 MQTT-3.1.2-22]", rawConnect{flags: password}, closed, 0x86},
		{"a client id that is not UTF-8 [MQTT-3.1.3-4]", rawConnect{flags: name | password, client: "\xc3\x28"}, closed, 0x81},
		{"a zero byte in the client id [MQTT-1.5.4-2]", rawConnect{flags: name | password, client: "a\x00"}, closed, 0x81},
		{"a user name that is not UTF-8 [MQTT-3.1.3-11]", rawConnect{flags: name | password, rest: "\x00\x02\xc3\x28\x00\x01x"}, closed, 0x81},
		{"a surrogate in the user name [MQTT-1.5.4-1]", rawConnect{flags: name | password, rest: "\x00\x03\xed\xa0\x80\x00\x01x"}, closed, 0x81},
		{"no user name in spite of the flag [MQTT-3.1.2-17]", rawConnect{flags: name, rest: "\x00"}, closed, 0x81},
		{"no password in spite of the flag", rawConnect{flags: name | password, rest: "\x00\x03ann"}, closed, 0x81},
		{"a password cut short", rawConnect{flags: name | password, rest: "\x00\x03ann\x00\x09x"}, closed, 0x81},
		{"a Will without its fields [MQTT-3.1.2-7]", rawConnect{flags: name | will, rest: "\x00"}, closed, 0x81},
		{"a Will topic that is not UTF-8 [MQTT-3.1.3-10]", rawConnect{flags: name | password | will, will: []string{"\x00", "im/text/c2c/\xff", "x"}}, closed, 0x81},
		{"bytes behind the payload", rawConnect{flags: name | password, more: "x"}, closed, 0x81},
		{"a body that ends in the protocol name", rawConnect{flags: 0, name: "MQ", rest: "x"}, closed, closed},
		{"another protocol", rawConnect{name: "MQTX", flags: name | password}, closed, closed},
		{"another protocol's old name", rawConnect{name: "MQIsdp", flags: name | password}, 1, 1},
	} {
		for _, level := range []byte{4, 5} {
			c.raw.level = level
			want := map[byte]byte{4: c.v3, 5: c.v5}[level]
			got := h.answer(c.raw.bytes(h))
			switch {
			case want == closed && len(got) == 0:
			case want != closed && len(got) > 3 && got[0] == 0x20 && got[2] == 0 && got[3] == want:
			default:
				t.Errorf("%s, level %d: got % x, want CONNACK %#x (%#x: none)", c.what, level, got, want, closed)
			}
		}
	}
	for _, raw := range []string{"\x11\x00", "\x10\x00", "\x10\x02\x00\x04", "\x10\x06\x00\x04MQTT", "\x10\x07\x00\x04MQTT\x04", "\xc0\x00", "\xe0\x00"} {
		if got := h.answer([]byte(raw)); len(got) != 0 {
			t.Errorf("% x: got % x, want nothing", raw, got)
		}
	}
	for _, level := range []byte{0, 3, 6, 0x84} {
		got := h.answer(rawConnect{level: level, flags: name | password}.bytes(h))
		if !bytes.Equal(got, []byte{0x20, 2, 0, 1}) {
			t.Errorf("level %d: got % x, want CONNACK 0x01", level, got)
		}
	}
}

// The limits of packets count the fixed header (spec/00 §9): what is announced as
// the Maximum Packet Size is taken, a byte more is not.
func TestPacketLimitsCountTheFixedHeader(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		props := strings.Repeat("\x00", int(version)-4)
		for _, c := range []struct{ size, fits int }{{128 << 10, 1}, {128<<10 + 1, 0}} {
			d := h.enter(hello{user: "ann", client: fmt.Sprint(c.size), version: version})
			const head = 4 // of a packet between 16 KiB and 2 MiB
			b := append(field(nil, "im/nowhere"), 0, 7)
			b = append(b, props...)
			b = append(b, make([]byte, c.size-head-len(b))...)
			go func() { _, _ = d.sock.Write(append(length([]byte{0x32}, len(b)), b...)) }()
			if c.fits == 0 {
				wantEnd(t, d, 0x95)
				continue
			}
			if ack := d.want(0x4); ack.PacketID != 7 {
				t.Errorf("a packet of %d bytes: PUBACK of %d", c.size, ack.PacketID)
			}
		}
		for size, want := range map[int]byte{64 << 10: map[byte]byte{4: 2, 5: 0x85}[version], 64<<10 + 1: 0} {
			raw := rawConnect{level: version, flags: 2}
			raw.client = strings.Repeat("x", size-len(raw.bytes(h))-2) // the length takes three bytes then
			got := h.answer(raw.bytes(h))
			if want == 0 && len(got) != 0 || want != 0 && (len(got) < 4 || got[3] != want) {
				t.Errorf("CONNECT of %d bytes: got % x, want code %#x", size, got, want)
			}
		}
	})
}

// A variable byte integer has at most four bytes [MQTT-1.5.5-1], whatever they say.
func TestALengthOfFiveBytesIsMalformed(t *testing.T) {
	h := open(t, nil)
	for _, raw := range []string{"\x30\x80\x80\x80\x80\x01", "\x30\xff\xff\xff\xff\x01", "\x30\xff\xff\xff\x80\x01"} {
		d := h.enter(hello{user: "ann"})
		_, _ = d.sock.Write([]byte(raw))
		wantEnd(t, d, 0x81)
	}
	if got := h.answer([]byte("\x10\xff\xff\xff\xff\x01")); len(got) != 0 {
		t.Errorf("got % x", got)
	}
}
