package broker

import (
	"fmt"
	"net"
	"runtime"
	"testing"
	"time"
)

// BenchmarkFanOut delivers one QoS 1 message to n connections per operation,
// flushes included. In memory the sockets are free, so that what remains is ours;
// over loopback the system calls and the readers are there too.
func BenchmarkFanOut(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("memory/%d", n), func(b *testing.B) {
			fanOut(b, n, func() net.Conn { return newSink() })
		})
	}
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("loopback/%d", n), func(b *testing.B) {
			fanOut(b, n, func() net.Conn {
				server, client := tcpPair(b)
				go func() {
					buf := make([]byte, 16<<10)
					for {
						if _, err := client.Read(buf); err != nil {
							_ = client.Close()
							return
						}
					}
				}()
				return server
			})
		})
	}
}

func fanOut(b *testing.B, n int, dial func() net.Conn) {
	opt := transportOptions{}.withDefaults()
	stats := new(traffic)
	conns := make([]*conn, n)
	for i := range conns {
		conns[i] = newConn(dial(), &opt, stats, time.Now())
	}
	pub := publication{Topic: "im/in/group/g", Payload: make([]byte, 200)}
	frame, at := appendPublish(nil, mqtt311, 1, &pub)
	id := uint16(0)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		id++
		for _, c := range conns {
			for !c.Frame(frame, at, id, false) {
				runtime.Gosched() // the peers' pace is part of the cost
			}
		}
	}
	for _, c := range conns {
		for c.Pending() > 0 {
			runtime.Gosched()
		}
	}
	b.StopTimer()
	deliveries := float64(b.N * n)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/deliveries, "ns/delivery")
	b.ReportMetric(float64(stats.Flushes.Load())/deliveries, "writes/delivery")
	for _, c := range conns {
		c.CloseAfterFlush(0)
	}
}

// BenchmarkRead is the cost that reading through the wrapper adds to a socket.
func BenchmarkRead(b *testing.B) {
	opt := transportOptions{}.withDefaults()
	c := newConn(&repeated{packetOf(0x30, 200)}, &opt, new(traffic), time.Now())
	c.begun = true
	c.Authenticated(mqtt311, 0, time.Minute)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := c.Next(); err != nil {
			b.Fatal(err)
		}
	}
}

// repeated delivers the same bytes with every read.
type repeated struct{ p []byte }

func (r *repeated) Read(p []byte) (int, error)       { return copy(p, r.p), nil }
func (r *repeated) Write(p []byte) (int, error)      { return len(p), nil }
func (r *repeated) Close() error                     { return nil }
func (r *repeated) LocalAddr() net.Addr              { return nil }
func (r *repeated) RemoteAddr() net.Addr             { return nil }
func (r *repeated) SetDeadline(time.Time) error      { return nil }
func (r *repeated) SetReadDeadline(time.Time) error  { return nil }
func (r *repeated) SetWriteDeadline(time.Time) error { return nil }

// BenchmarkIdleConnection reports what one idle connection holds after it has
// written and read: alone, and with the goroutine that serves it.
func BenchmarkIdleConnection(b *testing.B) {
	const count = 10_000
	b.Run("wrapper", func(b *testing.B) {
		opt, stats := transportOptions{}.withDefaults(), new(traffic)
		idleBytes(b, count, func() *conn {
			c := newConn(newSink(), &opt, stats, time.Now())
			c.Authenticated(mqtt311, 0, time.Minute)
			_, _ = c.Write(make([]byte, 500))
			return c
		})
	})
	b.Run("with its reader", func(b *testing.B) {
		l := newListeners(transportOptions{}, handler(welcome))
		clients := 0
		idleBytes(b, count, func() *conn {
			clients++
			in := connectPacket(b, mqtt311, fmt.Sprintf("phone-%d", clients), "right")
			c := newConn(&greeting{sinkSocket: newSink(), in: in}, &l.opt, &l.stats, time.Now())
			l.keep(c)
			go l.serve(c, &accepted{})
			return c
		})
		l.Close()
		l.Wait()
	})
}

// greeting is a sink that first delivers a packet.
type greeting struct {
	*sinkSocket
	in []byte
}

func (g *greeting) Read(p []byte) (int, error) {
	if len(g.in) == 0 {
		return g.sinkSocket.Read(p)
	}
	n := copy(p, g.in)
	if g.in = g.in[n:]; len(g.in) == 0 {
		g.in = nil
	}
	return n, nil
}

// idleBytes measures heap and stacks per connection once everything has settled.
func idleBytes(b *testing.B, count int, open func() *conn) {
	for b.Loop() {
		before := settled()
		conns := make([]*conn, count)
		for i := range conns {
			conns[i] = open()
		}
		for _, c := range conns {
			for !c.sock.(interface{ wrote() bool }).wrote() || c.Pending() > 0 {
				runtime.Gosched()
			}
		}
		after := settled()
		b.ReportMetric(float64(int64(after.HeapAlloc-before.HeapAlloc))/float64(count), "heap-B/conn")
		b.ReportMetric(float64(int64(after.StackInuse-before.StackInuse))/float64(count), "stack-B/conn")
		for _, c := range conns {
			c.CloseAfterFlush(0)
		}
	}
}

func (s *sinkSocket) wrote() bool { return s.writes.Load() > 0 }

func settled() (m runtime.MemStats) {
	for range 3 { // stacks shrink by half with each collection
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m
}
