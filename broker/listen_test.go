package broker

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"go.uber.org/goleak"
)

// echo passes the first packets and then sends back all that it reads.
func echo(c *conn) {
	c.Authenticated(mqtt311, 0, time.Minute)
	_, _ = io.Copy(c, &stream{c: c})
}

// listening starts listeners that are closed and waited for when the test ends.
func listening(t *testing.T, opt transportOptions, handle func(*conn)) *listeners {
	t.Helper()
	l := newListeners(opt, handler(handle))
	t.Cleanup(func() {
		l.Close()
		l.CloseConns(0)
		l.Wait()
		goleak.VerifyNone(t)
	})
	return l
}

func dialTCP(t *testing.T, addr net.Addr) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// checkEcho sends CONNECT and expects it back.
func checkEcho(t *testing.T, c net.Conn) {
	t.Helper()
	want := connectOf(50)
	if _, err := c.Write(want); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("echo: % x, %v", got, err)
	}
}

func TestTCPListenerAcceptsConnections(t *testing.T) {
	l := listening(t, transportOptions{}, echo)
	addr, err := l.ListenTCP("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		c := dialTCP(t, addr)
		checkEcho(t, c)
		_ = c.Close()
	}
	if n := l.stats.Accepted.Load(); n != 3 {
		t.Errorf("%d accepted, want 3", n)
	}
}

func TestAddressInUseIsAnError(t *testing.T) {
	l := listening(t, transportOptions{}, echo)
	addr, err := l.ListenTCP("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.ListenTCP(addr.String(), nil); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("second listen: %v", err)
	}
}

func TestCloseStopsAcceptingAndWaitBlocks(t *testing.T) {
	l := listening(t, transportOptions{}, echo)
	addr, err := l.ListenTCP("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	c := dialTCP(t, addr)
	checkEcho(t, c)
	l.Close()
	l.Close()
	if _, err := net.Dial("tcp", addr.String()); err == nil {
		t.Error("connected after Close")
	}
	if _, err := l.ListenTCP("127.0.0.1:0", nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("listen after Close: %v", err)
	}
	checkEcho(t, c) // still served
	l.CloseConns(time.Second)
	if _, err := io.ReadAll(c); err != nil {
		t.Errorf("the end was not clean: %v", err)
	}
	_ = c.Close()
	l.Wait()
	if n := l.stats.Open.Load(); n != 0 {
		t.Errorf("%d open after Wait", n)
	}
}

func TestPanicClosesOneConnection(t *testing.T) {
	var calls atomic.Int64
	l := listening(t, transportOptions{}, func(c *conn) {
		if calls.Add(1) == 1 {
			panic("decoder")
		}
		echo(c)
	})
	addr, err := l.ListenTCP("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	first := dialTCP(t, addr)
	if b, err := io.ReadAll(first); err != nil || len(b) != 0 {
		t.Errorf("first: %d bytes, %v; want a clean end", len(b), err)
	}
	checkEcho(t, dialTCP(t, addr))
	if n := l.stats.Panics.Load(); n != 1 {
		t.Errorf("%d panics counted, want 1", n)
	}
}

func TestUnauthenticatedLimitPerAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		street := newStreet()
		l := newListeners(transportOptions{PerAddress: 2}, handler(func(c *conn) {
			_, _, _ = c.Next()
			c.Authenticated(mqtt311, 0, time.Minute)
			_, _ = io.Copy(io.Discard, &stream{c: c})
		}))
		ln := newListener(street, l)
		if err := l.add(ln); err != nil {
			t.Fatal(err)
		}
		go func() { defer l.wg.Done(); l.acceptStreams(ln, nil) }()

		var peers []net.Conn
		for range 3 {
			peers = append(peers, street.arrive("192.0.2.1"))
		}
		peers = append(peers, street.arrive("192.0.2.2"))
		synctest.Wait()
		if n := l.stats.Open.Load(); n != 3 {
			t.Errorf("%d open, want 3", n)
		}
		if n := l.stats.RefusedPerAddress.Load(); n != 1 {
			t.Errorf("%d refused, want 1", n)
		}
		_ = peers[2].SetReadDeadline(time.Now().Add(time.Second))
		if _, err := peers[2].Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("the third of one address reads %v, want the end", err)
		}
		_ = peers[0].Close() // one leaves: room for another
		synctest.Wait()
		peers = append(peers, street.arrive("192.0.2.1"))
		synctest.Wait()
		if n := l.stats.RefusedPerAddress.Load(); n != 1 {
			t.Errorf("%d refused after one left, want still 1", n)
		}
		_, _ = peers[1].Write(connectOf(0)) // one authenticates: room for another
		synctest.Wait()
		peers = append(peers, street.arrive("192.0.2.1"))
		synctest.Wait()
		if n := l.stats.RefusedPerAddress.Load(); n != 1 {
			t.Errorf("%d refused after one authenticated, want still 1", n)
		}
		for _, p := range peers {
			_ = p.Close()
		}
		l.Close()
		l.Wait()
	})
}

