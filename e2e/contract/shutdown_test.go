//go:build e2e

package contract

import (
	"cmp"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// SIGTERM under load: nothing acknowledged is lost, MQTT 5 clients are told
// to come back later, the program ends well.
func TestShutdownUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := start(t, "--no-limits", "--data", data)
	load := newLoad(t, s, 4)
	listener := openRaw(t, s.user("listener"), rawOptions{version: 5})
	listener.subscribe(t, "im/#")
	load.run(func(acked int) bool { return acked >= 2000 }, func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	if code := listener.in().ended(t); code != 0x8B {
		t.Errorf("DISCONNECT 0x%02x, want 0x8B", code)
	}
	if why := listener.in().body(t, "im/event/kick", nil).str("Reason"); why != "server" {
		t.Errorf("kick reason %q, want server", why)
	}
	s = start(t, "--no-limits", "--data", data)
	for _, problem := range load.check(t, s) {
		t.Error(problem)
	}
}

// load is writers that each keep many QoS 1 sends under way, and the record
// of what was acknowledged to them. The next run goes on where the last one ended.
type load struct {
	convs []conversation
	round int
	acked atomic.Int64
	home  *server

	beside []traffic
}

// traffic is something else that goes on while the writers write.
type traffic interface {
	// run goes on until the server is gone, and calls acked for what it was granted.
	run(home *server, acked func())
	// check returns what is wrong with what is there; s is a server that has just started.
	check(t *testing.T, s *server) []string
}

// conversation is one writer's: to another user or to a group of two.
type conversation struct {
	writer, reader person
	target         string // c2c/… or group/… as in topics
	name           string // as in bodies, seen by the reader
	sent           int

	mu    sync.Mutex      // guards acked
	acked map[string]bool // by ClientMsgId; false: sent, not acknowledged

	verified int             // messages up to here were checked before
	stored   map[string]bool // names among them
	order    []string        // the same, as the numbers have them
}

const inFlight = 100

// newLoad makes n conversations, every other one a group.
func newLoad(t *testing.T, s *server, n int) *load {
	t.Helper()
	l := &load{home: s, convs: make([]conversation, n)}
	for i := range l.convs {
		l.convs[i].begin(t, s, i%2 == 1)
	}
	return l
}

// begin makes the two users, and the group when it is one.
func (c *conversation) begin(t *testing.T, s *server, group bool) {
	t.Helper()
	c.writer, c.reader = s.user("writer"), s.user("reader")
	c.acked, c.stored = map[string]bool{}, map[string]bool{}
	w, r := openRaw(t, c.writer, rawOptions{version: 4}), openRaw(t, c.reader, rawOptions{version: 4})
	r.subscribe(t, "im/res/#")
	c.target, c.name = "c2c/"+c.reader.id, "c2c/"+c.writer.id
	if group {
		w.subscribe(t, "im/res/#")
		g := fresh("load")
		mustAsk(t, w, "group.create", object{"Type": "Meeting", "Name": "Load", "GroupId": g})
		mustAsk(t, r, "group.join", object{"GroupId": g})
		c.target, c.name = "group/"+g, "group/"+g
	}
	w.bye(t)
	r.bye(t)
}

// run writes until enough, then lets the end come, and returns when every
// writer has lost its connection.
func (l *load) run(enough func(acked int) bool, end func()) {
	l.round++
	l.acked.Store(0)
	full := make(chan struct{})
	var once sync.Once
	var writers sync.WaitGroup
	acked := func() {
		if enough(int(l.acked.Add(1))) {
			once.Do(func() { close(full) })
		}
	}
	for i := range l.convs {
		writers.Go(func() { l.write(&l.convs[i], acked) })
	}
	for _, other := range l.beside {
		writers.Go(func() { other.run(l.home, acked) })
	}
	gone := make(chan struct{})
	go func() {
		writers.Wait()
		close(gone)
	}()
	select {
	case <-full:
	case <-gone: // every writer failed: the check will tell
	}
	end()
	<-gone
}

// write keeps inFlight sends under way until the connection is gone. Like any
// client it begins with what it does not know the fate of; ClientMsgId makes that harmless.
func (l *load) write(c *conversation, acked func()) {
	who := c.writer
	who.home = l.home
	r, code, err := dialRaw(who, rawOptions{version: 4})
	if err != nil || code != 0 {
		return
	}
	defer r.conn.Close()
	again := c.unacknowledged()
	slots := make(chan struct{}, inFlight)
	var waits sync.WaitGroup
	defer waits.Wait()
	for {
		slots <- struct{}{}
		id, name := r.nextID(), ""
		if len(again) > 0 {
			name, again = again[0], again[1:]
		} else {
			name = fmt.Sprintf("%d.%d", l.round, c.sent)
			c.sent++
		}
		c.note(name, false)
		done := r.expect(typePuback, id)
		body := jsonText(object{"ClientMsgId": name, "MsgBody": textBody(name)})
		if r.put(publishing("im/send/"+c.target, body, 1, id)) != nil {
			return
		}
		waits.Go(func() {
			defer func() { <-slots }()
			if _, err := await(done); err != nil {
				r.conn.Close()
				return
			}
			c.note(name, true)
			acked()
		})
	}
}

func (c *conversation) note(name string, acked bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acked[name] = acked
}

// unacknowledged lists what was sent without an answer, in any order.
func (c *conversation) unacknowledged() (names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, acked := range c.acked {
		if !acked {
			names = append(names, name)
		}
	}
	return names
}

// fromTheStart makes the next check read everything again.
func (l *load) fromTheStart() {
	for i := range l.convs {
		l.convs[i].again()
	}
}

func (c *conversation) again() { c.verified, c.stored, c.order = 0, map[string]bool{}, nil }

// check reads what is there and returns what is wrong with it: a hole in the
// numbers, a message twice, an acknowledged one missing.
func (l *load) check(t *testing.T, s *server) []string {
	t.Helper()
	l.home = s
	var problems []string
	for i := range l.convs {
		problems = append(problems, l.convs[i].check(t, s)...)
	}
	for _, other := range l.beside {
		problems = append(problems, other.check(t, s)...)
	}
	return problems
}

// check reads what is new, as the reader.
func (c *conversation) check(t *testing.T, s *server) []string {
	t.Helper()
	who := c.reader
	who.home = s
	r := openRaw(t, who, rawOptions{version: 4})
	defer r.bye(t)
	r.subscribe(t, "im/res/#")
	return c.verify(t, r)
}

func (c *conversation) verify(t *testing.T, r *raw) []string {
	t.Helper()
	var problems []string
	for {
		query := object{"Conv": c.name, "After": c.verified, "Limit": 100}
		if c.verified == 0 {
			query["After"], query["Inclusive"] = 1, 1
		}
		page := mustAsk(t, r, "msg.history", query)
		list := page.list("MsgList")
		for _, m := range list {
			problems = append(problems, c.account(m)...)
		}
		if page.num("IsFinished") == 1 || len(list) == 0 {
			break
		}
	}
	for name, acked := range c.acked {
		if acked && !c.stored[name] {
			problems = append(problems, fmt.Sprintf("%s: %s was acknowledged and is not there", c.name, name))
		}
	}
	return problems
}

// account notes one stored message.
func (c *conversation) account(m object) (problems []string) {
	if got, want := m.num("MsgSeq"), c.verified+1; got != want {
		problems = append(problems, fmt.Sprintf("%s: after %d comes %d", c.name, want-1, got))
	}
	c.verified = m.num("MsgSeq")
	name := cmp.Or(m.str("ClientMsgId"), m.text())
	switch {
	case name == "": // a tip
	case c.stored[name]:
		problems = append(problems, fmt.Sprintf("%s: %s is there twice", c.name, name))
	case m.text() != name:
		problems = append(problems, fmt.Sprintf("%s: %s says %q", c.name, name, m.text()))
	}
	if name != "" {
		c.stored[name] = true
		c.order = append(c.order, name)
	}
	return problems
}
