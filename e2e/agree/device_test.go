//go:build e2e

package agree

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// device is a client as docs/clients.md tells how to write one. It lives longer than its
// connections and than the server.
type device struct {
	*testing.T
	h    *house
	user string
	name string
	keep bool // the server keeps the session

	line     *line // nil: not connected
	packetID uint16
	asked    int
	answers  map[string]object  // by rid
	open     map[uint16]publish // not acknowledged yet, by packet id
	order    []uint16           // of open

	eventSeq uint64
	brief    bool   // it names to a sync only what moved since the last
	since    string // of the last sync
	convs    map[string]*conv
	behind   bool             // it has to ask what it lacks
	acked    map[string]place // of each text that was acknowledged
	refused  int
}

// place is where a message stands.
type place struct {
	conv string
	seq  uint64
}

// publish is a message on its way.
type publish struct {
	topic, payload string
	text           string // of the message; "": none
	plain          bool   // the message has no other members
}

func newDevice(t *testing.T, h *house, user, name string, keep bool, convs ...string) *device {
	d := &device{
		T: t, h: h, user: user, name: name, keep: keep,
		answers: map[string]object{}, open: map[uint16]publish{}, convs: map[string]*conv{}, acked: map[string]place{},
	}
	for _, with := range convs { // known from the beginning: nothing of them is missed
		d.conv(with)
	}
	return d
}

func (d *device) String() string { return d.user + "/" + d.name }

func (d *device) conv(name string) *conv {
	c := d.convs[name]
	if c == nil {
		c = newConv(name)
		d.convs[name] = c
	}
	return c
}

// connect connects, sends again what was not acknowledged, and catches up.
func (d *device) connect() {
	d.Helper()
	if d.line != nil {
		return
	}
	l, err := dial(d.h.MQTT, d.user, d.h.sig(d.user), d.name, d.keep)
	if err != nil {
		d.Fatal(d, ": ", err)
	}
	d.line = l
	if !l.present {
		d.subscribe()
		d.behind = true
	}
	d.again()
	if d.behind {
		d.catchUp()
	}
}

func (d *device) subscribe() {
	d.Helper()
	d.put(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe}, PacketID: d.nextID(),
		Filters: packets.Subscriptions{{Filter: "im/#", Qos: 1}},
	})
}

// again sends what was not acknowledged: with DUP when the server knows the session.
func (d *device) again() {
	waiting, was := d.order, d.open
	d.order, d.open = nil, map[uint16]publish{}
	for _, id := range waiting {
		p := was[id]
		if !d.line.present {
			d.publish(p)
			continue
		}
		d.order = append(d.order, id)
		d.open[id] = p
		d.put(packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1, Dup: true}, PacketID: id, TopicName: p.topic, Payload: []byte(p.payload),
		})
	}
}

// drop ends the connection as a tunnel does: without a word, whatever was under way.
func (d *device) drop() {
	if d.line != nil {
		d.line.conn.Close()
		d.line = nil
	}
}

// nextID is a packet id that is free.
func (d *device) nextID() uint16 {
	for {
		d.packetID = d.packetID%60000 + 1
		if _, used := d.open[d.packetID]; !used {
			return d.packetID
		}
	}
}

// put writes a packet; when that fails, reading will tell.
func (d *device) put(pk packets.Packet) {
	if d.line != nil {
		_ = d.line.put(pk)
	}
}

// publish sends with QoS 1 and does not wait.
func (d *device) publish(p publish) {
	id := d.nextID()
	d.open[id] = p
	d.order = append(d.order, id)
	d.put(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, PacketID: id, TopicName: p.topic, Payload: []byte(p.payload),
	})
}

// request asks and waits for the answer, and takes what comes meanwhile. No answer comes
// when the connection ends.
func (d *device) request(method string, body object) (object, bool) {
	d.Helper()
	d.asked++
	rid := fmt.Sprint(d.name, d.asked)
	text, err := json.Marshal(body)
	if err != nil {
		d.Fatal(err)
	}
	d.put(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish}, TopicName: "im/req/" + method + "/" + rid, Payload: text,
	})
	d.until(method+" "+string(text), func() bool { return d.line == nil || d.answers[rid] != nil })
	answer := d.answers[rid]
	delete(d.answers, rid)
	return answer, answer != nil
}

