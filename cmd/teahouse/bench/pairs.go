package bench

import (
	"context"
	"io"
	"time"
)

// Pairs is the load of users who write to each other in pairs. Each has a window of
// messages not yet acknowledged or received; with --rate they send at a steady rate.
type Pairs struct {
	Target
	Pairs  int `help:"Pairs of users." default:"50"`
	Window int `help:"Messages in flight from each user." default:"8"`
	Rate   int `help:"Messages a second in all, sent on schedule; 0: as fast as the window lets."`
	// Messages ends the run by count, so that what N messages leave behind can be compared.
	Messages int `help:"How many acknowledged messages to measure, in place of --duration; 0: by time."`
}

// Run measures.
func (p *Pairs) Run(ctx context.Context, w io.Writer) error {
	if err := p.settle(); err != nil {
		return err
	}
	t := &talk{target: &p.Target, window: p.Window, began: time.Now()}
	r := &Result{Work: "pairs", Settings: map[string]any{
		"pairs": p.Pairs, "window": p.Window, "qos": p.QoS, "size": p.Size, "rate": p.Rate, "messages": p.Messages,
	}}
	all, err := openAll(ctx, 2*p.Pairs, func(i int) (*client, error) { return t.join(ctx, i) })
	if err != nil {
		return err
	}
	defer closeAll(all)
	t.start(all, p.Rate)
	defer t.stop()
	return t.measure(ctx, all, p.Messages, r, w)
}

// Gateway is the load of one connection that sends many messages to one user, many in
// flight.
type Gateway struct {
	Target
	Window int `help:"Messages in flight." default:"256"`
}

// Run measures.
func (g *Gateway) Run(ctx context.Context, w io.Writer) error {
	if err := g.settle(); err != nil {
		return err
	}
	t := &talk{target: &g.Target, window: g.Window, began: time.Now(), oneWay: true}
	r := &Result{Work: "gateway", Settings: map[string]any{"window": g.Window, "qos": g.QoS, "size": g.Size}}
	all, err := openAll(ctx, 2, func(i int) (*client, error) { return t.join(ctx, i) })
	if err != nil {
		return err
	}
	defer closeAll(all)
	t.start(all, 0)
	defer t.stop()
	return t.measure(ctx, all, 0, r, w)
}
