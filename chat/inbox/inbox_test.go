package inbox_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/audience"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/inbox"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/chat/people"
	"github.com/teahouse-im/teahouse/storage/memory"
)

const app chat.AppID = 1400000001

// start is when every test begins, Unix milliseconds.
const start int64 = 1_700_000_000_000

// room is the service over a ledger on the memory engine. What is said in it is
// written below the rules of messages, with times of the test's choice.
type room struct {
	*testing.T
	*inbox.Service
	ledger *ledger.Ledger
	groups *group.Service
	people *people.Service
	apps   *chat.Apps
	ctx    context.Context
	ms     int64 // now
}

// open makes a room with users ann, bob and cat.
func open(t *testing.T) *room {
	t.Helper()
	return openOver(t, func(now func() time.Time) chat.Store { return memory.New(memory.Options{Now: now}) })
}

func openOver(t *testing.T, store func(now func() time.Time) chat.Store) *room {
	t.Helper()
	r := &room{T: t, apps: &chat.Apps{}, ctx: t.Context(), ms: start}
	now := func() time.Time { return time.UnixMilli(r.ms) }
	r.apps.Set(chat.App{ID: app})
	r.ledger = ledger.New(ledger.Options{Store: store(now), Apps: r.apps, Now: now, Lanes: 1})
	r.groups, r.people = group.New(r.ledger, nil, audience.New()), people.New(r.ledger, func(context.Context, chat.AppID, chat.UserID) error { return nil })
	messages := message.New(message.Options{Ledger: r.ledger, Groups: r.groups, People: r.people})
	r.Service = inbox.New(inbox.Options{Ledger: r.ledger, Groups: r.groups, Messages: messages})
	t.Cleanup(func() {
		messages.Close()
		if err := r.ledger.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	r.register("ann", "bob", "cat")
	return r
}

func (r *room) register(list ...chat.UserID) {
	r.Helper()
	for _, u := range list {
		_, err := r.people.Login(r.ctx, app, u, chat.Ticket{})
		r.must(err)
	}
}

func (r *room) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *room) change(conv chat.Conversation, do func(t *ledger.Turn)) {
	r.Helper()
	r.must(r.ledger.Change(r.ctx, conv.Shard(), 0, func(_ context.Context, t *ledger.Turn) error {
		do(t)
		return nil
	}))
}

// say stores n messages of from, now.
func (r *room) say(from chat.UserID, to chat.Target, n int, marks chat.Control) {
	r.Helper()
	conv := to.Of(app, from)
	r.change(conv, func(t *ledger.Turn) {
		for range n {
			t.Commit.Messages = append(t.Commit.Messages, &chat.Message{Conv: conv, From: from, Time: r.ms, Body: []byte("[]"), Control: marks})
		}
		if conv.Kind == chat.C2C {
			ledger.ListPeer(t.Commit, from, conv.Peer(from), r.ms)
			ledger.ListPeer(t.Commit, conv.Peer(from), from, r.ms)
		}
	})
}

// events stores n events of a conversation.
func (r *room) events(conv chat.Conversation, n int) {
	r.Helper()
	r.change(conv, func(t *ledger.Turn) {
		for range n {
			t.Commit.Events = append(t.Commit.Events, &chat.ConvEvent{Conv: conv, Time: r.ms, Kind: chat.EventRecall, By: "bob", Seq: 1})
		}
	})
}

func (r *room) group(owner chat.UserID, members ...chat.UserID) chat.Target {
	r.Helper()
	d := chat.GroupDraft{Type: chat.Public, Name: "g", Owner: owner}
	for _, u := range members {
		d.Members = append(d.Members, chat.NewMember{User: u})
	}
	g, err := r.groups.Create(r.ctx, admin(), d)
	r.must(err)
	return chat.ToGroup(g.ID)
}

func as(u chat.UserID) chat.Actor { return chat.Actor{App: app, User: u} }

func admin() chat.Actor { return chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin} }

