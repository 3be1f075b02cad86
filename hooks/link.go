package hooks

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
)

// ErrNotMQTT is what a Transport's Next fails with when a connection does not begin with
// a CONNECT.
var ErrNotMQTT = errors.New("first packet is not CONNECT")

// Transport is a client's connection as the broker makes it. Its writes append
// to a bounded buffer and never block; closing sends what is waiting first.
// Methods other than Next and Authenticated are safe from any goroutine.
type Transport interface {
	// Next waits for a packet and returns its first byte and what follows the fixed
	// header, which is good until the next call. The first packet is a CONNECT, and
	// none is larger than allowed. With an error the connection is closed, unless it is
	// a packets.Code: then the client is to be told and the connection to be closed.
	Next() (head byte, body []byte, err error)
	// Write sends whole packets.
	Write(p []byte) (int, error)
	// Close ends the connection once what was written is out. It may be called again.
	Close() error
	// Pause waits, reading nothing, until the time is over, until is closed (nil: never) or
	// the connection is, which it reports. It is called on the reading goroutine.
	Pause(d time.Duration, until <-chan struct{}) (open bool)
	// RemoteIP is the peer's address without port.
	RemoteIP() string
	// Authenticated ends the connection's probation: it gives the version, the
	// longest packet the client may send, and how long it may be silent (0: the
	// transport's own bound). It is called on the reading goroutine.
	Authenticated(version byte, maxPacket int, idle time.Duration)
	// Ack writes a PUBACK, PUBREC, PUBREL or PUBCOMP. code and reason reach MQTT 5
	// clients only. It reports false when the connection is closed.
	Ack(packet, version byte, id uint16, code byte, reason string) bool
	// Goodbye closes the connection after a short linger, telling an MQTT 5 client
	// why. A 3.1.1 client is never sent a DISCONNECT.
	Goodbye(version, code byte, reason string)
	// TimedOut reports whether the connection was closed for silence.
	TimedOut() bool
}

// Sessions is the broker as the door needs it.
type Sessions interface {
	// Attach gives a connection its session: a resumed one (present) or a new one. One
	// that is to be kept is durable when Attach returns (spec/00 §6). Another connection of the same client is closed first. Nothing is delivered
	// before Start.
	Attach(l *Link) (s Session, present bool, err error)
}

// Session is what the broker keeps of a client beyond its connection.
type Session interface {
	// Start begins delivery; CONNACK has been written.
	Start(l *Link)
	// LogOut tells that the client asks to be forgotten, and returns when that is durable;
	// the answer, and Detach, follow.
	LogOut(l *Link)
	// Detach tells that the connection has ended.
	Detach(l *Link, end Ending)
	// Publishes is the session's table of inbound publishes.
	Publishes() *Inbound
	// Filters are the granted filters now.
	Filters() *topics.Set
	// Subscribe and Unsubscribe change them. Of a session that is kept the change is
	// durable when they return (spec/00 §6).
	Subscribe(subs []topics.Subscription) error
	Unsubscribe(filters []string) error
	// Present sends what is to be told at once to who has subscribed, or watches somebody;
	// SUBACK, or the answer, has been written.
	Present()
	// Watch has the connection told of the states of users as they change, for as long as it
	// lasts. It returns those there is no room for. Unwatch ends it, for all when users is nil.
	Watch(l *Link, users []chat.UserID) (over []chat.UserID)
	Unwatch(l *Link, users []chat.UserID)
	// Acked frees an outbound packet id. It reports whether there was anything to free.
	Acked(id uint16) bool
	// Notify sends a QoS 0 message to the connection l if the session has asked for
	// the topic. correlation reaches MQTT 5 clients only. It reports false when the message was
	// dropped: the connection is gone or behind, or the message too big for the client.
	Notify(l *Link, to topics.Outbound, payload, correlation []byte) bool
}

// Ending says how a connection ended.
type Ending struct {
	Clean    bool // a normal DISCONNECT by the client: no Will
	TimedOut bool
	Logout   bool // the client asked to be forgotten
	Expiry   uint32
}

