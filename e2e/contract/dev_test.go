//go:build e2e

package contract

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The file with the tickets and the data go with the process, however it is told
// to end.
func TestDevLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*server) error{
		"SIGTERM": func(s *server) error { return s.Signal(syscall.SIGTERM) },
		"SIGINT":  func(s *server) error { return s.Signal(syscall.SIGINT) },
		"SIGHUP":  func(s *server) error { return s.Signal(syscall.SIGHUP) }, // the terminal is closed
		"impatience": func(s *server) error {
			return errors.Join(s.Signal(syscall.SIGINT), s.Signal(syscall.SIGINT))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			env := s.envFile(t)
			info, err := os.Stat(env)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != 0o600 {
				t.Errorf("mode of %s: %v", env, info.Mode())
			}
			if err := end(s); err != nil {
				t.Fatal(err)
			}
			<-s.Done()
			gone(t, filepath.Dir(env))
		})
	}
}

// What a killed process had to leave is removed by the next.
func TestDevRemovesFolderOfKilled(t *testing.T) {
	t.Parallel()
	s := start(t)
	env := s.envFile(t)
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	start(t)
	gone(t, filepath.Dir(env))
}

// Output that nobody reads is a failed start: it ends in good order, too.
func TestDevWithClosedOutputLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	tmp := t.TempDir()
	cmd := exec.Command(house.Path, "dev", "--listen-mqtt", "127.0.0.1:0", "--listen-ws", "127.0.0.1:0", "--listen-admin", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out.Close()
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = in, &log
	if err := cmd.Run(); err == nil {
		t.Error("it ended well")
	}
	in.Close()
	if !strings.Contains(log.String(), "broken pipe") {
		t.Errorf("it says %q", &log)
	}
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("%v are left behind", left)
	}
}

func (s *server) envFile(t *testing.T) string {
	t.Helper()
	env, _ := s.banner(t)
	return strings.TrimPrefix(env, ". ")
}

func gone(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left behind (%v)", path, err)
	}
}