// targets are the conversations of a page, in order.
func targets(p inbox.ConvPage) (list []string) {
	for _, c := range p.Convs {
		list = append(list, c.Target.String())
	}
	return list
}

func peers(n int) (list []chat.UserID) {
	for i := range n {
		list = append(list, chat.UserID(fmt.Sprintf("u%04d", i)))
	}
	return list
}

// Newest first, to the millisecond; of one millisecond, in the order of their
// names. Pages of any size show each conversation once.
func TestConversationsAreOrderedAndPaged(t *testing.T) {
	r := open(t)
	list := peers(9)
	r.register(list...)
	g := r.group("ann")
	var want []string
	for i, u := range list { // three at a time, later ones first
		r.ms = start + int64(i/3)
		r.say(u, chat.ToUser("ann"), 1, 0)
		want = append(want, "c2c/"+string(u))
	}
	want = slices.Concat(want[6:], want[3:6], want[:3])
	r.ms = start + 2
	r.say("ann", g, 1, 0) // the same time as the newest; "group/…" comes after "c2c/…"
	want = slices.Insert(want, 3, g.String())
	for count := 1; count <= len(want)+1; count++ {
		var got []string
		for cursor, first := "", true; first || cursor != "" && len(got) <= len(want); first = false {
			page, err := r.Conversations(r.ctx, as("ann"), inbox.ConvFilter{}, cursor, count)
			r.must(err)
			if len(page.Convs) > count || len(page.Convs) == 0 || page.UnreadTotal != 9 {
				t.Fatalf("pages of %d: %v, unread %d", count, targets(page), page.UnreadTotal)
			}
			got = append(got, targets(page)...)
			cursor = page.Cursor
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d: %v, want %v", count, got, want)
		}
	}
}

func TestConversationPageSizes(t *testing.T) {
	r := open(t)
	list := peers(101)
	r.register(list...)
	for _, u := range list {
		r.say(u, chat.ToUser("ann"), 1, 0)
	}
	for count, want := range map[int]int{0: 100, 1: 1, 99: 99, 100: 100, 101: 100, math.MaxInt: 100} {
		page, err := r.Conversations(r.ctx, as("ann"), inbox.ConvFilter{}, "", count)
		if err != nil || len(page.Convs) != want || page.Cursor == "" {
			t.Errorf("count %d: %d conversations, cursor %q, %v, want %d and more to come", count, len(page.Convs), page.Cursor, err, want)
		}
	}
	if page, err := r.Conversations(r.ctx, as("bob"), inbox.ConvFilter{}, "", 0); err != nil || len(page.Convs) != 0 || page.Cursor != "" {
		t.Errorf("a list of nobody: %+v, %v", page, err)
	}
}

func TestConversationCursors(t *testing.T) {
	r := open(t)
	r.say("bob", chat.ToUser("ann"), 1, 0)
	r.ms++
	r.say("cat", chat.ToUser("ann"), 1, 0)
	for cursor, want := range map[string][]string{
		"":                                     {"c2c/cat", "c2c/bob"},
		"9223372036854775807:":                 {"c2c/cat", "c2c/bob"},
		fmt.Sprint(start+1, ":"):               {"c2c/cat", "c2c/bob"},
		fmt.Sprint(start+1, ":c2c/cat"):        {"c2c/bob"},
		fmt.Sprint(start+1, ":not of ours"):    {"c2c/bob"},
		fmt.Sprint(start, ":c2c/bo"):           {"c2c/bob"},
		fmt.Sprint(start, ":c2c/bob"):          nil,
		"-1:c2c/bob":                           nil,
		fmt.Sprint(start+1, ":c2c/", "a\x00b"): {"c2c/cat", "c2c/bob"},
	} {
		page, err := r.Conversations(r.ctx, as("ann"), inbox.ConvFilter{}, cursor, 0)
		if err != nil || !slices.Equal(targets(page), want) || page.Cursor != "" || page.UnreadTotal != 2 {
			t.Errorf("after %q: %v, cursor %q, unread %d, %v, want %v", cursor, targets(page), page.Cursor, page.UnreadTotal, err, want)
		}
	}
	if _, err := r.Conversations(r.ctx, as("ann"), inbox.ConvFilter{}, "garbage", 0); chat.CodeOf(err) != chat.CodeConvParameter {
		t.Errorf("a cursor of nobody: %v", err)
	}
}

