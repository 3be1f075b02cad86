//go:build e2e

package contract

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// mix puts other traffic beside the writers: plain QoS 1 and 2, sends and changes
// of a group by the backend, devices with kept sessions. It returns all conversations.
func (l *load) mix(t *testing.T, s *server) []*conversation {
	t.Helper()
	var all []*conversation
	for i := range l.convs {
		all = append(all, &l.convs[i])
	}
	for i, qos := range []byte{1, 2, 2, 1} {
		p := &plainWriter{qos: qos, version: 4 + byte(i&1)}
		p.begin(t, s, i%2 == 1)
		all = append(all, &p.conversation)
		l.beside = append(l.beside, p)
	}
	for i := range 2 {
		b := &backendWriter{}
		b.begin(t, s, i == 1)
		all = append(all, &b.conversation)
		l.beside = append(l.beside, b)
	}
	for _, c := range all {
		l.beside = append(l.beside, newKept(t, s, c))
	}
	l.beside = append(l.beside, newChanges(t, s))
	return all
}

// plainWriter names no ClientMsgId: MQTT alone, with a kept session, sees to it
// that its messages are neither lost nor doubled.
type plainWriter struct {
	conversation
	qos, version byte
	last         uint16
	begun        bool
	wrong        []string

	mu      sync.Mutex // guards flights and what they point to
	flights []*flight  // not complete, in the order sent
}

// flight is a publish whose last acknowledgement has not come.
type flight struct {
	id       uint16
	name     string
	released bool // PUBREC has come
}

// plainInFlight is how many publishes it keeps under way.
const plainInFlight = 20

func (p *plainWriter) run(home *server, acked func()) {
	who := p.writer
	who.home = home
	r, code, err := dialRaw(who, rawOptions{version: p.version, client: "plain", keep: true})
	if err != nil || code != 0 {
		return
	}
	defer r.conn.Close()
	if p.begun && !r.connack.SessionPresent {
		p.wrong = append(p.wrong, p.name+": the writer's session is lost")
	}
	p.begun = true
	slots := make(chan struct{}, plainInFlight)
	var waits sync.WaitGroup
	defer waits.Wait()
	fly := func(f *flight, again bool) bool {
		slots <- struct{}{}
		done, err := p.take(r, f, again)
		if err != nil {
			return false
		}
		waits.Go(func() {
			defer func() { <-slots }()
			if err := done(); err != nil {
				r.conn.Close()
				return
			}
			p.land(f)
			acked()
		})
		return true
	}
	for _, f := range p.unfinished() {
		if !fly(f, true) {
			return
		}
	}
	for fly(p.newFlight(), false) {
	}
}

// newFlight is the next message.
func (p *plainWriter) newFlight() *flight {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last++; p.last == 0 {
		p.last = 1
	}
	p.sent++
	f := &flight{id: p.last, name: fmt.Sprintf("plain.%d", p.sent)}
	p.flights = append(p.flights, f)
	p.note(f.name, false)
	return f
}

func (p *plainWriter) unfinished() []*flight {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.flights)
}

// land notes that a publish is complete.
func (p *plainWriter) land(f *flight) {
	p.note(f.name, true)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flights = slices.DeleteFunc(p.flights, func(g *flight) bool { return g == f })
}

// take sends a publish, or what is left of its flow, and returns what waits for
// the rest.
func (p *plainWriter) take(r *raw, f *flight, again bool) (done func() error, err error) {
	pk := publishing("im/text/"+p.target, f.name, p.qos, f.id)
	pk.FixedHeader.Dup = again
	if p.qos == 1 {
		ack := r.expect(packets.Puback, f.id)
		return func() error { _, err := await(ack); return err }, r.put(pk)
	}
	rec, comp := r.expect(packets.Pubrec, f.id), r.expect(packets.Pubcomp, f.id)
	if f.released {
		return func() error { _, err := await(comp); return err }, r.put(release(f.id))
	}
	return func() error {
		if _, err := await(rec); err != nil {
			return err
		}
		p.mu.Lock()
		f.released = true
		p.mu.Unlock()
		if err := r.put(release(f.id)); err != nil {
			return err
		}
		_, err := await(comp)
		return err
	}, r.put(pk)
}

func (p *plainWriter) check(t *testing.T, s *server) []string {
	t.Helper()
	return append(p.conversation.check(t, s), p.wrong...)
}

// keptDevice is a device of a conversation's reader whose session is kept over
// all kills. It listens during every other round.
type keptDevice struct {
	conv  *conversation
	last  int // highest MsgSeq it has seen
	round int
	wrong []string
}

func newKept(t *testing.T, s *server, c *conversation) *keptDevice {
	t.Helper()
	k := &keptDevice{conv: c}
	who := c.reader
	who.home = s
	d := openRaw(t, who, k.options())
	d.subscribe(t, "im/in/#")
	d.bye(t)
	return k
}

func (k *keptDevice) options() rawOptions {
	return rawOptions{version: 4 + byte(len(k.conv.name)&1), client: "kept", keep: true}
}

func (k *keptDevice) run(home *server, _ func()) {
	if k.round++; k.round%2 == 0 {
		return
	}
	who := k.conv.reader
	who.home = home
	d, code, err := dialRaw(who, k.options())
	if err != nil || code != 0 {
		return
	}
	if !d.connack.SessionPresent {
		k.wrong = append(k.wrong, k.conv.name+": the device's session is lost")
	}
	if _, err := d.box.last(); err != nil {
		k.wrong = append(k.wrong, err.Error())
	}
	for _, p := range d.box.seen("im/in/#") {
		k.see(p)
	}
}

// see wants the next message of the conversation, or one that was there.
func (k *keptDevice) see(p packet) {
	seq := int(seqIn(p.payload))
	if seq > k.last+1 {
		k.wrong = append(k.wrong, fmt.Sprintf("%s: the device gets %d after %d", k.conv.name, seq, k.last))
	}
	k.last = max(k.last, seq)
}

// check wants the session, and through it all that is in the history.
func (k *keptDevice) check(t *testing.T, s *server) []string {
	t.Helper()
	who := k.conv.reader
	who.home = s
	d := openRaw(t, who, k.options())
	defer d.bye(t)
	if !d.connack.SessionPresent {
		return append(k.wrong, k.conv.name+": the device's session is lost")
	}
	for k.last < k.conv.verified {
		p, err := d.box.next("im/in/#", nil)
		if err != nil {
			return append(k.wrong, fmt.Sprintf("%s: the device gets nothing after %d, there are %d: %v", k.conv.name, k.last, k.conv.verified, err))
		}
		k.see(p)
	}
	return k.wrong
}

// problemsOf lists what two lists of names disagree in, briefly.
func problemsOf(what string, got, want []string) []string {
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			return []string{fmt.Sprintf("%s: %d names, want %d; the first that differs is number %d: %s, want %s",
				what, len(got), len(want), i, strings.Join(got[min(i, len(got)):min(i+3, len(got))], " "), strings.Join(want[min(i, len(want)):min(i+3, len(want))], " "))}
		}
	}
	return nil
}
