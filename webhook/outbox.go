package webhook

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// OutboxOptions are what an Outbox is built from; Store and Apps are required.
type OutboxOptions struct {
	Store   chat.Outbox
	Apps    *chat.Apps
	Client  *Client
	Now     chat.Clock
	Log     *slog.Logger
	Metrics *Metrics
}

// Outbox tells apps about the events the store keeps for them: in the order of
// each event's Key, keys side by side, each event at least once. It implements
// [chat.Observer].
//
// What is held in memory is bounded; a receiver that is slow or gone costs rows
// in the store and no other app's time. State survives in the store alone: after
// a restart everything undelivered is tried again, with the waits from the
// beginning.
type Outbox struct {
	store   chat.Outbox
	apps    *chat.Apps
	client  *Client
	now     chat.Clock
	log     *slog.Logger
	metrics *Metrics

	wake   chan struct{}            // there is something new; one pending is enough
	orders chan func(d *dispatcher) // to be done by the goroutine of Run
	ended  chan struct{}            // closed when Run has returned
}

var _ chat.Observer = (*Outbox)(nil)

// NewOutbox makes an Outbox. Nothing happens before Run.
func NewOutbox(o OutboxOptions) *Outbox {
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	if o.Client == nil {
		o.Client = NewClient(ClientOptions{Now: o.Now, Metrics: o.Metrics})
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Outbox{
		store: o.Store, apps: o.Apps, client: o.Client, now: o.Now, log: o.Log, metrics: o.Metrics,
		wake: make(chan struct{}, 1), orders: make(chan func(*dispatcher)), ended: make(chan struct{}),
	}
}

// Committed implements [chat.Observer].
func (o *Outbox) Committed() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Run tells events until ctx ends, then finishes the calls under way, which
// takes at most two seconds. It is called once.
func (o *Outbox) Run(ctx context.Context) {
	defer close(o.ended)
	now := o.now()
	d := &dispatcher{
		Outbox: o, started: now, tidied: now, unread: true,
		receivers: map[chat.AppID]*receiver{}, hungry: map[*receiver]bool{}, replayed: map[*receiver]bool{},
		results: make(chan result),
	}
	d.run(ctx)
}

// Drain waits until everything that can be told now has been told; what waits
// for another attempt or for a receiver that is gone does not count. It returns
// early when ctx or Run ends.
func (o *Outbox) Drain(ctx context.Context) error {
	idle := make(chan struct{})
	err := o.order(ctx, func(d *dispatcher) {
		d.unread = true
		d.drains = append(d.drains, idle)
	})
	if err != nil {
		return err
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("drain outbox: %w", ctx.Err())
	case <-o.ended:
		return fmt.Errorf("drain outbox: %w", context.Canceled)
	}
}

func (o *Outbox) order(ctx context.Context, f func(*dispatcher)) error {
	select {
	case o.orders <- f:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-o.ended:
		return context.Canceled
	}
}

// Replay puts the dead letters of an app (0: of all) back into the outbox and
// tries them again; they are kept as long as new ones. It returns how many there were.
// It needs Run to be under way; dead letters revived in the store without Replay are
// found at the next start only.
func (o *Outbox) Replay(ctx context.Context, app chat.AppID) (n int, err error) {
	after := ""
	for {
		page, err := o.store.Dead(ctx, after, pageSize)
		if err != nil {
			return n, fmt.Errorf("replay: %w", err)
		}
		if len(page) == 0 {
			return n, nil
		}
		var ids []string
		apps := map[chat.AppID]int{}
		for _, e := range page {
			after = e.ID
			if app == 0 || e.App == app {
				ids = append(ids, e.ID)
				apps[e.App]++
			}
		}
		if len(ids) == 0 {
			continue
		}
		if err := o.revive(ctx, ids, apps); err != nil {
			return n, err
		}
		n += len(ids)
	}
}

// ReplayOne is Replay for one dead letter of an app. It reports false when there is none with this
// id.
func (o *Outbox) ReplayOne(ctx context.Context, app chat.AppID, id string) (bool, error) {
	e, err := o.DeadLetter(ctx, app, id)
	if err != nil || e == nil {
		return false, err
	}
	return true, o.revive(ctx, []string{id}, map[chat.AppID]int{app: 1})
}

// revive puts events back into the outbox; apps says how many are whose.
func (o *Outbox) revive(ctx context.Context, ids []string, apps map[chat.AppID]int) error {
	if err := o.store.Revive(ctx, ids); err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	if err := o.order(ctx, func(d *dispatcher) { d.revived(apps) }); err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	return nil
}

// revived notes that old events are back behind what was seen.
func (d *dispatcher) revived(apps map[chat.AppID]int) {
	for app, n := range apps {
		r := d.receiver(app)
		r.reset, d.replayed[r] = true, true
		r.skipped += n
	}
}
