package systemd

import (
	"context"
	"time"
)

// The manager is told this many times within the time after which it would end the program, so
// that one late answer does no harm.
const beatsPerWatchdog = 3

// Watch tells the manager that the server works, as often as it wants to hear it, until ctx
// ends. Each time works is asked first; when it returns an error, or nothing within a beat, the
// manager is not told, and soon ends the program and starts it anew. Without a watchdog Watch
// returns at once.
func (n *Notifier) Watch(ctx context.Context, works func(context.Context) error) {
	if n == nil || n.watchdog == 0 {
		return
	}
	every := n.watchdog / beatsPerWatchdog
	beat := time.NewTicker(every)
	defer beat.Stop()
	for {
		n.beat(ctx, every, works)
		select {
		case <-beat.C:
		case <-ctx.Done():
			return
		}
	}
}

func (n *Notifier) beat(ctx context.Context, within time.Duration, works func(context.Context) error) {
	asked, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	err := works(asked)
	switch {
	case ctx.Err() != nil: // it ends
	case err != nil:
		n.log.Error("the server does not answer its watchdog", "err", err, "ended_after", n.watchdog)
	default:
		n.tell("WATCHDOG=1")
	}
}