// ask is request for what has to succeed, or to be refused with one of the codes.
func (d *device) ask(method string, body object, codes ...int) object {
	d.Helper()
	answer, ok := d.request(method, body)
	if ok {
		d.h.accept(fmt.Sprint(d, " ", method, " ", body), answer, codes)
	}
	return answer
}

// until takes what comes until something is so.
func (d *device) until(what string, so func() bool) {
	d.Helper()
	limit := time.After(patience)
	for !so() {
		if d.takeOne() {
			continue
		}
		if d.line == nil {
			return
		}
		select {
		case <-d.line.news:
		case <-time.After(patience / 10): // so may change by itself
		case <-limit:
			d.Fatalf("%s: no answer to %s", d, what)
		}
	}
}

// take takes at most so many packets of those that have come.
func (d *device) take(n int) {
	for n > 0 && d.takeOne() {
		n--
	}
	if d.behind && d.line != nil {
		d.catchUp()
	}
}

func (d *device) takeOne() bool {
	if d.line == nil {
		return false
	}
	pk, some, open := d.line.next()
	if !open {
		d.line = nil
	}
	if !some {
		return false
	}
	switch pk.FixedHeader.Type {
	case packets.Puback:
		d.acknowledged(pk.PacketID)
	case packets.Publish:
		d.heard(pk.TopicName, pk.Payload)
		if pk.FixedHeader.Qos == 1 {
			d.put(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: pk.PacketID})
		}
	}
	return true
}

func (d *device) acknowledged(id uint16) {
	if _, ok := d.open[id]; !ok {
		return
	}
	delete(d.open, id)
	for i, o := range d.order {
		if o == id {
			d.order = append(d.order[:i:i], d.order[i+1:]...)
			break
		}
	}
}

// heard takes what the server has published.
func (d *device) heard(topic string, payload []byte) {
	var o object
	if err := json.Unmarshal(payload, &o); err != nil {
		d.Fatalf("%s: %s %s: %v", d, topic, payload, err)
	}
	if rid, ok := target(topic, "im/res/"); ok {
		d.answers[rid] = o
		return
	}
	if name, ok := target(topic, "im/in/"); ok {
		d.incoming(d.conv(name), read(o))
		return
	}
	switch topic {
	case "im/ack":
		d.sent(o)
	case "im/err":
		d.refused++
	case "im/event/kick":
		d.Fatalf("%s: %s", d, payload)
	default:
		d.event(o)
	}
}

// incoming takes a message, if nothing is missing before it.
func (d *device) incoming(c *conv, m *message) {
	if m.MsgSeq == 0 || m.MsgSeq <= c.seq {
		return
	}
	before := m.MsgSeq - 1
	if m.PrevSeq != nil {
		before = *m.PrevSeq
	}
	if before > c.seq {
		d.behind = true
		return
	}
	c.put(m)
	c.seq, c.moved = m.MsgSeq, true
}

// sent takes the answer to a send: the device's own message.
func (d *device) sent(o object) {
	p, ok := d.open[uint16(o.number("PacketId"))]
	if !ok || p.text == "" {
		return
	}
	name, _ := target(p.topic, "im/send/")
	d.acked[p.text] = place{name, uint64(o.number("MsgSeq"))}
	m := read(o)
	m.From_Account, m.MsgBody = d.user, json.RawMessage(body(p.text))
	if !p.plain {
		d.behind = true // the answer does not repeat what was asked for: the history tells
		return
	}
	d.incoming(d.conv(name), m)
}

// event takes an event, if none is missing before it.
func (d *device) event(e object) {
	switch {
	case e.has("Rev"):
		c := d.conv(e.text("Conv"))
		switch rev := uint64(e.number("Rev")); {
		case rev == c.rev+1 && about(e) > c.seq:
			d.behind = true // about a message that the device does not have yet: a sync repeats it
		case rev == c.rev+1:
			c.rev, c.moved = rev, true
			c.apply(d.user, e)
		case rev > c.rev:
			d.behind = true
		}
	case e.has("EventSeq"):
		switch seq := uint64(e.number("EventSeq")); {
		case seq == d.eventSeq+1:
			d.eventSeq = seq
			d.mine(e)
		case seq > d.eventSeq:
			d.behind = true
		}
	case e.has("Gap"):
		d.behind = true
	}
}

