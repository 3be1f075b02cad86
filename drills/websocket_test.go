//go:build drills

package drills

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// splits sends PINGREQs over WebSocket in fragments of a byte, with empty ones
// between them.
var splits = attacker("splits", func(f *field, begun func()) {
	ping := encoded(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
	one := [][]byte{fragment(2, false, ping[:1])}
	for range 20 {
		one = append(one, fragment(0, false, nil))
	}
	one = append(one, fragment(0, true, ping[1:]))
	text := bytes.Repeat(bytes.Join(one, nil), 100)
	begun()
	crowd(4, func(i int) {
		for !f.over() {
			conn, err := f.upgrade(i, f.user(fmt.Sprint("rude", i/2)))
			if err != nil {
				time.Sleep(10 * time.Millisecond)
				continue
			}
			f.shower(conn, text, int64(100*len(one)))
		}
	})
})

// shower writes until the connection or the attack ends.
func (f *field) shower(conn net.Conn, text []byte, counts int64) {
	stop := context.AfterFunc(f.ctx, func() { conn.Close() })
	defer stop()
	defer conn.Close()
	go io.Copy(io.Discard, conn)
	for {
		if _, err := conn.Write(text); err != nil {
			return
		}
		f.sent.Add(counts)
	}
}

// upgrade opens a WebSocket by hand and logs in over it.
func (f *field) upgrade(i int, who user) (net.Conn, error) {
	at, err := url.Parse(f.WS)
	if err != nil {
		return nil, err
	}
	conn, err := dialFrom(source(i), at.Host)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(bound))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n", at.Path, at.Host)
	in := bufio.NewReader(conn)
	status, err := in.ReadString('\n')
	for line := status; err == nil && line != "\r\n"; {
		line, err = in.ReadString('\n')
	}
	if err == nil && !strings.Contains(status, "101") {
		err = fmt.Errorf("no WebSocket: %s", status)
	}
	if err == nil {
		_, err = conn.Write(fragment(2, true, encoded(connect(who, login{version: 4, client: fmt.Sprint("flood", i)}))))
	}
	if err == nil {
		_, err = in.ReadByte() // the frame of CONNACK
	}
	_ = conn.SetDeadline(time.Time{})
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// fragment is a masked frame of a client (RFC 6455 §5.2); the mask is zero.
func fragment(opcode byte, last bool, body []byte) []byte {
	head := []byte{opcode, 0x80, 0, 0, 0, 0}
	if last {
		head[0] |= 0x80
	}
	switch n := len(body); {
	case n < 126:
		head[1] |= byte(n)
	default:
		head = append([]byte{head[0], 0x80 | 126, byte(n >> 8), byte(n)}, head[2:]...)
	}
	return append(head, body...)
}

func TestWebSocketFragments(t *testing.T) { drill{attack: splits}.run(t) }
