package server

import (
	"log"
	"log/slog"
	"strings"
)

// TakeStandardLog has lines of libraries that write with the standard package log, such as
// those of the search index about a damaged file, in the log l, as warnings.
func TakeStandardLog(l *slog.Logger) {
	log.SetFlags(0)
	log.SetOutput(lines{l.With("component", "library")})
}

// lines is a log written to by lines.
type lines struct{ log *slog.Logger }

// Write implements io.Writer.
func (l lines) Write(p []byte) (int, error) {
	l.log.Warn("a library writes", "line", strings.TrimSpace(string(p)))
	return len(p), nil
}
