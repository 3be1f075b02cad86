package hooks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/ticket"
	"github.com/teahouse-im/teahouse/topics"
)

// client is an MQTT client and its Transport in one: the test sends packets, the
// door's answers wait to be read.
type client struct {
	*house
	version byte
	ip      string
	in      chan []byte   // packets of the client; closed when it is lost
	out     chan *written // what the door wrote, to be read with next
	over    chan struct{} // closed when the door is done with the connection
	ended   chan Ending   // how the session was told that the connection ended
	ids     uint16
	buf     []byte // what Next handed out last

	link *Link         // set by Attach, before CONNACK
	idle time.Duration // how long the client may be silent; set before CONNACK

	once   sync.Once
	closed chan struct{}
}

// written is a packet that the door wrote, or the end of the connection.
type written struct {
	// line is the packet as tables write it: its name and codes in hex, "im/ack",
	// "im/err 60002", "im/res/7 0", "closed".
	line        string
	id          uint16
	reason      string
	payload     []byte
	correlation []byte
	packet      packets.Packet // CONNACK, SUBACK, UNSUBACK
}

// login is how a client connects. Empty fields: ann on her phone, MQTT 5, with a
// fresh UserSig.
type login struct {
	user    chat.UserID
	client  string
	version byte
	name    string // the user name as sent
	ticket  string
	keep    bool // the session survives
	ip      string
	change  func(*packets.Packet)
}

// dial sends CONNECT. The door serves the connection from then on.
func (h *house) dial(o login) *client {
	h.Helper()
	if o.user == "" {
		o.user = "ann"
	}
	c := h.client()
	if o.version != 0 {
		c.version = o.version
	}
	if o.ip != "" {
		c.ip = o.ip
	}
	c.send(c.connect(o))
	c.serve()
	return c
}

// dialRaw is dial with packets that need not be a CONNECT.
func (h *house) dialRaw(list ...[]byte) *client {
	c := h.client()
	for _, p := range list {
		c.raw(p)
	}
	c.serve()
	return c
}

func (h *house) client() *client {
	return &client{
		house: h, version: 5, ip: "192.0.2.1", in: make(chan []byte, 1024), out: make(chan *written, 4096),
		over: make(chan struct{}), ended: make(chan Ending, 1), closed: make(chan struct{}),
	}
}

// serve has the door serve the connection.
func (c *client) serve() {
	c.sessions.add(c)
	go func() {
		defer close(c.over)
		if l := c.door.Connect(c); l != nil {
			l.Run()
		}
	}()
}

func (c *client) connect(o login) packets.Packet {
	c.Helper()
	if o.client == "" {
		o.client = "phone"
	}
	if o.name == "" {
		o.name = string(o.user)
	}
	if o.ticket == "" {
		o.ticket = c.sig(app, o.user)
	}
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect}, ProtocolVersion: c.version}
	pk.Connect = packets.ConnectParams{
		ProtocolName: []byte("MQTT"), ClientIdentifier: o.client, Clean: !o.keep, Keepalive: 60,
		UsernameFlag: true, Username: []byte(o.name), PasswordFlag: true, Password: []byte(o.ticket),
	}
	if o.keep && c.version == 5 {
		pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 3600, true
	}
	if o.change != nil {
		o.change(&pk)
	}
	return pk
}

// setWill gives a CONNECT a Will.
func setWill(pk *packets.Packet, topic, payload string) {
	pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, topic, []byte(payload)
}

// enter is dial that is let in and asks for everything with QoS 1.
func (h *house) enter(o login) *client {
	h.Helper()
	c := h.dial(o)
	c.want("CONNACK 00")
	c.subscribe(1, "im/#")
	c.want("SUBACK 01")
	return c
}

// sig is a UserSig for two hours.
func (h *house) sig(a chat.AppID, u chat.UserID) string {
	h.Helper()
	key := secret
	if a == otherApp {
		key = otherSecret
	}
	return h.mint(a, u, key, h.clock())
}

func (h *house) mint(a chat.AppID, u chat.UserID, key string, at time.Time) string {
	h.Helper()
	text, err := ticket.Mint(uint32(a), string(u), key, at, 2*time.Hour)
	if err != nil {
		h.Fatalf("mint: %v", err)
	}
	return text
}

