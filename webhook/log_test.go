package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// logbook is a log that tests read.
type logbook struct {
	mu    sync.Mutex
	lines []map[string]any
}

func (b *logbook) Write(line []byte) (int, error) {
	var fields map[string]any
	if err := json.Unmarshal(bytes.TrimSpace(line), &fields); err != nil {
		return 0, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, fields)
	return len(line), nil
}

// logger writes lines of info and above into the book.
func (b *logbook) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(b, nil)) }

// said returns the lines of one message, each as the values of the fields that are
// named.
func (b *logbook) said(msg string, fields ...string) (list []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range b.lines {
		if l["msg"] != msg {
			continue
		}
		var values []string
		for _, f := range fields {
			v, have := l[f]
			if n, ok := v.(float64); ok {
				v = int64(n)
			}
			if have {
				values = append(values, fmt.Sprint(v))
			}
		}
		list = append(list, strings.Join(values, " "))
	}
	return list
}

// wantNo checks that a text, such as an address, is nowhere in the book.
func (b *logbook) wantNo(t *testing.T, text string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range b.lines {
		if all := fmt.Sprint(l); strings.Contains(all, text) {
			t.Errorf("%q is in the log: %s", text, all)
		}
	}
}
