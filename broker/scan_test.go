package broker

import (
	"bytes"
	"errors"
	"testing"
)

// connectOf is a fixed header of CONNECT and n bytes of body, whatever they say.
func connectOf(n int) []byte { return packetOf(0x10, n) }

func packetOf(head byte, n int) []byte {
	return append(appendVarint([]byte{head}, n), make([]byte, n)...)
}

func TestScanNamesTheFirstPacketThatBreaksARule(t *testing.T) {
	const maxFirst, maxBody = 100, 1000
	publish := packetOf(0x30, maxBody)
	rows := []struct {
		name string
		in   []byte
		ok   int // bytes that may pass
		err  error
	}{
		{"CONNECT at its limit", connectOf(100), 102, nil},
		{"CONNECT one above", connectOf(101), 0, errOversize},
		{"CONNECT announcing 256 MiB", []byte{0x10, 0xFF, 0xFF, 0xFF, 0x7F}, 0, errOversize},
		{"PUBLISH first", packetOf(0x30, 5), 0, errNotConnect},
		{"TLS to the plain port", []byte{0x16, 3, 1}, 0, errNotConnect},
		{"HTTP to the MQTT port", []byte("GET / HTTP/1.1"), 0, errNotConnect},
		{"CONNECT with reserved flags", []byte{0x11, 0}, 0, errNotConnect},
		{"CONNECT, then a large packet", append(connectOf(10), publish...), 12 + 1003, nil},
		{"CONNECT, then one too large", append(connectOf(10), packetOf(0x30, maxBody+1)...), 12, errOversize},
		{"length of five bytes", append(connectOf(10), 0x30, 0x80, 0x80, 0x80, 0x80, 0x01), 12, errBadLength},
		{"empty packets", append(connectOf(10), 0xC0, 0, 0xC0, 0), 16, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var s packetScan
			ok, _ := s.feed(row.in, maxFirst, maxBody)
			if ok != row.ok || !errors.Is(s.err, row.err) {
				t.Errorf("passed %d, %v; want %d, %v", ok, s.err, row.ok, row.err)
			}
		})
	}
}

// FuzzScan: however the stream is cut into reads, the verdict is the same, and what
// passes holds no packet above the limit.
func FuzzScan(f *testing.F) {
	f.Add(append(connectOf(3), packetOf(0x30, 200)...), uint8(1))
	f.Add(append(connectOf(3), packetOf(0x30, 20)...), uint8(7))
	f.Add([]byte{0x10, 0x80, 0x80, 0x80, 0x80, 1}, uint8(2))
	f.Fuzz(func(t *testing.T, in []byte, cut uint8) {
		const maxFirst, maxBody = 20, 50
		var whole, pieces packetScan
		_, wantPackets := whole.feed(in, maxFirst, maxBody)
		packets := 0
		for rest := in; len(rest) > 0 && pieces.err == nil; {
			n := min(len(rest), int(cut)+1)
			_, k := pieces.feed(rest[:n], maxFirst, maxBody)
			packets += k
			rest = rest[n:]
		}
		if !errors.Is(pieces.err, whole.err) || packets != wantPackets {
			t.Fatalf("in pieces of %d: %v after %d packets; whole: %v after %d", int(cut)+1, pieces.err, packets, whole.err, wantPackets)
		}
		if whole.err == nil && whole.body > maxBody {
			t.Fatalf("waits for a body of %d bytes", whole.body)
		}
	})
}

func BenchmarkScan(b *testing.B) {
	in := bytes.Repeat(packetOf(0x30, 60), 16)
	var s packetScan
	s.feed(connectOf(1), 100, 1000)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		s.feed(in, 100, 1000)
	}
}
