package debian

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/tools/packaging/built"
)

// most is the exposure that the unit may have, as systemd counts it.
const most = 2.0

// unit returns the unit with a program that is there, as systemd wants to find it.
func unit(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(built.Top(), "deploy", "systemd", "teahouse.service"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "teahouse.service")
	here := strings.NewReplacer("/usr/bin/teahouse", built.Program(t), "Documentation=man:teahouse(1)\n", "").Replace(string(text))
	if err := os.WriteFile(file, []byte(here), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// systemd understands every line of the unit.
func TestUnitIsUnderstood(t *testing.T) {
	built.Needs(t, "systemd-analyze")
	out, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "--man=no", unit(t)).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "teahouse") {
			t.Error(line)
		}
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestUnitIsSealed(t *testing.T) {
	built.Needs(t, "systemd-analyze")
	out, err := exec.CommandContext(t.Context(), "systemd-analyze", "security", "--offline=true", "--no-pager", unit(t)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	said := regexp.MustCompile(`Overall exposure level for teahouse\.service: ([\d.]+)`).FindSubmatch(out)
	if said == nil {
		t.Fatalf("no level:\n%s", out)
	}
	if level, err := strconv.ParseFloat(string(said[1]), 64); err != nil || level >= most {
		t.Errorf("exposure %s, want less than %v\n%s", said[1], most, out)
	}
}
