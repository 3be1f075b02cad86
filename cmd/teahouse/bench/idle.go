package bench

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Idle is connections that subscribe and then do nothing: what each costs in
// memory.
type Idle struct {
	Target
	Connections int      `help:"How many." default:"5000"`
	Local       []string `help:"Source addresses in turn, each good for about 28,000 connections." placeholder:"127.0.0.2"`
}

// Run measures.
func (i *Idle) Run(ctx context.Context, w io.Writer) error {
	if err := i.settle(); err != nil {
		return err
	}
	before, err := usageOf(i.PID)
	if err != nil {
		return err
	}
	r := &Result{Work: "idle", Settings: map[string]any{"connections": i.Connections}}
	began := time.Now()
	all, err := openAll(ctx, i.Connections, i.opener(ctx, i.Local))
	if err != nil {
		return err
	}
	defer closeAll(all)
	took := time.Since(began)
	for _, c := range all {
		c.start()
	}
	span, err := i.open()
	if err != nil {
		return err
	}
	if err := during(ctx, i.Duration, all); err != nil {
		return err
	}
	if err := i.close(span, r); err != nil {
		return err
	}
	r.Rates = map[string]float64{"connects_per_second": float64(i.Connections) / took.Seconds()}
	if i.PID != 0 {
		r.Rates["bytes_per_connection"] = float64(r.RSS-before.rss) / float64(i.Connections)
		r.Rates["idle_cpu_percent"] = 100 * r.CPU / r.Seconds
	}
	return i.print(w, r)
}

// opener opens connections with small buffers and one subscription each.
func (t *Target) opener(ctx context.Context, local []string) func(int) (*client, error) {
	d := dialing{addr: t.Addr, local: local, bufBytes: 256}
	return func(n int) (*client, error) {
		c, err := t.connect(ctx, d, n, "bench", true)
		if err != nil {
			return nil, err
		}
		filter := "im/in/#"
		if t.Plain {
			filter = "bench/" + t.user(n)
		}
		if err := c.subscribe(filter, t.QoS); err != nil {
			c.close()
			return nil, err
		}
		return c, nil
	}
}

// Storm is a crowd that connects, drops all at once and comes back.
type Storm struct {
	Target
	Connections int      `help:"How many." default:"5000"`
	Rounds      int      `help:"How often." default:"3"`
	Local       []string `help:"Source addresses in turn." placeholder:"127.0.0.2"`
}

// Run measures.
func (s *Storm) Run(ctx context.Context, w io.Writer) error {
	if err := s.settle(); err != nil {
		return err
	}
	r := &Result{Work: "storm", Settings: map[string]any{"connections": s.Connections, "rounds": s.Rounds}, Rates: map[string]float64{}}
	span, err := s.open()
	if err != nil {
		return err
	}
	for round := 1; round <= s.Rounds; round++ {
		began := time.Now()
		all, err := openAll(ctx, s.Connections, s.opener(ctx, s.Local))
		if err != nil {
			return err
		}
		took := time.Since(began)
		for _, c := range all {
			c.start()
		}
		used, err := usageOf(s.PID)
		closeAll(all)
		if err != nil {
			return err
		}
		r.Rates[fmt.Sprintf("round_%d_connects_per_second", round)] = float64(s.Connections) / took.Seconds()
		if s.PID != 0 {
			r.Rates[fmt.Sprintf("round_%d_resident_bytes", round)] = float64(used.rss)
		}
	}
	if err := s.close(span, r); err != nil {
		return err
	}
	return s.print(w, r)
}
