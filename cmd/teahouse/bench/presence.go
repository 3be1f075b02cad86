package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"time"
)

// Presence is the load of users who log in all at once and are watched: what that costs
// the messages of others, who send at a steady rate all the time. It measures them while nothing
// else happens, while the users log in and nobody watches, and while each is watched.
type Presence struct {
	Target
	Pairs    int `help:"Pairs of users who write to each other." default:"25"`
	Rate     int `help:"Messages a second in all." default:"1000"`
	Logins   int `help:"Users who log in at once." default:"2000"`
	Pace     int `help:"Logins a second; 0: as fast as they go."`
	Watchers int `help:"Who watch each of them." default:"50"`
	Rounds   int `help:"How often." default:"3"`
}

// mostWatched is how many users a connection watches (spec/00 §5), and how many are named
// in one request.
const (
	mostWatched = 1000
	mostNamed   = 100
)

// Run measures.
func (p *Presence) Run(ctx context.Context, w io.Writer) error {
	if err := p.settle(); err != nil {
		return err
	}
	t := &talk{target: &p.Target, began: time.Now()}
	r := &Result{Work: "presence", Rates: map[string]float64{}, Settings: map[string]any{
		"pairs": p.Pairs, "rate": p.Rate, "logins": p.Logins, "watchers": p.Watchers, "pace": p.Pace, "rounds": p.Rounds, "qos": p.QoS, "size": p.Size,
	}}
	talkers, err := openAll(ctx, 2*p.Pairs, func(i int) (*client, error) { return t.join(ctx, i) })
	if err != nil {
		return err
	}
	defer closeAll(talkers)
	if err := p.login(ctx); err != nil { // makes the accounts
		return err
	}
	t.start(talkers, p.Rate)
	defer t.stop()
	if err := during(ctx, p.Warmup, talkers); err != nil {
		return err
	}
	span, err := p.open()
	if err != nil {
		return err
	}
	var all [3]histogram
	for range p.Rounds {
		if err := p.round(ctx, t, talkers, &all, r); err != nil {
			return err
		}
	}
	if err := p.close(span, r); err != nil {
		return err
	}
	for i, name := range []string{"quiet", "logins", "watched_logins"} {
		l := all[i].summary()
		r.Rates[name+"_p50_us"], r.Rates[name+"_p99_us"] = l.P50, l.P99
	}
	r.Rates["watched_p99_over_quiet"] = r.Rates["watched_logins_p99_us"] / r.Rates["quiet_p99_us"]
	l := all[2].summary()
	r.Latency = &l
	return p.print(w, r)
}

// round measures each of the three once.
func (p *Presence) round(ctx context.Context, t *talk, talkers []*client, all *[3]histogram, r *Result) error {
	t.latency.Store(&all[0])
	if err := during(ctx, p.Duration, talkers); err != nil {
		return err
	}
	t.latency.Store(&all[1])
	if err := p.login(ctx); err != nil {
		return err
	}
	t.latency.Store(nil)
	var told atomic.Int64
	watching, err := openAll(ctx, (p.Logins*p.Watchers+p.each()-1)/p.each(), func(i int) (*client, error) {
		return p.watch(ctx, i, &told)
	})
	if err != nil {
		return err
	}
	defer closeAll(watching)
	due := int64(p.Logins * p.Watchers)
	if err := p.heard(ctx, &told, due); err != nil {
		return err
	}
	began := time.Now()
	t.latency.Store(&all[2])
	people, err := p.crowd(ctx)
	if err != nil {
		return err
	}
	defer closeAll(people)
	r.Rates["logins_per_second"] = float64(p.Logins) / time.Since(began).Seconds()
	err = p.heard(ctx, &told, 2*due)
	t.latency.Store(nil)
	r.Rates["states_per_second"] = float64(due) / time.Since(began).Seconds()
	return err
}

// crowd logs everybody in.
func (p *Presence) crowd(ctx context.Context) ([]*client, error) {
	d := dialing{addr: p.Addr, bufBytes: 256}
	began := time.Now()
	return openAll(ctx, p.Logins, func(i int) (*client, error) {
		if p.Pace > 0 {
			time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(p.Pace))))
		}
		c, err := p.connect(ctx, d, p.person(i), "bench", true)
		if err == nil {
			c.start()
		}
		return c, err
	})
}

// login logs everybody in and out again.
func (p *Presence) login(ctx context.Context) error {
	people, err := p.crowd(ctx)
	closeAll(people)
	return err
}

// person is the number of the i-th user who logs in; those before are the pairs, those
// behind the watchers.
func (p *Presence) person(i int) int { return 2*p.Pairs + i }

// each is how many users a connection watches.
func (p *Presence) each() int { return min(p.Logins, mostWatched) }

// watch opens the i-th connection that watches: each has a stretch of the users, and the
// stretches go round.
func (p *Presence) watch(ctx context.Context, i int, told *atomic.Int64) (*client, error) {
	c, err := p.connect(ctx, p.dialing(), p.person(p.Logins)+i, "bench", true)
	if err != nil {
		return nil, err
	}
	var names []string
	for n := i * p.each(); n < min((i+1)*p.each(), p.Logins*p.Watchers); n++ {
		names = append(names, p.user(p.person(n%p.Logins)))
	}
	if err := p.ask(c, names, told); err != nil {
		c.close()
		return nil, err
	}
	c.start()
	return c, nil
}

// ask has a connection watch users. States that come meanwhile are counted by the
// reader, which does not run yet: so the answer is read by it too.
func (p *Presence) ask(c *client, names []string, told *atomic.Int64) error {
	for _, filter := range []string{"im/res/#", "im/event/presence/#"} {
		if err := c.subscribe(filter, 0); err != nil {
			return err
		}
	}
	c.got = func(topic, _ []byte) {
		if string(topic) != "im/res/status.watch" {
			told.Add(1)
		}
	}
	for part := range slices.Chunk(names, mostNamed) {
		body, err := json.Marshal(map[string]any{"To_Account": part})
		if err != nil {
			return err
		}
		c.publish("im/req/status.watch", body, 0)
	}
	c.flush()
	return nil
}

// heard waits until so many states have been told.
func (p *Presence) heard(ctx context.Context, told *atomic.Int64, n int64) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for late := time.After(time.Minute); told.Load() < n; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-late:
			return fmt.Errorf("%d of %d states were told in a minute", told.Load(), n)
		}
	}
	return nil
}
