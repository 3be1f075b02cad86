//go:build drills

package drills

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The bars: resident bytes of a busy server on a large machine, and a container in which
// it works with so many connections.
const (
	memResidentBar   = 256 << 20
	memContainer     = 128 << 20
	memConnections   = 1000
	memMessages      = 1_000_000
	memMessagesThere = 300_000 // in the container: enough to write and merge tables many times
)

// A million messages of the pairs load stay below the bar, with nothing said about memory.
func TestMemoryOfAMillionMessages(t *testing.T) {
	s := memStart(t, memBuild(t), "")
	s.pairs(t, memMessages)
	status := s.status(t)
	peak := status["VmHWM"]
	t.Logf("peak %d MB resident; in the end %d MB: %d MB of the program's own, %d MB of mapped files",
		peak/1e6, status["VmRSS"]/1e6, status["RssAnon"]/1e6, status["RssFile"]/1e6)
	if peak > memResidentBar {
		t.Errorf("peak of %d MB resident, the bar is %d MB", peak/1e6, memResidentBar/1_000_000)
	}
}

// In a container of 128 MiB, with 1,000 connections, the pairs load gets through: nothing
// is killed, and what was acknowledged is there.
func TestMemoryOfASmallContainer(t *testing.T) {
	group := memGroup(t, memContainer)
	bin := memBuild(t)
	s := memStart(t, bin, group.dir)
	s.idle(t, memConnections)
	s.pairs(t, memMessagesThere)
	t.Logf("peak %d MB resident, %d MB with the page cache that is charged to the container", s.status(t)["VmHWM"]/1e6, group.peak()/1e6)
	if n := group.killed(t); n > 0 {
		t.Errorf("%d processes were killed", n)
	}
	s.stop(t)
	if n := memVerified(t, bin, s.data); n < memMessagesThere {
		t.Errorf("%d messages are there, %d were acknowledged", n, memMessagesThere)
	}
}

// memBuild makes the program as it is shipped, but for the profile, which takes minutes.
func memBuild(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "teahouse")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-pgo", "off", "-ldflags", "-s -w", "-o", bin, "../cmd/teahouse")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

// memServer is a server of its own process.
type memServer struct {
	bin, data, ready string
	cmd              *exec.Cmd
	ended            chan error
}

// memStart starts a server, in a control group unless its folder is "".
func memStart(t *testing.T, bin, group string) *memServer {
	t.Helper()
	dir := t.TempDir()
	s := &memServer{bin: bin, data: filepath.Join(dir, "data"), ready: filepath.Join(dir, "ready"), ended: make(chan error, 1)}
	s.cmd = exec.Command(bin, "dev", "--no-limits", "--data", s.data, "--ready-file", s.ready,
		"--listen-mqtt", "127.0.0.1:0", "--listen-ws", "127.0.0.1:0", "--listen-admin", "127.0.0.1:0", "--log-level", "warn")
	if group != "" { // a shell enters the group and becomes the server
		enter := []string{"sh", "-c", `echo $$ >"$0/cgroup.procs" && exec "$@"`, group}
		s.cmd = exec.Command(enter[0], append(enter[1:], s.cmd.Args...)...)
	}
	s.cmd.Env = memEnv()
	s.cmd.Stderr = os.Stderr
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.ended <- s.cmd.Wait() }()
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	for {
		if text, err := os.ReadFile(s.ready); err == nil && json.Valid(text) {
			return s
		}
		select {
		case err := <-s.ended:
			t.Fatalf("the server has ended: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// memEnv is the environment without what is said about the collector.
func memEnv() (env []string) {
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GOMEMLIMIT=") && !strings.HasPrefix(v, "GOGC=") {
			env = append(env, v)
		}
	}
	return env
}

// pairs has n messages acknowledged and received.
func (s *memServer) pairs(t *testing.T, n int) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), s.bin, "bench", "pairs", "--ready-file", s.ready,
		"--pid", strconv.Itoa(s.cmd.Process.Pid), "--warmup", "0s", "--messages", strconv.Itoa(n)).CombinedOutput()
	if err != nil {
		select {
		case ended := <-s.ended:
			t.Fatalf("the server has ended: %v", ended)
		default:
			t.Fatalf("bench pairs: %v\n%s", err, out)
		}
	}
	t.Logf("%s", out)
}