func TestListedConversationsByRetention(t *testing.T) {
	r := open(t)
	a := *r.apps.App(app)
	a.Retention = time.Minute
	r.apps.Set(a)
	list := peers(4)
	r.register(list...)
	r.say(list[0], chat.ToUser("ann"), 1, 0)
	r.ms++
	r.say(list[1], chat.ToUser("ann"), 1, 0)
	r.say(list[2], chat.ToUser("ann"), 1, chat.NoLastMsg)
	r.say(list[3], chat.ToUser("ann"), 1, chat.NoUnread)
	g := r.group("ann").String() // nothing is said there
	r.ms = start + time.Minute.Milliseconds()
	page, err := r.Conversations(r.ctx, as("ann"), inbox.ConvFilter{}, "", 0)
	if want := []string{"c2c/u0000", "c2c/u0001", "c2c/u0003", g}; err != nil || !slices.Equal(slices.Sorted(slices.Values(targets(page))), want) {
		t.Errorf("on the edge of the time kept: %v, %v, want %v", targets(page), err, want)
	}
	r.ms++
	page, err = r.Conversations(r.ctx, as("ann"), inbox.ConvFilter{}, "", 0)
	if want := []string{"c2c/u0001", "c2c/u0003", g}; err != nil || !slices.Equal(targets(page), want) {
		t.Errorf("a millisecond later: %v, %v, want %v", targets(page), err, want)
	}
	if v, err := r.Conversation(r.ctx, as("ann"), chat.ToUser(list[0])); err != nil || v.Head.Seq != 1 {
		t.Errorf("it is still there when asked for: %+v, %v", v, err)
	}
}

func TestUnreadC2COfPeers(t *testing.T) {
	r := open(t)
	r.say("bob", chat.ToUser("ann"), 3, 0)
	r.say("ann", chat.ToUser("bob"), 2, 0)
	r.say("bob", chat.ToUser("ann"), 4, chat.NoUnread)
	r.say("ann", chat.ToUser("ann"), 5, 0) // to oneself
	for _, c := range []struct {
		peers []chat.UserID
		total uint64
		each  []inbox.PeerUnread
	}{
		{nil, 3, nil},
		{[]chat.UserID{}, 3, nil},
		{[]chat.UserID{"bob"}, 3, []inbox.PeerUnread{{Peer: "bob", Unread: 3}}},
		{[]chat.UserID{"cat", "ann"}, 0, []inbox.PeerUnread{{Peer: "cat"}, {Peer: "ann"}}},
		{[]chat.UserID{"nobody", "bob", ""}, 3, []inbox.PeerUnread{{Peer: "nobody", Code: 70107}, {Peer: "bob", Unread: 3}, {Code: 70107}}},
	} {
		total, each, err := r.UnreadC2C(r.ctx, as("ann"), "", c.peers)
		if err != nil || total != c.total || !slices.Equal(each, c.each) {
			t.Errorf("%q: %d, %+v, %v, want %d, %+v", c.peers, total, each, err, c.total, c.each)
		}
	}
	if _, _, err := r.UnreadC2C(r.ctx, as("bob"), "ann", nil); chat.CodeOf(err) != chat.CodeBadFrom {
		t.Errorf("another's numbers: %v", err)
	}
	if total, _, err := r.UnreadC2C(r.ctx, admin(), "ann", nil); total != 3 || err != nil {
		t.Errorf("by a backend: %d, %v", total, err)
	}
}

