package chat

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// Options are what a Service is built from. Store and Apps are required; the
// rest has working defaults.
type Options struct {
	Store    Store
	Apps     *Apps
	Gate     Gate     // default: nobody is asked
	Observer Observer // default: nobody is told
	Now      Clock    // default: time.Now
	Random   func() uint32
	Log      *slog.Logger

	// Lanes is the number of goroutines that own conversations; default 16.
	Lanes int
	// Queue bounds the steps waiting in one lane; default 16384. A full lane answers
	// ErrBusy.
	Queue int
	// Fatal is called when the store has failed a commit: nothing more can be
	// promised, so the program should end. Default: panic.
	Fatal func(error)
}

// Service is the core. Its methods are what both doors call; each takes the
// caller and decides alone what he may do. Methods wait for their commit and
// return *Error values, except Send, which calls back.
type Service struct {
	store  Store
	apps   *Apps
	gate   Gate
	out    atomic.Pointer[Deliverer]
	seen   Observer
	now    Clock
	random func() uint32
	log    *slog.Logger
	lanes  *lanes
	rates  *rates
	asking *asking
	rooms  *rooms
	rules  *ruleBook
	// accounts orders changes of accounts and of blocklists.
	accounts accountLocks
}

// New builds a Service and starts its lanes. Close stops them.
func New(o Options) *Service {
	if o.Gate == nil {
		o.Gate = nothing{}
	}
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
	s := &Service{
		store: o.Store, apps: o.Apps, gate: o.Gate, seen: o.Observer,
		now: o.Now, random: o.Random, log: o.Log,
		rates: newRates(), asking: newAsking(), rooms: newRooms(), rules: newRuleBook(),
	}
	s.Attach(nothing{})
	s.lanes = newLanes(s, o.Lanes, o.Queue, o.Fatal)
	return s
}

// Attach sets who delivers. Until then nothing is delivered.
func (s *Service) Attach(d Deliverer) { s.out.Store(&d) }

// Close refuses new work, finishes what is queued and stops the lanes. The
// store stays open.
func (s *Service) Close(ctx context.Context) error {
	s.asking.close()
	return s.lanes.close(ctx)
}

// Delivered is the commit clock up to which every message has been handed to
// the Deliverer: a session that is saved now with this clock misses nothing that
// came before it.
func (s *Service) Delivered() uint64 { return s.lanes.delivered() }

// App returns a tenant, or a refusal: 70020 when unknown, 60016 when disabled.
func (s *Service) App(id AppID) (*App, error) {
	a := s.apps.App(id)
	switch {
	case a == nil:
		return nil, Refuse(CodeUnknownApp, "")
	case a.Disabled:
		return nil, Refuse(CodeAppDisabled, "")
	}
	return a, nil
}

func (s *Service) deliverer() Deliverer { return *s.out.Load() }

func (s *Service) nowMs() int64 { return s.now().UnixMilli() }

func (s *Service) nowSec() int64 { return s.now().Unix() }

// expiry is when something written now leaves the app's history, Unix
// seconds; 0: never.
func (s *Service) expiry(a *App) int64 {
	if a.Retention <= 0 {
		return 0
	}
	return s.now().Add(a.Retention).Unix()
}
