package broker

import (
	"bytes"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestCloseSendsWaitingPackets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, sock, peer := pipeConn(transportOptions{})
		reasons := whenClosed(t, c)
		heard := receive(peer)
		release := sock.hold()
		_, _ = c.Write([]byte("waiting "))
		_, _ = c.Write([]byte("last"))
		c.CloseAfterFlush(time.Second)
		if r := <-reasons; r != closedByServer { // told before the flush is through
			t.Errorf("closed by %v, want %v", r, closedByServer)
		}
		if _, err := c.Write([]byte("too late")); err == nil {
			t.Error("a write after the close was taken")
		}
		if c.OnClose(func(closeReason) { t.Error("late hook was called") }) {
			t.Error("a hook was taken after the close")
		}
		release()
		if got := string(<-heard); got != "waiting last" {
			t.Errorf("peer heard %q", got)
		}
		if !sock.ended.Load() {
			t.Error("no half-close before the end")
		}
		_ = peer.Close()
	})
}

func TestLingerIsBounded(t *testing.T) {
	rows := []struct {
		name  string
		stuck bool // the peer reads nothing at all
	}{
		{"peer that reads but never closes", false},
		{"peer that does not read", true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _, peer := pipeConn(transportOptions{})
				start := time.Now()
				over := make(chan time.Duration, 1)
				c.opt.ended = func(*conn) { over <- time.Since(start) }
				if !row.stuck {
					receive(peer)
				}
				_, _ = c.Write([]byte("bye"))
				c.CloseAfterFlush(3 * time.Second)
				if d := time.Since(start); d != 0 {
					t.Errorf("the caller waited %v", d)
				}
				if d := <-over; d != 3*time.Second {
					t.Errorf("over after %v, want 3s", d)
				}
				_ = peer.Close()
			})
		})
	}
}

func TestSecondCloseShortensLinger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, peer := pipeConn(transportOptions{})
		start := time.Now()
		over := make(chan time.Duration, 1)
		c.opt.ended = func(*conn) { over <- time.Since(start) }
		_, _ = c.Write([]byte("bye"))
		c.CloseAfterFlush(time.Hour)
		time.Sleep(2 * time.Second)
		c.CloseAfterFlush(0)
		if d := <-over; d != 2*time.Second {
			t.Errorf("over after %v, want 2s", d)
		}
		_ = peer.Close()
	})
}

func TestCloseReasonOfPeerEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, peer := pipeConn(transportOptions{})
		reasons := whenClosed(t, c)
		readLoop(c)
		_ = peer.Close()
		if r := <-reasons; r != closedByPeer {
			t.Errorf("closed by %v, want %v", r, closedByPeer)
		}
		synctest.Wait()
		if len(reasons) != 0 {
			t.Error("told twice")
		}
	})
}

// A reset discards what the peer has not read; a socket closed with unread input
// sends one. The refusal must be read all the same.
func TestRefusalIsReadDespiteUnreadInput(t *testing.T) {
	defer goleak.VerifyNone(t)
	server, client := tcpPair(t)
	opt := transportOptions{}.withDefaults()
	c := newConn(server, &opt, new(traffic), time.Now())
	over := make(chan struct{})
	c.opt.ended = func(*conn) { close(over) }

	if _, err := client.Write(make([]byte, 50_000)); err != nil { // never read by the library
		t.Fatal(err)
	}
	want := bytes.Repeat([]byte("refused "), 1000)
	_, _ = c.Write(want)
	c.CloseAfterFlush(5 * time.Second)
	if _, err := client.Write(make([]byte, 50_000)); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(client)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("client read %d bytes, %v; want %d and a clean end", len(got), err, len(want))
	}
	_ = client.Close()
	<-over
}

func TestConcurrentWritesAndClosesEndOnce(t *testing.T) {
	defer goleak.VerifyNone(t)
	for range 50 {
		server, client := tcpPair(t)
		go func() { _, _ = io.Copy(io.Discard, client); _ = client.Close() }()
		opt := transportOptions{SoftLimit: 5000, HardLimit: 50_000}.withDefaults()
		c := newConn(server, &opt, new(traffic), time.Now())
		var told atomic.Int64
		over := make(chan struct{})
		c.OnClose(func(closeReason) { told.Add(1) })
		c.OnDrain(draining(func() { c.Frame([]byte{0x30, 0}, 0, 0, false) }))
		c.opt.ended = func(*conn) { close(over) } // a second time would panic

		var all sync.WaitGroup
		all.Go(func() { _, _ = io.Copy(io.Discard, &stream{c: c}) })
		for i := range 8 {
			all.Go(func() {
				for n := range 200 {
					c.Frame(make([]byte, 100), 2, uint16(n), n%2 == 0)
					_, _ = c.Write([]byte{0x40, 2, 0, 1})
					if n == 100+i*10 {
						switch i % 4 {
						case 0:
							_ = c.Close()
						case 1:
							c.CloseAfterFlush(time.Second)
						case 2:
							c.CloseAfterFlush(0)
						}
					}
				}
			})
		}
		all.Wait()
		<-over
		if n := told.Load(); n != 1 {
			t.Fatalf("OnClose called %d times", n)
		}
	}
}

// tcpPair is two ends of a loopback connection.
func tcpPair(t testing.TB) (server, client net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	client, err = net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err = ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return server, client
}
