//go:build e2e

package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// app is one tenant of a development server.
type app struct {
	ID  uint32 `json:"sdkappid"`
	Key string `json:"key"`
}

// ready is the ready file.
type ready struct {
	MQTT  string `json:"mqtt"`
	WS    string `json:"ws"`
	Admin string `json:"admin"`
	app
	Identifier string `json:"identifier"`
	Apps       []app  `json:"apps"`
}

// server is a running teahouse.
type server struct {
	ready
	cmd  *exec.Cmd
	out  *record       // what it printed on stdout
	log  *record       // and on stderr
	done chan struct{} // closed when it has ended
	err  error         // what Wait said, once done is closed
}

// record keeps what a process prints.
type record struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	more chan struct{} // closed at the next write, when somebody waits
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.more != nil {
		close(r.more)
		r.more = nil
	}
	return r.buf.Write(p)
}

// shows waits until the process has printed a text.
func (r *record) shows(t testing.TB, text string) {
	t.Helper()
	deadline := time.After(patience)
	for {
		r.mu.Lock()
		found := strings.Contains(r.buf.String(), text)
		if r.more == nil {
			r.more = make(chan struct{})
		}
		more := r.more
		r.mu.Unlock()
		if found {
			return
		}
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("%q is not printed, but\n%s", text, r)
		}
	}
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.String()
}

// launch starts "teahouse dev" on free ports and waits until it is ready.
func launch(args ...string) (*server, error) {
	dir, err := os.MkdirTemp("", "teahouse-ready-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "ready")
	s := &server{out: &record{}, log: &record{}, done: make(chan struct{})}
	s.cmd = exec.Command(program, append([]string{
		"dev",
		"--listen-mqtt", "127.0.0.1:0", "--listen-ws", "127.0.0.1:0", "--listen-admin", "127.0.0.1:0",
		"--ready-file", file,
	}, args...)...)
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.log
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		s.err = s.cmd.Wait()
		close(s.done)
	}()
	if err := s.awaitReady(file); err != nil {
		return nil, errors.Join(err, s.kill())
	}
	return s, nil
}

// awaitReady looks for the ready file until it holds a whole object. There is
// no event for a file that appears, so this one wait looks again and again.
func (s *server) awaitReady(file string) error {
	deadline := time.After(patience)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if text, err := os.ReadFile(file); err == nil && json.Unmarshal(text, &s.ready) == nil {
			return nil
		}
		select {
		case <-s.done:
			return fmt.Errorf("the program ended before it was ready: %v\n%s%s", s.err, s.out, s.log)
		case <-deadline:
			return fmt.Errorf("the program is not ready after %s\n%s%s", patience, s.out, s.log)
		case <-tick.C:
		}
	}
}

// start launches a server for one test and ends it with the test.
func start(t *testing.T, args ...string) *server {
	t.Helper()
	s, err := launch(args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		s.report(t)
	})
	return s
}

// report shows what the server said when the test failed, and always a
// panic or a race.
func (s *server) report(t *testing.T) {
	t.Helper()
	text := s.log.String()
	if trouble(text) {
		t.Errorf("the server's log tells of a panic or a race:\n%s", text)
	} else if t.Failed() && text != "" {
		t.Logf("the server said:\n%s", text)
	}
}

func trouble(log string) bool {
	for _, sign := range []string{"panic", "DATA RACE", "fatal error:"} {
		if bytes.Contains([]byte(log), []byte(sign)) {
			return true
		}
	}
	return false
}

// stop ends the server as an operator would: SIGTERM, exit status 0.
func (s *server) stop() error {
	select {
	case <-s.done:
		return nil // the test has seen to it
	default:
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-s.done:
	case <-time.After(2 * patience):
		return errors.Join(errors.New("the server does not end on SIGTERM"), s.kill())
	}
	if s.err != nil {
		return fmt.Errorf("after SIGTERM: %w\n%s", s.err, s.log)
	}
	return nil
}

// kill is kill -9: no farewell, nothing flushed.
func (s *server) kill() error {
	err := s.cmd.Process.Kill()
	<-s.done
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// common is the server that most tests share: two apps, no rate limits.
// Tests keep apart by the names of their users and groups.
var common struct {
	once sync.Once
	s    *server
	err  error
}

func shared(t *testing.T) *server {
	t.Helper()
	common.once.Do(func() { common.s, common.err = launch("--no-limits", "--apps", "2") })
	if common.err != nil {
		t.Fatal(common.err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the server said:\n%s", tail(common.s.log.String(), 8<<10))
		}
	})
	return common.s
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}

func stopShared() error {
	if common.s == nil {
		return nil
	}
	err := common.s.stop()
	if text := common.s.log.String(); trouble(text) {
		err = errors.Join(err, fmt.Errorf("the shared server's log tells of a panic or a race:\n%s", text))
	}
	return err
}

var names atomic.Int64

// fresh makes a name that no other test uses.
func fresh(name string) string {
	return name + "-" + strconv.FormatInt(names.Add(1), 36)
}

// person is a user of an app, with the means to prove it.
type person struct {
	app  app
	id   string
	sig  string
	home *server
}

// user is a new user of the server's first app, or of the one given.
func (s *server) user(name string, of ...app) person {
	return s.known(fresh(name), of...)
}

// known is a user by the exact id.
func (s *server) known(id string, of ...app) person {
	a := s.app
	if len(of) > 0 {
		a = of[0]
	}
	return person{app: a, id: id, sig: userSig(a, id, time.Now(), 180*24*time.Hour), home: s}
}
