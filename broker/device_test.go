package broker_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// device is a client that shows every packet to the test, on the library's codec.
type device struct {
	testing.TB
	sock    net.Conn
	r       *bufio.Reader
	version byte
	ack     packets.Packet // CONNACK
	in      chan *packets.Packet
	manual  bool // the test acknowledges
	mu      sync.Mutex
	ids     uint16
}

// hello is how a device connects.
type hello struct {
	user     chat.UserID
	app      chat.AppID
	client   string
	version  byte // 5 unless set
	name     string
	password string
	keep     bool // session survives
	manual   bool
	change   func(*packets.Packet)
	mute     bool // does not read
}

// dial connects and returns the device with its CONNACK, refused or not.
func (h *house) dial(o hello) *device {
	h.Helper()
	d, err := h.knock(o)
	if err != nil {
		h.Fatal(err)
	}
	return d
}

// knock is dial; an error is that there was no CONNACK.
func (h *house) knock(o hello) (*device, error) {
	h.Helper()
	sock, err := net.Dial("tcp", h.addr)
	if err != nil {
		h.Fatalf("dial: %v", err)
	}
	return h.knockOn(sock, o)
}

// knockOn is knock by a socket that is connected.
func (h *house) knockOn(sock net.Conn, o hello) (*device, error) {
	h.Helper()
	d := &device{TB: h.TB, sock: sock, r: bufio.NewReader(sock), version: 5, in: make(chan *packets.Packet, 1<<14), manual: o.manual}
	if o.version != 0 {
		d.version = o.version
	}
	h.Cleanup(func() { _ = sock.Close() })
	d.send(d.connect(h, o))
	_ = sock.SetReadDeadline(time.Now().Add(patience))
	var err error
	d.ack, err = d.read()
	if err != nil || d.ack.FixedHeader.Type != packets.Connack {
		return nil, fmt.Errorf("no CONNACK: %v %w", d.ack.FixedHeader.Type, err)
	}
	_ = sock.SetReadDeadline(time.Time{})
	if !o.mute {
		go d.loop()
	}
	return d, nil
}

func (d *device) connect(h *house, o hello) packets.Packet {
	if o.app == 0 {
		o.app = app
	}
	if o.password == "" {
		o.password = h.sig(o.app, o.user)
	}
	if o.name == "" {
		o.name = string(o.user)
	}
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect}}
	pk.Connect = packets.ConnectParams{
		ProtocolName: []byte("MQTT"), ClientIdentifier: o.client, Clean: !o.keep, Keepalive: 60,
		UsernameFlag: true, Username: []byte(o.name), PasswordFlag: true, Password: []byte(o.password),
	}
	if d.version == 5 && o.keep {
		pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 3600, true
	}
	if o.change != nil {
		o.change(&pk)
	}
	return pk
}

// enter is dial that must be let in.
func (h *house) enter(o hello) *device {
	h.Helper()
	d := h.dial(o)
	if d.ack.ReasonCode != 0 {
		h.Fatalf("%s refused: %#x %s", o.user, d.ack.ReasonCode, d.ack.Properties.ReasonString)
	}
	return d
}

// listener enters and subscribes to everything with QoS 1.
func (h *house) listener(o hello) *device {
	h.Helper()
	d := h.enter(o)
	d.subscribe(1, "im/#")
	return d
}

func encode(pk packets.Packet) []byte {
	var b bytes.Buffer
	pk.Mods.AllowResponseInfo = true
	err := map[byte]func(*bytes.Buffer) error{
		packets.Connect: pk.ConnectEncode, packets.Publish: pk.PublishEncode, packets.Puback: pk.PubackEncode,
		packets.Pubrec: pk.PubrecEncode, packets.Pubrel: pk.PubrelEncode, packets.Pubcomp: pk.PubcompEncode,
		packets.Subscribe: pk.SubscribeEncode, packets.Unsubscribe: pk.UnsubscribeEncode,
		packets.Disconnect: pk.DisconnectEncode, packets.Pingreq: pk.PingreqEncode, packets.Auth: pk.AuthEncode,
	}[pk.FixedHeader.Type](&b)
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}

func (d *device) send(pk packets.Packet) {
	pk.ProtocolVersion = d.version
	b := encode(pk)
	d.mu.Lock()
	defer d.mu.Unlock()
	_, _ = d.sock.Write(b)
}

