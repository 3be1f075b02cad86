package badger

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
)

// answers is what a room's writer was told: how many commits are durable, and up
// to which of them the events of the outbox are settled.
type answers struct{ Step, Settled int }

// settleAtOnce is how many events of a room are settled in one call.
const settleAtOnce = 15

// checker compares a store with the script of one room.
type checker struct {
	s        *Store
	room     room
	problems []string
}

// checkRoom compares all that the store holds of a room with its script: what
// was answered is there, at most the commit that was under way besides, and of each commit
// all or nothing.
func checkRoom(s *Store, r room, a answers) []string {
	c := &checker{s: s, room: r}
	step := c.counter(r.watcher(), scriptSteps, "")
	switch {
	case step < a.Step:
		c.report("commit %d was answered and is not there: %d are", a.Step, step)
	case step > a.Step+1:
		c.report("%d commits, of which %d were answered: only one was under way", step, a.Step)
	}
	want := scriptAt(r, step)
	c.head(want)
	c.messages(want)
	c.senders(want)
	c.duplicates(want)
	c.events(want)
	c.rows(want)
	c.elsewhere(want, a)
	return c.problems
}

func (c *checker) report(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf("%s: %s", c.room, fmt.Sprintf(format, args...)))
}

// ok reports a failure to read; it is true when there is none.
func (c *checker) ok(what string, err error) bool {
	if err != nil {
		c.report("%s: %v", what, err)
	}
	return err == nil
}

func (c *checker) counter(shard chat.Shard, k chat.RowKind, key string) int {
	cell, err := c.s.Row(context.Background(), shard, k, key)
	if !c.ok("counter", err) || cell == nil {
		return 0
	}
	return int(cell.Add)
}

func (c *checker) head(want *script) {
	h, err := c.s.Head(context.Background(), c.room.conv().Shard())
	if !c.ok("head", err) {
		return
	}
	if int(h.Seq) != len(want.said) || h.Counted != want.counted || int(h.Rev) != want.commits || h.Rules != want.rules {
		c.report("after commit %d, life %d: head %+v, want %d messages, %d counted, %d events, rules %d",
			want.step, want.life, h, len(want.said), want.counted, want.commits, want.rules)
	}
	u, err := c.s.Head(context.Background(), c.room.watcher())
	if c.ok("head of user", err) && int(u.EventSeq) != want.step {
		c.report("head of user %+v, want %d notices", u, want.step)
	}
}

func (c *checker) messages(want *script) {
	got, err := c.s.Messages(context.Background(), c.room.conv(), 1, false, 1<<20, 0)
	if !c.ok("messages", err) {
		return
	}
	if len(got) != len(want.said) {
		c.report("%d messages, want %d", len(got), len(want.said))
	}
	clock := uint64(0)
	for i, m := range got[:min(len(got), len(want.said))] {
		w := want.said[i]
		recall := ""
		if m.Recall != nil {
			recall = m.Recall.Reason
		}
		is := said{from: m.From, body: string(m.Body), counted: m.Counted, own: m.Own, recall: recall, commit: w.commit}
		if int(m.Seq) != i+1 || is != w {
			c.report("message %d has number %d and is %.80v, want %.80v", i+1, m.Seq, is, w)
			return
		}
		if m.Clock <= clock || m.Clock > c.s.Clock() {
			c.report("message %d has clock %d after %d, the store %d", m.Seq, m.Clock, clock, c.s.Clock())
		}
		clock = m.Clock
	}
}

func (c *checker) senders(want *script) {
	for i := range want.own {
		list, err := c.s.Senders(context.Background(), []chat.Conversation{c.room.conv()}, c.room.person(i))
		if c.ok("senders", err) && list[0].Counted != want.own[i] {
			c.report("person %d sent %+v, want %d", i, list[0], want.own[i])
		}
	}
}

