//go:build e2e

package operator

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// most bounds the walk. It takes half a minute on an idle machine, and a busy one is slow.
const most = 8 * time.Minute

// machine runs a command in a copy of this machine that is thrown away.
var machine = []string{
	"--mount", "--net", "--pid", "--fork", "--kill-child", "../../tools/packaging/debian/overlay.sh",
}

// An operator installs the package, follows the pages to a server on the open internet, loses it,
// restores it, and upgrades one of the release before.
func TestPath(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"dpkg-deb", "unshare", "setpriv", "adduser", "ip", "openssl", "curl", "jq", "mosquitto_pub", "prometheus", "promtool"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is not installed", tool)
		}
	}
	if os.Getuid() != 0 {
		t.Skip("a package is installed by root")
	}
	work := t.TempDir()
	if out, err := command(t, work, "true").CombinedOutput(); err != nil {
		t.Skipf("no copy of the machine can be made here: %v\n%s", err, out)
	}
	here := t.TempDir() // the folder of the sources may be on a disk that the copy does not have
	if err := os.CopyFS(here, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	const inside = `mount -t proc proc /proc && ip link set lo up && exec bash "$@"`
	older, newer := pack(t, "0.0.9"), pack(t, "0.1.0")
	c := command(t, work, "sh", "-c", inside, "-", filepath.Join(here, "path.sh"), older, newer)
	c.Env = append(os.Environ(), "PYTHON="+program.Python(t))
	out, err := c.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(out), "all of it is as it should be\n") {
		t.Error("the script has not come to its end")
	}
}

// command is a line in the copy of the machine; it ends with the test, or after a long time.
func command(t *testing.T, work string, line ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), "unshare", append(append(append([]string{}, machine...), work), line...)...)
	late := time.AfterFunc(most, func() { _ = c.Process.Kill() }) // unshare takes all of it along
	t.Cleanup(func() { late.Stop() })
	return c
}

// house is the program under test.
var house program.Program

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "teahouse-operator-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	defer os.RemoveAll(dir)
	if house, err = program.Build(dir, "-ldflags", "-s -w"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	return m.Run()
}

// pack makes the Debian package of the program, packed quickly.
func pack(t *testing.T, version string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "teahouse.deb")
	c := exec.CommandContext(t.Context(), "../../deploy/deb/build.sh", house.Path, runtime.GOARCH, file)
	c.Env = append(os.Environ(), "VERSION="+version, "COMPRESSION=gzip", "LEVEL=1", "SOURCE_DATE_EPOCH=1764460800")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return file
}
