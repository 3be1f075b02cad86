package hooks

import (
	"sync"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/topics"
)

// Inbound is a session's table of QoS 1 and 2 publishes that are not finished
// [MQTT-4.3.2-5] [MQTT-4.3.3-11], and the order in which its present connection
// is owed their acknowledgements [MQTT-4.6.0-2]. The table outlives a
// connection: who loses one before the ack and sends again with DUP set gets the
// ack of the first, not a second message.
//
// Ids of the other direction are kept elsewhere: the two never meet.
type Inbound struct {
	mu   sync.Mutex
	room *sync.Cond          // nil until a 3.1.1 reader has to wait for its pending publishes
	ids  map[uint16]*publish // unfinished, by packet id
	link *Link               // the session's connection, nil when it has none
	ring []*publish          // owed to link, in the order of arrival
	open int                 // of link's publishes: not finished; what Receive Maximum bounds
	busy int                 // of link's publishes: no answer yet
	// quiet is made by a reader that waits until busy is 0, which closes it.
	quiet chan struct{}
}

// NewInbound returns an empty table. received are the ids of QoS 2 publishes
// that were committed and not released when the session was saved.
func NewInbound(received []uint16) *Inbound {
	in := &Inbound{}
	for _, id := range received {
		in.put(&publish{id: id, qos: 2, stage: received2, in: in})
	}
	return in
}

// Received lists the QoS 2 ids that a saved session must remember.
func (in *Inbound) Received() []uint16 {
	in.mu.Lock()
	defer in.mu.Unlock()
	var ids []uint16
	for id, p := range in.ids {
		if p.stage == received2 {
			ids = append(ids, id)
		}
	}
	return ids
}

// stage is how far a publish has come.
type stage uint8

const (
	pending   stage = iota // the core has it
	answered               // an answer is there and waits for its turn or for a connection
	received2              // QoS 2: PUBREC sent, PUBREL awaited
)

// maxBusy is how many publishes of one 3.1.1 connection the core may have: its
// client knows no Receive Maximum and is read no further. maxReceived bounds the QoS 2
// publishes it never releases.
const (
	maxBusy     = 1024
	maxReceived = 8192
)

// verdict is what to do with a publish that came in.
type verdict uint8

const (
	fresh    verdict = iota // a new one: execute it
	repeated                // known: its answer comes, or has just been given again
	tooMany                 // above the Receive Maximum
	gone                    // the connection has been taken over meanwhile
)

// enter makes l the session's connection: nothing is owed to an earlier one.
func (in *Inbound) enter(l *Link) {
	in.mu.Lock()
	in.link, in.ring, in.open, in.busy = l, nil, 0, 0
	in.roomier()
	in.mu.Unlock()
}

// leave ends what is owed to l; answers that come later wait for a repetition.
func (in *Inbound) leave(l *Link) {
	in.mu.Lock()
	if in.link == l {
		in.link, in.ring, in.open, in.busy = nil, nil, 0, 0
	}
	in.roomier()
	in.mu.Unlock()
}

// roomier wakes a reader that waits. in.mu is held.
func (in *Inbound) roomier() {
	if in.room != nil {
		in.room.Broadcast()
	}
	if in.quiet != nil && in.busy == 0 {
		close(in.quiet)
		in.quiet = nil
	}
}

func (in *Inbound) put(p *publish) {
	if in.ids == nil {
		in.ids = map[uint16]*publish{}
	}
	in.ids[p.id] = p
}

// begin enters a publish with a packet id. A repetition is known by its id when
// it comes on the connection of the first, or with DUP on a later one: without DUP a
// new connection's id is a new message, [MQTT-3.3.1-1]. A QoS 2 id stays taken
// until its PUBREL in any case [MQTT-4.3.3-10].
func (in *Inbound) begin(p *publish, dup bool) verdict {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.link != p.link {
		return gone
	}
	if old := in.ids[p.id]; old != nil {
		if old.qos == p.qos && (dup || old.link == p.link || old.stage == received2) {
			in.again(old, p.link)
			return repeated
		}
		delete(in.ids, p.id)
	}
	if p.link.Version >= 5 {
		if in.open >= p.link.door.opt.ReceiveMaximum {
			return tooMany
		}
	} else if len(in.ids) >= maxReceived {
		return tooMany
	}
	for p.link.Version < 5 && in.busy >= maxBusy && in.link == p.link {
		if in.room == nil {
			in.room = sync.NewCond(&in.mu)
		}
		in.room.Wait()
	}
	if in.link != p.link {
		return gone
	}
	p.in = in
	in.put(p)
	in.owe(p)
	return fresh
}