// duplicates asks for the newest message by its dedup key, and for the first
// message of the folder, which a drop has taken away.
func (c *checker) duplicates(want *script) {
	if n := len(want.said); n > 0 && want.said[n-1].commit == want.step {
		i := 0
		for n-2-i >= 0 && want.said[n-2-i].commit == want.step {
			i++
		}
		m, err := c.s.Seen(context.Background(), c.room.conv(), want.dedup(want.step, i))
		if c.ok("seen", err) && (m == nil || int(m.Seq) != n) {
			c.report("the dedup key of message %d stands for %v", n, m)
		}
	}
	if want.life == 0 {
		return
	}
	m, err := c.s.Seen(context.Background(), c.room.conv(), want.dedup(1, 0))
	if c.ok("seen", err) && m != nil {
		c.report("a dedup key of a dropped life stands for message %d", m.Seq)
	}
}

func (c *checker) events(want *script) {
	got, err := c.s.ConvEvents(context.Background(), c.room.conv(), 0, 1<<20)
	if !c.ok("events", err) {
		return
	}
	if len(got) != want.commits {
		c.report("%d events, want %d", len(got), want.commits)
	}
	for i, e := range got {
		name := fmt.Sprintf("%s.%d", c.room, want.step-want.commits+i+1)
		if int(e.Rev) != i+1 || e.MsgID != name {
			c.report("event %d has number %d and is of %s, want %s", i+1, e.Rev, e.MsgID, name)
			return
		}
	}
}

func (c *checker) rows(want *script) {
	counters := map[string]string{}
	if n := len(want.said); n > 0 {
		counters["messages"] = fmt.Sprint(n)
	}
	if want.toggled {
		counters["toggle"] = "1"
	}
	for kind, rows := range map[chat.RowKind]map[string]string{
		scriptValue: want.values, scriptLate: want.late, scriptCounter: counters,
	} {
		got, err := c.s.Rows(context.Background(), c.room.conv().Shard(), kind, "", "", 1<<20)
		if !c.ok("rows", err) {
			return
		}
		if len(got) != len(rows) {
			c.report("%d rows of kind %d, want %d", len(got), kind, len(rows))
		}
		for _, row := range got {
			value := string(row.Value)
			if kind == scriptCounter {
				value = fmt.Sprint(row.Add)
			}
			if w, ok := rows[row.Key]; !ok || w != value {
				c.report("row %d %s is %q, want %q", kind, row.Key, value, w)
			}
		}
	}
}

// elsewhere compares mirrors, notices and the outbox.
func (c *checker) elsewhere(want *script, a answers) {
	if n := c.counter(chat.AppShard(crashApp), scriptSteps, c.room.String()); n != want.step {
		c.report("the app counts %d commits, want %d", n, want.step)
	}
	mirror, err := c.s.Row(context.Background(), c.room.watcher(), scriptMirror, "room")
	if c.ok("mirror", err) {
		got, name := "", want.name()
		if mirror != nil {
			got = string(mirror.Value)
		}
		if want.commits == 0 {
			name = "" // dropped, or not begun
		}
		if got != name {
			c.report("mirror %q, want %q", got, name)
		}
	}
	notices, err := c.s.UserEvents(context.Background(), crashApp, c.room.watcher().User(), 0, 1<<20)
	if !c.ok("notices", err) {
		return
	}
	if len(notices) != want.step {
		c.report("%d notices, want %d", len(notices), want.step)
	}
	for i, e := range notices {
		if int(e.Seq) != i+1 || int(e.Read) != i+1 {
			c.report("notice %d has number %d and is of commit %d", i+1, e.Seq, e.Read)
			break
		}
	}
	c.outbox(want, a)
}

// outbox expects the events that are not settled, without a hole.
func (c *checker) outbox(want *script, a answers) {
	pending, err := c.s.Pending(context.Background(), "", 1<<20)
	if !c.ok("outbox", err) {
		return
	}
	var steps []int
	for _, e := range pending {
		if e.Key == c.room.String() {
			steps = append(steps, int(e.Time))
		}
	}
	settled := want.step - len(steps)
	if settled != a.Settled && settled != a.Settled+settleAtOnce {
		c.report("%d events of %d are settled, %d were answered", settled, want.step, a.Settled)
	}
	for i, step := range steps {
		if step != settled+i+1 {
			c.report("event %d of the outbox is of commit %d, want %d", i+1, step, settled+i+1)
			return
		}
	}
}
