package hooks

import (
	"sync"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat/sessions"
	"github.com/teahouse-im/teahouse/topics"
)

// Inbound is a session's table of QoS 1 and 2 publishes: those that are not
// finished [MQTT-4.3.2-5] [MQTT-4.3.3-11], the order in which its present connection
// is owed their acknowledgements [MQTT-4.6.0-2], and what the latest finished ones
// have led to. The table outlives a connection: a client that loses one before the
// ack and sends again with DUP set gets the answer of the first, not a second message.
//
// Ids of the other direction are kept elsewhere: the two never meet.
type Inbound struct {
	kept *Kept // nil: the session ends with its connection

	mu   sync.Mutex
	room *sync.Cond          // nil until a 3.1.1 reader has to wait for its pending publishes
	ids  map[uint16]*publish // unfinished, by packet id
	link *Link               // the session's connection, nil when it has none
	owed []*publish          // to link, in the order of arrival
	open int32               // of link's publishes: not finished; what Receive Maximum bounds
	busy int32               // of link's publishes: no answer yet
	// quiet is made by a reader that waits until busy is 0, which closes it.
	quiet chan struct{}
	n     uint64 // QoS 1 publishes so far
	past  *past  // nil before the first is finished
}

// NewInbound returns the table of a session. kept is nil for one that ends with its
// connection; handled is what an earlier server has kept, by its count.
func NewInbound(kept *Kept, handled []sessions.Handled) *Inbound {
	in := &Inbound{kept: kept}
	for i := range handled {
		h := &handled[i]
		if h.QoS == 2 {
			in.put(&publish{id: h.ID, qos: 2, hash: h.Hash, stage: received2, in: in, stored: true})
			continue
		}
		in.n = max(in.n, h.N)
		f := finished{id: h.ID, hash: h.Hash, seq: h.Seq}
		if h.To.Kind != 0 {
			f.more = &outcome{conv: h.To.Of(kept.Rows.App, kept.Rows.User)}
		}
		in.done(f)
	}
	return in
}

// stage is how far a publish has come.
type stage uint8

const (
	pending   stage = iota // the core has it
	answered               // an answer is there and waits for its turn or for a connection
	received2              // QoS 2: PUBREC sent, PUBREL awaited
	releasing              // QoS 2: PUBREL came, its row is being removed
)

// maxReceived bounds the QoS 2 publishes that a 3.1.1 client never releases. It
// knows no Receive Maximum.
const maxReceived = 8192

// verdict is what to do with a publish that came in.
type verdict uint8

const (
	fresh    verdict = iota // to be executed; p.first says whether it was before
	repeated                // known: its answer comes, or has just been given again
	tooMany                 // above the Receive Maximum
	gone                    // the connection has been taken over meanwhile
)

// enter makes l the session's connection: nothing is owed to an earlier one.
func (in *Inbound) enter(l *Link) {
	in.mu.Lock()
	in.turn(l)
	in.mu.Unlock()
}

// leave ends what is owed to l; answers that come later wait for a repetition.
func (in *Inbound) leave(l *Link) {
	in.mu.Lock()
	if in.link == l {
		in.turn(nil)
	}
	in.mu.Unlock()
}

// turn leaves the present connection for another. What it is owed, the next one gets
// when it asks again. in.mu is held.
func (in *Inbound) turn(to *Link) {
	for _, p := range in.owed {
		if p.stage == answered {
			in.miss(p)
		}
	}
	in.link, in.owed, in.open, in.busy = to, nil, 0, 0
	in.roomier()
}

// miss has an answer that no connection took wait for a repetition. One of QoS 1 is
// remembered like those that were acknowledged; of QoS 2 nothing long is kept.
func (in *Inbound) miss(p *publish) {
	if p.qos == 1 {
		in.finish(p)
		in.remember(p)
	} else if len(p.reply.body) > maxAnswer {
		p.reply.body = nil
	}
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

// begin enters a publish with a packet id. With QoS 1 a repetition is known by DUP,
// its id and what it says (spec/00 §3): without DUP an id is always a new message,
// [MQTT-3.3.1-1]. A QoS 2 id stays taken until its PUBREL whatever DUP says
// [MQTT-4.3.3-10], but for a client that has forgotten it and says something else:
// that is no duplicate, and is not lost.
func (in *Inbound) begin(p *publish, dup bool) verdict {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.link != p.link {
		return gone
	}
	old := in.ids[p.id]
	if old != nil && old.qos == p.qos && old.hash == p.hash && (dup || p.qos == 2) {
		in.again(old, p.link)
		return repeated
	}
	if !in.admits(p.link) {
		return tooMany
	}
	if in.link != p.link {
		return gone
	}
	if old = in.ids[p.id]; old != nil && old.stage >= received2 {
		in.finish(old)
	}
	p.in = in
	if p.qos == 1 {
		if dup {
			p.first = in.past.find(p.id, p.hash)
		}
		in.n++
		p.n = in.n
	}
	in.put(p)
	in.owe(p)
	return fresh
}

// admits reports whether there is room for one publish more. An MQTT 5 client keeps
// to the Receive Maximum [MQTT-3.3.4-9]; a 3.1.1 client was not told, and is read no
// further until an answer is there.
func (in *Inbound) admits(l *Link) bool {
	most := int32(l.door.opt.ReceiveMaximum)
	if l.Version >= 5 {
		return in.open < most
	}
	if len(in.ids) >= maxReceived {
		return false
	}
	for in.busy >= most && in.link == l {
		if in.room == nil {
			in.room = sync.NewCond(&in.mu)
		}
		in.room.Wait()
	}
	return true
}

// owe queues p's answer for the present connection.
func (in *Inbound) owe(p *publish) {
	in.owed = append(in.owed, p)
	in.open++
	if p.stage == pending {
		in.busy++
	}
}

// again handles a repetition of old, which is not finished.
func (in *Inbound) again(old *publish, l *Link) {
	switch {
	case old.stage >= received2:
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
	} else {
		in.miss(p)
	}
	in.roomier()
	in.mu.Unlock()
}

// release answers the publishes at the head of the queue that can be.
func (in *Inbound) release() {
	n := 0
	for n < len(in.owed) && in.owed[n].stage == answered {
		in.give(in.owed[n])
		in.owed[n] = nil
		n++
	}
	if n == len(in.owed) {
		in.owed = in.owed[:0]
		return
	}
	in.owed = in.owed[n:]
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
	p.measure()
	if !l.Ack(packet, l.Version, p.id, a.code, reason) { // the connection is gone
		in.miss(p)
		return
	}
	switch {
	case p.qos == 1:
		in.finish(p)
		in.remember(p)
	case l.Version >= 5 && a.code >= packets.ErrUnspecifiedError.Code: // ends the exchange, MQTT 5 §4.3.3
		in.finish(p)
		if p.kept() { // a request that was refused after its first change
			in.kept.release(p.id, func(error) {})
		}
	default:
		p.stage, p.reply, p.more = received2, answer{}, nil
	}
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

// answer is what a publish gets: a body on im/ack, im/err or im/res, and a reason
// code.
type answer struct {
	to          topics.Outbound
	body        []byte // nil: no body
	correlation []byte
	request     bool // body is an envelope
	again       bool // no verdict: a 3.1.1 client is to send it again
	code        byte
	reason      string
}

// answer sends the body of an answer to the connection.
func (l *Link) answer(a *answer) {
	switch {
	case a.body == nil:
	case a.request:
		l.respond(a.to, a.body, a.correlation)
	default:
		l.session.Notify(l, a.to, a.body, nil)
	}
}
