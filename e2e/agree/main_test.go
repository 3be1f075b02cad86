//go:build e2e

package agree

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
)

var (
	steps = flag.Int("steps", 1500, "how many things happen")
	seed  = flag.Uint64("seed", 0, "of what happens; 0 draws one")
)

// serverData is the environment variable that makes the test binary a server: its folder.
const serverData = "TEAHOUSE_AGREE_DATA"

func TestMain(m *testing.M) {
	if data := os.Getenv(serverData); data != "" {
		os.Exit(beServer(data))
	}
	flag.Parse()
	os.Exit(m.Run())
}

// beServer is the main function of the server's process. Each line of its standard input
// is how far its clock is ahead, in seconds; it ends when that does.
func beServer(data string) int {
	var ahead atomic.Int64
	first, _ := strconv.ParseInt(os.Getenv(serverAhead), 10, 64) // none: 0
	ahead.Store(first)
	a, err := server.Start(context.Background(), server.Options{
		Data: data, MQTT: "127.0.0.1:0", Admin: "127.0.0.1:0", Dev: &server.Dev{Apps: 1, NoLimits: true},
		Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load()) * time.Second).Round(0) },
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ready, err := json.Marshal(a.Ready())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Printf("%s\n", ready)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		n, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		ahead.Store(n)
		fmt.Println("set")
	}
	if err := a.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