func (d *device) read() (pk packets.Packet, err error) {
	head, err := d.r.ReadByte()
	if err != nil {
		return pk, err
	}
	pk.FixedHeader.Type, pk.FixedHeader.Qos, pk.FixedHeader.Dup = head>>4, head>>1&3, head&8 != 0
	if pk.FixedHeader.Remaining, _, err = packets.DecodeLength(d.r); err != nil {
		return pk, err
	}
	b := make([]byte, pk.FixedHeader.Remaining)
	if _, err = io.ReadFull(d.r, b); err != nil {
		return pk, err
	}
	pk.ProtocolVersion = d.version
	decode := map[byte]func([]byte) error{
		packets.Connack: pk.ConnackDecode, packets.Publish: pk.PublishDecode, packets.Puback: pk.PubackDecode,
		packets.Pubrec: pk.PubrecDecode, packets.Pubrel: pk.PubrelDecode, packets.Pubcomp: pk.PubcompDecode,
		packets.Suback: pk.SubackDecode, packets.Unsuback: pk.UnsubackDecode, packets.Disconnect: pk.DisconnectDecode,
		packets.Pingresp: pk.PingrespDecode,
	}[pk.FixedHeader.Type]
	if decode == nil {
		return pk, fmt.Errorf("packet type %d from a server", pk.FixedHeader.Type)
	}
	err = decode(b)
	return pk, err
}

// loop reads until the end of the connection and acknowledges what comes.
func (d *device) loop() {
	defer close(d.in)
	for {
		pk, err := d.read()
		if err != nil {
			return
		}
		if pk.FixedHeader.Type == packets.Publish && pk.FixedHeader.Qos == 1 && !d.manual {
			d.puback(pk.PacketID)
		}
		d.in <- &pk
	}
}

func (d *device) puback(id uint16) {
	d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: id})
}

// next is the next packet; ok is false at the end of the connection.
func (d *device) next() (pk packets.Packet, ok bool) {
	d.Helper()
	select {
	case got, ok := <-d.in:
		if !ok {
			return pk, false
		}
		return *got, true
	case <-time.After(patience):
		d.Fatal("nothing came")
		return pk, false
	}
}

// want is the next packet, which must be of a type.
func (d *device) want(packet byte) packets.Packet {
	d.Helper()
	pk, ok := d.next()
	if !ok || pk.FixedHeader.Type != packet {
		d.Fatalf("got %s %q %q, want %s", name(pk, ok), pk.TopicName, pk.Payload, packets.PacketNames[packet])
	}
	return pk
}

// message is the next packet, a PUBLISH on a topic.
func (d *device) message(topic string) message {
	d.Helper()
	pk := d.want(packets.Publish)
	if pk.TopicName != topic {
		d.Fatalf("got a message on %q %q, want %q", pk.TopicName, pk.Payload, topic)
	}
	return parse(d.TB, pk.Payload)
}

// end waits for the connection's end and returns the DISCONNECT before it, if any.
func (d *device) end() (last packets.Packet) {
	d.Helper()
	for {
		pk, ok := d.next()
		if !ok {
			return last
		}
		last = pk
	}
}

func name(pk packets.Packet, ok bool) string {
	if !ok {
		return "the end"
	}
	return packets.PacketNames[pk.FixedHeader.Type]
}

func (d *device) id() uint16 {
	d.ids++
	return d.ids
}

// publish sends with a QoS and returns the packet id.
func (d *device) publish(qos byte, topic, payload string) uint16 {
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos}, TopicName: topic, Payload: []byte(payload)}
	if qos > 0 {
		pk.PacketID = d.id()
	}
	d.send(pk)
	return pk.PacketID
}

// subscribe subscribes and waits for the answer. Messages that come before it
// would fail the test.
func (d *device) subscribe(qos byte, filters ...string) []byte {
	d.Helper()
	d.sendSubscribe(qos, filters...)
	return d.want(packets.Suback).ReasonCodes
}

func (d *device) sendSubscribe(qos byte, filters ...string) {
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: d.id()}
	for _, f := range filters {
		pk.Filters = append(pk.Filters, packets.Subscription{Filter: f, Qos: qos})
	}
	d.send(pk)
}

// quiet checks that nothing is on its way to the device: a PINGRESP comes after
// all that was sent before.
func (d *device) quiet() {
	d.Helper()
	d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
	if pk, ok := d.next(); !ok || pk.FixedHeader.Type != packets.Pingresp {
		d.Fatalf("got %s %q %q, want nothing", name(pk, ok), pk.TopicName, pk.Payload)
	}
}

// leave closes the socket without a word.
func (d *device) leave() { _ = d.sock.Close() }

// halfClose ends what the device sends; it goes on reading.
func (d *device) halfClose() { _ = d.sock.(*net.TCPConn).CloseWrite() }

// bye sends DISCONNECT.
func (d *device) bye() {
	d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}})
}