// idle holds n connections until the test ends. It returns when they are there.
func (s *memServer) idle(t *testing.T, n int) {
	t.Helper()
	before := s.sockets(t)
	cmd := exec.Command(s.bin, "bench", "idle", "--ready-file", s.ready, "--connections", strconv.Itoa(n), "--duration", "24h")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	for s.sockets(t) < before+n {
		select {
		case err := <-ended:
			t.Fatalf("bench idle: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// sockets counts the server's.
func (s *memServer) sockets(t *testing.T) (n int) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid)
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if to, err := os.Readlink(filepath.Join(dir, f.Name())); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

// status is what the kernel says of the server's memory, in bytes.
func (s *memServer) status(t *testing.T) map[string]int64 {
	t.Helper()
	sizes, err := memStatus(s.cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return sizes
}

// memStatus is what the kernel says of a process's memory, in bytes; nothing once it has ended.
func memStatus(pid int) (map[string]int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return nil, err
	}
	sizes := map[string]int64{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if kib, ok := strings.CutSuffix(strings.TrimSpace(value), " kB"); ok {
			n, _ := strconv.ParseInt(kib, 10, 64)
			sizes[name] = n << 10
		}
	}
	return sizes, nil
}

// stop ends the server in good order.
func (s *memServer) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-s.ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

// memVerified is how many messages "teahouse verify" finds in a sound folder.
func memVerified(t *testing.T, bin, data string) int {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), bin, "verify", "--data", data).CombinedOutput()
	if err != nil {
		t.Fatalf("verify: %v\n%s", err, out)
	}
	m := regexp.MustCompile(`(\d+) messages`).FindSubmatch(out)
	if m == nil {
		t.Fatalf("verify says %s", out)
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}

// memControl is a control group with a memory limit.
type memControl struct {
	dir string
	v2  bool
}

// memGroup makes one below our own, or skips the drill.
func memGroup(t *testing.T, limit int64) memControl {
	t.Helper()
	for _, g := range memParents(t) {
		g.dir = filepath.Join(g.dir, fmt.Sprintf("drill-%d", os.Getpid()))
		if err := os.Mkdir(g.dir, 0o755); err != nil {
			t.Logf("no control group: %v", err)
			continue
		}
		t.Cleanup(func() { memRemove(t, g.dir) })
		file := "memory.limit_in_bytes"
		if g.v2 {
			file = "memory.max"
		}
		if err := os.WriteFile(filepath.Join(g.dir, file), []byte(strconv.FormatInt(limit, 10)), 0); err != nil {
			t.Logf("no memory limit: %v", err)
			continue
		}
		return g
	}
	t.Skip("a control group with a memory limit cannot be made here: it takes root, and a hierarchy that counts memory and may be written")
	return memControl{}
}

// memParents are the folders of our own group, where they are usually mounted.
func memParents(t *testing.T) (found []memControl) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Skipf("no control groups: %v", err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case len(f) < 3:
		case f[1] == "memory":
			found = append(found, memFolder("/sys/fs/cgroup/memory", f[2], false))
		case f[0] == "0":
			found = append(found, memFolder("/sys/fs/cgroup", f[2], true))
		}
	}
	return found
}

func memFolder(mount, own string, v2 bool) memControl {
	if dir := path.Join(mount, own); memIsDir(dir) {
		return memControl{dir, v2}
	}
	return memControl{mount, v2}
}

func memIsDir(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}

// memRemove removes a group as soon as its last process is gone.
func memRemove(t *testing.T, dir string) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		err := syscall.Rmdir(dir)
		if err == nil || !errors.Is(err, syscall.EBUSY) || ctx.Err() != nil {
			if err != nil {
				t.Logf("remove %s: %v", dir, err)
			}
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// killed counts the processes that the kernel has killed for want of memory.
func (g memControl) killed(t *testing.T) (n int) {
	t.Helper()
	file := "memory.oom_control"
	if g.v2 {
		file = "memory.events"
	}
	text, err := os.ReadFile(filepath.Join(g.dir, file))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == "oom_kill" {
			n, _ = strconv.Atoi(f[1])
		}
	}
	return n
}

// peak is the most that was charged to the group, in bytes; 0 when the kernel does not
// say.
func (g memControl) peak() int64 {
	file := "memory.max_usage_in_bytes"
	if g.v2 {
		file = "memory.peak"
	}
	text, _ := os.ReadFile(filepath.Join(g.dir, file))
	n, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n
}
