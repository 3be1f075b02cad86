// Package program builds teahouse, starts it and ends it, for tests that know
// it from outside only: its flags, its ready file, its output and its signals.
// It refuses to import anything of this module. Start reading at Program.Start.
package program

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Patience bounds every wait for the program. It is long because a busy machine
// is slow and a test that fails for that reason is worse than one that fails late.
const Patience = 30 * time.Second

// Program is a built teahouse.
type Program struct {
	Path   string
	Before []string // what it is started through, such as ["prlimit", "--nofile=64"]; it must exec
}

// Build builds cmd/teahouse of the module that holds the working directory. The
// arguments are for "go build".
func Build(dir string, args ...string) (Program, error) {
	p := Program{Path: filepath.Join(dir, "teahouse")}
	line := append([]string{"build", "-o", p.Path}, args...)
	out, err := exec.Command("go", append(line, "github.com/teahouse-im/teahouse/cmd/teahouse")...).CombinedOutput()
	if err != nil {
		return p, fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return p, nil
}

// command is a line of the program.
func (p Program) command(args ...string) *exec.Cmd {
	line := append(append(append([]string{}, p.Before...), p.Path), args...)
	return exec.Command(line[0], line[1:]...)
}

// Run runs a subcommand to its end and returns what it printed, on stdout and
// stderr alike.
func (p Program) Run(args ...string) (string, error) {
	out, err := p.command(args...).CombinedOutput()
	return string(out), err
}

// App is one tenant of a development server.
type App struct {
	ID  uint32 `json:"sdkappid"`
	Key string `json:"key"`
}

// Ready is the ready file.
type Ready struct {
	MQTT  string `json:"mqtt"`
	WS    string `json:"ws"`
	Admin string `json:"admin"`
	App
	Identifier string `json:"identifier"`
	Apps       []App  `json:"apps"`
}

// Server is a running teahouse.
type Server struct {
	Ready
	Out *Record // what it printed on stdout
	Log *Record // and on stderr

	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // what Wait said, once done is closed
}

// Begin starts "teahouse dev" on free ports and does not wait until it is ready.
// The ready file will be written as file.
func (p Program) Begin(file string, args ...string) (*Server, error) {
	s := &Server{Out: &Record{}, Log: &Record{}, done: make(chan struct{})}
	s.cmd = p.command(append([]string{
		"dev",
		"--listen-mqtt", "127.0.0.1:0", "--listen-ws", "127.0.0.1:0", "--listen-admin", "127.0.0.1:0",
		"--ready-file", file,
	}, args...)...)
	s.cmd.Stdout, s.cmd.Stderr = s.Out, s.Log
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		s.err = s.cmd.Wait()
		close(s.done)
	}()
	return s, nil
}

// Start starts "teahouse dev" on free ports and waits until it is ready.
func (p Program) Start(args ...string) (*Server, error) {
	dir, err := os.MkdirTemp("", "teahouse-ready-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // nothing of it is worth a message
	file := filepath.Join(dir, "ready")
	s, err := p.Begin(file, args...)
	if err != nil {
		return nil, err
	}
	if err := s.awaitReady(file); err != nil {
		return nil, errors.Join(err, s.Kill())
	}
	return s, nil
}

// awaitReady looks for the ready file until it holds a whole object. There is
// no event for a file that appears, so this one wait looks again and again.
func (s *Server) awaitReady(file string) error {
	deadline := time.After(Patience)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if text, err := os.ReadFile(file); err == nil && json.Unmarshal(text, &s.Ready) == nil {
			return nil
		}
		select {
		case <-s.done:
			return fmt.Errorf("the program ended before it was ready: %w\n%s%s", s.err, s.Out, s.Log)
		case <-deadline:
			return fmt.Errorf("the program is not ready after %s\n%s%s", Patience, s.Out, s.Log)
		case <-tick.C:
		}
	}
}

// PID is the number of its process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Done is closed when the program has ended.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop ends the server as an operator would: SIGTERM, exit status 0. It does
// nothing when the server has ended before.
func (s *Server) Stop() error {
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
	case <-time.After(2 * Patience):
		return errors.Join(errors.New("the server does not end on SIGTERM"), s.Kill())
	}
	if s.err != nil {
		return fmt.Errorf("after SIGTERM: %w\n%s", s.err, s.Log)
	}
	return nil
}

// Signal sends a signal; a process that has ended already is no error.
func (s *Server) Signal(sig os.Signal) error {
	if err := s.cmd.Process.Signal(sig); !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// Kill is kill -9: no farewell, nothing flushed.
func (s *Server) Kill() error {
	err := s.cmd.Process.Kill()
	<-s.done
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// Trouble reports whether the server's log tells of a panic or a race.
func (s *Server) Trouble() bool {
	text := s.Log.String()
	for _, sign := range []string{"panic", "DATA RACE", "fatal error:"} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}
