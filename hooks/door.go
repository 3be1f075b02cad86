package hooks

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/ticket"
)

// Core is what the door asks of [chat.Service].
type Core interface {
	App(chat.AppID) (*chat.App, error)
	Login(ctx context.Context, app chat.AppID, u chat.UserID, issued time.Time) (*chat.Account, error)
	Send(ctx context.Context, by chat.Actor, d chat.Draft, done func(chat.Receipt, error))
	MarkRead(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target, upTo chat.Seq) error
	Recall(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target, ref chat.MessageRef, reason string) (*chat.Message, error)
	Typing(ctx context.Context, by chat.Actor, peer chat.UserID, on bool) error
}

// Tickets checks what a client shows at the door.
type Tickets interface {
	// Verify checks a UserSig or JWT of a user. app 0 takes the app from the ticket.
	Verify(app uint32, user, text string) (ticket.Claims, error)
}

// Options are what a Door is built from. Core, Tickets, Table and Sessions are
// required.
type Options struct {
	Core     Core
	Tickets  Tickets
	Table    *api.Table
	Sessions Sessions
	Counters Counters // default: counts nothing
	Log      *slog.Logger
	Now      func() time.Time

	// MaxPacket bounds inbound packets and is announced to MQTT 5 clients: 128 KiB
	// (spec/00 §9).
	MaxPacket int
	// MaxFilters bounds the filters of a session: 1000 (spec/00 §9).
	MaxFilters int
	// ReceiveMaximum is how many QoS 1 and 2 publishes a client may have in flight:
	// 512. A 3.1.1 client cannot be told; it is read no further instead.
	ReceiveMaximum int
	// FailuresPerMinute is how many bad tickets an address may show; beyond it
	// connections are closed after PenaltyDelay (2 s) without an answer. 0 is 30, and none
	// for loopback, which is the operator or a proxy that brings everybody.
	FailuresPerMinute int
	PenaltyDelay      time.Duration
}

