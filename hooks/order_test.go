package hooks

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// A request sees what the connection has sent before it, however long that takes.
func TestRequestWaitsForSendsBeforeIt(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		for qos := range byte(2) {
			h, slow := slowly(t)
			c := h.enter(login{version: version})
			waits := c.link.worker.noticeWaits()
			c.publish(qos, "im/text/c2c/bob", "slow")
			<-slow.asked
			c.publish(0, "im/req/msg.history/h", `{"Conv":"c2c/bob"}`)
			within(t, waits)
			c.read()
			slow.letGo()
			c.want("im/ack")
			if qos == 1 {
				c.want("PUBACK 00")
			}
			if got := c.want("im/res/h 0"); !bytes.Contains(got.payload, []byte("slow")) {
				t.Errorf("QoS %d: the history is %s", qos, got.payload)
			}
		}
	})
}

// A send sees what the requests before it have changed.
func TestSendWaitsForRequestsBeforeIt(t *testing.T) {
	h := open(t, setup{})
	c := h.enter(login{})
	for i := range 20 {
		c.publish(0, "im/req/group.create/r", fmt.Sprintf(`{"Type":"Public","Name":"g","GroupId":"new%d"}`, i))
		c.publish(1, fmt.Sprint("im/text/group/new", i), "the first")
	}
	for range 20 {
		c.want("im/res/r 0", "im/ack", "PUBACK 00")
	}
}

// Calls and sends that come by turns are done by turns.
func TestCallsAndSendsKeepTheirOrder(t *testing.T) {
	h := open(t, setup{})
	c := h.enter(login{})
	for i := range 30 {
		c.publish(1, "im/text/group/lobby", fmt.Sprint(i))
		c.publish(0, "im/req/msg.history/h", `{"Conv":"group/lobby","Limit":1}`)
	}
	for i := range 30 {
		c.want("im/ack", "PUBACK 00")
		if got := c.want("im/res/h 0"); !bytes.Contains(got.payload, fmt.Appendf(nil, `"Text":"%d"`, i)) {
			t.Fatalf("after message %d the newest is %s", i, got.payload)
		}
	}
}

// Sends do not wait for each other: the second is with the core while the first has no
// answer, also behind a call.
func TestSendsOverlap(t *testing.T) {
	h, slow := slowly(t)
	c := h.enter(login{})
	c.publish(1, "im/read/group/lobby", "")
	for range 3 {
		c.publish(1, "im/text/c2c/bob", "slow")
	}
	for range 3 {
		<-slow.asked
	}
	slow.letGo()
	for range 4 {
		c.want("im/ack", "PUBACK 00")
	}
}

// A connection with too many calls waiting is read no further; none is refused.
func TestTooManyCallsSlowTheReader(t *testing.T) {
	h, slow := slowly(t)
	c := h.enter(login{})
	waits := c.link.worker.noticeWaits()
	c.publish(1, "im/text/c2c/bob", "slow")
	<-slow.asked
	const n = 3 * maxWaiting
	for range n {
		c.publish(1, "im/read/c2c/bob", "")
	}
	for range 2 { // the worker for the send, the reader for the worker
		within(t, waits)
	}
	c.raw([]byte{packets.Pingreq << 4, 0})
	if len(c.out) != 0 {
		t.Errorf("%q while nothing is answered", c.next().line)
	}
	slow.letGo()
	acks, pings := 0, 0
	for acks < n+1 || pings == 0 {
		switch got := c.next(); got.line {
		case "PUBACK 00":
			acks++
		case "PINGRESP":
			pings++
		case "im/ack":
		default:
			t.Fatalf("got %q", got.line)
		}
	}
}

// within waits for an event that must come.
func within(t *testing.T, event <-chan struct{}) {
	t.Helper()
	select {
	case <-event:
	case <-time.After(patience):
		t.Fatal("nobody waits")
	}
}

// A request whose connection is lost while it waits is answered on the next one, body
// and acknowledgement, when it comes again; and so is one that was answered meanwhile.
func TestRepeatedRequestIsAnsweredOnTheNextConnection(t *testing.T) {
	const topic, body = "im/req/group.create/r", `{"Type":"Public","Name":"once"}`
	for _, early := range []bool{true, false} {
		h, slow := slowly(t)
		first := h.enter(login{keep: true})
		first.publish(1, "im/text/c2c/bob", "slow")
		<-slow.asked
		id := first.publish(1, topic, body)
		first.read()
		first.lose()
		<-first.over
		next := h.enter(login{keep: true})
		if early {
			next.send(again(1, id, topic, body))
			next.read()
			slow.letGo()
		} else {
			slow.letGo()
			h.counts.awaitTotal(t, "publish ok", 2)
			next.send(again(1, id, topic, body))
		}
		next.want("im/res/r 0", "PUBACK 00")
		h.close()
		if n := len(h.told.kept("group to ann")); n != 1 {
			t.Errorf("%d groups:\n%s", n, h.told)
		}
	}
}

// noticeWaits has a worker say when somebody begins to wait for it.
func (w *worker) noticeWaits() <-chan struct{} {
	waits := make(chan struct{}, 1024)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.moved = sync.NewCond(noticed{&w.mu, waits})
	return waits
}

// boomCore is a core that cannot bear one word.
type boomCore struct{ Rooms }

// Send implements Core.
func (p boomCore) Send(ctx context.Context, by chat.Actor, d chat.Draft, done func(chat.Receipt, error)) {
	if strings.Contains(string(d.Body), "boom") {
		panic("boom")
	}
	p.Rooms.Send(ctx, by, d, done)
}

// What waits behind a send that a panic has cut off does not wait for ever: the door
// closes.
func TestPanicInASendBehindACall(t *testing.T) {
	h := open(t, setup{core: func(r Rooms) Core { return boomCore{r} }})
	h.mayFault = true
	c := h.enter(login{})
	c.publish(0, "im/req/help/1", "")
	c.publish(0, "im/text/c2c/bob", "boom")
	c.publish(0, "im/req/help/2", "")
	c.want("im/res/1 0")
	for c.next().line != "closed" { // the second request may still be answered
	}
	h.close()
}
