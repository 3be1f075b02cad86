package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// work is one of the program's loads.
type work interface {
	Run(ctx context.Context, w io.Writer) error
}

// TestBenchLoads runs each load for a moment against the real
// server: it must get through, and its figures must be those of somebody served.
func TestBenchLoads(t *testing.T) {
	app, err := server.Start(t.Context(), server.Options{
		Data: t.TempDir(), MQTT: "127.0.0.1:0", Admin: "127.0.0.1:0",
		Dev: &server.Dev{Apps: 1, NoLimits: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	ready := app.Ready()
	target := Target{
		Addr: ready.MQTT, App: uint32(ready.SDKAppID), Key: ready.Key, PID: os.Getpid(),
		Duration: 200 * time.Millisecond, Warmup: 50 * time.Millisecond, Size: 100, QoS: 1, JSON: true,
	}
	slow := target
	slow.QoS = 0
	for name, c := range map[string]struct {
		work   work
		figure string
	}{
		"pairs":         {&Pairs{Target: target, Pairs: 4, Window: 4}, "received_per_second"},
		"pairs, QoS 0":  {&Pairs{Target: slow, Pairs: 4, Window: 4}, "received_per_second"},
		"paced pairs":   {&Pairs{Target: target, Pairs: 4, Rate: 200}, "received_per_second"},
		"counted pairs": {&Pairs{Target: target, Pairs: 4, Window: 4, Messages: 100}, "acked_per_second"},
		"gateway":       {&Gateway{Target: target, Window: 64}, "acked_per_second"},
		"group":         {&Group{Target: target, Members: 10, Window: 2}, "messages_per_second"},
		"stalled group": {&Group{Target: target, Members: 10, Window: 2, Stalled: 2}, "messages_per_second"},
		"live room":     {&Group{Target: target, Members: 10, Rate: 200, Live: true}, "deliveries_per_second"},
		"idle":          {&Idle{Target: target, Connections: 20}, "connects_per_second"},
		"storm":         {&Storm{Target: target, Connections: 20, Rounds: 2}, "round_2_connects_per_second"},
		"presence":      {&Presence{Target: target, Pairs: 2, Rate: 200, Logins: 20, Pace: 100, Watchers: 5, Rounds: 1}, "states_per_second"},
		"history":       {&History{Target: target, Messages: 60, Page: 50, Readers: 2, Window: 2, Deep: true}, "pages_per_second"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := c.work.Run(t.Context(), &out); err != nil {
				t.Fatal(err)
			}
			var r Result
			if err := json.Unmarshal(out.Bytes(), &r); err != nil {
				t.Fatalf("%v in %s", err, out.String())
			}
			if r.Rates[c.figure] <= 0 || r.RSS <= 0 || r.Seconds <= 0 {
				t.Errorf("%s: %+v", c.figure, r)
			}
			if r.Latency != nil && (r.Latency.P50 <= 0 || r.Latency.P50 > r.Latency.Max) {
				t.Errorf("latency: %+v", *r.Latency)
			}
		})
	}
}

func TestBenchNeedsKey(t *testing.T) {
	err := (&Pairs{}).Run(t.Context(), io.Discard)
	if err == nil {
		t.Fatal("ran without a key")
	}
}
