//go:build unix

package broker

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"time"
)

func TestReadAheadLosesNothing(t *testing.T) {
	server, client := tcpPair(t)
	opt := transportOptions{}.withDefaults()
	c := newConn(server, &opt, new(traffic), time.Now())
	over := make(chan struct{})
	c.ended = func(*conn) { close(over) }
	rnd := rand.New(rand.NewPCG(1, 2))
	stream := connectOf(200)
	for len(stream) < 500_000 {
		p := packetOf(0x30, rnd.IntN(3*readAheadSize))
		p[len(p)-1] = byte(rnd.Uint32())
		stream = append(stream, p...)
	}
	go func() {
		for rest := stream; len(rest) > 0; {
			n := min(len(rest), 1+rnd.IntN(2*readAheadSize))
			if _, err := client.Write(rest[:n]); err != nil {
				return
			}
			rest = rest[n:]
		}
		_ = client.Close()
	}()
	sizes := rand.New(rand.NewPCG(3, 4))
	var got []byte
	buf := make([]byte, 2*readAheadSize)
	for {
		n, err := c.Read(buf[:1+sizes.IntN(len(buf)-1)])
		got = append(got, buf[:n]...)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got, stream) {
		t.Errorf("%d bytes read differ from the %d sent", len(got), len(stream))
	}
	if c.ahead.held != nil {
		t.Error("a buffer is held at the end")
	}
	_ = c.Close()
	<-over
}

func TestReadAheadHoldsItsBufferOnlyWhileItHasSomething(t *testing.T) {
	server, client := tcpPair(t)
	opt := transportOptions{}.withDefaults()
	c := newConn(server, &opt, new(traffic), time.Now())
	over := make(chan struct{})
	c.ended = func(*conn) { close(over) }
	if _, err := client.Write(connectOf(8)); err != nil {
		t.Fatal(err)
	}
	small := make([]byte, 5)
	for i, want := range []bool{true, false} {
		if _, err := io.ReadFull(c, small); err != nil {
			t.Fatal(err)
		}
		if got := c.ahead.held != nil; got != want {
			t.Errorf("after read %d: buffer held is %v, want %v", i+1, got, want)
		}
	}
	_ = client.Close()
	if _, err := c.Read(small); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	<-over
}

func TestRulesHoldOnTCPToo(t *testing.T) {
	good := append(connectOf(20), 0xC0, 0)
	rows := []struct {
		name   string
		opt    transportOptions
		in     []byte
		pass   []byte
		reason closeReason
	}{
		{"large packet behind good ones", transportOptions{}, append(bytes.Clone(good), packetOf(0x30, 1<<20)[:50]...), good, closedOversize},
		{"large first packet", transportOptions{}, appendVarint([]byte{0x10}, 1<<20), nil, closedOversize},
		{"not MQTT", transportOptions{}, []byte("GET / HTTP/1.0\r\n\r\n"), nil, closedProtocol},
		{"silence", transportOptions{ConnectTimeout: 20 * time.Millisecond}, nil, nil, closedConnectTimeout},
		{"half a CONNECT", transportOptions{ConnectTimeout: 20 * time.Millisecond}, connectOf(50)[:30], connectOf(50)[:30], closedConnectTimeout},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			server, client := tcpPair(t)
			opt := row.opt.withDefaults()
			c := newConn(server, &opt, new(traffic), time.Now())
			reasons := whenClosed(t, c)
			over := make(chan struct{})
			c.ended = func(*conn) { close(over) }
			got := readLoop(c)
			if _, err := client.Write(row.in); err != nil {
				t.Fatal(err)
			}
			if r := <-reasons; r != row.reason {
				t.Errorf("closed by %v, want %v", r, row.reason)
			}
			if b := <-got; !bytes.Equal(b, row.pass) {
				t.Errorf("%d bytes passed, want %d", len(b), len(row.pass))
			}
			if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
				t.Errorf("the client sees %v, want a clean end", err)
			}
			_ = client.Close()
			<-over
		})
	}
}

// BenchmarkReadStream reads pipelined packets of 200 bytes over loopback, with the
// buffer that the MQTT library would have in front.
func BenchmarkReadStream(b *testing.B) {
	server, client := tcpPair(b)
	opt := transportOptions{}.withDefaults()
	c := newConn(server, &opt, new(traffic), time.Now())
	c.scan.feed(connectOf(1), 100, 100)
	c.Authenticated(mqtt311, 0, time.Minute)
	go func() {
		chunk := bytes.Repeat(packetOf(0x30, 200), 64)
		for {
			if _, err := client.Write(chunk); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 256)
	b.SetBytes(203)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if _, err := io.ReadFull(c, buf[:203]); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	c.CloseAfterFlush(0)
	_ = client.Close()
}