// owe queues p's answer for the present connection.
func (in *Inbound) owe(p *publish) {
	in.ring = append(in.ring, p)
	in.open++
	if p.stage == pending {
		in.busy++
	}
}

// again handles a repetition of old.
func (in *Inbound) again(old *publish, l *Link) {
	switch {
	case old.stage == received2:
		l.Ack(packets.Pubrec, l.Version, old.id, 0, "")
	case old.link != l: // asked again on a later connection: the answer goes there
		old.link = l
		in.owe(old)
		in.release()
	}
}

// settle records the answer of p and hands out what has come to its turn.
func (in *Inbound) settle(p *publish, a answer) {
	in.mu.Lock()
	p.reply, p.stage = a, answered
	if p.link == in.link && in.link != nil {
		in.busy--
		in.release()
	}
	in.roomier()
	in.mu.Unlock()
}

// release answers the publishes at the head of the ring that can be.
func (in *Inbound) release() {
	n := 0
	for n < len(in.ring) && in.ring[n].stage == answered {
		in.give(in.ring[n])
		in.ring[n] = nil
		n++
	}
	if n == len(in.ring) {
		in.ring = in.ring[:0]
		return
	}
	in.ring = in.ring[n:]
}

// give sends p's answer: the body first, then the acknowledgement (spec/00 §3).
func (in *Inbound) give(p *publish) {
	l, a := p.link, &p.reply
	l.answer(a)
	if a.again && l.Version < 5 { // see retry
		in.finish(p)
		_ = l.Close()
		return
	}
	reason := a.reason
	if l.NoReasons {
		reason = ""
	}
	packet := packets.Puback
	if p.qos == 2 {
		packet = packets.Pubrec
	}
	if !l.Ack(packet, l.Version, p.id, a.code, reason) {
		return // the connection is gone: a repetition on the next one gets the answer
	}
	if p.qos == 1 {
		in.finish(p)
		return
	}
	if l.Version >= 5 && a.code >= packets.ErrUnspecifiedError.Code { // ends the exchange, MQTT 5 §4.3.3
		in.finish(p)
		return
	}
	p.stage, p.reply = received2, answer{}
}

// wait waits until none of l's publishes is without an answer, until late, or
// until the session has another connection.
func (in *Inbound) wait(l *Link, late <-chan struct{}) {
	in.mu.Lock()
	if in.link != l || in.busy == 0 {
		in.mu.Unlock()
		return
	}
	quiet := make(chan struct{})
	in.quiet = quiet
	in.mu.Unlock()
	select {
	case <-quiet:
	case <-late:
	}
}

// finish forgets p. in.mu is held.
func (in *Inbound) finish(p *publish) {
	if in.ids[p.id] == p {
		delete(in.ids, p.id)
	}
	if p.link == in.link && in.link != nil {
		in.open--
	}
}

// released handles PUBREL: the exchange ends whether or not we know the id.
func (l *Link) released(id uint16) {
	in := l.pubs
	in.mu.Lock()
	p := in.ids[id]
	known := p != nil && p.stage == received2
	if known {
		in.finish(p)
	}
	in.mu.Unlock()
	code := byte(0)
	if !known {
		code = packets.ErrPacketIdentifierNotFound.Code
	}
	l.Ack(packets.Pubcomp, l.Version, id, code, "")
}

// answer is what a publish gets: a body on im/ack or im/err, and a reason code.
type answer struct {
	to     topics.Outbound
	body   []byte // nil: no body (requests have answered on im/res)
	code   byte
	reason string
	again  bool // no verdict: a 3.1.1 client is to send it again
}

// answer sends the body of an answer to the connection.
func (l *Link) answer(a *answer) {
	if a.body != nil {
		l.session.Notify(l, a.to, a.body, nil)
	}
}
