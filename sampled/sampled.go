// Package sampled writes the lines of an operator's log that strangers can cause in
// any number: a refused login, a broken packet, a limit reached. Of each cause the first
// few in a while are written, and the next line says how many were left out.
//
// It refuses to know what is logged, and never logs a ticket, a key or a payload by
// itself.
//
// Start reading at [Log.Info]; how lines are chosen is in causes.go.
package sampled

import (
	"context"
	"log"
	"log/slog"
	"strings"
	"time"
)

// How much a Log writes: so many lines of one cause in a window.
const (
	linesEach = 5
	window    = 10 * time.Second
)

// Log is a log that is sampled per cause. It is safe for concurrent use; a nil
// *Log writes nothing.
type Log struct {
	to     *slog.Logger
	now    func() time.Time
	causes Causes[cause]
}

type cause struct{ msg, why string }

// New makes a Log that writes to another; now is the time, nil is time.Now.
func New(to *slog.Logger, now func() time.Time) *Log {
	if now == nil {
		now = time.Now
	}
	return &Log{to: to, now: now, causes: Causes[cause]{Lines: linesEach, Window: window}}
}

// Info writes a line at info, unless there were enough of its cause lately. msg is a
// constant and why one of few words or a code; args are attributes as of slog. A line
// after some that were left out says how many, as left_out.
func (l *Log) Info(msg, why string, args ...any) { l.write(slog.LevelInfo, msg, why, args) }

// Warn is Info for a line that an operator should look into.
func (l *Log) Warn(msg, why string, args ...any) { l.write(slog.LevelWarn, msg, why, args) }

func (l *Log) write(level slog.Level, msg, why string, args []any) {
	if l == nil {
		return
	}
	leftOut, ok := l.causes.Take(cause{msg, why}, l.now())
	if !ok {
		return
	}
	if leftOut > 0 {
		args = append(args, "left_out", leftOut)
	}
	l.to.Log(context.Background(), level, msg, args...) //lint:ignore sloglint the callers' messages are constants
}

// HTTPErrors is the error log of an http.Server: TLS handshakes that fail are
// sampled lines, the rest is for debugging.
func (l *Log) HTTPErrors() *log.Logger { return log.New(httpErrors{l}, "", 0) }

type httpErrors struct{ log *Log }

// handshakeError is how net/http begins a line about one; the peer and the cause
// follow.
const handshakeError = "http: TLS handshake error from "

// Write implements io.Writer for log.Logger, which writes whole lines.
func (h httpErrors) Write(line []byte) (int, error) {
	text := strings.TrimRight(string(line), "\n")
	if about, ok := strings.CutPrefix(text, handshakeError); ok {
		remote, why, _ := strings.Cut(about, ": ")
		h.log.Info("TLS handshake failed", why, "remote", remote, "err", why)
	} else if h.log != nil {
		h.log.to.Debug("HTTP server", "err", text)
	}
	return len(line), nil
}
