package container

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/tools/packaging/built"
)

// nonroot is the user of the image.
const nonroot = 65532

// What the image has, laid out by hand: the program, its configuration, an empty data folder and
// nothing else, not even a device. The program serves in it as the image's user, its health check
// says so, and SIGTERM ends it in good order.
func TestEmptyRoot(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may change the root folder")
	}
	root := t.TempDir()
	for dir := root; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) { // of the test's own folders
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put := func(from, to string, mode os.FileMode) {
		t.Helper()
		text, err := os.ReadFile(from)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(root, to)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(root, to), text, mode)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put(built.Program(t), "usr/bin/teahouse", 0o755)
	put(filepath.Join(built.Top(), "deploy", "docker", "teahouse.yaml"), "etc/teahouse/teahouse.yaml", 0o644)
	data := filepath.Join(root, "var/lib/teahouse")
	if err := os.MkdirAll(data, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(data, nonroot, nonroot); err != nil {
		t.Fatal(err)
	}

	socket := filepath.Join(root, "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	if err := os.Chmod(socket, 0o666); err != nil {
		t.Fatal(err)
	}

	run := func(args ...string) *exec.Cmd {
		c := exec.CommandContext(t.Context(), "/usr/bin/teahouse", args...)
		c.Path, c.Err, c.Dir = "/usr/bin/teahouse", nil, "/"
		c.Env = []string{"NOTIFY_SOCKET=/notify"}
		c.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: nonroot, Gid: nonroot}}
		return c
	}
	var log bytes.Buffer
	server := run("serve", "--config", "/etc/teahouse/teahouse.yaml", "--ready-file", "/var/lib/teahouse/ready.json",
		"--listen-mqtt", "127.0.0.1:0", "--listen-ws", "127.0.0.1:0", "--listen-admin", "127.0.0.1:0")
	server.Stdout, server.Stderr = io.Discard, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	told := func(want string) {
		t.Helper()
		text := make([]byte, 1024)
		_ = manager.SetReadDeadline(time.Now().Add(time.Minute))
		n, err := manager.Read(text)
		if err != nil || !strings.HasPrefix(string(text[:n]), want) {
			_ = server.Process.Kill()
			<-ended
			t.Fatalf("told %q, %v, want %s\n%s", text[:n], err, want, &log)
		}
	}
	told("READY=1")
	var ready struct{ Admin string }
	text, err := os.ReadFile(filepath.Join(data, "ready.json"))
	if err == nil {
		err = json.Unmarshal(text, &ready)
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := run("health", ready.Admin).CombinedOutput(); err != nil {
		t.Errorf("health: %v\n%s", err, out)
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	told("STOPPING=1")
	if err := <-ended; err != nil {
		t.Errorf("ended with %v\n%s", err, &log)
	}
	if out, err := run("health", ready.Admin).CombinedOutput(); err == nil {
		t.Errorf("health of a server that has ended: %s", out)
	}
}
