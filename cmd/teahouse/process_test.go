package main

import (
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
	"github.com/teahouse-im/teahouse/operator"
)

// patience bounds every wait; it is reached only when something is wrong.
const patience = 30 * time.Second

// SIGHUP reads again and goes on; SIGTERM ends in good order.
func TestSignals(t *testing.T) {
	started, reloaded := make(chan *server.App, 1), make(chan *server.App, 2)
	ready := filepath.Join(t.TempDir(), "ready.json")
	p := process{
		options: server.Options{
			Data: filepath.Join(t.TempDir(), "data"),
			MQTT: "127.0.0.1:0", WS: "127.0.0.1:0", Admin: "127.0.0.1:0", Dev: new(server.Dev),
			Reread: func(a *server.App) (operator.Reloaded, error) {
				reloaded <- a
				return operator.Reloaded{}, errors.New("a configuration with a mistake changes nothing")
			},
		},
		readyFile: ready,
		log:       slog.New(slog.DiscardHandler),
		started:   func(a *server.App) error { started <- a; return nil },
	}
	ended := make(chan error, 1)
	go func() { ended <- p.run() }()
	app := receive(t, started)
	if _, err := os.Stat(ready); err != nil {
		t.Errorf("started without its ready file: %v", err)
	}
	for range 2 {
		signalSelf(t, syscall.SIGHUP)
		if receive(t, reloaded) != app {
			t.Error("another server was told to read again")
		}
	}
	signalSelf(t, syscall.SIGTERM)
	if err := receive(t, ended); err != nil {
		t.Errorf("ended with %v", err)
	}
}

// The service manager hears of a start, that the server works, of a reload and of the end.
func TestManagerIsTold(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", "300000000") // asked at once, then seldom
	wants := func(want string) {
		t.Helper()
		text := make([]byte, 1024)
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		n, err := conn.Read(text)
		if got := string(text[:n]); err != nil || !regexp.MustCompile("^"+want+"$").MatchString(got) {
			t.Fatalf("told %q, %v, want %q", got, err, want)
		}
	}
	ended := make(chan error, 1)
	p := process{
		options: server.Options{
			Data: filepath.Join(t.TempDir(), "data"), MQTT: "127.0.0.1:0", Dev: new(server.Dev),
			Reread: func(*server.App) (operator.Reloaded, error) { return operator.Reloaded{}, nil },
		},
		log: slog.New(slog.DiscardHandler),
	}
	go func() { ended <- p.run() }()
	wants(`READY=1\nSTATUS=ready, mqtt 127\.0\.0\.1:\d+`)
	wants("WATCHDOG=1")
	signalSelf(t, syscall.SIGHUP)
	wants(`RELOADING=1\nMONOTONIC_USEC=\d+\nSTATUS=.*`)
	wants(`READY=1\nSTATUS=ready, mqtt 127\.0\.0\.1:\d+`)
	signalSelf(t, syscall.SIGTERM)
	wants(`STOPPING=1\nSTATUS=stopping`)
	if err := receive(t, ended); err != nil {
		t.Errorf("ended with %v", err)
	}
}

// A server that has nothing to read again ends on SIGHUP: its terminal was closed.
func TestHangUpEndsServerWithoutConfiguration(t *testing.T) {
	started, ended := make(chan *server.App, 1), make(chan error, 1)
	p := process{
		options: server.Options{Data: filepath.Join(t.TempDir(), "data"), MQTT: "127.0.0.1:0", Dev: new(server.Dev)},
		log:     slog.New(slog.DiscardHandler),
		started: func(a *server.App) error { started <- a; return nil },
	}
	go func() { ended <- p.run() }()
	receive(t, started)
	signalSelf(t, syscall.SIGHUP)
	if err := receive(t, ended); err != nil {
		t.Errorf("ended with %v", err)
	}
}

// A ready file that cannot be written is a failed start, not a server that
// nobody hears of.
func TestUnwritableReadyFileFailsStart(t *testing.T) {
	p := process{
		options:   server.Options{Data: filepath.Join(t.TempDir(), "data"), MQTT: "127.0.0.1:0", Dev: new(server.Dev)},
		readyFile: filepath.Join(t.TempDir(), "nowhere", "ready.json"),
		log:       slog.New(slog.DiscardHandler),
	}
	ended := make(chan error, 1)
	go func() { ended <- p.run() }()
	if err := receive(t, ended); err == nil {
		t.Error("no error")
	}
}

func signalSelf(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), s); err != nil {
		t.Fatal(err)
	}
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}
