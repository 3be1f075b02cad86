package badger

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// crashApp is the app of the crash tests.
const crashApp chat.AppID = 7

// room is a conversation of the crash tests, and the user who is told of it.
// Even ones are one-to-one, odd ones groups.
type room int

func (r room) String() string { return fmt.Sprintf("room%d", int(r)) }

func (r room) conv() chat.Conversation {
	if r%2 == 0 {
		return chat.C2COf(crashApp, r.person(0), r.person(1))
	}
	return chat.GroupOf(crashApp, chat.GroupID(r.String()))
}

// person is one of the two who talk in a room.
func (r room) person(i int) chat.UserID { return chat.UserID(fmt.Sprintf("%s-%d", r, i)) }

// watcher is the user who gets notices and mirrors.
func (r room) watcher() chat.Shard { return chat.UserShard(crashApp, r.person(2)) }

// The kinds of row that the commits of a script write; the store knows none of
// them. The kinds of value and of counter lie in the room's shard, those of mirror in others.
const (
	scriptValue   chat.RowKind = 31
	scriptCounter chat.RowKind = 51
	scriptLate    chat.RowKind = 70
	scriptMirror  chat.RowKind = 71
	scriptSteps   chat.RowKind = 36
)

// said is a message as it has to be read.
type said struct {
	from         chat.UserID
	body         string
	counted, own uint64
	recall       string // the reason, "" when it is not recalled
	commit       int    // that brought it
}

// script says what each commit of a room holds, and what the store has to hold
// after it: both follow from the room and the number of the commit alone. So all
// that a folder has to tell is how many commits it holds.
type script struct {
	room  room
	step  int // commits so far, drops among them
	rules uint64

	// What follows is of this life: it ends when the group is dropped.
	life    int
	ends    int // the number of commits after which the group is dropped; 0: never
	commits int
	said    []said
	own     [2]uint64 // countable messages of each person
	counted uint64
	values  map[string]string
	late    map[string]string
	toggled bool
}

func newScript(r room) *script {
	s := &script{room: r, rules: 1}
	s.begin()
	return s
}

// scriptAt is a script after a number of commits.
func scriptAt(r room, step int) *script {
	s := newScript(r)
	for s.step < step {
		s.next()
	}
	return s
}

func (s *script) random() *rand.Rand {
	return rand.New(rand.NewPCG(uint64(s.room), uint64(s.step)))
}

// begin begins a life. Some are longer than what a drop removes at once.
func (s *script) begin() {
	s.commits, s.said, s.own, s.counted, s.toggled = 0, nil, [2]uint64{}, 0, false
	s.values, s.late = map[string]string{}, map[string]string{}
	s.ends = 0
	if s.room%2 == 1 {
		s.ends = 5 + s.random().IntN(250)
	}
}

// next returns the next commit and moves on. Messages to recall are in its
// Edits with nothing but their number and the recall: see complete.
func (s *script) next() *chat.Commit {
	s.step++
	c := &chat.Commit{Shard: s.room.conv().Shard()}
	if s.ends > 0 && s.commits == s.ends {
		s.dropped(c)
	} else {
		s.commits++
		s.talk(c)
	}
	s.elsewhere(c)
	return c
}

func (s *script) dropped(c *chat.Commit) {
	c.Drop = true
	s.rules++
	s.life++
	s.begin()
}

// talk fills an ordinary commit.
func (s *script) talk(c *chat.Commit) {
	r := s.random()
	if c.Raise = r.IntN(10) == 0; c.Raise {
		s.rules++
	}
	for i := range 1 + r.IntN(3) {
		c.Messages = append(c.Messages, s.say(r, i))
	}
	if r.IntN(4) == 0 {
		s.recall(c, r)
	}
	c.Events = []*chat.ConvEvent{{Conv: s.room.conv(), Time: 1, Kind: chat.EventRead, MsgID: s.name()}}
	s.rows(c, r)
}

// name tells commits apart.
func (s *script) name() string { return fmt.Sprintf("%s.%d", s.room, s.step) }

