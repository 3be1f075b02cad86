package server

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/operator"
)

// Level is the level of the program's log. It can be changed while the program runs, for a time or
// until the configuration is read again. It implements slog.Leveler.
type Level struct {
	now slog.LevelVar

	mu    sync.Mutex
	usual slog.Level
	until time.Time   // zero: now is not going back by itself
	back  *time.Timer // nil: likewise
}

// NewLevel is a level by its name: debug, info, warn or error.
func NewLevel(name string) (*Level, error) {
	l := new(Level)
	return l, l.Set(name)
}

// Level implements slog.Leveler.
func (l *Level) Level() slog.Level { return l.now.Level() }

// Set makes a level the usual one, that of the configuration, and has it hold from now on.
func (l *Level) Set(name string) error {
	level, err := levelOf(name)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.usual = level
	l.change(level)
	return nil
}

// Differ has another level hold than the usual one: for a time, or for good when it is 0.
func (l *Level) Differ(name string, lasts time.Duration) error {
	level, err := levelOf(name)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.change(level)
	if lasts > 0 && level != l.usual {
		l.until = time.Now().Add(lasts)
		l.back = time.AfterFunc(lasts, l.goBack)
	}
	return nil
}

// change has a level hold. mu is held.
func (l *Level) change(to slog.Level) {
	if l.back != nil {
		l.back.Stop()
	}
	l.back, l.until = nil, time.Time{}
	l.now.Set(to)
}

// goBack is what the timer does. One that was stopped too late finds another end, or none.
func (l *Level) goBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.back != nil && !time.Now().Before(l.until) {
		l.change(l.usual)
	}
}

// show is what operators see.
func (l *Level) show() operator.LogLevel {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := operator.LogLevel{Level: nameOf(l.now.Level()), Usual: nameOf(l.usual)}
	if l.back != nil {
		s.Back = l.until.UnixMilli()
	}
	return s
}

func nameOf(l slog.Level) string { return strings.ToLower(l.String()) }

func levelOf(name string) (l slog.Level, err error) {
	if err = l.UnmarshalText([]byte(name)); err != nil {
		err = fmt.Errorf("log level: %w", err)
	}
	return l, err
}
