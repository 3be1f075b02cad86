//go:build e2e

package contract

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// app is one tenant of a development server.
type app = program.App

// server is a running teahouse.
type server struct{ *program.Server }

// launch starts "teahouse dev" on free ports and waits until it is ready.
func launch(args ...string) (*server, error) {
	s, err := house.Start(args...)
	if err != nil {
		return nil, err
	}
	return &server{s}, nil
}

// shows waits until a process has printed a text.
func shows(t testing.TB, out *program.Record, text string) {
	t.Helper()
	if err := out.Await(text); err != nil {
		t.Fatal(err)
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
		if err := s.Stop(); err != nil {
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
	text := s.Log.String()
	if s.Trouble() {
		t.Errorf("the server's log tells of a panic or a race:\n%s", text)
	} else if t.Failed() && text != "" {
		t.Logf("the server said:\n%s", text)
	}
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
			t.Logf("the server said:\n%s", tail(common.s.Log.String(), 8<<10))
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
	err := common.s.Stop()
	if common.s.Trouble() {
		err = errors.Join(err, fmt.Errorf("the shared server's log tells of a panic or a race:\n%s", common.s.Log))
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
	a := s.App
	if len(of) > 0 {
		a = of[0]
	}
	return person{app: a, id: id, sig: program.UserSig(a, id, time.Now(), 180*24*time.Hour), home: s}
}

// awaits waits until what a process has printed is as wanted; what says so in a
// failure.
func awaits(t testing.TB, out *program.Record, what string, fits func(printed string) bool) {
	t.Helper()
	if err := out.AwaitThat(what, fits); err != nil {
		t.Fatal(err)
	}
}