func (s *script) say(r *rand.Rand, i int) *chat.Message {
	who := r.IntN(2)
	size := r.IntN(600)
	if r.IntN(20) == 0 {
		size *= 10
	}
	m := &chat.Message{
		Conv: s.room.conv(), From: s.room.person(who), Time: int64(s.step),
		Body:  fmt.Appendf(nil, "%s.%d %s", s.name(), i, strings.Repeat("x", size)),
		Dedup: s.dedup(s.step, i),
	}
	if r.IntN(5) == 0 {
		m.Control = chat.NoUnread
	} else {
		s.counted++
		s.own[who]++
	}
	s.said = append(s.said, said{from: m.From, body: string(m.Body), counted: s.counted, own: s.own[who], commit: s.step})
	return m
}

// dedup is the key of a message; no two of a folder have the same.
func (s *script) dedup(step, i int) chat.DedupKey {
	return chat.DedupKey(fmt.Appendf(nil, "%04d%08d%04d", int(s.room), step, i))
}

// recall takes back a message of an earlier commit.
func (s *script) recall(c *chat.Commit, r *rand.Rand) {
	before := len(s.said) - len(c.Messages)
	if before == 0 {
		return
	}
	n := r.IntN(before)
	s.said[n].recall = s.name()
	c.Edits = []*chat.Message{{Conv: s.room.conv(), Seq: chat.Seq(n + 1), Recall: &chat.Recall{Reason: s.name()}}}
}

// rows adds values that come and go, counters, and values with the numbers that
// the store gives.
func (s *script) rows(c *chat.Commit, r *rand.Rand) {
	put := func(key, value string) {
		c.Rows = append(c.Rows, chat.Row{Kind: scriptValue, Key: key, Value: []byte(value)})
		s.values[key] = value
	}
	put("newest", s.name())
	put(fmt.Sprintf("%06d", s.commits), s.name())
	if old := fmt.Sprintf("%06d", s.commits-r.IntN(5)); s.commits%3 == 0 && s.values[old] != s.name() {
		c.Rows = append(c.Rows, chat.Row{Kind: scriptValue, Key: old})
		delete(s.values, old)
	}
	s.toggled = !s.toggled
	toggle := int64(1)
	if !s.toggled {
		toggle = -1
	}
	c.Rows = append(
		c.Rows,
		chat.Row{Kind: scriptCounter, Key: "messages", Add: int64(len(c.Messages))},
		chat.Row{Kind: scriptCounter, Key: "toggle", Add: toggle},
	)
	s.lateRow(c, "head", 0, r.IntN(2))
	s.lateRow(c, "back", chat.Seq(1+r.IntN(len(s.said))), r.IntN(2))
}

// lateRow adds a row with the numbers at a message, 0 for the newest.
func (s *script) lateRow(c *chat.Commit, key string, at chat.Seq, who int) {
	c.Rows = append(c.Rows, chat.Row{
		Kind: scriptLate, Key: key, At: at, By: s.room.person(who),
		Late: func(n chat.Numbers) []byte { return []byte(lateText(n)) },
	})
	n := chat.Numbers{Seq: chat.Seq(len(s.said)), Counted: s.counted, Own: s.own[who]}
	if at > 0 {
		n = chat.Numbers{Seq: at, Counted: s.said[at-1].counted}
		for _, m := range s.said[:at] {
			if m.from == s.room.person(who) {
				n.Own = m.own
			}
		}
	}
	s.late[key] = lateText(n)
}

func lateText(n chat.Numbers) string { return fmt.Sprintf("%d %d %d", n.Seq, n.Counted, n.Own) }

// elsewhere adds what lies outside the room: it tells of drops too.
func (s *script) elsewhere(c *chat.Commit) {
	value := []byte(s.name())
	if c.Drop {
		value = nil
	}
	c.Mirrors = []chat.Mirror{
		{Shard: s.room.watcher(), Row: chat.Row{Kind: scriptMirror, Key: "room", Value: value}},
		{Shard: s.room.watcher(), Row: chat.Row{Kind: scriptSteps, Add: 1}},
		{Shard: chat.AppShard(crashApp), Row: chat.Row{Kind: scriptSteps, Key: s.room.String(), Add: 1}},
	}
	user := s.room.watcher().User()
	c.Notices = []*chat.UserEvent{{App: crashApp, User: user, Time: 1, Kind: chat.UserRead, Read: chat.Seq(s.step)}}
	c.Outbox = []*chat.Event{{App: crashApp, Kind: chat.AfterGroup, Key: s.room.String(), Time: int64(s.step)}}
}
