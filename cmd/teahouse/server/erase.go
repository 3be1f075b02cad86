package server

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
)

// eraseGrace is how long the end of an app takes at least: longer than what was admitted before
// it may take, such as a message that the app is asked about.
const eraseGrace = 3 * time.Second

// Waits of the eraser: between two looks at an app in which nothing was found, and after a fault,
// twice as long each time.
const (
	eraseLook      = 100 * time.Millisecond
	eraseRetry     = time.Second
	eraseLastRetry = time.Minute
)

// eraser removes deleted apps with all their data, one after the other. What is left of one is
// known by its row, which goes last: the next start goes on.
type eraser struct {
	app  *App
	wake chan struct{}

	mu    sync.Mutex // guards all below
	under map[chat.AppID]*erasure
	// gone are those erased by this process. Memory may still have something of them, so their
	// numbers are free again after the next start.
	gone map[chat.AppID]bool
}

// erasure is the end of an app, as far as it has come.
type erasure struct {
	began   time.Time    // by this process
	removed atomic.Int64 // entries and files, by this process
}

func newEraser(a *App) *eraser {
	return &eraser{app: a, wake: make(chan struct{}, 1), under: map[chat.AppID]*erasure{}, gone: map[chat.AppID]bool{}}
}

// begin has an app erased that its row says is to be. From now on nothing of it is written.
func (e *eraser) begin(id chat.AppID) {
	e.app.core.Shut(id)
	e.mu.Lock()
	if e.under[id] == nil {
		e.under[id] = &erasure{began: time.Now()}
	}
	e.mu.Unlock()
	select {
	case e.wake <- struct{}{}:
	default: // it is awake
	}
}

// used reports whether a number had an app that was deleted since the start.
func (e *eraser) used(id chat.AppID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.gone[id] || e.under[id] != nil
}

// removed is how much of an app has been removed by this process.
func (e *eraser) removed(id chat.AppID) int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if one := e.under[id]; one != nil {
		return one.removed.Load()
	}
	return 0
}

// waiting is the app with the lowest number that is to be erased, 0 when there is none.
func (e *eraser) waiting() (id chat.AppID, one *erasure) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, o := range e.under {
		if id == 0 || i < id {
			id, one = i, o
		}
	}
	return id, one
}

// run erases until ctx ends.
func (e *eraser) run(ctx context.Context) {
	retry := eraseRetry
	for ctx.Err() == nil {
		id, one := e.waiting()
		if one == nil {
			select {
			case <-ctx.Done():
			case <-e.wake:
			}
			continue
		}
		err := e.erase(ctx, id, one)
		if err == nil || ctx.Err() != nil {
			retry = eraseRetry
			continue
		}
		e.app.log.Warn("a deleted app is not gone yet", "app", id, "removed", one.removed.Load(), "err", err)
		rest(ctx, retry)
		retry = min(2*retry, eraseLastRetry)
	}
}

// erase removes an app until a look finds nothing of it, and then its row.
func (e *eraser) erase(ctx context.Context, id chat.AppID, one *erasure) error {
	a := e.app
	for {
		found := 0
		open := a.broker.Forget(id)
		err := a.core.Erase(ctx, id, func(n int) {
			found += n
			one.removed.Add(int64(n))
		})
		if err != nil {
			return err
		}
		if open == 0 && found == 0 && time.Since(one.began) >= a.opt.EraseGrace {
			break
		}
		if found == 0 {
			rest(ctx, eraseLook)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if err := core.DropTenant(ctx, a.store, id); err != nil {
		return err
	}
	a.apps.Remove(id)
	e.mu.Lock()
	e.gone[id] = true
	delete(e.under, id)
	e.mu.Unlock()
	a.log.Info("a deleted app is gone", "app", id, "removed", one.removed.Load(), "took", time.Since(one.began).Round(time.Millisecond))
	return nil
}

// rest waits, unless ctx ends before.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// eraseApps begins to erase deleted apps; those of earlier runs are known since the apps were read.
func (a *App) eraseApps(context.Context) error {
	running, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.eraser.run(running)
	}()
	a.onClose("eraser", a.opt.Shutdown, func(context.Context) error {
		stop()
		<-ended
		return nil
	})
	return nil
}

// deleting are the numbers of apps among those published that are being erased.
func (a *App) deleting() (list []chat.AppID) {
	for _, app := range a.apps.All() {
		if app.Deleting {
			list = append(list, app.ID)
		}
	}
	slices.Sort(list)
	return list
}

// undeleted refuses apps of the configuration that have been deleted: their data is going, or has
// just gone.
func (a *App) undeleted(declared []chat.App) error {
	for _, app := range declared {
		if had := a.apps.App(app.ID); had != nil && had.Deleting || a.eraser.used(app.ID) {
			return fmt.Errorf("app %d is declared in the configuration and was deleted: take it out until its data is gone and the server was started again", app.ID)
		}
	}
	return nil
}