// send hands a packet to the door.
func (c *client) send(pk packets.Packet) {
	c.Helper()
	pk.ProtocolVersion = c.version
	pk.Mods.AllowResponseInfo = true
	var b bytes.Buffer
	if err := map[byte]func(*bytes.Buffer) error{
		packets.Connect: pk.ConnectEncode, packets.Publish: pk.PublishEncode, packets.Puback: pk.PubackEncode,
		packets.Pubrec: pk.PubrecEncode, packets.Pubrel: pk.PubrelEncode, packets.Pubcomp: pk.PubcompEncode,
		packets.Subscribe: pk.SubscribeEncode, packets.Unsubscribe: pk.UnsubscribeEncode,
		packets.Disconnect: pk.DisconnectEncode, packets.Pingreq: pk.PingreqEncode, packets.Auth: pk.AuthEncode,
	}[pk.FixedHeader.Type](&b); err != nil {
		c.Fatalf("encode %s: %v", packets.PacketNames[pk.FixedHeader.Type], err)
	}
	c.raw(b.Bytes())
}

// raw hands bytes to the door as one packet.
func (c *client) raw(p []byte) { c.in <- p }

// lose ends the connection from the client's side, without DISCONNECT.
func (c *client) lose() { close(c.in) }

// publish publishes with a packet id of its own, and returns it; 0 for QoS 0.
func (c *client) publish(qos byte, topic, payload string) uint16 {
	c.Helper()
	pk := publishOf(qos, 0, topic, payload)
	if qos > 0 {
		c.ids++
		pk.PacketID = c.ids
	}
	c.send(pk)
	return pk.PacketID
}

func publishOf(qos byte, id uint16, topic, payload string) packets.Packet {
	return packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos}, PacketID: id,
		TopicName: topic, Payload: []byte(payload),
	}
}

// ack sends a PUBACK, PUBREC, PUBREL or PUBCOMP.
func (c *client) ack(packet byte, id uint16) {
	c.Helper()
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packet}, PacketID: id}
	if packet == packets.Pubrel {
		pk.FixedHeader.Qos = 1
	}
	c.send(pk)
}

func (c *client) subscribe(qos byte, filters ...string) {
	c.Helper()
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1}
	for _, f := range filters {
		pk.Filters = append(pk.Filters, packets.Subscription{Filter: f, Qos: qos})
	}
	c.send(pk)
}

// next is what the door wrote next.
func (c *client) next() written {
	c.Helper()
	select {
	case w := <-c.out:
		return *w
	case <-time.After(patience):
		c.Fatal("nothing came")
		return written{}
	}
}

// want reads as many packets as there are lines, which are as a client of MQTT 5
// gets them; see lines. It returns the last.
func (c *client) want(want ...string) (last written) {
	c.Helper()
	for _, line := range lines(c.version, want...) {
		if last = c.next(); last.line != line {
			c.Fatalf("MQTT version %d: got %q %s, want %q", c.version, last.line, last.payload, line)
		}
	}
	return last
}

// quiet reports whatever the door wrote that was not asked for: up to here, and
// before the answers to requests that still wait.
func (c *client) quiet() {
	c.Helper()
	c.publish(0, "im/req/help/quiet", "")
	c.want("im/res/quiet 0")
	c.read()
}

// read is quiet while sends are held back: requests wait for them.
func (c *client) read() {
	c.Helper()
	c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
	c.want("PINGRESP")
}

// lines are what a client of a version gets: a 3.1.1 client no code in an
// acknowledgement, and no DISCONNECT.
func lines(version byte, list ...string) []string {
	if version == 5 {
		return list
	}
	var old []string
	for _, line := range list {
		name, _, _ := strings.Cut(line, " ")
		switch name {
		case "DISCONNECT":
		case "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "UNSUBACK":
			old = append(old, name)
		default:
			old = append(old, line)
		}
	}
	return old
}

// The rest is the door's side: Transport.

