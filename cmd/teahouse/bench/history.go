package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// History is readers who page through a conversation over MQTT.
type History struct {
	Target
	Messages int  `help:"Messages in the conversation." default:"1000"`
	Page     int  `help:"Messages in a page." default:"50"`
	Readers  int  `help:"Connections that read." default:"8"`
	Window   int  `help:"Requests in flight from each." default:"4"`
	Deep     bool `help:"Read pages of the whole conversation, not only the newest."`
}

// Run measures.
func (h *History) Run(ctx context.Context, w io.Writer) error {
	if err := h.settle(); err != nil {
		return err
	}
	if h.Plain {
		return errors.New("history: a plain broker has none")
	}
	writer, err := openAll(ctx, 1, func(int) (*client, error) { return h.connect(ctx, h.dialing(), 0, "bench", true) })
	if err != nil {
		return err
	}
	defer closeAll(writer)
	readers, err := openAll(ctx, h.Readers, func(i int) (*client, error) { return h.reader(ctx, i) })
	if err != nil {
		return err
	}
	defer closeAll(readers)
	if err := h.fill(ctx, writer); err != nil {
		return err
	}
	return h.measure(ctx, readers, w)
}

// reader is a further device of user 1.
func (h *History) reader(ctx context.Context, i int) (*client, error) {
	d := h.dialing()
	c, err := h.connect(ctx, d, 1, fmt.Sprintf("reader-%d", i), true)
	if err != nil {
		return nil, err
	}
	if err := c.subscribe("im/res/+", 0); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// fill writes the conversation and waits until it is on disk.
func (h *History) fill(ctx context.Context, writer []*client) error {
	c := writer[0]
	var left atomic.Int64
	left.Store(int64(h.Messages))
	stored := make(chan struct{})
	room := make(chan struct{}, 64)
	c.acked = func(uint16) {
		<-room
		if left.Add(-1) == 0 {
			close(stored)
		}
	}
	c.start()
	var text []byte
	for n := range h.Messages {
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		text = stamp(text, 0, n, 0, h.Size)
		c.publish("im/text/c2c/"+h.user(1), text, 1)
		c.flush()
	}
	select {
	case <-stored:
		return nil
	case <-c.done:
		return fmt.Errorf("connection lost: %w", c.err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *History) measure(ctx context.Context, readers []*client, w io.Writer) error {
	var pages atomic.Uint64
	var measuring atomic.Bool
	var latency histogram
	for _, c := range readers {
		h.ask(c, &pages, &measuring, &latency)
	}
	r := &Result{Work: "history", Settings: map[string]any{
		"messages": h.Messages, "page": h.Page, "readers": h.Readers, "window": h.Window, "deep": h.Deep,
	}}
	if err := during(ctx, h.Warmup, readers); err != nil {
		return err
	}
	span, err := h.open()
	if err != nil {
		return err
	}
	before := pages.Load()
	measuring.Store(true)
	if err := during(ctx, h.Duration, readers); err != nil {
		return err
	}
	got := pages.Load() - before
	if err := h.close(span, r); err != nil {
		return err
	}
	r.Rates = map[string]float64{
		"pages_per_second":    float64(got) / r.Seconds,
		"messages_per_second": float64(got) * float64(min(h.Page, h.Messages)) / r.Seconds,
	}
	l := latency.summary()
	r.Latency = &l
	return h.print(w, r)
}

// ask keeps the reader's window full of requests. Answers come in the order
// of the requests, so a queue of times is enough.
func (h *History) ask(c *client, pages *atomic.Uint64, measuring *atomic.Bool, latency *histogram) {
	var mu sync.Mutex
	var asked []time.Time
	n := 0
	request := func() { // mu is held
		body := fmt.Sprintf(`{"Conv":"c2c/%s","Limit":%d}`, h.user(0), h.Page)
		if h.Deep && h.Messages > h.Page {
			before := h.Page + 1 + n*7919%(h.Messages-h.Page)
			body = fmt.Sprintf(`{"Conv":"c2c/%s","Limit":%d,"Before":%d}`, h.user(0), h.Page, before)
		}
		n++
		asked = append(asked, time.Now())
		c.publish("im/req/msg.history/1", []byte(body), 0)
	}
	c.got = func(_, _ []byte) {
		mu.Lock()
		defer mu.Unlock()
		if len(asked) == 0 {
			return
		}
		if measuring.Load() {
			latency.add(time.Since(asked[0]))
		}
		asked = asked[1:]
		pages.Add(1)
		request()
	}
	mu.Lock()
	for range h.Window {
		request()
	}
	mu.Unlock()
	c.start()
	c.flush()
}
