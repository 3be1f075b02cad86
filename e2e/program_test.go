package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait: long enough for a busy machine, and reached only
// when something is wrong.
const patience = 60 * time.Second

// binary is the program, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "teahouse-e2e-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "teahouse")
		build := exec.Command("go", "build", "-o", binary, "../cmd/teahouse")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "build the program:", err)
			return 1
		}
		return m.Run()
	}())
}

// ready is what the program says in its ready file.
type ready struct {
	MQTT       string `json:"mqtt"`
	WS         string `json:"ws"`
	Admin      string `json:"admin"`
	SDKAppID   int    `json:"sdkappid"`
	Key        string `json:"key"`
	Identifier string `json:"identifier"`
	Apps       []struct {
		SDKAppID int    `json:"sdkappid"`
		Key      string `json:"key"`
	} `json:"apps"`
}

// program is a running server.
type program struct {
	ready
	banner string // what it printed until it was ready
	cmd    *exec.Cmd
	log    *syncBuffer
	killed atomic.Bool
	once   sync.Once
	err    error
}

// start runs "teahouse dev" on free ports with further arguments, and waits
// until it is ready. It is stopped with the test, in good order unless it was
// killed before.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ready.json")
	args = append([]string{
		"dev", "--ready-file", file,
		"--listen-mqtt", "127.0.0.1:0", "--listen-ws", "127.0.0.1:0", "--listen-admin", "127.0.0.1:0",
	}, args...)
	p := &program{cmd: exec.Command(binary, args...), log: &syncBuffer{}}
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Errorf("the server did not end well: %v", err)
		}
		if t.Failed() {
			t.Logf("the server said:\n%s", p.log)
		}
	})
	watchdog := time.AfterFunc(patience, p.kill)
	defer watchdog.Stop()
	if p.banner, err = readBanner(out); err != nil {
		p.kill()
		t.Fatalf("the server did not become ready: %v\n%s%s", err, p.banner, p.log)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &p.ready); err != nil {
		t.Fatalf("ready file %s: %v", text, err)
	}
	return p
}

// bannerEnd begins the last line of the banner.
const bannerEnd = "Stop with"

func readBanner(r io.Reader) (string, error) {
	var text strings.Builder
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		text.WriteString(line)
		if strings.HasPrefix(line, bannerEnd) || err != nil {
			return text.String(), err
		}
	}
}

// kill ends the process at once, as a crash does, and waits for it.
func (p *program) kill() {
	p.killed.Store(true)
	_ = p.cmd.Process.Kill() // it may have ended already
	_ = p.wait()
}

// stop asks the process to end and waits; an exit code other than 0 is an
// error. Nothing is to be done for one that was killed.
func (p *program) stop() error {
	if p.killed.Load() {
		return nil
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	watchdog := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	defer watchdog.Stop()
	return p.wait()
}

func (p *program) wait() error {
	p.once.Do(func() { p.err = p.cmd.Wait() })
	return p.err
}

// run runs the program to its end and returns what it printed.
func run(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, binary, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("teahouse %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// ticket mints a UserSig with the program itself.
func (p *program) ticket(t *testing.T, user string) string {
	t.Helper()
	return strings.TrimSpace(run(t, "usersig", "make", "--sdkappid", fmt.Sprint(p.SDKAppID), "--key", p.Key, "--user", user))
}

// syncBuffer is a buffer that a process may write while a test reads.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
