package debian

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/tools/packaging/built"
)

// build makes the package of the built program, packed quickly.
func build(t *testing.T, env ...string) string {
	t.Helper()
	built.Needs(t, "dpkg-deb")
	out := filepath.Join(t.TempDir(), "teahouse.deb")
	built.Run(t, append(env, "COMPRESSION=gzip", "LEVEL=1"), "deploy/deb/build.sh", built.Program(t), runtime.GOARCH, out)
	return out
}

// The package has the same bytes whenever and wherever it is built.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	one := build(t, "SOURCE_DATE_EPOCH=1764460800", "TZ=UTC", "LANG=C")
	two := build(t, "SOURCE_DATE_EPOCH=1764460800", "TZ=Asia/Tokyo", "LANG=C.UTF-8", "TMPDIR="+t.TempDir())
	a, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(two)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("two builds of the package differ")
	}
}

// Debian's own checker of packages finds nothing.
func TestLintian(t *testing.T) {
	t.Parallel()
	built.Needs(t, "lintian")
	deb := build(t)
	c := exec.CommandContext(t.Context(), "lintian", "--allow-root", "--fail-on", "error,warning", deb)
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// The package is installed, upgraded, removed and purged in a copy of this machine, which is thrown
// away: an overlay over its files, seen by nobody else.
func TestInstall(t *testing.T) {
	t.Parallel()
	built.Needs(t, "dpkg", "unshare", "setpriv", "adduser")
	if os.Getuid() != 0 {
		t.Skip("a package is installed by root")
	}
	work := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "unshare", "--mount", "./overlay.sh", work, "true").CombinedOutput(); err != nil {
		t.Skipf("no overlay can be mounted here: %v\n%s", err, out)
	}
	script, err := os.ReadFile("install.sh")
	if err != nil {
		t.Fatal(err)
	}
	older, newer := build(t, "VERSION=0.0.9"), build(t, "VERSION=0.1.0")
	c := exec.CommandContext(t.Context(), "unshare", "--mount", "./overlay.sh", work, "bash", "-s", older, newer)
	c.Stdin = bytes.NewReader(script)
	out, err := c.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(out), "all of it is as it should be\n") {
		t.Error("the script has not come to its end")
	}
}

// What man and the linter of mandoc read has no mistake.
func TestManPage(t *testing.T) {
	t.Parallel()
	page := filepath.Join(t.TempDir(), "teahouse.1")
	if err := os.WriteFile(page, []byte(built.Run(t, nil, built.Program(t), "man", "--date", "2026-11-30")), 0o600); err != nil {
		t.Fatal(err)
	}
	built.Needs(t, "mandoc")
	if out, err := exec.CommandContext(t.Context(), "mandoc", "-T", "lint", page).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