// Link is one connection: who is on it and what it still owes. Fields without a
// note are written by the reading goroutine before Attach and not after. Every idle
// connection has one: the small ones stand together (TestLinkIsSmall).
type Link struct {
	Transport
	door   *Door
	serial uint64

	// Actor is who is on the connection. The broker sets Actor.Session in Attach.
	Actor chat.Actor
	App   *chat.App
	// Expiry is how long the session outlives the connection, in seconds: as the
	// client asked, then as the broker granted in Attach. 0: not at all.
	Expiry uint32
	// MaxPacket is the largest packet the client takes, 0: any. 3.1.1 says it in the user name.
	MaxPacket uint32
	// Window is the client's Receive Maximum, 0 when it gave none.
	Window     uint16
	Version    byte
	CleanStart bool
	// NoReasons is set by a client that wants no reason strings.
	NoReasons bool
	present   bool
	detached  bool  // the session has been given back; the reader's
	step      uint8 // packets between two looks at the budgets; see paceSteps
	logout    atomic.Bool
	Will      *Will
	// Born is when the account was made, Unix seconds: a session of an account that
	// was deleted is not one of its namesake.
	Born  int64
	Since int64 // Unix milliseconds of the CONNECT

	hello   *hello // nil once CONNECT has been answered
	topic   *lastTopic
	ticket  atomic.Pointer[heldTicket] // nil until attached
	expires atomic.Int64               // of the ticket, with leeway, Unix seconds; 0: never
	spent   spending
	share   *share   // of its app
	session Session  // nil until attached
	pubs    *Inbound // the session's
	worker  worker
	loose   loose
	ending  Ending // the reader's
	why     string // the reader's; see Why
}

func newLink(d *Door, t Transport) *Link {
	l := &Link{Transport: t, door: d, serial: d.serials.Add(1), Since: d.opt.Now().UnixMilli()}
	l.loose.begin() // ends with the reading
	return l
}

// heldTicket is what is kept of the ticket that a connection goes by.
type heldTicket struct {
	chat.Ticket
	key [16]byte
}

// Ticket is the ticket that the connection goes by.
func (l *Link) Ticket() chat.Ticket { return l.ticket.Load().Ticket }

// TicketKey names the key that the ticket was signed with, for Keys.
func (l *Link) TicketKey() [16]byte { return l.ticket.Load().key }

// TicketExpires is when the ticket ends, Unix seconds; 0: never.
func (l *Link) TicketExpires() int64 { return l.expires.Load() }

// Why says in few words why the door or the client has ended the connection; ""
// when the transport knows. It is for Detach.
func (l *Link) Why() string { return l.why }

// LoggedOut reports whether the client has asked to be forgotten: its session is not to
// be resumed, also by who comes before Detach.
func (l *Link) LoggedOut() bool { return l.logout.Load() }

// Serial numbers connections in the order of their arrival.
func (l *Link) Serial() uint64 { return l.serial }

// faulted ends the connection over a fault of ours: what was asked for is not
// acknowledged, and the client asks again.
func (l *Link) faulted(what string, err error) error {
	l.door.logFault(what, &l.Actor, err)
	return l.fail(packets.ErrUnspecifiedError)
}

// guard turns a panic into the end of the connection.
func (l *Link) guard(err *error) {
	if p := recover(); p != nil {
		l.door.panicked(l, p)
		_ = l.Close()
		l.worker.giveUp()
		*err = errEnd
	}
}

// end closes the connection and cleans up after it, however far it came.
func (l *Link) end(err error) {
	defer l.door.workers.Done()
	_ = l.Close()
	if l.session == nil {
		return
	}
	l.door.log.Debug("connection ended", "app", uint32(l.Actor.App), "user", string(l.Actor.User), "err", cause(err))
	l.detach()
}

// detach gives the session back, once. It belongs to the reading goroutine.
func (l *Link) detach() {
	if l.detached {
		return
	}
	l.detached = true
	_, _ = l.enter() // who comes back at once finds it in the budgets
	l.pubs.leave(l)
	l.ending.TimedOut = l.TimedOut()
	l.ending.Logout = l.logout.Load()
	l.session.Detach(l, l.ending)
}

func cause(err error) string {
	if err == nil || errors.Is(err, errEnd) {
		return ""
	}
	return err.Error()
}
