//go:build drills

package drills

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
	"github.com/teahouse-im/teahouse/e2e/program"
)

// The machine's clock jumps ahead and back while people write, to each other and
// in a group. Nothing is refused, lost or late, and time does not fall within a
// conversation. The jumps are of the server's clock alone: this one drill runs the
// server in its own process, because no program may set this machine's clock.
func TestClockJumps(t *testing.T) {
	var ahead atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())).Round(0) }
	at := order{Ready: startInside(t, clock)}
	s := &stand{pairs: []*pair{openPair(t, at, 0), openPair(t, at, 1)}}
	s.pairs[1].moveToGroup(t, "clock")
	var sum tally
	for _, jump := range []time.Duration{0, 30 * time.Minute, time.Minute, 45 * time.Minute, 0, 10 * time.Second, 0} {
		ahead.Store(int64(jump))
		one := s.during(t, 2*time.Second)
		if one.lost+one.refused+one.repeated > 0 {
			t.Errorf("with the clock %v ahead: %d lost, %d not acknowledged, %d twice", jump, one.lost, one.refused, one.repeated)
		}
		sum.add(one)
	}
	for i, p := range s.pairs {
		p.timesNeverFall(t, at, i)
	}
	told(t, "%d messages over 6 jumps, p99 %s", sum.acked, short(sum.p99()))
	if sum.p99() > time.Second {
		t.Errorf("p99 is %v", sum.p99())
	}
}

// startInside starts a server in this process.
func startInside(t *testing.T, clock func() time.Time) program.Ready {
	t.Helper()
	a, err := server.Start(context.Background(), server.Options{
		Data: t.TempDir(), MQTT: "127.0.0.1:0", Admin: "127.0.0.1:0", Dev: &server.Dev{Apps: 1}, Now: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	text, err := json.Marshal(a.Ready())
	if err != nil {
		t.Fatal(err)
	}
	var r program.Ready
	done(t, json.Unmarshal(text, &r))
	return r
}

// moveToGroup makes a group of the two, and lets them write there.
func (p *pair) moveToGroup(t *testing.T, id string) {
	t.Helper()
	p.topic = "im/text/group/" + id
	done(t, p.writer.put(publishing("im/req/group.create/g", fmt.Sprintf(`{"Type":"Meeting","Name":"g","GroupId":%q}`, id), 1, 60001)))
	p.awaitAck(t, 60001)
	done(t, p.reader.put(publishing("im/req/group.join/g", fmt.Sprintf(`{"GroupId":%q}`, id), 0, 0)))
}

// awaitAck waits until a packet of the writer is acknowledged.
func (p *pair) awaitAck(t *testing.T, id uint16) {
	t.Helper()
	deadline := time.After(bound)
	for {
		p.mu.Lock()
		acked := p.acked[id]
		p.mu.Unlock()
		if acked {
			return
		}
		select {
		case <-p.change:
		case <-deadline:
			t.Fatalf("packet %d is not acknowledged", id)
		}
	}
}

// timesNeverFall reads the conversation of a pair as its writer.
func (p *pair) timesNeverFall(t *testing.T, at order, i int) {
	t.Helper()
	c, err := at.dial("127.0.0.1", at.user(fmt.Sprint("writer", i)), login{version: 4, client: "reads"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	done(t, c.subscribe("im/res/#"))
	seq, last := 0, int64(0)
	for {
		page := c.history(t, p.topic[len("im/text/"):], seq)
		for _, m := range page {
			if m.MsgSeq != seq+1 {
				t.Errorf("%s: after %d comes %d", p.topic, seq, m.MsgSeq)
			}
			if m.MsgTimeMs < last {
				t.Errorf("%s: the time of %d falls by %d ms", p.topic, m.MsgSeq, last-m.MsgTimeMs)
			}
			seq, last = m.MsgSeq, m.MsgTimeMs
		}
		if len(page) == 0 {
			break
		}
	}
	if seq < 100 {
		t.Errorf("%s has %d messages", p.topic, seq)
	}
}

// stored is what drills want to know of a message.
type stored struct {
	MsgSeq    int
	MsgTimeMs int64
}

// history asks for the page after a number; the line listens to im/res/#.
func (c *line) history(t *testing.T, conv string, after int) []stored {
	t.Helper()
	c.last++
	done(t, c.put(publishing("im/req/msg.history/h", fmt.Sprintf(`{"Conv":%q,"After":%d,"Limit":100}`, conv, after), 1, c.last)))
	for {
		pk, err := c.read()
		if err != nil {
			t.Fatal(err)
		}
		if pk.FixedHeader.Type != packets.Publish {
			continue
		}
		var page struct {
			ErrorCode int
			ErrorInfo string
			MsgList   []stored
		}
		done(t, json.Unmarshal(pk.Payload, &page))
		if page.ErrorCode != 0 {
			t.Fatalf("history of %s: %s", conv, page.ErrorInfo)
		}
		return page.MsgList
	}
}
