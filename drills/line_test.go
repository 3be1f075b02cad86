//go:build drills

package drills

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/e2e/codec"
	"github.com/teahouse-im/teahouse/e2e/program"
)

// user is somebody with a ticket.
type user struct{ id, sig string }

// user mints a genuine ticket of the order's app.
func (o order) user(id string) user {
	return user{id, program.UserSig(o.App, id, time.Now(), time.Hour)}
}

// login is how a connection begins.
type login struct {
	version byte // 4 or 5
	client  string
	keep    bool // the session outlives the connection
	small   bool // the socket's receive buffer is as small as it gets
}

// line is an MQTT connection without manners.
type line struct {
	net.Conn
	in      *bufio.Reader
	version byte
	last    uint16 // packet id given last
}

// attackerBuffer is how much an attacker's socket holds that the server has not taken, in
// bytes. As large as the kernel lets them grow, copying into them is most of what happens
// on the machine at the beginning of an attack.
const attackerBuffer = 64 << 10

// bound is how long an attacker or an honest client waits for one answer.
const bound = 30 * time.Second

// dial connects from an address and logs in.
func (o order) dial(from string, who user, l login) (*line, error) {
	conn, err := dialFrom(from, o.MQTT)
	if err != nil {
		return nil, err
	}
	if l.small {
		_ = conn.(*net.TCPConn).SetReadBuffer(1)
	}
	if from != "127.0.0.1" {
		// What lies in an attacker's own socket is on a machine of theirs.
		_ = conn.(*net.TCPConn).SetWriteBuffer(attackerBuffer)
	}
	c := &line{Conn: conn, in: bufio.NewReader(conn), version: l.version}
	_ = conn.SetDeadline(time.Now().Add(bound))
	if err = c.put(connect(who, l)); err == nil {
		var pk packets.Packet
		if pk, err = c.read(); err == nil && pk.ReasonCode != 0 {
			err = fmt.Errorf("CONNACK 0x%02x", pk.ReasonCode)
		}
	}
	_ = conn.SetDeadline(time.Time{})
	if err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

func dialFrom(from, to string) (net.Conn, error) {
	return (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: bound}).Dial("tcp", to)
}

func connect(who user, l login) packets.Packet {
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect}, ProtocolVersion: l.version}
	pk.Connect = packets.ConnectParams{
		ProtocolName: []byte("MQTT"), Clean: !l.keep, ClientIdentifier: l.client, Keepalive: 120,
		UsernameFlag: true, Username: []byte(who.id), PasswordFlag: true, Password: []byte(who.sig),
	}
	if l.keep && l.version == 5 {
		pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 3600, true
	}
	return pk
}

func (c *line) put(pk packets.Packet) error {
	b, err := codec.Encode(c.version, pk)
	if err != nil {
		return err
	}
	_, err = c.Write(b)
	return err
}

func (c *line) read() (packets.Packet, error) { return codec.Read(c.in, c.version) }

// subscribe asks for filters and waits for SUBACK.
func (c *line) subscribe(filters ...string) error {
	c.last++
	if err := c.put(subscribing(c.last, 1, filters...)); err != nil {
		return err
	}
	for {
		pk, err := c.read()
		if err != nil || pk.FixedHeader.Type == packets.Suback {
			return err
		}
	}
}

func subscribing(id uint16, qos byte, filters ...string) packets.Packet {
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe}, PacketID: id}
	for _, f := range filters {
		pk.Filters = append(pk.Filters, packets.Subscription{Filter: f, Qos: qos})
	}
	return pk
}

func publishing(topic, payload string, qos byte, id uint16) packets.Packet {
	return packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos}, TopicName: topic, Payload: []byte(payload), PacketID: id,
	}
}

// encoded is packets one after the other, in MQTT 3.1.1.
func encoded(all ...packets.Packet) (text []byte) {
	for _, pk := range all {
		b, err := codec.Encode(4, pk)
		if err != nil {
			panic(err) // the drill is wrong
		}
		text = append(text, b...)
	}
	return text
}

// flood logs in as one user, again and again when thrown out, and writes the
// same bytes for as long as the attack lasts; each write counts as much as it says.
func (f *field) flood(i int, who user, text []byte, counts int64) {
	for !f.over() {
		c, err := f.dial(source(i), who, login{version: 4, client: fmt.Sprint("flood", i)})
		if err != nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		f.pour(c, text, counts)
	}
}

// pour writes until the connection or the attack ends, and reads what comes.
func (f *field) pour(c *line, text []byte, counts int64) {
	stop := context.AfterFunc(f.ctx, func() { c.Close() })
	defer stop()
	defer c.Close()
	go io.Copy(io.Discard, c.in)
	for {
		if _, err := c.Write(text); err != nil {
			return
		}
		f.sent.Add(counts)
	}
}
