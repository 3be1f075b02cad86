//go:build e2e

package contract

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// patience bounds every wait. It is long because a busy machine is slow and
// a test that fails for that reason is worse than one that fails late.
const patience = program.Patience

var (
	raceServer = flag.Bool("race-server", false, "build the program with the race detector")
	binary     = flag.String("teahouse", "", "test this program instead of building it")
)

// house is the program under test.
var house program.Program

func TestMain(m *testing.M) {
	// The command line may say otherwise.
	flag.Set("rapid.checks", "40")       // a whole cast connects for each
	flag.Set("rapid.nofailfile", "true") // what failed with one server's state says little of another's
	flag.Set("test.parallel", "8")       // most of a test's time is waiting for the others
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "teahouse-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	defer os.RemoveAll(dir)
	if err := build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	code := m.Run()
	err = errors.Join(stopShared(), stopNode())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	if leak := goleak.Find(); code == 0 && leak != nil {
		fmt.Fprintln(os.Stderr, leak)
		code = 1
	}
	return code
}

// tools are the programs that play strangers, and where Debian keeps them.
var tools = map[string]string{
	"mosquitto_sub": "mosquitto-clients",
	"mosquitto_pub": "mosquitto-clients",
	"mosquitto_rr":  "mosquitto-clients",
	"curl":          "curl",
	"prometheus":    "prometheus",
	"promtool":      "prometheus",
	"jq":            "jq",
	"node":          "nodejs",
	"stdbuf":        "coreutils",
}

// needs ends the test when a tool is missing, and says how to get it.
func needs(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			t.Fatalf("%s is not installed: apt-get install %s", name, tools[name])
		}
	}
}

func build(dir string) (err error) {
	if *binary != "" {
		house.Path, err = filepath.Abs(*binary)
		return err
	}
	var args []string
	if *raceServer {
		args = append(args, "-race")
	}
	house, err = program.Build(dir, args...)
	return err
}
