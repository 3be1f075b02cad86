//go:build drills

package drills

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/e2e/program"
)

var (
	window = flag.Duration("window", 3*time.Second, "how long each round of an attack lasts")
	rounds = flag.Int("rounds", 5, "rounds of attack and control")
	within = flag.Float64("within", 2, "how many times the control's p99 honest users may have")
	binary = flag.String("teahouse", "", "attack this program instead of building it")
)

// house is the program under attack.
var house program.Program

func TestMain(m *testing.M) {
	if order := os.Getenv(attackOrder); order != "" {
		os.Exit(beAttacker(order))
	}
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "teahouse-drills-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	defer os.RemoveAll(dir)
	if *binary != "" {
		house.Path = *binary
	} else if house, err = program.Build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	code := m.Run()
	printRows()
	return code
}
