package push

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// TasksOptions are what Tasks are built from. Ledger and Apps are required, and Send for
// forms that are messages.
type TasksOptions struct {
	Ledger *ledger.Ledger
	Apps   *chat.Apps
	// Send sends a message and calls done once, from any goroutine.
	Send func(ctx context.Context, by chat.Actor, d chat.Draft, done func(chat.Receipt, error))
	// Devices lists where pushes to users go, connected or not. Default: nowhere.
	Devices func(ctx context.Context, app chat.AppID, list []chat.UserID) ([]*Device, error)
	// Enqueue puts the notice of a task into the queue for devices, in a turn of the app's
	// shard; Queued is called when the turn is over.
	Enqueue func(t *ledger.Turn, to []Target, taskID, pushID string, expires int64)
	Queued  func(app chat.AppID)
	// Settle is how long tasks for those who are online wait after a start, until users have
	// come back: default 15 s.
	Settle time.Duration
	// Page is how many accounts are looked at in one step: default 500.
	Page int
}

// Tasks are the pushes to many of all apps: at once (Make) or at a time (schedule.go), worked
// on page by page.
type Tasks struct {
	TasksOptions
	ledger *ledger.Ledger

	ctx    context.Context // the worker's life
	cancel context.CancelFunc
	done   chan struct{}
	wake   chan struct{}

	started int64 // Unix milliseconds

	look atomic.Bool // soon is to be forgotten

	mu      sync.Mutex             // held while a round is worked on
	due     map[taskPlace]int64    // Unix milliseconds: when its next page may be, where that is not now
	content map[taskPlace]*content // of tasks under way
	paced   map[chat.AppID]int64   // Unix milliseconds: when the next page of messages that are kept may be
	soon    map[chat.AppID]int64   // Unix milliseconds: when scheduled tasks of the app have to be looked at
}

type taskPlace struct {
	app chat.AppID
	id  string
}

// NewTasks builds Tasks. Until Start nothing is worked on.
func NewTasks(o TasksOptions) *Tasks {
	if o.Devices == nil {
		o.Devices = func(context.Context, chat.AppID, []chat.UserID) ([]*Device, error) { return nil, nil }
	}
	if o.Enqueue == nil {
		o.Enqueue = func(*ledger.Turn, []Target, string, string, int64) {}
	}
	if o.Queued == nil {
		o.Queued = func(chat.AppID) {}
	}
	if o.Settle == 0 {
		o.Settle = 15 * time.Second
	}
	if o.Page == 0 {
		o.Page = 500
	}
	s := &Tasks{
		TasksOptions: o, ledger: o.Ledger, wake: make(chan struct{}, 1),
		due: map[taskPlace]int64{}, content: map[taskPlace]*content{}, soon: map[chat.AppID]int64{}, paced: map[chat.AppID]int64{},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Start begins to work on what is under way, from where it stood.
func (s *Tasks) Start() {
	if s.done != nil {
		return
	}
	s.done = make(chan struct{})
	s.started = s.ledger.NowMs()
	go s.run()
}

// Close ends the work after the step under way. What is left is done after the next start.
func (s *Tasks) Close() {
	s.cancel()
	if s.done != nil {
		<-s.done
	}
}

// nudge has the worker look.
func (s *Tasks) nudge() {
	select {
	case s.wake <- struct{}{}:
	default: // it is awake
	}
}

// How long the worker rests: when there is nothing to do, and after a fault.
const (
	idleFor  = 10 * time.Second
	faultFor = 2 * time.Second
)

func (s *Tasks) run() {
	defer close(s.done)
	for {
		timer := time.NewTimer(s.Work(s.ctx))
		select {
		case <-s.ctx.Done():
			timer.Stop()
			return
		case <-s.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Work does one round: what is due of scheduled tasks, and one page of each task under way
// whose time has come. It returns after how long the next round has something to do; 0: at once.
func (s *Tasks) Work(ctx context.Context) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.look.Swap(false) {
		clear(s.soon)
	}
	rest := idleFor
	for _, app := range s.Apps.All() {
		if app.Disabled || ctx.Err() != nil {
			continue
		}
		wait, err := s.workOn(ctx, app)
		if err != nil && ctx.Err() == nil {
			s.ledger.Log().Warn("pushes to many rest", "app", app.ID, "err", err)
			wait = faultFor
		}
		rest = min(rest, wait)
	}
	return rest
}

func (s *Tasks) workOn(ctx context.Context, app *chat.App) (time.Duration, error) {
	rest, err := s.dispatchDue(ctx, app)
	if err != nil {
		return 0, err
	}
	for after := ""; ctx.Err() == nil; {
		list, keys, err := tasks.Page(ctx, s.ledger, chat.AppShard(app.ID), underWay, after, tasksAtOnce)
		if err != nil {
			return 0, err
		}
		for _, k := range list {
			rest = min(rest, s.advance(ctx, app, k))
		}
		if len(list) < tasksAtOnce {
			break
		}
		after = keys[len(keys)-1]
	}
	return rest, nil
}

// advance does one page of a task if its time has come, and returns after how long the next
// one may be.
func (s *Tasks) advance(ctx context.Context, app *chat.App, k *taskRow) time.Duration {
	place := taskPlace{app.ID, k.ID}
	s.meet(place, k)
	now := s.ledger.NowMs()
	due := s.due[place]
	if k.Form == Ordinary { // they share the rate of the app, one after the other
		due = max(due, s.paced[app.ID])
	}
	if due > now || ctx.Err() != nil {
		return time.Duration(max(0, due-now)) * time.Millisecond
	}
	n, over, err := s.page(ctx, app, k)
	switch {
	case over && err == nil, errors.Is(err, errMoved): // of one that has moved on what is known is old
		delete(s.due, place)
		delete(s.content, place)
	case err != nil:
		s.ledger.Log().Warn("a push to many rests", "app", app.ID, "task", k.ID, "err", err)
		s.due[place] = now + faultFor.Milliseconds()
		return faultFor
	}
	if k.Form != Ordinary {
		return 0
	}
	rest := pace(app, n)
	s.paced[app.ID] = now + rest
	return time.Duration(rest) * time.Millisecond
}

// meet has a task of before the start wait until users are back, if it is for those who are
// online.
func (s *Tasks) meet(place taskPlace, k *taskRow) {
	if _, met := s.due[place]; met {
		return
	}
	s.due[place] = 0
	if k.Made < s.started/1000 && k.Form != Kept && k.Form != Ordinary {
		s.due[place] = s.started + s.Settle.Milliseconds()
	}
}

// pace is for how many milliseconds messages that the history keeps rest after a page for n
// users: they go out at a rate of their own (spec/09 C).
func pace(app *chat.App, n int) int64 {
	if rate := app.Limits.PushRate; rate > 0 {
		return int64(n) * 1000 / int64(rate)
	}
	return 0
}
