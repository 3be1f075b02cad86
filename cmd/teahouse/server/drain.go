package server

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/operator"
)

// errDraining is the answer of /readyz while the server is emptied, and when it is.
var errDraining = errors.New("draining: clients are moved away, and nobody is let in")

// drain empties the server while it runs, when an operator says so.
type drain struct {
	app *App

	mu     sync.Mutex
	cancel context.CancelFunc // nil: it is not on
	ended  chan struct{}      // closed when the work for cancel has ended
	state  operator.Draining  // without Clients
	closed bool               // the server stops: nothing begins any more
}

// begin moves the clients away, from now on over a time; one under way is replaced.
func (d *drain) begin(over time.Duration, stop bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	was, wasEnded := d.cancel, d.ended
	ctx, cancel := context.WithCancel(context.Background())
	now, ended := d.app.now(), make(chan struct{})
	since := now.UnixMilli()
	if d.state.On {
		since = d.state.Since
	}
	d.cancel, d.ended = cancel, ended
	d.state = operator.Draining{On: true, Since: since, Until: now.Add(over).UnixMilli(), Stop: stop}
	d.app.log.Info("drain begins", "over", over, "stop", stop)
	go func() {
		defer close(ended)
		if was != nil { // its end would open the door again
			was()
			<-wasEnded
		}
		d.work(ctx, over, stop)
	}()
}

func (d *drain) work(ctx context.Context, over time.Duration, stop bool) {
	if err := d.app.broker.Drain(ctx, over); err != nil {
		return // called off
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	d.state.Done = true
	d.app.log.Info("drained: nobody is connected")
	if stop {
		d.app.Ask()
	}
}

// end calls the drain off, and lets clients in again.
func (d *drain) end() {
	d.mu.Lock()
	cancel, ended := d.cancel, d.ended
	d.cancel, d.ended, d.state = nil, nil, operator.Draining{}
	d.mu.Unlock()
	if cancel == nil {
		return
	}
	cancel()
	<-ended
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cancel == nil && !d.closed { // nobody has begun another one meanwhile
		d.app.broker.Reopen()
		d.app.log.Info("drain called off: clients are let in")
	}
}

// close ends the work; nobody is let in any more.
func (d *drain) close() {
	d.mu.Lock()
	cancel, ended := d.cancel, d.ended
	d.closed = true
	d.mu.Unlock()
	if cancel != nil {
		cancel()
		<-ended
	}
}

// on reports whether the server is emptied.
func (d *drain) on() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state.On
}

// show is what operators see.
func (d *drain) show() operator.Draining {
	d.mu.Lock()
	s := d.state
	d.mu.Unlock()
	s.Clients = d.app.broker.Linked()
	return s
}
