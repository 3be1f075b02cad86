package broker

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// readLoop reads like the door does, until it fails, and closes.
func readLoop(c *conn) <-chan []byte {
	got := make(chan []byte, 1)
	go func() {
		b, err := io.ReadAll(&stream{c: c})
		var fault packets.Code
		if errors.As(err, &fault) {
			wire{c}.Goodbye(c.version, fault.Code, "")
		}
		_ = c.Close()
		got <- b
	}()
	return got
}

func TestSilentConnectionIsClosedAtConnectDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c, _, peer := pipeConn(transportOptions{})
		reasons := whenClosed(t, c)
		readLoop(c)
		if r := <-reasons; r != closedConnectTimeout {
			t.Errorf("closed by %v, want %v", r, closedConnectTimeout)
		}
		if d := time.Since(start); d != 10*time.Second {
			t.Errorf("after %v, want 10s", d)
		}
		_ = peer.Close()
	})
}

func TestSlowConnectDoesNotExtendDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c, _, peer := pipeConn(transportOptions{})
		reasons := whenClosed(t, c)
		readLoop(c)
		var trickle sync.WaitGroup
		trickle.Go(func() {
			for _, b := range connectOf(100) {
				if _, err := peer.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		})
		if r := <-reasons; r != closedConnectTimeout || time.Since(start) != 10*time.Second {
			t.Errorf("closed by %v after %v, want %v after 10s", r, time.Since(start), closedConnectTimeout)
		}
		_ = peer.Close()
		trickle.Wait()
	})
}

func TestOversizeConnectIsRefusedUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, peer := pipeConn(transportOptions{})
		reasons := whenClosed(t, c)
		got := readLoop(c)
		head := appendVarint([]byte{0x10}, 64<<10)
		if _, err := peer.Write(head); err != nil {
			t.Fatal(err)
		}
		if r := <-reasons; r != closedOversize {
			t.Errorf("closed by %v, want %v", r, closedOversize)
		}
		if b := <-got; len(b) != 0 {
			t.Errorf("%d bytes reached the door, want 0", len(b))
		}
		_ = peer.Close()
	})
}

func TestPacketLimitAfterAuthentication(t *testing.T) {
	rows := []struct {
		name     string
		version  byte
		size     int
		reason   closeReason
		farewell []byte
	}{
		{"v5 at the limit", mqtt5, 997, closedByPeer, nil},
		{"v5 above", mqtt5, 998, closedOversize, []byte{0xE0, 2, 0x95, 0}},
		{"v3 above", mqtt311, 998, closedOversize, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _, peer := pipeConn(transportOptions{})
				reasons := whenClosed(t, c)
				c.begun = true
				c.Authenticated(row.version, 1000, time.Minute)
				readLoop(c)
				heard := receive(peer)
				// A small packet in the same write must still get through.
				in := append([]byte{0xC0, 0}, packetOf(0x30, row.size)...)
				_, _ = peer.Write(in)
				if row.reason == closedByPeer {
					_ = peer.Close()
				}
				if r := <-reasons; r != row.reason {
					t.Errorf("closed by %v, want %v", r, row.reason)
				}
				if b := <-heard; !bytes.Equal(b, row.farewell) {
					t.Errorf("peer heard % x, want % x", b, row.farewell)
				}
				_ = peer.Close()
			})
		})
	}
}

func TestPacketsBeforeAnOversizeOneAreRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, peer := pipeConn(transportOptions{})
		got := readLoop(c)
		good := append(connectOf(20), 0xC0, 0)
		_, _ = peer.Write(append(bytes.Clone(good), packetOf(0x30, 1<<20)[:50]...))
		if b := <-got; !bytes.Equal(b, good) {
			t.Errorf("the door got %d bytes, want the %d before the large packet", len(b), len(good))
		}
		_ = peer.Close()
	})
}

func TestIdleConnectionIsClosed(t *testing.T) {
	rows := []struct {
		name      string
		keepAlive uint16
		version   byte
		least     time.Duration
		farewell  []byte
	}{
		{"keep alive 60, v5", 60, mqtt5, 90 * time.Second, []byte{0xE0, 2, 0x8D, 0}},
		{"keep alive 60, v3", 60, mqtt311, 90 * time.Second, nil},
		{"no keep alive", 0, mqtt311, 15 * time.Minute, nil},
		{"an interval whose half again does not fit 16 bits", 43_691, mqtt311, 65_536 * time.Second, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _, peer := pipeConn(transportOptions{})
				reasons := whenClosed(t, c)
				c.begun = true
				c.Authenticated(row.version, 0, time.Duration(row.keepAlive)*time.Second*3/2)
				readLoop(c)
				heard := receive(peer)
				last := time.Now()
				for range 40 { // pings at many distances from the armed deadline
					time.Sleep(row.least / 37)
					_, _ = peer.Write([]byte{0xC0, 0})
					last = time.Now()
				}
				if r := <-reasons; r != closedIdle {
					t.Errorf("closed by %v, want %v", r, closedIdle)
				}
				if d := time.Since(last); d < row.least-time.Second || d > row.least+row.least/16+time.Second {
					t.Errorf("closed %v after the last byte, want %v and at most a sixteenth more", d, row.least)
				}
				if b := <-heard; !bytes.Equal(b, row.farewell) {
					t.Errorf("peer heard % x, want % x", b, row.farewell)
				}
				_ = peer.Close()
			})
		})
	}
}

func TestCloseWakesReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, peer := pipeConn(transportOptions{})
		start := time.Now()
		failed := make(chan error)
		go func() {
			_, _, err := c.Next()
			failed <- err
		}()
		synctest.Wait()
		c.CloseAfterFlush(time.Second)
		if err := <-failed; !errors.Is(err, net.ErrClosed) {
			t.Errorf("read failed with %v, want %v", err, net.ErrClosed)
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("reader left after %v, want at once", d)
		}
		_ = peer.Close()
	})
}

func TestCloseReasonAfterClientDisconnect(t *testing.T) {
	rows := []struct {
		name string
		last []byte
		want closeReason
	}{
		{"after DISCONNECT", []byte{0xE0, 0}, closedByPeer},
		{"after PINGREQ", []byte{0xC0, 0}, closedByServer},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _, peer := pipeConn(transportOptions{})
				reasons := whenClosed(t, c)
				go func() { _, _ = peer.Write(append(connectOf(1), row.last...)) }()
				for range 2 {
					if _, _, err := c.Next(); err != nil {
						t.Fatal(err)
					}
				}
				_ = c.Close()
				if r := <-reasons; r != row.want {
					t.Errorf("closed by %v, want %v", r, row.want)
				}
				_ = peer.Close()
			})
		})
	}
}

func TestRemoteIP(t *testing.T) {
	rows := map[string]net.Addr{
		"192.0.2.7":   &net.TCPAddr{IP: net.ParseIP("192.0.2.7"), Port: 4},
		"2001:db8::1": &net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Port: 4},
		"":            &net.UnixAddr{Name: "/x"},
	}
	for want, addr := range rows {
		c := newConn(addressed{newSink(), addr}, &transportOptions{}, new(traffic), time.Now())
		if got := c.RemoteIP(); got != want {
			t.Errorf("remote address %v gives %q, want %q", addr, got, want)
		}
	}
}

type addressed struct {
	net.Conn
	remote net.Addr
}

func (a addressed) RemoteAddr() net.Addr { return a.remote }
