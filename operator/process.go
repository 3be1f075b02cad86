package operator

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	room "github.com/teahouse-im/teahouse/chat/operator"
)

// Process is the running program: its log, its configuration file, and its end.
type Process interface {
	LogLevel() LogLevel
	// SetLogLevel changes what is logged, for a time or, when it is 0, until the configuration is
	// read again.
	SetLogLevel(level string, lasts time.Duration) LogLevel
	// Reload reads the configuration file again; see [Reloaded]. The error tells all that is wrong
	// with the file, which then has changed nothing.
	Reload() (Reloaded, error)
	Draining() Draining
	// Drain moves the clients away over a time, and ends the process then when that is wanted. A
	// drain under way gets the new wishes: clients that are left are moved over the new time.
	Drain(over time.Duration, stop bool) Draining
	// CancelDrain lets clients in again.
	CancelDrain() Draining
}

// LogLevel is what is logged.
type LogLevel struct {
	Level string `json:"level"`
	Usual string `json:"usual"`   // that of the configuration
	Back  int64  `json:"back_at"` // when the usual one is back by itself, Unix milliseconds; 0: it is not
}

// Reloaded is what reading the configuration again has done: names of settings, such as log.level.
type Reloaded struct {
	Taken   []string `json:"taken"`   // changed, and in force
	Restart []string `json:"restart"` // differ from what the process has started with, and need a restart
}

// Draining is how far a drain is.
type Draining struct {
	On      bool  `json:"on"`
	Since   int64 `json:"since_at"` // Unix milliseconds; 0: not on
	Until   int64 `json:"until_at"` // when the last client is told to go
	Clients int   `json:"clients"`  // those who are still connected
	Done    bool  `json:"done"`     // nobody is left
	Stop    bool  `json:"stop"`     // the process ends then
}

// Bounds of what is asked for.
const (
	maxLevelTime = 24 * time.Hour
	maxDrain     = time.Hour
)

// LevelNames are the levels of the log, the most talkative first.
var LevelNames = []string{"debug", "info", "warn", "error"}

func (h *Handler) processRoutes() []route {
	return []route{
		{method: get, path: "log", role: room.Read, do: h.logLevel},
		{method: post, path: "log", role: room.Write, act: "log.level", do: h.setLogLevel},
		{method: post, path: "config/reload", role: room.Write, act: "config.reload", do: h.reload},
		{method: get, path: "drain", role: room.Read, do: h.draining},
		{method: post, path: "drain", role: room.Write, act: "server.drain", do: h.drain},
		{method: remove, path: "drain", role: room.Write, act: "server.undrain", do: h.cancelDrain},
	}
}

func (h *Handler) logLevel(context.Context, *call) (any, error) { return h.Process.LogLevel(), nil }

type levelOrder struct {
	Level string `json:"level"`
	Lasts int64  `json:"for_seconds"` // 0: until the configuration is read again
}

func (h *Handler) setLogLevel(_ context.Context, c *call) (any, error) {
	var r levelOrder
	if err := c.read(&r); err != nil {
		return nil, err
	}
	if !slices.Contains(LevelNames, r.Level) {
		return nil, bad("level: want one of %s", strings.Join(LevelNames, ", "))
	}
	lasts, err := seconds("for_seconds", r.Lasts, maxLevelTime)
	if err != nil {
		return nil, err
	}
	c.object, c.detail = r.Level, fmt.Sprintf("for=%s", lasts)
	return h.Process.SetLogLevel(r.Level, lasts), nil
}

// seconds is a time in seconds, from 0 to a bound.
func seconds(name string, n int64, most time.Duration) (time.Duration, error) {
	if n < 0 || n > int64(most/time.Second) {
		return 0, bad("%s: want 0 to %d", name, int64(most/time.Second))
	}
	return time.Duration(n) * time.Second, nil
}

func (h *Handler) reload(_ context.Context, c *call) (any, error) {
	done, err := h.Process.Reload()
	if err != nil {
		return nil, conflict("%s", err)
	}
	if len(done.Taken) > 0 {
		c.detail = "taken=" + strings.Join(done.Taken, ",")
	}
	done.Taken, done.Restart = append([]string{}, done.Taken...), append([]string{}, done.Restart...)
	return done, nil
}

func (h *Handler) draining(context.Context, *call) (any, error) { return h.Process.Draining(), nil }

type drainOrder struct {
	Over int64 `json:"over_seconds"`
	Stop bool  `json:"stop"`
}

func (h *Handler) drain(_ context.Context, c *call) (any, error) {
	var r drainOrder
	if err := c.read(&r); err != nil {
		return nil, err
	}
	over, err := seconds("over_seconds", r.Over, maxDrain)
	if err != nil {
		return nil, err
	}
	c.detail = fmt.Sprintf("over=%s stop=%t", over, r.Stop)
	return h.Process.Drain(over, r.Stop), nil
}

func (h *Handler) cancelDrain(context.Context, *call) (any, error) {
	return h.Process.CancelDrain(), nil
}
