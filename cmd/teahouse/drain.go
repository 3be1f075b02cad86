package main

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// drainCommand empties a running server, before an upgrade for instance.
type drainCommand struct {
	target
	Over   time.Duration `default:"30s" help:"Spread the end of the connections over this time, at most 1h."`
	Stop   bool          `help:"End the server when nobody is connected any more."`
	Cancel bool          `help:"Call a drain off: clients are let in again."`
}

// drained is how far a drain is.
type drained struct {
	On, Done, Stop bool
	Until          int64 `json:"until_at"`
	Clients        int
}

// drainPoll is how often it is asked how far a drain is, and drainLines how often that is said at least.
const (
	drainPoll  = 500 * time.Millisecond
	drainLines = 5 * time.Second
)

// Run starts a drain and follows it to its end.
func (c drainCommand) Run() error {
	if c.Cancel && c.Stop {
		return errors.New("--cancel and --stop are opposites")
	}
	ctl, err := c.mustRun()
	if err != nil {
		return err
	}
	var s drained
	if c.Cancel {
		if err := ctl.do(http.MethodDelete, "drain", nil, &s); err != nil {
			return err
		}
		fmt.Printf("clients are let in, %d are connected\n", s.Clients)
		return nil
	}
	order := map[string]any{"over_seconds": int64(c.Over / time.Second), "stop": c.Stop}
	if err := ctl.do(http.MethodPost, "drain", order, &s); err != nil {
		return err
	}
	fmt.Printf("nobody is let in any more; %d are connected and are told to go until %s\n", s.Clients, shownTime(s.Until))
	return c.follow(ctl, s)
}

// follow says how far it is, until it is over. A server that is to end and is not there any more has
// ended.
func (c drainCommand) follow(ctl *control, s drained) error {
	for shown := time.Now(); !s.Done; time.Sleep(drainPoll) {
		if err := ctl.do(http.MethodGet, "drain", nil, &s); err != nil {
			if c.Stop && ended(err) {
				break
			}
			return err
		}
		if !s.On {
			return errors.New("the drain was called off")
		}
		if time.Since(shown) >= drainLines {
			shown = time.Now()
			fmt.Printf("%d are connected\n", s.Clients)
		}
	}
	if !c.Stop {
		fmt.Println("nobody is connected; end the server, or let clients in again with: teahouse drain --cancel")
		return nil
	}
	fmt.Println("nobody is connected; the server ends")
	for {
		if err := ctl.do(http.MethodGet, "drain", nil, &s); err != nil {
			if ended(err) {
				fmt.Println("it has ended")
				return nil
			}
			return err
		}
		time.Sleep(drainPoll)
	}
}
