package server

import (
	"errors"
	"time"

	"github.com/teahouse-im/teahouse/operator"
)

// running is what operators do with the process. It implements operator.Process.
type running struct{ *App }

var errNothingToRead = errors.New("this server was started without a configuration file")

// LogLevel implements operator.Process.
func (r running) LogLevel() operator.LogLevel { return r.opt.Level.show() }

// SetLogLevel implements operator.Process.
func (r running) SetLogLevel(level string, lasts time.Duration) operator.LogLevel {
	if err := r.opt.Level.Differ(level, lasts); err == nil {
		r.log.Warn("log level", "level", level, "for", lasts) // seen at nearly every level
	}
	return r.opt.Level.show()
}

// Reload implements operator.Process.
func (r running) Reload() (operator.Reloaded, error) { return r.Reread() }

// Draining implements operator.Process.
func (r running) Draining() operator.Draining { return r.drain.show() }

// Drain implements operator.Process.
func (r running) Drain(over time.Duration, stop bool) operator.Draining {
	r.drain.begin(over, stop)
	return r.drain.show()
}

// CancelDrain implements operator.Process.
func (r running) CancelDrain() operator.Draining {
	r.drain.end()
	return r.drain.show()
}

// Reread reads the configuration file again and logs what came of it. A file with a mistake changes
// nothing.
func (a *App) Reread() (operator.Reloaded, error) {
	if a.opt.Reread == nil {
		return operator.Reloaded{}, errNothingToRead
	}
	a.rereading.Lock()
	defer a.rereading.Unlock()
	done, err := a.opt.Reread(a)
	if err != nil {
		a.log.Error("configuration not read again", "err", err)
		return done, err
	}
	a.log.Info("configuration read again", "taken", done.Taken)
	if len(done.Restart) > 0 {
		a.log.Warn("needs a restart", "settings", done.Restart)
	}
	return done, nil
}

// Asked is closed when an operator has asked the server to end.
func (a *App) Asked() <-chan struct{} { return a.asked }

// Ask closes Asked: who runs the server ends it in good order.
func (a *App) Ask() { a.askOnce.Do(func() { close(a.asked) }) }
