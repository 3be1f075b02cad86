package sampled

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// open is a log with a clock that is moved, and what it has written.
func open(t *testing.T) (l *Log, wait func(time.Duration), lines func() []string) {
	t.Helper()
	var text bytes.Buffer
	now := time.Unix(1_700_000_000, 0)
	drop := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	to := slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{ReplaceAttr: drop}))
	l = New(to, func() time.Time { return now })
	return l, func(d time.Duration) { now = now.Add(d) }, func() []string {
		defer text.Reset()
		return strings.Split(strings.TrimSpace(text.String()), "\n")
	}
}

func TestLinesOfOneCauseAreSampled(t *testing.T) {
	l, wait, lines := open(t)
	for i := range 12 {
		l.Info("login refused", "70009", "n", i)
	}
	l.Info("login refused", "70001", "n", 0) // another cause
	got := lines()
	if len(got) != linesEach+1 || got[0] != `level=INFO msg="login refused" n=0` {
		t.Errorf("%d lines: %q", len(got), got)
	}
	wait(window - 1)
	l.Info("login refused", "70009", "n", 12)
	wait(1)
	l.Info("login refused", "70009", "n", 13)
	l.Info("login refused", "70009", "n", 14)
	want := []string{`level=INFO msg="login refused" n=13 left_out=8`, `level=INFO msg="login refused" n=14`}
	if got := lines(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("in the next window %q, want %q", got, want)
	}
}

func TestCausesAreBounded(t *testing.T) {
	l, wait, lines := open(t)
	for i := range 3 * maxCauses {
		l.Info("m", fmt.Sprint(i))
	}
	if got := len(lines()); len(l.causes.all) > maxCauses+1 || got != maxCauses+linesEach {
		t.Errorf("%d causes, %d lines", len(l.causes.all), got)
	}
	wait(window)
	l.Info("m", "new", "n", 1)
	if got := lines(); got[0] != "level=INFO msg=m n=1" {
		t.Errorf("a new cause after the window: %q", got)
	}
}

func TestHTTPErrors(t *testing.T) {
	l, _, lines := open(t)
	to := l.HTTPErrors()
	to.Print("http: TLS handshake error from 192.0.2.1:5: EOF")
	to.Print("http: something else")
	want := `level=INFO msg="TLS handshake failed" remote=192.0.2.1:5 err=EOF`
	if got := lines(); len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var none *Log
	none.Info("nobody reads it", "")
}