func (o Options) withDefaults() Options {
	if o.Counters == nil {
		o.Counters = noCounters{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	for _, f := range []struct {
		have *int
		def  int
	}{{&o.MaxPacket, 128 << 10}, {&o.MaxFilters, 1000}, {&o.ReceiveMaximum, 512}} {
		if *f.have == 0 {
			*f.have = f.def
		}
	}
	if o.PenaltyDelay == 0 {
		o.PenaltyDelay = 2 * time.Second
	}
	return o
}

// Door is the MQTT library with its one hook.
type Door struct {
	mqtt.HookBase
	opt      Options
	core     Core
	log      *slog.Logger
	server   *mqtt.Server
	failures *failures
	serials  atomic.Uint64

	ctx      context.Context // ends with Close; for calls that outlive a connection
	cancel   context.CancelFunc
	draining atomic.Bool
	workers  sync.WaitGroup // goroutines of requests and connections
}

// New builds a door.
func New(o Options) (*Door, error) {
	o = o.withDefaults()
	d := &Door{opt: o, core: o.Core, log: o.Log, failures: newFailures(o.FailuresPerMinute)}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	caps := mqtt.NewDefaultServerCapabilities()
	caps.MaximumClientWritesPending = 16 // its queue is never used; the default costs 64 KiB a client
	caps.MaximumPacketSize = uint32(o.MaxPacket)
	caps.ReceiveMaximum = uint16(o.ReceiveMaximum)
	caps.TopicAliasMaximum = 0
	caps.RetainAvailable = 0
	caps.SharedSubAvailable = 0
	caps.SubIDAvailable = 0
	caps.Compatibilities.NoInheritedPropertiesOnAck = true
	d.server = mqtt.New(&mqtt.Options{
		Capabilities:             caps,
		ClientNetReadBufferSize:  1024,
		ClientNetWriteBufferSize: 1024,
		SysTopicResendInterval:   3600, // never used: Serve is not called
		Logger:                   slog.New(quiet{o.Log.Handler()}),
	})
	if err := d.server.AddHook(d, nil); err != nil {
		d.cancel()
		return nil, err
	}
	return d, nil
}

// Close lets no more clients in, ends requests under way and waits for the
// goroutines of connections, which the caller has closed.
func (d *Door) Close(ctx context.Context) error {
	d.Drain()
	d.cancel()
	done := make(chan struct{})
	go func() {
		d.workers.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Drain refuses every further CONNECT: the server is going down.
func (d *Door) Drain() { d.draining.Store(true) }

// Serve drives one connection to its end, on the caller's goroutine. A panic,
// ours or the library's (it has no recover, and a truncated SUBSCRIBE is enough),
// costs this connection only.
func (d *Door) Serve(listener string, t Transport) {
	d.workers.Add(1)
	defer d.workers.Done()
	l := newLink(d, t)
	err := d.drive(listener, l)
	_ = t.Close()
	l.ended(err)
}

var errPanic = errors.New("panic while serving a connection")

func (d *Door) drive(listener string, l *Link) (err error) {
	defer func() {
		// Our hooks have guards of their own: this is the library's, over a packet that
		// is cut short. A client's mistake.
		if p := recover(); p != nil {
			d.log.Debug("the mqtt library panicked over a packet", "app", uint32(l.Actor.App), "user", string(l.Actor.User), "panic", p)
			err = errPanic
		}
	}()
	return d.server.EstablishConnection(listener, l)
}

func (d *Door) panicked(l *Link, p any) {
	d.log.Error("panic while serving a connection", "app", uint32(l.Actor.App), "user", string(l.Actor.User),
		"panic", p, "stack", string(debug.Stack()))
}

// ID names the hook to the library.
func (d *Door) ID() string { return "teahouse" }

// Provides lists the events that are hooked; each of the library's events loops
// over hooks and asks this first.
func (d *Door) Provides(event byte) bool {
	switch event {
	case mqtt.OnConnect, mqtt.OnConnectAuthenticate, mqtt.OnSessionEstablished,
		mqtt.OnPacketRead, mqtt.OnPacketEncode, mqtt.OnACLCheck:
		return true
	}
	return false
}

// Init and Stop have nothing to do.
func (d *Door) Init(any) error { return nil }

// Stop has nothing to do.
func (d *Door) Stop() error { return nil }

// nothing is what the library gets in place of a packet that was taken over: a
// PUBACK of id 0, which it looks up, does not find and forgets.
var nothing = packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}}

// OnPacketRead sees every packet before the library does. The only error that
// the library heeds here is ErrRejectPacket, which ends the connection.
func (d *Door) OnPacketRead(cl *mqtt.Client, pk packets.Packet) (_ packets.Packet, err error) {
	l := linkOf(cl)
	defer l.guard(&err)
	switch pk.FixedHeader.Type {
	case packets.Connect:
		return d.readConnect(l, cl, pk)
	case packets.Publish:
		return nothing, l.publish(&pk)
	case packets.Puback:
		l.session.Acked(pk.PacketID)
	case packets.Pubrel:
		return nothing, l.released(pk.PacketID)
	case packets.Pubrec: // nothing of ours is sent with QoS 2
		l.Ack(packets.Pubrel, l.Version, pk.PacketID, packets.ErrPacketIdentifierNotFound.Code, "")
	case packets.Pubcomp:
	case packets.Subscribe:
		return nothing, l.subscribe(cl, &pk)
	case packets.Unsubscribe:
		return nothing, l.unsubscribe(cl, &pk)
	case packets.Pingreq:
		return pk, nil
	case packets.Disconnect:
		return l.disconnect(pk)
	default: // AUTH without an agreed method, or what only servers send
		return nothing, l.fail(packets.ErrProtocolViolation.Code, "")
	}
	return nothing, nil
}

// OnACLCheck guards the mount: nothing passes through the library's own routing,
// whatever way a packet may find there.
func (d *Door) OnACLCheck(*mqtt.Client, string, bool) bool { return false }
