package ledger

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// Options are what a Ledger is built from. Store and Apps are required; the
// rest has working defaults.
type Options struct {
	Store    chat.Store
	Apps     *chat.Apps
	Observer chat.Observer // default: nobody is told
	Now      chat.Clock    // default: time.Now
	Random   func() uint32
	Log      *slog.Logger

	// Lanes is the number of goroutines that own shards; default 16.
	Lanes int
	// Queue bounds the steps waiting in one lane; default 16384. A full lane answers
	// chat.ErrBusy.
	Queue int
	// Fatal is called when the store has failed a commit: nothing more can be
	// promised, so the program should end. Default: panic. A store without room is
	// no such failure: what it refuses is answered with chat.ErrBusy.
	Fatal func(error)
}

// Ledger is the ground floor of the core, shared by its rooms. What it embeds
// reads; its own methods queue, wait and announce.
type Ledger struct {
	Reader
	store    chat.Store
	out      atomic.Pointer[chat.Deliverer]
	observer chat.Observer
	log      *slog.Logger
	lanes    *lanes
	figures  figures
	feeds    feeds
	shut     shutApps
}

// New builds a Ledger and starts its lanes. Close stops them.
func New(o Options) *Ledger {
	if o.Observer == nil {
		o.Observer = nothing{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Uint32
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Lanes == 0 {
		o.Lanes = 16
	}
	if o.Queue == 0 {
		o.Queue = 16384
	}
	if o.Fatal == nil {
		o.Fatal = func(err error) { panic(err) }
	}
	l := &Ledger{
		Reader: Reader{Reads: o.Store, apps: o.Apps, now: o.Now, random: o.Random},
		store:  o.Store, observer: o.Observer, log: o.Log,
	}
	l.Attach(nothing{})
	l.lanes = newLanes(l, o.Lanes, o.Queue, o.Fatal)
	return l
}

// Attach sets who delivers. Until then nothing is delivered.
func (l *Ledger) Attach(d chat.Deliverer) { l.out.Store(&d) }

// Deliverer is who delivers.
func (l *Ledger) Deliverer() chat.Deliverer { return *l.out.Load() }

// Wants reports whether anybody is to be told of a webhook event; see [Turn.Wants].
// It costs two loads.
func (l *Ledger) Wants(app *chat.App, kind chat.EventKind) bool {
	return app.Webhook.On(kind) || l.Deliverer().Watched(app.ID)
}

// Clock is a point of the commit clock: what came up to it can be read, what is still to
// come lies above it.
func (l *Ledger) Clock() uint64 { return l.store.Clock() }

// Log is the log of the core.
func (l *Ledger) Log() *slog.Logger { return l.log }

// Close refuses new work, finishes what is queued and stops the lanes. The
// store stays open.
func (l *Ledger) Close(ctx context.Context) error { return l.lanes.close(ctx) }

// Settle waits until everything that is queued now has been done and told, or ctx ends.
func (l *Ledger) Settle(ctx context.Context) error { return l.lanes.settle(ctx) }

// Delivered is the commit clock up to which every message has been handed to
// the Deliverer, and told to the feeds: a session that is saved now with this clock misses
// nothing that came before it, and a follower that takes all its feed holds afterwards has
// heard of everything up to there.
func (l *Ledger) Delivered() uint64 { return l.lanes.delivered() }
