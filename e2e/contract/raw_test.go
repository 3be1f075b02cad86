//go:build e2e

package contract

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/e2e/codec"
)

// raw is a client that keeps no rule by itself: the packet codec and
// nothing else. It can say what well-bred clients refuse to say, and it notes the order in
// which packets of different kinds arrive.
type raw struct {
	conn    net.Conn
	who     person
	version byte
	box     *inbox
	connack packets.Packet

	write sync.Mutex // one packet at a time

	mu      sync.Mutex // guards the fields below
	last    uint16     // packet id given last
	waiting map[flow]chan packets.Packet
	order   []string // the packets that came, in words
	unacked bool     // do not acknowledge what comes
}

// flow is what an acknowledgement belongs to.
type flow struct {
	kind byte
	id   uint16
}

type rawOptions struct {
	version  byte // 4 or 5
	client   string
	keep     bool
	name     string // in place of the user's id
	password string // in place of the user's ticket
	will     *packet
	props    packets.Properties
	unacked  bool // leave every delivery without its PUBACK
}

// openRaw connects and must be let in.
func openRaw(t testing.TB, who person, o rawOptions) *raw {
	t.Helper()
	r, code, err := dialRaw(who, o)
	if err != nil {
		t.Fatal(err)
	}
	conn := r.conn // alone: a long test opens many, and what they have received is garbage
	t.Cleanup(func() { conn.Close() })
	if code != 0 {
		t.Fatalf("CONNECT of %s: code 0x%02x, want 0", who.id, code)
	}
	return r
}

// dialRaw connects and tells how CONNECT was answered.
func dialRaw(who person, o rawOptions) (*raw, byte, error) {
	conn, err := net.DialTimeout("tcp", who.home.MQTT, patience)
	if err != nil {
		return nil, 0, err
	}
	r := &raw{conn: conn, who: who, version: o.version, box: newInbox(), waiting: map[flow]chan packets.Packet{}, unacked: o.unacked}
	if err := r.put(o.connect(who)); err != nil {
		conn.Close()
		return nil, 0, err
	}
	in := bufio.NewReader(conn)
	conn.SetReadDeadline(time.Now().Add(patience))
	r.connack, err = codec.Read(in, r.version)
	if err != nil {
		conn.Close()
		return nil, 0, fmt.Errorf("no CONNACK: %w", err)
	}
	conn.SetReadDeadline(time.Time{})
	if r.connack.FixedHeader.Type != packets.Connack {
		conn.Close()
		return nil, 0, fmt.Errorf("packet type %d, want CONNACK", r.connack.FixedHeader.Type)
	}
	if r.connack.ReasonCode != 0 {
		conn.Close()
		return r, r.connack.ReasonCode, nil
	}
	go r.listen(in)
	return r, 0, nil
}

func (o rawOptions) connect(who person) packets.Packet {
	pk := packets.Packet{ProtocolVersion: o.version, FixedHeader: packets.FixedHeader{Type: packets.Connect}}
	pk.Connect.ProtocolName = []byte("MQTT")
	pk.Connect.Clean = !o.keep
	pk.Connect.ClientIdentifier = o.client
	if o.client == "" {
		pk.Connect.ClientIdentifier = fresh("raw")
	}
	pk.Connect.UsernameFlag, pk.Connect.Username = true, []byte(cmp.Or(o.name, who.id))
	pk.Connect.PasswordFlag, pk.Connect.Password = true, []byte(cmp.Or(o.password, who.sig))
	pk.Connect.Keepalive = 60
	pk.Properties = o.props
	if o.keep && o.version == 5 && !pk.Properties.SessionExpiryIntervalFlag {
		pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 3600, true
	}
	if w := o.will; w != nil {
		pk.Connect.WillFlag, pk.Connect.WillTopic = true, w.topic
		pk.Connect.WillPayload, pk.Connect.WillQos, pk.Connect.WillRetain = w.payload, w.qos, w.retain
	}
	return pk
}

// put writes one packet.
func (r *raw) put(pk packets.Packet) error {
	b, err := codec.Encode(r.version, pk)
	if err != nil {
		return err
	}
	return r.bytes(b)
}

