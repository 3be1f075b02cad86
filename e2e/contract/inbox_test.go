//go:build e2e

package contract

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// packet is one PUBLISH that a device received.
type packet struct {
	topic       string
	payload     []byte
	qos         byte
	retain      bool
	correlation []byte
}

func (p packet) String() string { return fmt.Sprintf("%s (QoS %d): %s", p.topic, p.qos, p.payload) }

// inbox keeps what arrives. A wait takes the first packet that fits and
// leaves the others, so that waits need not follow the order of arrival.
type inbox struct {
	mu    sync.Mutex
	all   []packet // everything, in order of arrival
	taken []bool
	more  chan struct{} // closed and replaced when a packet arrives or the end comes
	end   string        // why the connection is over; "" while it lives
	code  byte          // reason code of the server's DISCONNECT, if there was one
}

func newInbox() *inbox { return &inbox{more: make(chan struct{})} }

func (b *inbox) add(p packet) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = append(b.all, p)
	b.taken = append(b.taken, false)
	b.stir()
}

// over notes the end of the connection.
func (b *inbox) over(why string, code byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.end == "" || code != 0 {
		b.end, b.code = why, code
	}
	b.stir()
}

func (b *inbox) stir() {
	close(b.more)
	b.more = make(chan struct{})
}

// take returns the first packet not yet taken on a topic that fits the
// filter and, if given, satisfies is.
func (b *inbox) take(t testing.TB, filter string, is func(packet) bool) packet {
	t.Helper()
	p, err := b.next(filter, is)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// next is take for other goroutines than the test's.
func (b *inbox) next(filter string, is func(packet) bool) (packet, error) {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	looked := 0 // packets that do not fit; there may be thousands
	for {
		p, more, ok := b.find(filter, is, &looked)
		if ok {
			return p, nil
		}
		select {
		case <-more:
		case <-deadline.C:
			return packet{}, fmt.Errorf("nothing fitting came on %s; here is what did:\n%s", filter, b)
		}
	}
}

// find looks at the packets from the given one on.
func (b *inbox) find(filter string, is func(packet) bool, from *int) (packet, <-chan struct{}, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := *from; i < len(b.all); i++ {
		p := b.all[i]
		*from = i + 1
		if !b.taken[i] && fits(filter, p.topic) && (is == nil || is(p)) {
			b.taken[i] = true
			return p, nil, true
		}
	}
	return packet{}, b.more, false
}

// body is take for JSON payloads.
func (b *inbox) body(t testing.TB, filter string, is func(object) bool) object {
	t.Helper()
	p := b.take(t, filter, func(p packet) bool {
		if len(p.payload) == 0 || p.payload[0] != '{' {
			return false
		}
		return is == nil || is(parse(t, p.payload))
	})
	return parse(t, p.payload)
}

// ended waits for the end of the connection and returns the reason code of
// the server's DISCONNECT.
func (b *inbox) ended(t testing.TB) byte {
	t.Helper()
	code, err := b.last()
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// last is ended for other goroutines than the test's.
func (b *inbox) last() (code byte, err error) {
	deadline := time.After(patience)
	for {
		b.mu.Lock()
		end, code, more := b.end, b.code, b.more
		b.mu.Unlock()
		if end != "" {
			return code, nil
		}
		select {
		case <-more:
		case <-deadline:
			return 0, fmt.Errorf("the connection does not end; here is what came:\n%s", b)
		}
	}
}

// alive reports that the connection has not ended so far.
func (b *inbox) alive() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.end == ""
}

// seen returns everything that came so far on a topic that fits.
func (b *inbox) seen(filter string) []packet {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []packet
	for _, p := range b.all {
		if fits(filter, p.topic) {
			list = append(list, p)
		}
	}
	return list
}

// texts returns what the messages that came on a topic say, in order.
func (b *inbox) texts(t testing.TB, filter string) []string {
	t.Helper()
	var list []string
	for _, p := range b.seen(filter) {
		list = append(list, parse(t, p.payload).text())
	}
	return list
}

// never wants that nothing of the kind has come. It proves something only
// after a barrier.
func (b *inbox) never(t testing.TB, filter string, is func(packet) bool) {
	t.Helper()
	for _, p := range b.seen(filter) {
		if is == nil || is(p) {
			t.Fatalf("this should not have come: %s", p)
		}
	}
}

func (b *inbox) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var text strings.Builder
	for i, p := range b.all {
		mark := "  "
		if b.taken[i] {
			mark = "* "
		}
		fmt.Fprintf(&text, "%s%s\n", mark, p)
	}
	if b.end != "" {
		fmt.Fprintf(&text, "the end: %s (0x%02x)\n", b.end, b.code)
	}
	return text.String()
}

// fits is MQTT's matching of a filter and a topic.
func fits(filter, topic string) bool {
	want, have := strings.Split(filter, "/"), strings.Split(topic, "/")
	for i, w := range want {
		switch {
		case w == "#":
			return true
		case i == len(have) || w != "+" && w != have[i]:
			return false
		}
	}
	return len(want) == len(have)
}

// saying is a condition: the message says text.
func saying(text string) func(object) bool {
	return func(o object) bool { return o.text() == text }
}

// barrier makes silence visible: a stranger tells the device's user
// something now, and what was under way to the device before has arrived when that has. It
// relies on one device's packets leaving in the order they were handed to it.
func barrier(t testing.TB, d device) {
	t.Helper()
	stranger := openRaw(t, d.user().home.user("stranger", d.user().app), rawOptions{version: 4})
	stranger.subscribe(t, "im/ack", "im/err")
	word := fresh("barrier")
	mustSend(t, stranger, "im/text/c2c/"+escape(d.user().id), word, 1)
	d.in().take(t, "im/#", func(p packet) bool { return strings.Contains(string(p.payload), word) })
	stranger.bye(t)
}

const unescaped = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()"

// escape is encodeURIComponent (spec/00 §2).
func escape(id string) string {
	var b strings.Builder
	for _, c := range []byte(id) {
		if slices.Contains([]byte(unescaped), c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
