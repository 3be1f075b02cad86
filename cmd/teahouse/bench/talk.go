package bench

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// talk is traffic between users 2k and 2k+1.
type talk struct {
	target *Target
	window int
	oneWay bool // only even users write
	began  time.Time

	people   []*talker
	received atomic.Uint64
	acked    atomic.Uint64
	goal     atomic.Uint64 // of acked, at which enough is closed; 0: none
	reached  sync.Once
	enough   chan struct{}
	latency  atomic.Pointer[histogram] // nil: nothing is measured
	pacing   sync.WaitGroup
	quit     chan struct{}
}

// talker is one user who writes to a peer.
type talker struct {
	talk   *talk
	index  int
	topic  string
	client *client

	mu       sync.Mutex // guards what follows
	sent     int
	acked    int
	received int // by the peer
	text     []byte
}

// join connects a user and subscribes to the messages of the user's peer.
func (t *talk) join(ctx context.Context, i int) (*client, error) {
	c, err := t.target.connect(ctx, t.target.dialing(), i, "bench", true)
	if err != nil {
		return nil, err
	}
	filter := "im/in/#"
	if t.target.Plain {
		filter = "bench/" + t.target.user(i)
	}
	if err := c.subscribe(filter, t.target.QoS); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// start lets everybody talk: within their windows, or at a rate in messages a
// second over all.
func (t *talk) start(all []*client, rate int) {
	t.quit, t.enough = make(chan struct{}), make(chan struct{})
	t.people = make([]*talker, len(all))
	for i, c := range all {
		topic := "im/text/c2c/" + t.target.user(i^1)
		if t.target.Plain {
			topic = "bench/" + t.target.user(i^1)
		}
		t.people[i] = &talker{talk: t, index: i, topic: topic, client: c}
	}
	for i, c := range all {
		me, peer := t.people[i], t.people[i^1]
		c.also = peer.client
		c.acked = func(uint16) { me.onAck(rate == 0) }
		c.got = func(_, payload []byte) { peer.onReceived(payload, rate == 0) }
	}
	for _, c := range all {
		c.start()
	}
	if rate > 0 {
		t.pacing.Add(1)
		go t.pace(rate)
		return
	}
	for i, p := range t.people {
		if t.oneWay && i%2 == 1 {
			continue
		}
		p.mu.Lock()
		p.fill()
		p.mu.Unlock()
		p.client.flush()
	}
}

// pace sends each message when it is due, even if the server is slow.
func (t *talk) pace(rate int) {
	defer t.pacing.Done()
	begin := time.Since(t.began)
	for n := 0; ; n++ {
		due := begin + time.Duration(n)*time.Second/time.Duration(rate)
		if wait := due - time.Since(t.began); wait > 0 {
			select {
			case <-time.After(wait):
			case <-t.quit:
				return
			}
		}
		p := t.people[n%len(t.people)]
		p.mu.Lock()
		p.write(due)
		p.mu.Unlock()
		p.client.flush()
	}
}

func (t *talk) stop() {
	close(t.quit)
	t.pacing.Wait()
}

// write publishes the next message. mu is held.
func (p *talker) write(due time.Duration) {
	p.text = stamp(p.text, p.index, p.sent, due, p.talk.target.Size)
	p.client.publish(p.topic, p.text, p.talk.target.QoS)
	p.sent++
}

// fill writes while the window has room: a message is in flight until it is
// both acknowledged and received. mu is held.
func (p *talker) fill() {
	for {
		done := p.received
		if p.talk.target.QoS > 0 {
			done = min(done, p.acked)
		}
		if p.sent-done >= p.talk.window {
			return
		}
		p.write(time.Since(p.talk.began))
	}
}

func (p *talker) onAck(fill bool) {
	p.talk.count()
	if !fill {
		return
	}
	p.mu.Lock()
	p.acked++
	p.fill()
	p.mu.Unlock()
}

// count counts an acknowledgement, and says when they are as many as were asked for.
func (t *talk) count() {
	n := t.acked.Add(1)
	if goal := t.goal.Load(); goal > 0 && n >= goal {
		t.reached.Do(func() { close(t.enough) })
	}
}

// onReceived is called by the peer's reader with a message of p's.
func (p *talker) onReceived(payload []byte, fill bool) {
	_, _, due, ok := stamped(payload)
	if !ok {
		return
	}
	p.talk.received.Add(1)
	if h := p.talk.latency.Load(); h != nil {
		h.add(time.Since(p.talk.began) - due)
	}
	if !fill {
		return
	}
	p.mu.Lock()
	p.received++
	p.fill()
	p.mu.Unlock()
}

// measure warms up, measures and prints: for the target's duration, or if messages is
// above 0 until as many more have been acknowledged.
func (t *talk) measure(ctx context.Context, all []*client, messages int, r *Result, w io.Writer) error {
	if err := during(ctx, t.target.Warmup, all); err != nil {
		return err
	}
	span, err := t.target.open()
	if err != nil {
		return err
	}
	received, acked := t.received.Load(), t.acked.Load()
	latency := new(histogram)
	t.latency.Store(latency)
	length := t.target.Duration
	if messages > 0 {
		t.goal.Store(acked + uint64(messages))
		length = forever
	}
	if err := until(ctx, length, t.enough, all); err != nil {
		return err
	}
	t.latency.Store(nil)
	received, acked = t.received.Load()-received, t.acked.Load()-acked
	if err := t.target.close(span, r); err != nil {
		return err
	}
	r.Rates = map[string]float64{
		"received_per_second": float64(received) / r.Seconds,
		"acked_per_second":    float64(acked) / r.Seconds,
	}
	l := latency.summary()
	r.Latency = &l
	return t.target.print(w, r)
}
