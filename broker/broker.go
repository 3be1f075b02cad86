package broker

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/forwarded"
	"github.com/teahouse-im/teahouse/hooks"
	"github.com/teahouse-im/teahouse/origins"
	"github.com/teahouse-im/teahouse/sampled"
)

// Core is what the broker and package hooks ask of the core; [hooks.Rooms]
// implements it.
type Core interface {
	hooks.Core
	Online(ctx context.Context, by chat.Actor, pushedOut []chat.Platform)
	LogOut(ctx context.Context, by chat.Actor)
	Offline(ctx context.Context, by chat.Actor, action, reason string, last bool)
	Delivered() uint64
	Memberships(ctx context.Context, app chat.AppID, u chat.UserID) ([]chat.Membership, error)
	PeerWishes(ctx context.Context, app chat.AppID, u chat.UserID) ([]chat.Wish, error)
	UserConvs(ctx context.Context, app chat.AppID, u chat.UserID) ([]chat.UserConv, error)
	Deleted(ctx context.Context, c chat.Conversation, u chat.UserID, seqs []chat.Seq) (map[chat.Seq]bool, error)
}

// Store is what the broker reads and writes of [chat.Store].
type Store interface {
	Messages(ctx context.Context, c chat.Conversation, first chat.Seq, down bool, limit, maxBytes int) ([]*chat.Message, error)
	Head(ctx context.Context, s chat.Shard) (chat.Head, error)
	Heads(ctx context.Context, list []chat.Shard) ([]chat.Head, error)
	SeqsAtClock(ctx context.Context, convs []chat.Conversation, clock uint64) ([]chat.Seq, error)
	ConvEvents(ctx context.Context, c chat.Conversation, after uint64, limit int) ([]*chat.ConvEvent, error)
	UserEvents(ctx context.Context, app chat.AppID, u chat.UserID, after uint64, limit int) ([]*chat.UserEvent, error)
	// Apply makes rows of sessions durable; see [chat.Log].
	Apply(ctx context.Context, commits []*chat.Commit) error
	chat.RowReader
	chat.Sessions
}

// Options are what a Broker is built from. Service, Store, Tickets and Table are
// required.
type Options struct {
	Service Core
	Store   Store
	Tickets hooks.Tickets
	Table   *api.Table

	// Version is what $SYS/broker/version says.
	Version string
	// AfterBody makes the body of an after-webhook, for app/event. Default: nobody is
	// told of events there.
	AfterBody func(*chat.App, *chat.Event) ([]byte, error)

	Log        *slog.Logger
	Registerer prometheus.Registerer // default: metrics are kept and not shown
	Now        func() time.Time

	// Origins are the pages of other hosts that may open a WebSocket.
	Origins origins.List
	// Forwarders are the proxies whose X-Forwarded-For is believed on WebSocket and HTTP listeners.
	Forwarders forwarded.Prefixes
	// Beside serves the other paths of WebSocket listeners, such as those of files; nil: there
	// are none. Its requests bound their own time when they take longer than a CONNECT may.
	Beside http.Handler
	// MaxConnections bounds all connections, 0: no bound.
	MaxConnections int
	// ConnectTimeout runs from the accept to CONNECT: 10 s (spec/00 §9).
	ConnectTimeout time.Duration
	// MaxPacket bounds inbound packets: 128 KiB (spec/00 §9).
	MaxPacket int
	// AddressPackets and AddressBytes are how fast connections of one address are read
	// together; see hooks.Options.
	AddressPackets, AddressBytes int
	// MaxSessionExpiry bounds how long a session outlives its connection where the
	// app has no retention: 7 days. A choice.
	MaxSessionExpiry time.Duration
	// Failures counts bad tickets; see hooks.Options.
	Failures hooks.Failures
	// BufferSoft and BufferHard bound what waits for one connection, in bytes: a
	// client behind by more than the first (1 MiB) is served from the log, one behind
	// by more than the second (4 MiB) is closed.
	BufferSoft, BufferHard int
	// Linger is how long a closing connection may take to read its last packets: 1 s.
	Linger time.Duration
	// Tick is how often expiries are looked at: 1 s.
	Tick time.Duration
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	def(&o.MaxPacket, 128<<10)
	def(&o.MaxSessionExpiry, 7*24*time.Hour)
	def(&o.Tick, time.Second)
	return o
}

// stripes is how many locks the takeovers of sessions are spread over.
const stripes = 256

