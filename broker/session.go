package broker

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/sessions"
	"github.com/teahouse-im/teahouse/hooks"
	"github.com/teahouse-im/teahouse/topics"
)

// The send window of a client (spec/00 §6): its Receive Maximum, else
// defaultWindow; maxWindow bounds what an unacknowledging client may pin.
const (
	defaultWindow = 20
	maxWindow     = 1024
)

// session is the state of one client of one user, connected or not: its
// subscriptions, what it has not acknowledged, and what it has still to be sent.
//
// In a conversation outside its lag set a session is LIVE: messages go out as they
// come. In a conversation of its lag set it is in CATCH-UP: messages are read from
// the log, at the pace of the client's acknowledgements. The state changes under mu,
// so nothing is lost or sent twice.
type session struct {
	b      *Broker
	user   *user
	client string
	id     sessions.ID // of its rows; zero when it ends with its connection
	number uint64      // chat.Actor.Session
	born   int64       // of the account, see hooks.Link.Born
	pubs   *hooks.Inbound

	filters atomic.Pointer[topics.Set]

	mu       sync.Mutex // guards everything below
	link     *hooks.Link
	conn     *conn // link's transport; both nil while detached
	maxBytes int   // the client's Maximum Packet Size, 0: any
	version  byte
	live     bool // CONNACK has been written: packets may flow
	stalled  bool // conn has refused a frame and not drained since
	catching bool // a catch-up goroutine is at work
	listens  bool // to the app's stream
	left     bool // the core knows that link logs out
	stored   bool // the store has (or may have) a row
	dirty    bool // it has been sent something since it was saved
	out      window
	lag      lagSet
	events   eventLag
	watch    *watching // nil: nobody

	kicked    chat.KickReason // why we have closed link; "" while we have not
	quietly   *hooks.Link     // closed by a login above the device limit; that login reports it, so Detach must not
	pushedOut []chat.Platform // by this connection's login
	expiry    time.Duration   // how long it outlives its connection; 0: not at all
	until     moment          // detached: when it ends
	will      *hooks.Will     // detached: waits for willAt
	willAt    moment
	away      int64  // Unix ms: when it was last served; 0: no events about conversations were missed
	savedAt   moment // when its state was saved last
	goodFor   moment // when the row's expiry is to be put off
	renewAt   moment // when the filters' rows are to be written again
	sysAt     moment // when the values below $SYS/ are due; 0: never
}

// Publishes implements hooks.Session.
func (s *session) Publishes() *hooks.Inbound { return s.pubs }

// Acked implements hooks.Session. It wakes the catch-up when half of the window is
// free, so that one read serves many acknowledgements. It also wakes it at the first
// acknowledgement of a full window: a client with Nagle's algorithm on holds the
// other ones back until it gets a packet, and without one from us that is the
// kernel's delayed ACK, 40 ms later.
func (s *session) Acked(id uint16) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirty = true
	if !s.out.ack(id) {
		return false
	}
	if room := s.out.room(); room == 1 || room >= int(s.out.size/2) || len(s.out.queue) == 0 {
		s.wake()
	}
	return true
}

// Notify implements hooks.Session.
func (s *session) Notify(l *hooks.Link, to topics.Outbound, payload, correlation []byte) bool {
	if _, ok := s.filters.Load().QoS(to); !ok {
		return false
	}
	w, ok := l.Transport.(wire)
	if !ok {
		return false
	}
	return s.b.transient(w.conn, l.Version, int(l.MaxPacket), to, payload, correlation)
}

// scratch buffers hold frames that are built for one receiver.
var scratch = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}

// transient sends one QoS 0 message now or not at all.
func (b *Broker) transient(c *conn, version byte, maxBytes int, to topics.Outbound, payload, correlation []byte) bool {
	buf := scratch.Get().(*[]byte)
	defer scratch.Put(buf)
	*buf, _ = appendPublish((*buf)[:0], version, 0, &publication{Topic: topicOf(to), Payload: payload, CorrelationData: correlation})
	if maxBytes > 0 && len(*buf) > maxBytes { // [MQTT-3.1.2-24]
		b.count.tooLarge.Add(1)
		return false
	}
	if !c.Frame(*buf, 0, 0, false) {
		b.count.dropped.Add(1)
		return false
	}
	return true
}

// topicOf avoids building the topic of frequent replies.
func topicOf(to topics.Outbound) string {
	switch to {
	case topics.Ack:
		return "im/ack"
	case topics.Err:
		return "im/err"
	}
	return to.String()
}

// put sends one face with a QoS now and reports whether the connection took it. Of
// one above the client's limit it sends the brief form; without that it counts as sent
// [MQTT-3.1.2-25]. mu is held, and for
// QoS 1 the window has room.
func (s *session) put(f *face, qos byte, seq uint64) bool {
	if s.maxBytes > 0 {
		if f = f.fitting(s.version, qos, s.maxBytes); f == nil {
			s.b.count.tooLarge.Add(1)
			return true
		}
	}
	fr := f.frame(s.version, qos)
	var id uint16
	if qos > 0 {
		id = s.out.next()
	}
	if !s.conn.Frame(fr.bytes, fr.idOffset, id, false) {
		s.stalled = true
		return false
	}
	s.dirty = true
	if qos > 0 {
		s.out.push(f, seq)
	}
	return true
}

// putEvent is put for an event about a conversation; rev 0: it is kept nowhere.
func (s *session) putEvent(f *face, qos byte, rev uint64) bool {
	before := len(s.out.queue)
	if !s.put(f, qos, rev) {
		return false
	}
	if len(s.out.queue) > before {
		s.out.event()
	}
	return true
}

// ready reports whether a packet of a QoS may go out now. mu is held.
func (s *session) ready(qos byte) bool {
	return s.live && s.conn != nil && !s.stalled && (qos == 0 || s.out.room() > 0)
}

// forget drops what waits of a group that the user is in no more, and of its topics.
func (s *session) forget(g chat.GroupID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag.removeOf(g)
	for c := range s.events.convs {
		if c.Group().Home() == g {
			s.events.forget(c)
		}
	}
}

// moment is a point in time in Unix nanoseconds, a third of a time.Time: sessions
// and connections have several. The zero moment has passed.
type moment int64

func at(t time.Time) moment { return moment(t.UnixNano()) }

func (m moment) passed(now time.Time) bool { return now.UnixNano() >= int64(m) }

func (m moment) time() time.Time { return time.Unix(0, int64(m)) }
