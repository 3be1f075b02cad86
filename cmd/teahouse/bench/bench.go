package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/ticket"
)

// Command is the command line of `teahouse bench`.
type Command struct {
	Pairs   Pairs   `cmd:"" help:"People talking in pairs, both ways."`
	Group   Group   `cmd:"" help:"One sender, many receivers in a group."`
	Gateway Gateway `cmd:"" help:"One connection with many messages in flight."`
	Idle    Idle    `cmd:"" help:"Connections with one subscription that do nothing."`
	Storm   Storm   `cmd:"" help:"All connections connect and drop, several times."`
	History History `cmd:"" help:"Pages of history."`

	Presence Presence `cmd:"" help:"Users who log in at once and are watched, beside messages."`
}

// Target says which broker is measured and for how long.
type Target struct {
	Addr     string        `help:"MQTT address, host:port." default:"127.0.0.1:1883"`
	App      uint32        `help:"SDKAppID." default:"1400000001"`
	Key      string        `help:"UserSig key of the app; or give --ready-file." env:"TEAHOUSE_BENCH_KEY"`
	Ready    string        `name:"ready-file" help:"Ready file of a dev server: address, SDKAppID and key in one." type:"existingfile"`
	Plain    bool          `help:"Any other broker: ordinary topics, no tickets."`
	PID      int           `name:"pid" help:"Server process to read CPU time and memory of."`
	Duration time.Duration `help:"How long to measure." default:"10s"`
	Warmup   time.Duration `help:"How long to run before." default:"2s"`
	Size     int           `help:"Bytes of text in a message." default:"100"`
	QoS      byte          `name:"qos" help:"QoS of publishing and subscribing." enum:"0,1" default:"1"`
	Seed     uint64        `help:"Seed of the names, so that runs use different users; 0: random."`
	JSON     bool          `name:"json" help:"Print JSON instead of a table."`
}

// Result is what a run has measured.
type Result struct {
	Work     string             `json:"work"`
	Target   string             `json:"target"`
	Settings map[string]any     `json:"settings"`
	Seconds  float64            `json:"seconds"`
	Rates    map[string]float64 `json:"rates"`
	Latency  *Latency           `json:"latency_us,omitempty"`
	CPU      float64            `json:"server_cpu_seconds,omitempty"`
	RSS      int64              `json:"server_rss_bytes,omitempty"`
	Notes    []string           `json:"notes,omitempty"`
}

// settle fills in what is derived from other flags.
func (t *Target) settle() error {
	if t.Seed == 0 {
		t.Seed = rand.Uint64() % 1_000_000
	}
	if t.Ready == "" {
		if !t.Plain && t.Key == "" {
			return fmt.Errorf("give --key, --ready-file, or --plain for another broker")
		}
		return nil
	}
	var ready struct {
		MQTT     string `json:"mqtt"`
		SDKAppID uint32 `json:"sdkappid"`
		Key      string `json:"key"`
	}
	raw, err := os.ReadFile(t.Ready)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &ready); err != nil {
		return fmt.Errorf("%s: %w", t.Ready, err)
	}
	t.Addr, t.App, t.Key = ready.MQTT, ready.SDKAppID, ready.Key
	return nil
}

// user names the n-th user of a run.
func (t *Target) user(n int) string { return fmt.Sprintf("b%d-%d", t.Seed, n) }

// connect opens the n-th user's connection.
func (t *Target) connect(ctx context.Context, d dialing, n int, device string, clean bool) (*client, error) {
	user := t.user(n)
	if t.Plain {
		return d.dial(ctx, n, user, "", "", clean)
	}
	sig, err := ticket.Mint(t.App, user, t.Key, time.Now(), 24*time.Hour)
	if err != nil {
		return nil, err
	}
	return d.dial(ctx, n, device, user, sig, clean)
}

func (t *Target) dialing() dialing { return dialing{addr: t.Addr, bufBytes: 32 << 10} }

// window measures a span of a run: rates from counters, the server's use of
// CPU.
type window struct {
	from time.Time
	used usage
}

func (t *Target) open() (window, error) {
	u, err := usageOf(t.PID)
	return window{time.Now(), u}, err
}

func (t *Target) close(w window, r *Result) error {
	u, err := usageOf(t.PID)
	r.Seconds = time.Since(w.from).Seconds()
	r.CPU = (u.cpu - w.used.cpu).Seconds()
	r.RSS = u.rss
	r.Target = t.Addr
	return err
}

// print writes a result as a table or JSON.
func (t *Target) print(w io.Writer, r *Result) error {
	if t.JSON {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	fmt.Fprintf(w, "%s against %s, %.1f s\n", r.Work, r.Target, r.Seconds)
	for _, k := range sorted(r.Settings) {
		fmt.Fprintf(w, "  %-24s %v\n", k, r.Settings[k])
	}
	for _, k := range sorted(r.Rates) {
		fmt.Fprintf(w, "  %-24s %.1f\n", k, r.Rates[k])
	}
	if l := r.Latency; l != nil {
		fmt.Fprintf(w, "  %-24s p50 %.0f  p90 %.0f  p99 %.0f  p99.9 %.0f  max %.0f\n", "latency (us)", l.P50, l.P90, l.P99, l.P999, l.Max)
	}
	if t.PID != 0 {
		fmt.Fprintf(w, "  %-24s %.2f s CPU, %.1f MB resident\n", "server", r.CPU, float64(r.RSS)/1e6)
	}
	if len(r.Notes) > 0 {
		fmt.Fprintf(w, "  %s\n", strings.Join(r.Notes, "\n  "))
	}
	return nil
}
