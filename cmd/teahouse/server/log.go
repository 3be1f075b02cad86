package server

import (
	"fmt"
	"io"
	"log/slog"
)

// NewLog makes the program's logger. The level can be changed while it runs.
func NewLog(w io.Writer, format string, level *slog.LevelVar) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// SetLevel reads a level's name: debug, info, warn or error.
func SetLevel(to *slog.LevelVar, name string) error {
	var l slog.Level
	if err := l.UnmarshalText([]byte(name)); err != nil {
		return fmt.Errorf("log level: %w", err)
	}
	to.Set(l)
	return nil
}