// Next implements Transport. What it handed out before is overwritten, as a read
// buffer is.
func (c *client) Next() (head byte, body []byte, err error) {
	for i := range c.buf {
		c.buf[i] = 0xA5
	}
	select {
	case <-c.closed:
		return 0, nil, net.ErrClosed
	default:
	}
	select {
	case <-c.closed:
		return 0, nil, net.ErrClosed
	case p, ok := <-c.in:
		if !ok {
			return 0, nil, io.EOF
		}
		_, size := varint(p[1:])
		c.buf = slices.Clone(p[1+size:])
		return p[0], c.buf, nil
	}
}

// Write implements Transport.
func (c *client) Write(p []byte) (int, error) {
	if c.isClosed() {
		return 0, net.ErrClosed
	}
	_, size := varint(p[1:])
	c.out <- c.decoded(p[0]>>4, p[1+size:])
	return len(p), nil
}

func (c *client) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

func (c *client) decoded(kind byte, body []byte) *written {
	w := &written{}
	pk := &w.packet
	pk.FixedHeader.Type, pk.ProtocolVersion = kind, c.version
	pk.FixedHeader.Remaining = len(body)
	var err error
	name := strings.ToUpper(packets.PacketNames[kind])
	switch kind {
	case packets.Connack:
		err = pk.ConnackDecode(body)
		w.line = fmt.Sprintf("%s %02x", name, pk.ReasonCode)
		w.reason = pk.Properties.ReasonString
	case packets.Suback:
		err = pk.SubackDecode(body)
		w.line = fmt.Sprintf("%s % x", name, pk.ReasonCodes)
		w.reason = pk.Properties.ReasonString
	case packets.Unsuback:
		err = pk.UnsubackDecode(body)
		w.line = strings.TrimSpace(fmt.Sprintf("%s % x", name, pk.ReasonCodes))
	default:
		w.line = name
	}
	if err != nil {
		w.line += ": " + err.Error()
	}
	w.id = pk.PacketID
	return w
}

// Ack implements Transport.
func (c *client) Ack(packet, version byte, id uint16, code byte, reason string) bool {
	if c.isClosed() {
		return false
	}
	line := strings.ToUpper(packets.PacketNames[packet])
	if version == 5 {
		line += fmt.Sprintf(" %02x", code)
	}
	c.out <- &written{line: line, id: id, reason: reason}
	return true
}

// Goodbye implements Transport.
func (c *client) Goodbye(version, code byte, reason string) {
	if version == 5 && !c.isClosed() {
		c.out <- &written{line: fmt.Sprintf("DISCONNECT %02x", code), reason: reason}
	}
	_ = c.Close()
}

// Close implements Transport.
func (c *client) Close() error {
	c.once.Do(func() {
		close(c.closed)
		c.out <- &written{line: "closed"}
	})
	return nil
}

// Pause implements Transport: the time of the house moves instead.
func (c *client) Pause(d time.Duration, until <-chan struct{}) (open bool) {
	if until != nil {
		c.counts.add("waits for its turn")
		select {
		case <-until:
		case <-c.closed:
		}
		return !c.isClosed()
	}
	c.wait(d)
	c.counts.pause(d)
	return !c.isClosed()
}

// RemoteIP implements Transport.
func (c *client) RemoteIP() string { return c.ip }

// Authenticated implements Transport.
func (c *client) Authenticated(_ byte, _ int, idle time.Duration) { c.idle = idle }

// TimedOut implements Transport.
func (c *client) TimedOut() bool { return false }

// notified is a message on im/ack, im/err or im/res as tables write it.
func notified(to topics.Outbound, payload, correlation []byte) *written {
	w := &written{line: to.String(), payload: bytes.Clone(payload), correlation: bytes.Clone(correlation)}
	var body struct{ ErrorCode *chat.Code }
	if err := json.Unmarshal(payload, &body); err != nil {
		w.line += ": " + err.Error()
	} else if body.ErrorCode != nil {
		w.line += fmt.Sprint(" ", int(*body.ErrorCode))
	}
	return w
}

// into reads the JSON of what the door wrote.
func (c *client) into(w written, v any) {
	c.Helper()
	if err := json.Unmarshal(w.payload, v); err != nil {
		c.Fatalf("%s %q: %v", w.line, w.payload, err)
	}
}
