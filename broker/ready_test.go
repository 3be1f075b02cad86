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

func TestReadReturnsAllBytes(t *testing.T) {
	for name, plain := range map[string]bool{"a TCP socket": false, "a socket that needs a buffer to wait": true} {
		t.Run(name, func(t *testing.T) {
			server, client := tcpPair(t)
			opt := transportOptions{}.withDefaults()
			c := newConn(server, &opt, new(traffic), time.Now())
			if plain {
				c.ready = ready{}
			}
			over := make(chan struct{})
			c.opt.ended = func(*conn) { close(over) }
			rnd := rand.New(rand.NewPCG(1, 2))
			sent := connectOf(200)
			for len(sent) < 1_000_000 {
				n := rnd.IntN(300)
				if rnd.IntN(10) == 0 {
					n = rnd.IntN(5 * readBuffer)
				}
				p := packetOf(0x30, n)
				p[len(p)-1] = byte(rnd.Uint32())
				sent = append(sent, p...)
			}
			go func() {
				for rest := sent; len(rest) > 0; {
					n := min(len(rest), 1+rnd.IntN(2*readBuffer))
					if _, err := client.Write(rest[:n]); err != nil {
						return
					}
					rest = rest[n:]
				}
				_ = client.Close()
			}()
			got, err := io.ReadAll(&stream{c: c})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, sent) {
				t.Errorf("%d bytes read differ from the %d sent", len(got), len(sent))
			}
			if c.in.held != nil {
				t.Error("a buffer is held at the end")
			}
			_ = c.Close()
			<-over
		})
	}
}

func TestReadBufferIsReleasedWhenEmpty(t *testing.T) {
	server, client := tcpPair(t)
	opt := transportOptions{}.withDefaults()
	c := newConn(server, &opt, new(traffic), time.Now())
	over := make(chan struct{})
	c.opt.ended = func(*conn) { close(over) }
	if _, err := client.Write(append(connectOf(8), 0xC0, 0)); err != nil {
		t.Fatal(err)
	}
	for _, left := range []int{2, 0} {
		if _, _, err := c.Next(); err != nil {
			t.Fatal(err)
		}
		if c.in.held == nil || len(c.in.rest) != left {
			t.Errorf("%d bytes are left, want %d", len(c.in.rest), left)
		}
	}
	waits := make(chan error)
	go func() {
		_, _, err := c.Next()
		waits <- err
	}()
	for c.readMu.TryLock() { // until it waits
		c.readMu.Unlock()
	}
	_ = client.Close()
	if err := <-waits; !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	if c.in.held != nil {
		t.Error("a buffer was held while waiting")
	}
	<-over
}

// A packet that is announced but does not come uses one pooled buffer.
func TestReadBufferGrowsOnlyAsBytesArrive(t *testing.T) {
	in := inbound{}
	if n := len(in.room(128 << 10)); n != readBuffer {
		t.Errorf("room for %d bytes, want %d", n, readBuffer)
	}
	for _, want := range []int{2 * readBuffer, 4 * readBuffer, 5 * readBuffer} {
		in.came(len(in.held.b) - len(in.rest))
		in.room(5 * readBuffer)
		if len(in.held.b) != want {
			t.Errorf("a buffer of %d bytes, want %d", len(in.held.b), want)
		}
	}
	in.release()
}

func TestReadLimitsOverTCP(t *testing.T) {
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
		{"half a CONNECT", transportOptions{ConnectTimeout: 20 * time.Millisecond}, connectOf(50)[:30], nil, closedConnectTimeout},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			server, client := tcpPair(t)
			opt := row.opt.withDefaults()
			c := newConn(server, &opt, new(traffic), time.Now())
			reasons := whenClosed(t, c)
			over := make(chan struct{})
			c.opt.ended = func(*conn) { close(over) }
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

// BenchmarkReadStream reads pipelined packets of 200 bytes over loopback.
func BenchmarkReadStream(b *testing.B) {
	server, client := tcpPair(b)
	opt := transportOptions{}.withDefaults()
	c := newConn(server, &opt, new(traffic), time.Now())
	c.begun = true
	c.Authenticated(mqtt311, 0, time.Minute)
	go func() {
		chunk := bytes.Repeat(packetOf(0x30, 200), 64)
		for {
			if _, err := client.Write(chunk); err != nil {
				return
			}
		}
	}()
	b.SetBytes(203)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if _, _, err := c.Next(); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	c.CloseAfterFlush(0)
	_ = client.Close()
}
