//go:build e2e

package agree

import (
	"bufio"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/e2e/codec"
)

// line is a connection of MQTT 3.1.1. What comes is kept until somebody takes it.
type line struct {
	conn    net.Conn
	present bool // the server has kept the session

	mu    sync.Mutex // guards the fields below
	come  []packets.Packet
	ended bool
	news  chan struct{} // has room for one
}

// dial connects as a user's device.
func dial(addr, user, sig, client string, keep bool) (*line, error) {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	l := &line{conn: conn, news: make(chan struct{}, 1)}
	in := bufio.NewReader(conn)
	_ = conn.SetDeadline(time.Now().Add(patience))
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect}}
	pk.Connect = packets.ConnectParams{
		ProtocolName: []byte("MQTT"), Clean: !keep, ClientIdentifier: client, Keepalive: 600,
		UsernameFlag: true, Username: []byte(user), PasswordFlag: true, Password: []byte(sig),
	}
	var answer packets.Packet
	if err = l.put(pk); err == nil {
		answer, err = codec.Read(in, 4)
	}
	if err == nil && answer.ReasonCode != 0 {
		err = fmt.Errorf("CONNACK 0x%02x", answer.ReasonCode)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	_ = conn.SetDeadline(time.Time{})
	l.present = answer.SessionPresent
	go l.hear(in)
	return l, nil
}

func (l *line) hear(in *bufio.Reader) {
	for {
		pk, err := codec.Read(in, 4)
		l.mu.Lock()
		if err != nil {
			l.ended = true
		} else {
			l.come = append(l.come, pk)
		}
		l.mu.Unlock()
		select {
		case l.news <- struct{}{}:
		default:
		}
		if err != nil {
			l.conn.Close()
			return
		}
	}
}

// next is a packet that has come, or none; open reports that more may come.
func (l *line) next() (pk packets.Packet, some, open bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.come) == 0 {
		return pk, false, !l.ended
	}
	pk, l.come = l.come[0], l.come[1:]
	return pk, true, true
}

func (l *line) put(pk packets.Packet) error {
	b, err := codec.Encode(4, pk)
	if err != nil {
		return err
	}
	_, err = l.conn.Write(b)
	return err
}