func TestAcceptRetriesAfterDescriptorShortage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		street := newStreet()
		l := newListeners(transportOptions{}, handler(echo))
		ln := newListener(street, l)
		if err := l.add(ln); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for range 10 {
			street.errs <- syscall.EMFILE
		}
		go func() { defer l.wg.Done(); l.acceptStreams(ln, nil) }()
		time.Sleep(time.Minute)
		if n := l.stats.AcceptErrors.Load(); n != 10 {
			t.Errorf("%d accept errors, want 10", n)
		}
		peer := street.arrive("192.0.2.1")
		checkEcho(t, peer)
		if d := time.Since(start); d > time.Minute {
			t.Errorf("served after %v", d)
		}
		_ = peer.Close()
		l.Close()
		l.Wait()
	})
}

func TestCloseInterruptsAcceptBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		street := newStreet()
		l := newListeners(transportOptions{}, handler(echo))
		ln := newListener(street, l)
		if err := l.add(ln); err != nil {
			t.Fatal(err)
		}
		for range 9 {
			street.errs <- syscall.EMFILE
		}
		go func() { defer l.wg.Done(); l.acceptStreams(ln, nil) }()
		time.Sleep(700 * time.Millisecond) // 5+10+…+320 ms are over, 640 ms have begun
		start := time.Now()
		l.Close()
		l.Wait()
		if d := time.Since(start); d != 0 {
			t.Errorf("Close waited %v for the back-off", d)
		}
	})
}

// street is a listener in memory: connections arrive from any address, errors on
// demand.
type street struct {
	conns chan net.Conn
	errs  chan error
	done  chan struct{}
}

func newStreet() *street {
	return &street{conns: make(chan net.Conn), errs: make(chan error, 16), done: make(chan struct{})}
}

func (s *street) arrive(ip string) net.Conn {
	ours, peer := net.Pipe()
	s.conns <- addressed{ours, &net.TCPAddr{IP: net.ParseIP(ip), Port: 1}}
	return peer
}

func (s *street) Accept() (net.Conn, error) {
	select {
	case err := <-s.errs:
		return nil, err
	default:
	}
	select {
	case c := <-s.conns:
		return c, nil
	case err := <-s.errs:
		return nil, err
	case <-s.done:
		return nil, net.ErrClosed
	}
}

func (s *street) Close() error   { close(s.done); return nil }
func (s *street) Addr() net.Addr { return &net.TCPAddr{} }

// welcome serves a connection as the door does, in small: it lets in clients
// with the password, and answers pings.
func welcome(c *conn) {
	_, body, err := c.Next()
	if err != nil {
		return
	}
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect, Remaining: len(body)}}
	if err := pk.ConnectDecode(body); err != nil || string(pk.Connect.Password) != "right" {
		_, _ = c.Write([]byte{0x20, 2, 0, 5})
		return
	}
	c.Authenticated(pk.ProtocolVersion, 0, time.Minute)
	_, _ = c.Write([]byte{0x20, 2, 0, 0})
	for {
		head, _, err := c.Next()
		if err != nil {
			return
		}
		if head == 0xC0 {
			_, _ = c.Write([]byte{0xD0, 0})
		}
	}
}

// connectPacket encodes a CONNECT with the library's encoder.
func connectPacket(t testing.TB, version byte, client, password string) []byte {
	t.Helper()
	pk := packets.Packet{ProtocolVersion: version, FixedHeader: packets.FixedHeader{Type: packets.Connect}}
	pk.Connect = packets.ConnectParams{
		ProtocolName: []byte("MQTT"), Clean: true, Keepalive: 60, ClientIdentifier: client,
		UsernameFlag: true, Username: []byte("alice"), PasswordFlag: true, Password: []byte(password),
	}
	var b bytes.Buffer
	if err := pk.ConnectEncode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// exchange connects through a stream with welcome at the other end.
func exchange(t *testing.T, c net.Conn, password string, want []byte) {
	t.Helper()
	if _, err := c.Write(append(connectPacket(t, mqtt311, "phone", password), 0xC0, 0)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("server said % x, %v; want % x", got, err, want)
	}
}

func TestConnackAndRefusalOverTCP(t *testing.T) {
	l := listening(t, transportOptions{}, welcome)
	addr, err := l.ListenTCP("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	exchange(t, dialTCP(t, addr), "right", []byte{0x20, 2, 0, 0, 0xD0, 0})

	refused := dialTCP(t, addr)
	exchange(t, refused, "wrong", []byte{0x20, 2, 0, 5})
	if rest, err := io.ReadAll(refused); err != nil || len(rest) != 0 {
		t.Errorf("after the refusal % x, %v; want a clean end", rest, err)
	}
}