// marked prints what came of a call, and what ann has read of what bob has sent.
func (r *room) marked(do func() error) string {
	r.Helper()
	err := do()
	v, again := r.Conversation(r.ctx, as("ann"), chat.ToUser("bob"))
	r.must(again)
	return fmt.Sprintf("%d, read %d, unread %d", chat.CodeOf(err), v.Read.Seq, v.Unread)
}

// Five messages are there, sent at 1, 1, 2, 3 and 5 s.
func TestMarkReadBounds(t *testing.T) {
	to := chat.ToUser("bob")
	second := start / 1000
	for _, c := range []struct {
		what string
		do   func(r *room) error
		want string
	}{
		{"the first", func(r *room) error { return r.MarkRead(r.ctx, as("ann"), "", to, 1) }, "0, read 1, unread 4"},
		{"in between", func(r *room) error { return r.MarkRead(r.ctx, as("ann"), "", to, 3) }, "0, read 3, unread 2"},
		{"the last", func(r *room) error { return r.MarkRead(r.ctx, as("ann"), "", to, 5) }, "0, read 5, unread 0"},
		{"0 covers nothing", func(r *room) error { return r.MarkRead(r.ctx, as("ann"), "", to, 0) }, "0, read 0, unread 5"},
		{"past the end", func(r *room) error { return r.MarkRead(r.ctx, as("ann"), "", to, math.MaxUint64) }, "0, read 5, unread 0"},
		{"back", func(r *room) error {
			r.must(r.MarkRead(r.ctx, as("ann"), "", to, 3))
			return r.MarkRead(r.ctx, as("ann"), "", to, 2)
		}, "0, read 3, unread 2"},
		{"by a backend", func(r *room) error { return r.MarkRead(r.ctx, admin(), "ann", to, 2) }, "0, read 2, unread 3"},
		{"by another", func(r *room) error { return r.MarkRead(r.ctx, as("bob"), "ann", to, 2) }, "90008, read 0, unread 5"},
		{"a peer who never was", func(r *room) error { return r.MarkRead(r.ctx, as("ann"), "", chat.ToUser("nobody"), 0) }, "90012, read 0, unread 5"},
		{"nothing was ever said", func(r *room) error { return r.MarkRead(r.ctx, as("ann"), "", chat.ToUser("cat"), 7) }, "0, read 0, unread 5"},

		{"a time before all", func(r *room) error { return r.MarkReadUntil(r.ctx, as("ann"), "", to, second) }, "0, read 0, unread 5"},
		{"the time of the first two", func(r *room) error { return r.MarkReadUntil(r.ctx, as("ann"), "", to, second+1) }, "0, read 2, unread 3"},
		{"a time between two", func(r *room) error { return r.MarkReadUntil(r.ctx, as("ann"), "", to, second+4) }, "0, read 4, unread 1"},
		{"the time of the last", func(r *room) error { return r.MarkReadUntil(r.ctx, as("ann"), "", to, second+5) }, "0, read 5, unread 0"},
		{"a time to come", func(r *room) error { return r.MarkReadUntil(r.ctx, as("ann"), "", to, second+1e6) }, "0, read 5, unread 0"},
		{"the end of time", func(r *room) error { return r.MarkReadUntil(r.ctx, as("ann"), "", to, math.MaxInt64) }, "0, read 5, unread 0"},
		{"far past what milliseconds can say", func(r *room) error { return r.MarkReadUntil(r.ctx, as("ann"), "", to, math.MaxInt64/1000) }, "0, read 5, unread 0"},
		{"the beginning of time", func(r *room) error { return r.MarkReadUntil(r.ctx, as("ann"), "", to, math.MinInt64) }, "0, read 0, unread 5"},
	} {
		r := open(t)
		for _, at := range []int64{1, 1, 2, 3, 5} {
			r.ms = start + at*1000
			r.say("bob", chat.ToUser("ann"), 1, 0)
		}
		if got := r.marked(func() error { return c.do(r) }); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

// A mark over nothing that is kept does not move, and tells nobody.
func TestMarkReadNeedsKeptMessage(t *testing.T) {
	r := open(t)
	conv := chat.C2COf(app, "ann", "bob")
	for i, expires := range []int64{start/1000 + 1, start/1000 + 1, 0} {
		r.change(conv, func(t *ledger.Turn) {
			t.Commit.Messages = []*chat.Message{{Conv: conv, From: "bob", Time: r.ms + int64(i), Body: []byte("[]"), Expires: expires}}
		})
	}
	r.ms += 2000
	for upTo, want := range map[chat.Seq]string{1: "0, read 0, unread 3", 2: "0, read 0, unread 3"} {
		if got := r.marked(func() error { return r.MarkRead(r.ctx, as("ann"), "", chat.ToUser("bob"), upTo) }); got != want {
			t.Errorf("up to %d, which has expired: %s, want %s", upTo, got, want)
		}
	}
	if list, err := r.ledger.UserEvents(r.ctx, app, "ann", 0, 9); err != nil || len(list) != 0 {
		t.Errorf("%d events, %v, want none", len(list), err)
	}
	if got, want := r.marked(func() error { return r.MarkRead(r.ctx, as("ann"), "", chat.ToUser("bob"), 3) }), "0, read 3, unread 0"; got != want {
		t.Errorf("up to what is kept: %s, want %s", got, want)
	}
}

// client asks until it is told that it has everything, and keeps what it got.
type client struct {
	*room
	query  inbox.SyncQuery
	events []uint64            // of the user
	seen   map[string][]uint64 // events of conversations, by target
}

func newClient(r *room) *client {
	return &client{room: r, query: inbox.SyncQuery{EventSeq: new(uint64), Convs: map[chat.Target]inbox.SyncPoint{}}, seen: map[string][]uint64{}}
}

// sync returns how many answers it took.
func (c *client) sync() (rounds int) {
	c.Helper()
	for rounds = 1; rounds < 100; rounds++ {
		page, err := c.Sync(c.ctx, as("ann"), c.query)
		c.must(err)
		for _, e := range page.Events {
			c.events = append(c.events, e.Seq)
		}
		c.query.EventSeq = &page.EventSeq
		for _, item := range page.Convs {
			for _, e := range item.Events {
				c.seen[item.Target.String()] = append(c.seen[item.Target.String()], e.Rev)
			}
			c.query.Convs[item.Target] = inbox.SyncPoint{Seq: item.Head.Seq, Rev: &item.Head.Rev}
		}
		if page.Finished {
			return rounds
		}
		if len(page.Events)+len(page.Convs) == 0 {
			c.Fatal("an answer with nothing in it says that there is more")
		}
	}
	c.Fatal("it never ends")
	return 0
}

func TestSyncNamingUnknownConversations(t *testing.T) {
	r := open(t)
	c := newClient(r)
	c.query.EventSeq = new(uint64(1000)) // from a server of before
	c.query.Convs[chat.ToUser("nobody")] = inbox.SyncPoint{Seq: 5, Rev: new(uint64(5))}
	c.query.Convs[chat.ToGroup("not-there")] = inbox.SyncPoint{Seq: math.MaxUint64, Rev: new(uint64(math.MaxUint64))}
	if n := c.sync(); n != 1 || c.events != nil || *c.query.EventSeq != 1000 || len(c.query.Convs) != 2 {
		t.Errorf("%d rounds, events %v, now at %+v", n, c.events, c.query)
	}
}

func TestSyncReturnsWhatIsAheadOfClient(t *testing.T) {
	r := open(t)
	conv, to := chat.C2COf(app, "ann", "bob"), chat.ToUser("bob")
	r.say("bob", chat.ToUser("ann"), 3, 0)
	r.events(conv, 2)
	for _, c := range []struct {
		have   *inbox.SyncPoint
		ahead  bool
		events int
	}{
		{nil, true, 0},
		{&inbox.SyncPoint{Rev: new(uint64(0))}, true, 2},
		{&inbox.SyncPoint{}, true, 0},
		{&inbox.SyncPoint{Seq: 3}, false, 0},
		{&inbox.SyncPoint{Seq: 3, Rev: new(uint64(2))}, false, 0},
		{&inbox.SyncPoint{Seq: 3, Rev: new(uint64(1))}, true, 1},
		{&inbox.SyncPoint{Seq: 2, Rev: new(uint64(2))}, true, 0},
		{&inbox.SyncPoint{Seq: 2, Rev: new(uint64(9))}, true, 0},
		{&inbox.SyncPoint{Seq: 9, Rev: new(uint64(0))}, true, 2},
		{&inbox.SyncPoint{Seq: 9, Rev: new(uint64(9))}, false, 0},
	} {
		q := inbox.SyncQuery{Convs: map[chat.Target]inbox.SyncPoint{}}
		if c.have != nil {
			q.Convs[to] = *c.have
		}
		page, err := r.Sync(r.ctx, as("ann"), q)
		if err != nil || !page.Finished || (len(page.Convs) == 1) != c.ahead || c.ahead && len(page.Convs[0].Events) != c.events {
			t.Errorf("at %+v: %+v, %v, want it ahead: %t, with %d events", c.have, page.Convs, err, c.ahead, c.events)
		}
	}
}

// However much a client lacks, it gets everything once, in order.
func TestSyncContinues(t *testing.T) {
	const many = 250
	r := open(t)
	list := peers(many)
	r.register(list...)
	for _, u := range list {
		r.ms++
		r.say(u, chat.ToUser("ann"), 1, 0)
	}
	r.change(chat.C2COf(app, "ann", "bob"), func(t *ledger.Turn) {
		for range many {
			t.Commit.Notices = append(t.Commit.Notices, &chat.UserEvent{App: app, User: "ann", Time: r.ms, Kind: chat.UserRead})
		}
	})
	c := newClient(r)
	if n := c.sync(); n != 4 { // the events take their part of an answer's bytes
		t.Errorf("%d rounds for %d conversations and as many events, want 4", n, many)
	}
	if len(c.query.Convs) != many || !consecutive(c.events, many) {
		t.Errorf("%d conversations and events %v", len(c.query.Convs), c.events)
	}
	if n := c.sync(); n != 1 || len(c.events) != many {
		t.Errorf("nothing is new, and it takes %d rounds, to %d events", n, len(c.events))
	}

	r.events(chat.C2COf(app, "ann", list[7]), many)
	r.events(chat.C2COf(app, "ann", list[8]), 100)
	r.say("ann", chat.ToUser(list[9]), 1, 0)
	c.sync()
	if !consecutive(c.seen["c2c/u0007"], many) || !consecutive(c.seen["c2c/u0008"], 100) || len(c.seen) != 2 {
		t.Errorf("events of conversations: %v", c.seen)
	}
	if p := c.query.Convs[chat.ToUser(list[9])]; p.Seq != 2 {
		t.Errorf("the client has %+v of what ann said last", p)
	}
}

func consecutive(list []uint64, n int) bool {
	for i, v := range list {
		if v != uint64(i+1) {
			return false
		}
	}
	return len(list) == n
}

// An answer holds about so many bytes, and at least one conversation.
func TestSyncWithLongMessages(t *testing.T) {
	r := open(t)
	list := peers(12)
	r.register(list...)
	for _, u := range list {
		conv := chat.C2COf(app, "ann", u)
		r.ms++
		r.change(conv, func(t *ledger.Turn) {
			t.Commit.Messages = []*chat.Message{{Conv: conv, From: u, Time: r.ms, Body: []byte(`"` + strings.Repeat("x", 12<<10) + `"`)}}
			ledger.ListPeer(t.Commit, "ann", u, r.ms)
		})
	}
	c := newClient(r)
	if n := c.sync(); n != 3 || len(c.query.Convs) != len(list) {
		t.Errorf("%d conversations in %d rounds, want 12 in 3", len(c.query.Convs), n)
	}
}