// Broker accepts MQTT clients, keeps their sessions and delivers to them. It
// implements chat.Deliverer and hooks.Sessions.
type Broker struct {
	opt   Options
	svc   Core
	store Store
	log   *slog.Logger
	lines *sampled.Log // what clients cause
	door  *hooks.Door
	in    *listeners
	index *index
	tail  *tail
	count *counters

	streams streams
	meters  meters
	stalls  stalls
	started time.Time

	numbers atomic.Uint64 // sessions, for chat.Actor.Session
	seed    maphash.Seed
	locks   [stripes]sync.Mutex

	ctx      context.Context // the broker's life
	cancel   context.CancelFunc
	closing  atomic.Bool
	spawning sync.Mutex // orders spawn against Close
	workers  sync.WaitGroup
	readers  chan struct{} // catch-up reads under way
	removals *removals
	watchers *watchers
}

// New builds a broker that listens nowhere yet.
func New(o Options) (*Broker, error) {
	o = o.withDefaults()
	b := &Broker{
		opt: o, svc: o.Service, store: o.Store, log: o.Log, lines: sampled.New(o.Log, o.Now),
		index: newIndex(), tail: newTail(), count: newCounters(), seed: maphash.MakeSeed(),
		started: o.Now(), readers: make(chan struct{}, 2*runtime.GOMAXPROCS(0)), removals: newRemovals(&o),
	}
	b.watchers = newWatchers(b)
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.door = hooks.New(hooks.Options{
		Core: o.Service, Tickets: o.Tickets, Table: o.Table, Sessions: b, Counters: b.count,
		Log: o.Log, Now: o.Now, MaxPacket: o.MaxPacket, Failures: o.Failures,
		AddressPackets: o.AddressPackets, AddressBytes: o.AddressBytes,
	})
	b.in = newListeners(transportOptions{
		ConnectTimeout: o.ConnectTimeout, MaxPacket: o.MaxPacket, Total: o.MaxConnections, Origins: o.Origins, Beside: o.Beside, Forwarders: o.Forwarders,
		SoftLimit: o.BufferSoft, HardLimit: o.BufferHard, Linger: o.Linger, Logger: o.Log, Lines: b.lines, Arrive: b.door.Arrive,
	}, b.greet)
	if err := b.register(o.Registerer); err != nil {
		b.cancel()
		return nil, fmt.Errorf("metrics: %w", err)
	}
	b.workers.Add(3)
	go b.keep()
	go b.remove()
	go b.watchers.run(b.ctx)
	return b, nil
}

// greet lets a client in.
func (b *Broker) greet(c *conn) runner {
	if l := b.door.Connect(wire{c}); l != nil {
		return l
	}
	return nil
}

// handed is the commit clock up to which every message has passed Deliver.
func (b *Broker) handed() uint64 { return b.svc.Delivered() }

// stripe is the lock that serialises the connections of one client.
func (b *Broker) stripe(k userKey, client string) *sync.Mutex {
	return &b.locks[b.stripeOf(k, client)]
}

// stripeOf is the place of a client's lock. Who holds several has taken them in
// ascending order.
func (b *Broker) stripeOf(k userKey, client string) int {
	h := maphash.Comparable(b.seed, struct {
		userKey
		client string
	}{k, client})
	return int(h % stripes)
}

// spawn runs f on a goroutine that Close waits for. It reports false when the
// broker is closing.
func (b *Broker) spawn(f func()) bool {
	b.spawning.Lock()
	defer b.spawning.Unlock()
	if b.ctx.Err() != nil {
		return false
	}
	b.workers.Add(1)
	go func() {
		defer b.workers.Done()
		f()
	}()
	return true
}

// reading takes a place among the reads under way and returns how to leave it.
func (b *Broker) reading() func() {
	b.readers <- struct{}{}
	return func() { <-b.readers }
}

// Close stops accepting, tells every client that the server is going down, saves
// the sessions and waits for everything it has started, at most until ctx ends;
// then what is left is cut off.
func (b *Broker) Close(ctx context.Context) error {
	if b.closing.Swap(true) {
		return nil
	}
	b.door.Drain()
	b.in.Close()
	b.index.everyone(func(u *user) {
		for _, s := range u.sessions() {
			s.kick(chat.KickServer, chat.KickedBy{})
		}
	})
	linger := b.in.opt.Linger
	b.in.CloseConns(linger) // those that have no session yet
	ended := make(chan struct{})
	go func() {
		b.in.Wait()
		close(ended)
	}()
	var late error
	select {
	case <-ended:
	case <-ctx.Done():
		late = ctx.Err()
		b.in.CloseConns(0)
		<-ended
	}
	err := b.door.Close(ctx)
	b.spawning.Lock()
	b.cancel()
	b.spawning.Unlock()
	b.workers.Wait()
	b.flush()
	return errors.Join(late, err)
}
