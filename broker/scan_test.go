package broker

import (
	"errors"
	"testing"
	"time"
)

// connectOf is a fixed header of CONNECT and n bytes of body, whatever they say.
func connectOf(n int) []byte { return packetOf(0x10, n) }

func packetOf(head byte, n int) []byte {
	return append(appendVarint([]byte{head}, n), make([]byte, n)...)
}

func TestFixedHeaders(t *testing.T) {
	const maxFirst, maxPacket = 100, 1000
	publish := packetOf(0x30, maxPacket-3) // a fixed header of three bytes
	rows := []struct {
		name    string
		in      []byte
		packets int // that pass
		err     error
	}{
		{"CONNECT at its limit", connectOf(98), 1, nil},
		{"CONNECT one above", connectOf(99), 0, errOversize},
		{"CONNECT announcing 256 MiB", []byte{0x10, 0xFF, 0xFF, 0xFF, 0x7F}, 0, errOversize},
		{"PUBLISH first", packetOf(0x30, 5), 0, errNotConnect},
		{"TLS to the plain port", []byte{0x16, 3, 1}, 0, errNotConnect},
		{"HTTP to the MQTT port", []byte("GET / HTTP/1.1"), 0, errNotConnect},
		{"CONNECT with reserved flags", []byte{0x11, 0}, 0, errNotConnect},
		{"CONNECT, then a large packet", append(connectOf(10), publish...), 2, nil},
		{"CONNECT, then one too large", append(connectOf(10), packetOf(0x30, maxPacket-2)...), 1, errOversize},
		{"length of five bytes", append(connectOf(10), 0x30, 0x80, 0x80, 0x80, 0x80, 0x01), 1, errBadLength},
		{"length of five bytes and too much", append(connectOf(10), 0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01), 1, errBadLength},
		{"empty packets", append(connectOf(10), 0xC0, 0, 0xC0, 0), 3, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			n, err := cut(row.in, len(row.in), maxFirst, maxPacket)
			if n != row.packets || !errors.Is(err, row.err) {
				t.Errorf("%d packets, %v; want %d, %v", n, err, row.packets, row.err)
			}
		})
	}
}

// cut hands a stream over in pieces and returns how many packets pass, and what
// breaks a rule.
func cut(in []byte, piece, maxFirst, maxBody int) (int, error) {
	opt := transportOptions{MaxConnect: maxFirst, MaxPacket: maxBody}.withDefaults()
	c := newConn(newSink(), &opt, new(traffic), time.Now())
	packets := 0
	for len(in) > 0 {
		n := min(len(in), piece)
		n = copy(c.in.room(0), in[:n])
		c.in.came(n)
		in = in[n:]
		for len(c.in.rest) > 0 {
			at, size, err := c.header(c.in.rest)
			if err != nil {
				return packets, err
			}
			if at == 0 || at+size > len(c.in.rest) {
				break
			}
			c.in.rest = c.in.rest[at+size:]
			c.passed(0)
			packets++
		}
	}
	return packets, nil
}

// FuzzScan: however the stream is cut into reads, the verdict is the same.
func FuzzScan(f *testing.F) {
	f.Add(append(connectOf(3), packetOf(0x30, 200)...), uint8(1))
	f.Add(append(connectOf(3), packetOf(0x30, 20)...), uint8(7))
	f.Add([]byte{0x10, 0x80, 0x80, 0x80, 0x80, 1}, uint8(2))
	f.Fuzz(func(t *testing.T, in []byte, piece uint8) {
		const maxFirst, maxBody = 20, 50
		wantPackets, want := cut(in, len(in), maxFirst, maxBody)
		packets, err := cut(in, int(piece)+1, maxFirst, maxBody)
		if !errors.Is(err, want) || packets != wantPackets {
			t.Fatalf("in pieces of %d: %v after %d packets; whole: %v after %d", int(piece)+1, err, packets, want, wantPackets)
		}
	})
}

func BenchmarkFixedHeader(b *testing.B) {
	in := packetOf(0x30, 200)
	for b.Loop() {
		if _, _, err := fixedHeader(in, 1000); err != nil {
			b.Fatal(err)
		}
	}
}
