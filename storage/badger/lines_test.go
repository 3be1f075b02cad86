package badger

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// lines is a log that a test waits for.
type lines struct {
	mu   sync.Mutex // guards all below
	all  []string
	more chan struct{} // closed with the next line
}

func (l *lines) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// Write takes one line.
func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, string(b))
	if l.more != nil {
		close(l.more)
		l.more = nil
	}
	return len(b), nil
}

// with lists the lines that have a text in them, and a signal of the next line.
func (l *lines) with(text string) (found []string, more <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.all {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	if l.more == nil {
		l.more = make(chan struct{})
	}
	return found, l.more
}

// wait waits for a line with a text in it.
func (l *lines) wait(t *testing.T, text string) string {
	t.Helper()
	tooLate := time.After(time.Minute)
	for {
		found, more := l.with(text)
		if len(found) > 0 {
			return found[0]
		}
		select {
		case <-more:
		case <-tooLate:
			t.Fatalf("no line with %q", text)
		}
	}
}
