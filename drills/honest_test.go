//go:build drills

package drills

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// pace is the time between two messages of a pair.
const pace = 40 * time.Millisecond

// pair is a user who writes and another who reads, as people do: at a modest
// pace, on connections that stay.
type pair struct {
	writer, reader *line
	topic          string
	rounds         int
	phase          time.Duration

	mu      sync.Mutex // guards the fields below
	acked   map[uint16]bool
	arrived map[int][]time.Time // by number in the present round
	change  chan struct{}       // has room for one
}

func openPair(t *testing.T, at order, i int) *pair {
	t.Helper()
	w, r := at.user(fmt.Sprint("writer", i)), at.user(fmt.Sprint("reader", i))
	p := &pair{
		topic: "im/text/c2c/" + r.id, phase: pace * time.Duration(i) / 4,
		acked: map[uint16]bool{}, arrived: map[int][]time.Time{}, change: make(chan struct{}, 1),
	}
	var err error
	if p.reader, err = at.dial("127.0.0.1", r, login{version: 5, client: "phone"}); err != nil {
		t.Fatal(err)
	}
	if err = p.reader.subscribe("im/text/#"); err != nil {
		t.Fatal(err)
	}
	if p.writer, err = at.dial("127.0.0.1", w, login{version: 4, client: "phone"}); err != nil {
		t.Fatal(err)
	}
	go p.hear()
	go p.listen()
	t.Cleanup(func() {
		p.reader.Close()
		p.writer.Close()
	})
	return p
}

// hear notes what the reader gets.
func (p *pair) hear() {
	for {
		pk, err := p.reader.read()
		if err != nil {
			return
		}
		now := time.Now()
		if pk.FixedHeader.Type != packets.Publish {
			continue
		}
		if pk.FixedHeader.Qos > 0 {
			_ = p.reader.put(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: pk.PacketID})
		}
		round, number, _ := strings.Cut(string(pk.Payload), ".")
		r, _ := strconv.Atoi(round)
		n, _ := strconv.Atoi(number)
		p.note(func() {
			if r == p.rounds {
				p.arrived[n] = append(p.arrived[n], now)
			}
		})
	}
}

// listen notes what is acknowledged to the writer.
func (p *pair) listen() {
	for {
		pk, err := p.writer.read()
		if err != nil {
			return
		}
		if pk.FixedHeader.Type == packets.Puback && pk.ReasonCode < 0x80 {
			p.note(func() { p.acked[pk.PacketID] = true })
		}
	}
}

func (p *pair) note(what func()) {
	p.mu.Lock()
	what()
	p.mu.Unlock()
	select {
	case p.change <- struct{}{}:
	default:
	}
}

// during lets the pairs write for a while and tells how they fared.
func (s *stand) during(t *testing.T, while time.Duration) (sum tally) {
	t.Helper()
	results := make([]tally, len(s.pairs))
	var all sync.WaitGroup
	began := time.Now().Add(10 * time.Millisecond)
	for i, p := range s.pairs {
		all.Go(func() { results[i] = p.write(began.Add(p.phase), int(while/pace)) })
	}
	all.Wait()
	for _, r := range results {
		sum.add(r)
	}
	return sum
}

// write sends n messages at their times, whatever became of those before.
func (p *pair) write(began time.Time, n int) tally {
	p.note(func() {
		p.rounds++
		p.acked, p.arrived = map[uint16]bool{}, map[int][]time.Time{}
	})
	for i := range n {
		time.Sleep(time.Until(began.Add(pace * time.Duration(i))))
		err := p.writer.put(packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, PacketID: uint16(i + 1),
			TopicName: p.topic, Payload: fmt.Appendf(nil, "%d.%d", p.rounds, i),
		})
		if err != nil {
			break // what is not sent has not arrived either
		}
	}
	p.settle(n)
	return p.tally(began, n)
}

// settle waits until all has arrived, or for so long that it will not.
func (p *pair) settle(n int) {
	deadline := time.After(10 * time.Second)
	for {
		p.mu.Lock()
		whole := len(p.acked) == n && len(p.arrived) == n
		p.mu.Unlock()
		if whole {
			return
		}
		select {
		case <-p.change:
		case <-deadline:
			return
		}
	}
}

func (p *pair) tally(began time.Time, n int) (sum tally) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for i := range n {
		at, due := p.arrived[i], began.Add(pace*time.Duration(i))
		acked := p.acked[uint16(i+1)]
		switch {
		case acked && len(at) == 0:
			sum.lost++
		case len(at) > 1:
			sum.repeated++
		}
		if acked {
			sum.acked++
		} else {
			sum.refused++
		}
		if len(at) == 0 {
			at = []time.Time{now}
		}
		sum.took = append(sum.took, at[0].Sub(due))
	}
	return sum
}