func (r *raw) bytes(b []byte) error {
	r.write.Lock()
	defer r.write.Unlock()
	_, err := r.conn.Write(b)
	return err
}

func (r *raw) listen(in *bufio.Reader) {
	for {
		pk, err := codec.Read(in, r.version)
		if err != nil {
			r.stop(err)
			return
		}
		r.note(pk)
		switch pk.FixedHeader.Type {
		case packets.Publish:
			r.received(pk)
		case packets.Pubrel:
			r.put(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubcomp}, PacketID: pk.PacketID})
		case packets.Disconnect:
			r.box.over("DISCONNECT from the server", pk.ReasonCode)
		default:
			r.answered(pk)
		}
	}
}

func (r *raw) stop(err error) {
	r.conn.Close()
	r.mu.Lock()
	for f, c := range r.waiting {
		close(c)
		delete(r.waiting, f)
	}
	r.mu.Unlock()
	r.box.over(err.Error(), 0)
}

func (r *raw) note(pk packets.Packet) {
	word := packets.PacketNames[pk.FixedHeader.Type]
	switch pk.FixedHeader.Type {
	case packets.Publish:
		word += " " + pk.TopicName
	case packets.Puback, packets.Pubrec, packets.Pubcomp:
		word += fmt.Sprintf(" %d 0x%02x", pk.PacketID, pk.ReasonCode)
	}
	r.mu.Lock()
	r.order = append(r.order, word)
	r.mu.Unlock()
}

func (r *raw) received(pk packets.Packet) {
	r.box.add(packet{
		topic: pk.TopicName, payload: pk.Payload, qos: pk.FixedHeader.Qos, retain: pk.FixedHeader.Retain,
		correlation: pk.Properties.CorrelationData,
	})
	switch {
	case r.unacked || pk.FixedHeader.Qos == 0:
	case pk.FixedHeader.Qos == 1:
		r.put(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: pk.PacketID})
	default:
		r.put(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrec}, PacketID: pk.PacketID})
	}
}

func (r *raw) answered(pk packets.Packet) {
	f := flow{pk.FixedHeader.Type, pk.PacketID}
	r.mu.Lock()
	c := r.waiting[f]
	delete(r.waiting, f)
	r.mu.Unlock()
	if c != nil {
		c <- pk
	}
}

// expect registers a wait before the packet that causes the answer is sent.
func (r *raw) expect(kind byte, id uint16) <-chan packets.Packet {
	c := make(chan packets.Packet, 1)
	r.mu.Lock()
	r.waiting[flow{kind, id}] = c
	r.mu.Unlock()
	return c
}

var errGone = errors.New("the connection is gone")

func await(c <-chan packets.Packet) (packets.Packet, error) {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	select {
	case pk, ok := <-c:
		if !ok {
			return pk, errGone
		}
		return pk, nil
	case <-deadline.C:
		return packets.Packet{}, errors.New("no answer in time")
	}
}

func (r *raw) nextID() uint16 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	if r.last == 0 {
		r.last = 1
	}
	return r.last
}

// publish does a whole flow and returns the reason code of its first
// acknowledgement.
func (r *raw) publish(pk packets.Packet) (byte, error) {
	pk.FixedHeader.Type = packets.Publish
	if pk.FixedHeader.Qos == 0 {
		return 0, r.put(pk)
	}
	if pk.PacketID == 0 {
		pk.PacketID = r.nextID()
	}
	if pk.FixedHeader.Qos == 1 {
		done := r.expect(packets.Puback, pk.PacketID)
		if err := r.put(pk); err != nil {
			return 0, err
		}
		ack, err := await(done)
		return ack.ReasonCode, err
	}
	rec, comp := r.expect(packets.Pubrec, pk.PacketID), r.expect(packets.Pubcomp, pk.PacketID)
	if err := r.put(pk); err != nil {
		return 0, err
	}
	ack, err := await(rec)
	if err != nil || ack.ReasonCode >= 0x80 {
		return ack.ReasonCode, err // [MQTT-4.3.3-4]: the flow ends here
	}
	if err := r.put(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrel}, PacketID: pk.PacketID}); err != nil {
		return 0, err
	}
	_, err = await(comp)
	return ack.ReasonCode, err
}

