package broker

import (
	"net"
	"net/netip"
	"testing"
	"time"
)

// A connection that is held is not read, and closing does not wait for it.
func TestHeldConnectionIsNotRead(t *testing.T) {
	asked := make(chan netip.Addr, 2)
	l := listening(t, transportOptions{Arrive: func(from netip.Addr) time.Duration {
		asked <- from
		return time.Hour
	}}, func(*conn) { t.Error("it was read") })
	tcp, err := l.ListenTCP("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	ws, err := l.ListenWS("127.0.0.1:0", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for addr, text := range map[net.Addr]string{tcp: string(connectOf(50)), ws: "GET /mqtt HTTP/1.1\r\n\r\n"} {
		c := dialTCP(t, addr)
		if _, err := c.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if from := <-asked; from != netip.MustParseAddr("127.0.0.1") {
			t.Errorf("asked about %v", from)
		}
	}
}

func TestConnectionIsReadAfterItsHold(t *testing.T) {
	l := listening(t, transportOptions{Arrive: func(netip.Addr) time.Duration { return time.Millisecond }}, echo)
	addr, err := l.ListenTCP("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	checkEcho(t, dialTCP(t, addr))
}