// about is the highest number of a message that an event is about.
func about(e object) uint64 {
	seq := max(e.number("MsgSeq"), e.inner("Message").number("MsgSeq"))
	for _, r := range e.list("ReceiptList") {
		seq = max(seq, r.number("MsgSeq"))
	}
	return uint64(seq)
}

// mine applies an event about the user.
func (d *device) mine(e object) {
	switch e.text("Kind") {
	case "read":
		c := d.conv(e.text("Conv"))
		c.readSeq = max(c.readSeq, uint64(e.number("ReadSeq")))
	case "delete":
		list, _ := e["MsgSeqs"].([]any)
		for _, seq := range list {
			d.conv(e.text("Conv")).forget(uint64(seq.(float64)))
		}
	case "conversation":
		c := d.conv(e.text("Conv"))
		c.set.change(e)
		d.behind = d.behind || e.has("RecvOpt") // what was not wanted has not come
		if e.number("Deleted") == 1 {
			c.hidden, c.set.top, c.set.draft = true, 0, ""
			c.readSeq = max(c.readSeq, uint64(e.number("ReadSeq")))
		}
	case "convgroup":
		for _, c := range d.convs {
			switch {
			case e.number("Deleted") == 1:
				c.set.regroup(e.text("GroupName"), "")
			case e.has("OldName"):
				c.set.regroup(e.text("OldName"), e.text("GroupName"))
			}
		}
	case "clear":
		d.conv(e.text("Conv")).clear(uint64(e.number("MsgSeq")))
	case "recall", "modify": // of a message that not everybody sees
		d.conv(e.text("Conv")).apply(d.user, e)
	}
}

// catchUp asks what the device lacks, until it lacks nothing.
func (d *device) catchUp() {
	d.Helper()
	for d.line != nil && d.behind {
		d.behind = false
		for d.line != nil {
			known := d.known()
			for _, c := range d.convs {
				c.asked, c.moved = c.moved, false // what moves from now on the answer may not have
			}
			answer, ok := d.request("sync", known)
			if !ok || answer.number("IsFinished") != 1 {
				for _, c := range d.convs {
					c.moved = c.moved || c.asked
				}
			}
			if !ok {
				break
			}
			d.h.accept("sync", answer, nil)
			d.synced(answer)
			if answer.number("IsFinished") == 1 {
				break
			}
		}
		if d.line == nil {
			d.behind = true
		}
	}
}

// known is how far the device is.
func (d *device) known() object {
	convs := object{}
	for name, c := range d.convs {
		if d.since == "" || c.moved {
			convs[name] = object{"MsgSeq": c.seq, "Rev": c.rev}
		}
	}
	o := object{"EventSeq": d.eventSeq, "Convs": convs}
	if d.since != "" {
		o["Since"] = d.since
	}
	return o
}

func (d *device) synced(answer object) {
	d.Helper()
	for _, e := range answer.list("Events") {
		d.event(e)
	}
	finished := answer.number("IsFinished") == 1
	for _, item := range answer.list("Convs") {
		c := d.conv(item.text("Conv"))
		c.set, c.moved = setOf(item), c.moved || !finished
		c.readSeq = max(c.readSeq, uint64(item.number("ReadSeq")))
		c.peerRead = max(c.peerRead, uint64(item.number("PeerReadSeq")))
		d.fill(c, uint64(item.number("MaxSeq")))
		if d.line == nil {
			d.behind = true
			return
		}
		for _, e := range item.list("Events") {
			d.event(e)
		}
		c.rev = max(c.rev, uint64(item.number("Rev")))
	}
	if d.brief {
		d.since = answer.text("Since")
	}
}

// fill reads the history from where the device is.
func (d *device) fill(c *conv, upTo uint64) {
	d.Helper()
	for d.line != nil && c.seq < upTo {
		answer, ok := d.request("msg.history", object{"Conv": c.name, "After": c.seq, "Limit": 100})
		if !ok {
			d.behind = true
			return
		}
		d.h.accept("msg.history", answer, nil)
		list := answer.list("MsgList")
		for _, o := range list {
			m := read(o)
			c.put(m)
			c.seq = max(c.seq, m.MsgSeq)
			c.moved = c.moved || m.MsgSeq > upTo // it has come since the sync
		}
		if len(list) == 0 || answer.number("IsFinished") == 1 {
			return
		}
	}
}

// body is the MsgBody of a text.
func body(text string) string {
	return fmt.Sprintf(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":%q}}]`, text)
}
