package hooks

import (
	"context"
	"sync"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// holding is a core that answers sends only when it is told to.
type holding struct {
	Core
	mu    sync.Mutex
	moved *sync.Cond
	held  []func(chat.Receipt, error)
}

func (c *holding) Send(_ context.Context, _ chat.Actor, _ chat.Draft, done func(chat.Receipt, error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = append(c.held, done)
	c.moved.Broadcast()
}

// await waits until so many sends are held.
func (c *holding) await(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.held) < n {
		c.moved.Wait()
	}
}

// answer answers the oldest n.
func (c *holding) answer(n int) {
	c.mu.Lock()
	list := c.held[:n]
	c.held = c.held[n:]
	c.mu.Unlock()
	for _, done := range list {
		done(chat.Receipt{}, nil)
	}
}

func (c *holding) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.held)
}

// openHeld opens a house whose sends are held.
func openHeld(t *testing.T) (*house, *holding) {
	core := &holding{}
	core.moved = sync.NewCond(&core.mu)
	h := open(t, setup{core: func(r Rooms) Core {
		core.Core = r
		return core
	}})
	t.Cleanup(func() { core.answer(core.count()) })
	return h, core
}

// While two apps publish, neither has more than its share under way; the rest is not read.
func TestAppHasItsShare(t *testing.T) {
	const each = underWay / 2
	h, core := openHeld(t)
	h.door.shares.share(otherApp).begin()
	d := h.dial(login{})
	d.want("CONNACK 00")
	d.publish(0, "im/text/c2c/bob", "x")
	core.await(1)
	h.door.Share()
	for range 2 * each {
		d.publish(0, "im/text/c2c/bob", "x")
	}
	h.counts.await(t, "waits for its turn")
	if n := core.count(); n != each {
		t.Fatalf("%d publishes are under way, want %d", n, each)
	}
	core.answer(1)
	h.counts.awaitTotal(t, "waits for its turn", 2)
	if n := core.count(); n != each {
		t.Errorf("%d publishes are under way after an answer, want %d", n, each)
	}
	for range idleLooks + 1 {
		h.door.shares.share(otherApp).pending.Store(0)
		h.door.Share()
	}
	core.await(2 * each) // the app is alone: nothing bounds it
}

// A connection that waits for its turn is closed at once, and does not hold up another.
func TestClosingWhileWaitingForATurn(t *testing.T) {
	const each = underWay / 2
	h, core := openHeld(t)
	h.door.shares.share(otherApp).begin()
	first, second := h.dial(login{client: "phone"}), h.dial(login{client: "laptop", ip: "192.0.2.2"})
	first.want("CONNACK 00")
	second.want("CONNACK 00")
	first.publish(0, "im/text/c2c/bob", "x")
	core.await(1)
	h.door.Share()
	for range each {
		first.publish(0, "im/text/c2c/bob", "x")
	}
	h.counts.await(t, "waits for its turn")
	second.publish(0, "im/text/c2c/bob", "x")
	h.counts.awaitTotal(t, "waits for its turn", 2)
	_ = first.Close()
	<-first.over
	if n := core.count(); n != each {
		t.Errorf("%d publishes are under way, want %d", n, each)
	}
	core.answer(1)
	core.await(each)
}

// Who begins to publish beside another is bounded at once, not a second later.
func TestAppThatBeginsHasItsShare(t *testing.T) {
	const each = underWay / 2
	h, core := openHeld(t)
	h.door.shares.share(otherApp).begin()
	d := h.dial(login{})
	d.want("CONNACK 00")
	for range each + 1 {
		d.publish(0, "im/text/c2c/bob", "x")
	}
	h.counts.await(t, "waits for its turn")
	if n := core.count(); n != each {
		t.Errorf("%d publishes are under way, want %d", n, each)
	}
}

func TestOneAppIsNotBounded(t *testing.T) {
	h, core := openHeld(t)
	d := h.dial(login{})
	d.want("CONNACK 00")
	h.door.Share()
	for range 2 * underWay {
		d.publish(0, "im/text/c2c/bob", "x")
	}
	core.await(2 * underWay)
}
