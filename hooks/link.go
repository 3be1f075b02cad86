package hooks

import (
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
	"golang.org/x/time/rate"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
)

// Transport is a client's connection as the broker makes it. Its writes append
// to a bounded buffer and never block; closing sends what is waiting first.
// Methods other than Read are safe from any goroutine.
type Transport interface {
	net.Conn
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
	// Attach gives a connection its session: a resumed one (present) or a new one.
	// Another connection of the same client is closed first. Nothing is delivered
	// before Start.
	Attach(l *Link) (s Session, present bool, err error)
}

// Session is what the broker keeps of a client beyond its connection.
type Session interface {
	// Start begins delivery; CONNACK has been written.
	Start(l *Link)
	// Detach tells that the connection has ended.
	Detach(l *Link, end Ending)
	// Publishes is the session's table of inbound publishes.
	Publishes() *Inbound
	// Filters are the granted filters now.
	Filters() *topics.Set
	// Subscribe and Unsubscribe change them.
	Subscribe(subs []topics.Subscription)
	Unsubscribe(filters []string)
	// Acked frees an outbound packet id.
	Acked(id uint16)
	// Notify sends a QoS 0 message to the connection l if the session has asked for
	// the topic. correlation reaches MQTT 5 clients only. It reports false when the message was
	// dropped: the connection is gone or behind, or the message too big for the client.
	Notify(l *Link, to topics.Outbound, payload, correlation []byte) bool
}

// Ending says how a connection ended.
type Ending struct {
	Clean    bool // DISCONNECT by the client with code 0: no Will
	TimedOut bool
	Logout   bool // the client asked to be forgotten
	Expiry   uint32
}

// Link is one connection: who is on it and what it still owes. Fields without a
// note are written by the reading goroutine before Attach and not after.
type Link struct {
	Transport
	door   *Door
	client *mqtt.Client
	serial uint64

	// Actor is who is on the connection. The broker sets Actor.Session in Attach.
	Actor      chat.Actor
	App        *chat.App
	Version    byte
	CleanStart bool
	// Expiry is how long the session outlives the connection, in seconds: as the
	// client asked, then as the broker granted in Attach. 0: not at all.
	Expiry uint32
	// Window is the client's Receive Maximum, 0 when it gave none.
	Window uint16
	// MaxPacket is the largest packet the client takes, 0: any.
	MaxPacket uint32
	Will      *Will
	// Born is when the account was made, Unix seconds: a session of an account that
	// was deleted is not one of its namesake.
	Born int64
	// NoReasons is set by a client that wants no reason strings.
	NoReasons bool
	Since     int64 // Unix milliseconds of the CONNECT

	hello    hello
	expires  atomic.Int64 // of the ticket, Unix seconds; 0: never
	limit    *rate.Limiter
	session  Session  // nil until attached
	pubs     *Inbound // the session's
	present  bool
	detached bool // the session has been given back; the reader's
	worker   worker
	ending   Ending // the reader's, logout excepted
	logout   atomic.Bool
}

func newLink(d *Door, t Transport) *Link {
	return &Link{Transport: t, door: d, serial: d.serials.Add(1), Since: d.opt.Now().UnixMilli()}
}

// linkOf finds the connection behind the library's client.
func linkOf(cl *mqtt.Client) *Link { return cl.Net.Conn.(*Link) }

// name is what the library calls the connection: mounted under app and user, and
// numbered, so that no two connections ever share a name and the library's own
// takeover (unserialised, DESIGN §4) has nothing to do.
func (l *Link) name() string {
	return fmt.Sprintf("%d/%s/%s#%d", l.Actor.App, l.Actor.User, l.Actor.Device, l.serial)
}

// TicketExpires is when the ticket ends, Unix seconds; 0: never.
func (l *Link) TicketExpires() int64 { return l.expires.Load() }

// Serial numbers connections in the order of their arrival.
func (l *Link) Serial() uint64 { return l.serial }

// fail closes the connection with a reason and returns the error that makes the
// library stop reading.
func (l *Link) fail(code byte, reason string) error {
	l.Goodbye(l.Version, code, reason)
	return packets.ErrRejectPacket
}

// guard turns a panic of a hook into the end of the connection.
func (l *Link) guard(err *error) {
	if p := recover(); p != nil {
		l.door.panicked(l, p)
		_ = l.Close()
		*err = packets.ErrRejectPacket
	}
}

// OnSessionEstablished runs when CONNACK has been written.
func (d *Door) OnSessionEstablished(cl *mqtt.Client, _ packets.Packet) {
	var err error
	l := linkOf(cl)
	defer l.guard(&err)
	l.session.Start(l)
}

// disconnect reads the client's DISCONNECT. The library gets it bare: it would
// compare expiries it was never given.
func (l *Link) disconnect(pk packets.Packet) (packets.Packet, error) {
	if pk.Properties.SessionExpiryIntervalFlag {
		if pk.Properties.SessionExpiryInterval > 0 && l.ending.Expiry == 0 { // [MQTT-3.1.2-24] §3.14.2.2.2
			return nothing, l.fail(packets.ErrProtocolViolation.Code, "")
		}
		l.ending.Expiry = min(l.ending.Expiry, pk.Properties.SessionExpiryInterval)
	}
	l.ending.Clean = pk.ReasonCode == packets.CodeDisconnect.Code // any other code keeps the Will
	l.detach()                                                    // before the client sees its connection end: then it is gone for others, too
	return packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}, ProtocolVersion: pk.ProtocolVersion}, nil
}

// ended cleans up after the connection, however far it came.
func (l *Link) ended(err error) {
	if l.client != nil {
		l.door.server.Clients.Delete(l.client.ID) // the library forgets it only on the straight way out
	}
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
	l.pubs.leave(l)
	l.ending.TimedOut = l.TimedOut()
	l.ending.Logout = l.logout.Load()
	l.session.Detach(l, l.ending)
}

func cause(err error) string {
	if err == nil || errors.Is(err, packets.ErrRejectPacket) {
		return ""
	}
	return err.Error()
}
