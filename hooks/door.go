package hooks

import (
	"context"
	"crypto/rand"
	"log/slog"
	"math"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/sampled"
	"github.com/teahouse-im/teahouse/ticket"
)

// Core is what the door asks of the core; [Rooms] is one.
type Core interface {
	App(chat.AppID) (*chat.App, error)
	Login(ctx context.Context, app chat.AppID, u chat.UserID, t chat.Ticket) (*chat.Account, error)
	Send(ctx context.Context, by chat.Actor, d chat.Draft, done func(chat.Receipt, error))
	MarkRead(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target, upTo chat.Seq) error
	Recall(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target, ref chat.MessageRef, reason string) (*chat.Message, error)
	Typing(ctx context.Context, by chat.Actor, peer chat.UserID, on bool) error
	SetStatus(ctx context.Context, by chat.Actor, text string) error
	LeaveStatus(ctx context.Context, by chat.Actor, text string) error
	Presences(ctx context.Context, by chat.Actor, list []chat.UserID) ([]chat.Presence, []chat.ItemResult, error)
}

// Tickets checks what a client shows at the door.
type Tickets interface {
	// Verify checks a UserSig or JWT of a user. app 0 takes the app from the ticket.
	Verify(app uint32, user, text string) (ticket.Claims, error)
}

// Keys is what a Tickets may be besides: it knows when the key of a ticket is
// gone, and then the sessions end that the ticket has opened.
type Keys interface {
	// KeyHolds reports whether a key, by ticket.Claims.Key, is still in force.
	KeyHolds(app uint32, key [16]byte) bool
}

// Failures counts bad tickets and slows those who show too many;
// [*ticket.Failures] is one.
type Failures interface {
	// Failed counts a bad ticket that an address has shown for an app (0: for none). It
	// reports whether there have been too many, and then waits first, or until ctx ends.
	Failed(ctx context.Context, ip string, app uint32) bool
}

// Options are what a Door is built from. Core, Tickets, Table and Sessions are
// required.
type Options struct {
	Core     Core
	Tickets  Tickets
	Table    *api.Table
	Sessions Sessions
	Failures Failures // default: its own, with the limits of package ticket
	Counters Counters // default: counts nothing
	Log      *slog.Logger
	Now      func() time.Time
	// NewID names a client that leaves it to the server [MQTT-3.1.3-6]: default 26
	// random letters and digits.
	NewID func() string

	// MaxPacket bounds inbound packets and is announced to MQTT 5 clients: 128 KiB
	// (spec/00 §9).
	MaxPacket int
	// MaxFilters and MaxFilterBytes bound the filters of a session, in number and as
	// sent: 1000 and 64 KiB (spec/00 §9). MaxSubscribe bounds those of one SUBSCRIBE: 100.
	MaxFilters, MaxFilterBytes, MaxSubscribe int
	// ReceiveMaximum is how many QoS 1 and 2 publishes a client may have in flight:
	// 512. A 3.1.1 client cannot be told; it is read no further instead.
	ReceiveMaximum int
	// AddressPackets and AddressBytes are how fast all connections of an address (IPv6: of
	// a /64) are read together, a second: 20000 and 20 MiB (spec/41 §7). Negative: no
	// limit. 127.0.0.1 and ::1 have none.
	AddressPackets, AddressBytes int
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
	if o.NewID == nil {
		o.NewID = rand.Text
	}
	for _, f := range []struct {
		have *int
		def  int
	}{{&o.MaxPacket, 128 << 10}, {&o.MaxFilters, 1000}, {&o.MaxFilterBytes, 64 << 10}, {&o.MaxSubscribe, 100}, {&o.ReceiveMaximum, 512}, {&o.AddressPackets, 20000}, {&o.AddressBytes, 20 << 20}} {
		if *f.have == 0 {
			*f.have = f.def
		}
	}
	if o.Failures == nil {
		o.Failures = ticket.NewFailures(ticket.FailureOptions{Now: o.Now})
	}
	return o
}

// Door lets clients in and serves them.
type Door struct {
	opt     Options
	core    Core
	log     *slog.Logger
	lines   *sampled.Log // what clients cause
	budgets budgets
	shares  shares
	serials atomic.Uint64

	ctx      context.Context // ends with Close; for calls that outlive a connection
	cancel   context.CancelFunc
	draining atomic.Bool
	shut     atomic.Bool     // see Shut
	patience context.Context // ends with Drain; for answers that are held back
	hurry    context.CancelFunc
	workers  sync.WaitGroup // connections and goroutines of requests
}

// New builds a door.
func New(o Options) *Door {
	o = o.withDefaults()
	d := &Door{opt: o, core: o.Core, log: o.Log, lines: sampled.New(o.Log, o.Now)}
	d.shares.each.Store(math.MaxInt64)
	d.budgets.since, d.budgets.address = o.Now(), pace{o.AddressPackets, o.AddressBytes}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	d.patience, d.hurry = context.WithCancel(d.ctx)
	return d
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
func (d *Door) Drain() {
	d.draining.Store(true)
	d.hurry()
}

// Shut has every further CONNECT refused, as Drain does, until it is called with false. Those who
// are in are served on.
func (d *Door) Shut(on bool) { d.shut.Store(on) }

// Connect reads the CONNECT of a connection and answers it. The caller runs the
// link it returns, if any, on a goroutine of its own: this one's stack has grown
// with the ticket check, and a connection that idles keeps its stack. Without a
// link, t has been closed.
func (d *Door) Connect(t Transport) *Link {
	d.workers.Add(1)
	l := newLink(d, t)
	if err := l.connect(); err != nil {
		l.end(err)
		return nil
	}
	return l
}

// Run serves the connection to its end.
func (l *Link) Run() { l.end(l.serve()) }

// logFault logs an error behind a call of a client, once, if it is a fault of the
// server. Other errors are the client's, who is told.
func (d *Door) logFault(call string, by *chat.Actor, err error) {
	if chat.IsFault(err) {
		d.log.Error("call failed", by.Trace.Attrs("call", call, "app", uint32(by.App), "user", string(by.User), "err", err)...)
	}
}

func (d *Door) panicked(l *Link, p any) {
	d.log.Error("panic while serving a connection", "app", uint32(l.Actor.App), "user", string(l.Actor.User),
		"panic", p, "stack", string(debug.Stack()))
}
