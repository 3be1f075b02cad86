package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// Group is the load of a group with one sender.
type Group struct {
	Target
	Members int  `help:"Members online, the sender included." default:"500"`
	Window  int  `help:"Messages in flight: not yet received by everybody." default:"4"`
	Rate    int  `help:"Messages a second, sent on schedule; 0: as fast as the window lets."`
	Stalled int  `help:"Members that stop reading once messages flow."`
	Live    bool `help:"The group is an AVChatRoom; tells how many deliveries were lost."`
}

// crowd is a group's traffic: member 0 writes, all others receive.
type crowd struct {
	target  *Target
	live    bool
	window  int
	members int // that read
	began   time.Time
	topic   string
	sender  *client

	text      []byte // owned by the writing goroutine
	counts    []atomic.Int32
	room      chan struct{} // one for each message that may be in flight
	sent      atomic.Uint64
	received  atomic.Uint64
	complete  atomic.Uint64
	measuring atomic.Bool
	latency   histogram
	quit      chan struct{}
	done      chan struct{}
	stop      func() // ends the writing, once
}

// ring bounds the messages of a crowd that are in flight.
const ring = 1 << 16

// Run measures.
func (g *Group) Run(ctx context.Context, w io.Writer) error {
	if err := g.settle(); err != nil {
		return err
	}
	name := fmt.Sprintf("bench-%d", g.Seed)
	c := &crowd{
		target: &g.Target, live: g.Live, window: g.Window, members: g.Members - 1 - g.Stalled, began: time.Now(),
		topic: "im/text/group/" + name, counts: make([]atomic.Int32, ring),
		room: make(chan struct{}, ring), quit: make(chan struct{}), done: make(chan struct{}),
	}
	c.stop = sync.OnceFunc(func() { close(c.quit); <-c.done })
	if g.Plain {
		c.topic = "bench/" + name
	}
	all, err := openAll(ctx, 1, func(int) (*client, error) { return c.create(ctx, name) })
	if err != nil {
		return err
	}
	rest, err := openAll(ctx, g.Members-1, func(i int) (*client, error) { return c.join(ctx, i+1, name) })
	if err != nil {
		closeAll(all)
		return err
	}
	all = append(all, rest...)
	defer closeAll(all)
	reading := all[:len(all)-g.Stalled]
	c.sender = all[0]
	for _, m := range reading[1:] {
		m.got = c.onReceived
	}
	for _, m := range reading {
		m.start()
	}
	go c.write(g.Rate)
	defer c.stop()
	return c.measure(ctx, reading, g, w)
}

// create connects the sender and makes the group, whose type lets anybody in.
func (c *crowd) create(ctx context.Context, name string) (*client, error) {
	m, err := c.target.connect(ctx, c.target.dialing(), 0, "bench", true)
	if err != nil || c.target.Plain {
		return m, err
	}
	kind := "Meeting"
	if c.live {
		kind = "AVChatRoom"
	}
	body := fmt.Sprintf(`{"Type":%q,"Name":"bench","GroupId":%q}`, kind, name)
	if err := ask(m, "group.create", body); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

func (c *crowd) join(ctx context.Context, i int, name string) (*client, error) {
	d := c.target.dialing()
	if c.live { // there are thousands of them
		d.bufBytes = 2 << 10
	}
	m, err := c.target.connect(ctx, d, i, "bench", true)
	if err != nil {
		return nil, err
	}
	filter := c.topic
	if !c.target.Plain {
		filter = "im/in/#"
		err = ask(m, "group.join", fmt.Sprintf(`{"GroupId":%q}`, name))
	}
	if err == nil {
		err = m.subscribe(filter, c.target.QoS)
	}
	if err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

// ask makes a request of the server and fails unless it is granted.
func ask(c *client, method, body string) error {
	if err := c.subscribe("im/res/+", 0); err != nil {
		return err
	}
	answer, err := c.request("im/req/"+method+"/1", "im/res/1", []byte(body))
	if err != nil {
		return err
	}
	var envelope struct {
		ErrorCode int
		ErrorInfo string
	}
	if err := json.Unmarshal(answer, &envelope); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	if envelope.ErrorCode != 0 {
		return fmt.Errorf("%s: %d %s", method, envelope.ErrorCode, envelope.ErrorInfo)
	}
	return nil
}

// write publishes until told to stop.
func (c *crowd) write(rate int) {
	defer close(c.done)
	for range c.window {
		c.room <- struct{}{}
	}
	begin := time.Since(c.began)
	for n := 0; ; n++ {
		due := time.Since(c.began)
		if rate > 0 {
			due = begin + time.Duration(n)*time.Second/time.Duration(rate)
			select {
			case <-time.After(due - time.Since(c.began)):
			case <-c.quit:
				return
			}
		} else {
			select {
			case <-c.room:
			case <-c.quit:
				return
			}
		}
		c.counts[n%ring].Store(0)
		c.text = stamp(c.text, 0, n, due, c.target.Size)
		c.sender.publish(c.topic, c.text, c.target.QoS)
		c.sender.flush()
		c.sent.Add(1)
	}
}

// patience is how long a live room may be silent before what has not come is lost.
const patience = 2 * time.Second

// lost stops writing and counts the deliveries that do not come.
func (c *crowd) lost() float64 {
	c.stop()
	want := c.sent.Load() * uint64(c.members)
	for have := c.received.Load(); have < want; {
		time.Sleep(patience)
		now := c.received.Load()
		if now == have {
			return float64(want - have)
		}
		have = now
	}
	return 0
}

func (c *crowd) onReceived(_, payload []byte) {
	_, n, due, ok := stamped(payload)
	if !ok {
		return
	}
	c.received.Add(1)
	if c.measuring.Load() {
		c.latency.add(time.Since(c.began) - due)
	}
	if int(c.counts[n%ring].Add(1)) == c.members {
		c.complete.Add(1)
		select {
		case c.room <- struct{}{}:
		default: // paced: nobody takes them
		}
	}
}

func (c *crowd) measure(ctx context.Context, reading []*client, g *Group, w io.Writer) error {
	r := &Result{Work: "group", Settings: map[string]any{
		"members": g.Members, "window": g.Window, "rate": g.Rate, "stalled": g.Stalled, "live": g.Live, "qos": g.QoS, "size": g.Size,
	}}
	if err := during(ctx, g.Warmup, reading); err != nil {
		return err
	}
	span, err := g.open()
	if err != nil {
		return err
	}
	received, complete := c.received.Load(), c.complete.Load()
	c.measuring.Store(true)
	if err := during(ctx, g.Duration, reading); err != nil {
		return err
	}
	c.measuring.Store(false)
	received, complete = c.received.Load()-received, c.complete.Load()-complete
	if err := g.close(span, r); err != nil {
		return err
	}
	r.Rates = map[string]float64{
		"deliveries_per_second": float64(received) / r.Seconds,
		"messages_per_second":   float64(complete) / r.Seconds,
	}
	l := c.latency.summary()
	r.Latency = &l
	if c.live {
		r.Rates["lost_deliveries"] = c.lost()
	}
	return g.print(w, r)
}
