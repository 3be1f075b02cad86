//go:build e2e

package contract

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// play is one of the examples at work: what it prints, and its input.
type play struct {
	io.WriteCloser
	*program.Record
	*testing.T
	what string
	stop func()        // ends it, and what it has started
	done chan struct{} // closed when it has ended
	err  error         // what it ended with, once done is closed
}

// plays starts an example as its first lines say, in a shell that has read the tickets of
// the server. Paths are those of examples/.
func (s *server) plays(t *testing.T, line string) *play {
	t.Helper()
	env, _ := s.banner(t)
	host, port, err := net.SplitHostPort(s.MQTT)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "-c", env+"\n"+line)
	cmd.Dir = examples(t)
	cmd.Env = append(os.Environ(), "TEAHOUSE="+house.Path, "TEAHOUSE_HOST="+host, "TEAHOUSE_PORT="+port, "HOST="+host, "PORT="+port)
	return playing(t, cmd)
}

// exampleAlone starts one that needs no server.
func exampleAlone(t *testing.T, name string, args ...string) *play {
	t.Helper()
	return playing(t, exec.Command(name, args...))
}

func playing(t *testing.T, cmd *exec.Cmd) *play {
	t.Helper()
	p := &play{Record: &program.Record{}, T: t, what: cmd.String(), done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.Record, p.Record
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it may start others
	var err error
	if p.WriteCloser, err = cmd.StdinPipe(); err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		p.err = cmd.Wait()
	}()
	p.stop = sync.OnceFunc(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		<-p.done
	})
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("%s\n%s", p.what, p.Record)
		}
	})
	return p
}

// types writes a line to the example.
func (p *play) types(line string) {
	p.Helper()
	if _, err := io.WriteString(p.WriteCloser, line+"\n"); err != nil {
		p.Fatal(err)
	}
}

// shows waits until the example has printed a text.
func (p *play) shows(text string) {
	p.Helper()
	shows(p.T, p.Record, text)
}

// ends waits until the example has ended by itself, with exit code 0.
func (p *play) ends() {
	p.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.Fatalf("%s does not end", p.what)
	}
	if p.err != nil {
		p.Errorf("%s: %v", p.what, p.err)
	}
}

// examples is the folder.
func examples(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// listens is a device of a user that hears everything.
func (s *server) listens(t *testing.T, user string) device {
	t.Helper()
	d := openPaho5(t, s.known(user), options{client: fresh("listener")})
	d.subscribe(t, "im/#")
	return d
}

// again starts a server that was stopped, on the same port and with its data.
func (s *server) again(t *testing.T, data string) *server {
	t.Helper()
	return start(t, "--data", data, "--listen-mqtt", s.MQTT)
}