// try subscribes to one filter and returns the code of SUBACK.
func (r *raw) try(filter string) (byte, error) {
	id := r.nextID()
	done := r.expect(packets.Suback, id)
	err := r.put(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe}, PacketID: id,
		Filters: packets.Subscriptions{{Filter: filter, Qos: 1}},
	})
	if err != nil {
		return 0, err
	}
	ack, err := await(done)
	if err != nil {
		return 0, err
	}
	if len(ack.ReasonCodes) != 1 {
		return 0, fmt.Errorf("SUBACK with %d codes, want 1", len(ack.ReasonCodes))
	}
	return ack.ReasonCodes[0], nil
}

func (r *raw) subscribed(t testing.TB, filter string) byte {
	t.Helper()
	code, err := r.try(filter)
	if err != nil {
		t.Fatalf("SUBSCRIBE %q: %v", filter, err)
	}
	return code
}

func (r *raw) subscribe(t testing.TB, filters ...string) {
	t.Helper()
	for _, f := range filters {
		if code := r.subscribed(t, f); code > 2 {
			t.Fatalf("SUBSCRIBE %q: code 0x%02x", f, code)
		}
	}
}

func (r *raw) send(t testing.TB, topic string, payload []byte, qos byte, want string) (object, byte) {
	t.Helper()
	reason, err := r.publish(packets.Packet{TopicName: topic, Payload: payload, FixedHeader: packets.FixedHeader{Qos: qos}})
	if err != nil {
		t.Fatalf("PUBLISH %s: %v", topic, err)
	}
	return answer(t, r, want), reason
}

// answer takes the next of im/ack and im/err, which must be the one wanted.
func answer(t testing.TB, d device, want string) object {
	t.Helper()
	p := d.in().take(t, "im/+", func(p packet) bool { return p.topic == "im/ack" || p.topic == "im/err" })
	if p.topic != want {
		t.Fatalf("%s is answered on %s, want %s: %s", d.user().id, p.topic, want, p.payload)
	}
	return parse(t, p.payload)
}

func (r *raw) ask(t testing.TB, method string, body any) object {
	t.Helper()
	rid := fresh("q")
	_, err := r.publish(packets.Packet{
		TopicName: "im/req/" + method + "/" + rid, Payload: encoded(t, body),
		FixedHeader: packets.FixedHeader{Qos: 1},
	})
	if err != nil {
		t.Fatalf("request %s: %v", method, err)
	}
	return parse(t, r.box.take(t, "im/res/"+rid, nil).payload)
}

// encoded is the JSON of a request; bytes are taken as they are.
func encoded(t testing.TB, body any) []byte {
	t.Helper()
	if b, ok := body.([]byte); ok {
		return b
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (r *raw) in() *inbox   { return r.box }
func (r *raw) user() person { return r.who }

func (r *raw) bye(t testing.TB) {
	t.Helper()
	if err := r.put(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}}); err != nil {
		t.Fatal(err)
	}
	r.box.ended(t)
}

func (r *raw) cut(t testing.TB) {
	t.Helper()
	r.conn.Close()
	r.box.ended(t)
}

// arrivals are the packets that came, in words and in order.
func (r *raw) arrivals() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.order...)
}

// Short names for tests that build packets themselves.
type frame = packets.Packet

const (
	typePuback  = packets.Puback
	typePubrec  = packets.Pubrec
	typePubcomp = packets.Pubcomp
)

func acknowledgement(id uint16) frame {
	return frame{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: id}
}

func release(id uint16) frame {
	return frame{FixedHeader: packets.FixedHeader{Type: packets.Pubrel}, PacketID: id}
}

// publishing is a PUBLISH.
func publishing(topic, payload string, qos byte, id uint16) frame {
	return frame{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos}, TopicName: topic, Payload: []byte(payload), PacketID: id}
}

func receiveMaximum(n uint16) packets.Properties { return packets.Properties{ReceiveMaximum: n} }
