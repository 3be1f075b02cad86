package systemd

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// patience bounds every wait; it is reached only when something is wrong.
const patience = 30 * time.Second

// manager is a service manager's socket; next is what came next.
type manager struct{ conn *net.UnixConn }

func listen(t *testing.T, name string) manager {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return manager{conn}
}

func (m manager) next(t *testing.T) string {
	t.Helper()
	text := make([]byte, 4096)
	if err := m.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	n, err := m.conn.Read(text)
	if err != nil {
		t.Fatalf("nothing came: %v", err)
	}
	return string(text[:n])
}

func env(pairs map[string]string) func(string) string {
	return func(name string) string { return pairs[name] }
}

func TestTold(t *testing.T) {
	for _, name := range []string{
		filepath.Join(t.TempDir(), "notify"),
		"@teahouse-test-" + strings.ReplaceAll(t.TempDir(), "/", "-"),
	} {
		m := listen(t, name)
		n, err := FromEnv(env(map[string]string{"NOTIFY_SOCKET": name}), 7, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			say  func()
			want string
		}{
			{func() { n.Ready("two\nlines") }, "READY=1\nSTATUS=two lines"},
			{n.Reloading, `RELOADING=1\nMONOTONIC_USEC=[1-9]\d*\nSTATUS=reading.*`},
			{n.Stopping, "STOPPING=1\nSTATUS=stopping"},
		} {
			c.say()
			if got := m.next(t); !regexp.MustCompile("^" + c.want + "$").MatchString(got) {
				t.Errorf("%s: got %q, want %q", name, got, c.want)
			}
		}
	}
}

func TestFromEnv(t *testing.T) {
	for _, c := range []struct {
		what     string
		env      map[string]string
		told     bool
		watchdog time.Duration
		want     string // of the error
	}{
		{what: "no manager"},
		{what: "a manager", env: map[string]string{"NOTIFY_SOCKET": "/run/notify"}, told: true},
		{what: "an abstract one", env: map[string]string{"NOTIFY_SOCKET": "@notify"}, told: true},
		{what: "a relative path", env: map[string]string{"NOTIFY_SOCKET": "run/notify"}, want: "want the path of a socket"},
		{what: "no name", env: map[string]string{"NOTIFY_SOCKET": "@"}, want: "want the path of a socket"},
		{what: "watched", env: map[string]string{"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "3000000"}, told: true, watchdog: 3 * time.Second},
		{what: "watched by number", env: map[string]string{"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "7"}, told: true, watchdog: time.Microsecond},
		{what: "another is watched", env: map[string]string{"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "8"}, told: true},
		{what: "no number", env: map[string]string{"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "soon"}, want: "want microseconds"},
		{what: "too long", env: map[string]string{"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "999999999999999"}, want: "want microseconds"},
		{what: "zero", env: map[string]string{"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "0"}, want: "want microseconds"},
	} {
		n, err := FromEnv(env(c.env), 7, slog.New(slog.DiscardHandler))
		if c.want != "" || err != nil {
			if err == nil || c.want == "" || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: error %v, want %q", c.what, err, c.want)
			}
			continue
		}
		if (n != nil) != c.told || n != nil && n.watchdog != c.watchdog {
			t.Errorf("%s: %+v", c.what, n)
		}
	}
}

// Without a manager nothing is sent, and nothing fails.
func TestNoManager(t *testing.T) {
	var n *Notifier
	n.Ready("")
	n.Reloading()
	n.Stopping()
	n.Watch(t.Context(), func(context.Context) error {
		t.Error("nobody wants to know")
		return nil
	})
}

// A manager that has gone is logged; the server goes on.
func TestGoneManager(t *testing.T) {
	var log bytes.Buffer
	n := &Notifier{socket: filepath.Join(t.TempDir(), "gone"), log: slog.New(slog.NewTextHandler(&log, nil))}
	n.Ready("")
	if !strings.Contains(log.String(), "the service manager was not told") {
		t.Errorf("logged %q", log.String())
	}
}

// The manager hears of a server that works, and nothing of one that does not.
func TestWatch(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notify")
	m := listen(t, name)
	log := make(lines, 64)
	n := &Notifier{socket: name, watchdog: 30 * time.Millisecond, log: slog.New(slog.NewTextHandler(log, nil))}
	answers := make(chan error)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		n.Watch(ctx, func(ctx context.Context) error {
			select {
			case err := <-answers:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	answer := func(err error) { // answers may come too late for a beat; the next takes them
		select {
		case answers <- err:
		case <-time.After(patience):
			t.Fatal("nobody asks")
		}
	}
	for range 3 {
		answer(nil)
		if got := m.next(t); got != "WATCHDOG=1" {
			t.Errorf("got %q", got)
		}
	}
	for len(log) > 0 { // of beats that had no answer in time
		<-log
	}
	answer(errors.New("the store hangs"))
	for !strings.Contains(<-log, "the store hangs") {
	}
	cancel()
	<-ended
	if err := m.conn.SetReadDeadline(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if k, err := m.conn.Read(make([]byte, 64)); err == nil {
		t.Errorf("told %d bytes of a server that does not work", k)
	}
}

// lines is a log whose lines can be waited for; those beyond its room are dropped.
type lines chan string

func (l lines) Write(text []byte) (int, error) {
	select {
	case l <- string(text):
	default:
	}
	return len(text), nil
}
