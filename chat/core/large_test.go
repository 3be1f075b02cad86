package core_test

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/groupsearch"
	"github.com/teahouse-im/teahouse/chat/inbox"
	"github.com/teahouse-im/teahouse/chat/record"
)

var largeMembers = flag.Int("large", 2600, "members of the large community")

// narrow is a store that notes how much is read and written at once.
type narrow struct {
	chat.Store
	mu              sync.Mutex
	rows, asks, big int // the most rows of a page, of a call for many, and entries of a commit
}

func (n *narrow) note(at *int, count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	*at = max(*at, count)
}

// reset forgets what was noted, and returns it.
func (n *narrow) reset() (rows, asks, big int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	rows, asks, big = n.rows, n.asks, n.big
	n.rows, n.asks, n.big = 0, 0, 0
	return rows, asks, big
}

func (n *narrow) Rows(ctx context.Context, s chat.Shard, k chat.RowKind, prefix, after string, limit int) ([]chat.Row, error) {
	list, err := n.Store.Rows(ctx, s, k, prefix, after, limit)
	n.note(&n.rows, len(list))
	return list, err
}

func (n *narrow) RowsOf(ctx context.Context, asks []chat.RowAsk) ([]*chat.Cell, error) {
	n.note(&n.asks, len(asks))
	return n.Store.RowsOf(ctx, asks)
}

func (n *narrow) Apply(ctx context.Context, list []*chat.Commit) error {
	for _, c := range list {
		n.note(&n.big, len(c.Rows)+len(c.Mirrors)+len(c.Notices)+len(c.Messages))
	}
	return n.Store.Apply(ctx, list)
}

// Of a community that is larger than any page, no step reads the members as a whole, and
// no commit has them all.
func TestLargeCommunityIsNeverReadAsAWhole(t *testing.T) {
	eachTwins(t, func(w *twins) {
		store := &narrow{Store: w.store}
		seen := &witness{Store: store}
		apps := &chat.Apps{}
		apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Limits: chat.Limits{}.NoRates()})
		c := core.New(core.Options{Store: seen, Apps: apps})
		defer c.Close(context.Background())
		people := populate(w.T, c, *largeMembers)
		ctx := w.Context()
		for _, step := range []struct {
			what string
			do   func() error
		}{
			{"count", func() error {
				v, err := c.Group.Get(ctx, as("ann"), community)
				return wrong(err, "members", v.Group.Members, len(people)+1)
			}},
			{"page", func() error { return pageAll(ctx, c, len(people)+1) }},
			{"find the owner", func() error {
				list, _, _, err := c.Group.Members(ctx, as("ann"), community, chat.MemberQuery{Roles: []chat.Role{chat.RoleOwner}, Limit: 100})
				return wrong(err, "owners", len(list), 1)
			}},
			{"search", func() error { return searchAll(ctx, c, people[len(people)-1]) }},
			{"speak", func() error {
				_, err := c.Message.SendWait(ctx, as(people[0]), chat.Draft{To: chat.ToGroup(community), Body: text("x")})
				return err
			}},
			{"kick", func() error { return c.Group.RemoveMembers(ctx, as("ann"), community, people[:500], false, "") }},
			{"destroy", func() error { return c.Group.Destroy(ctx, as("ann"), community) }},
		} {
			store.reset()
			began := time.Now()
			w.must(step.do())
			rows, asks, big := store.reset()
			w.Logf("%s: %v, %d rows, %d asked for, %d written at once", step.what, time.Since(began), rows, asks, big)
			if rows > 1000 || asks > 1000 || big > 2100 {
				w.Errorf("%s reads %d rows of a page and %d by name, and writes %d at once", step.what, rows, asks, big)
			}
		}
		checkEnded(w, c, seen, people)
	})
}

// wrong is err, or that a number is not the one wanted.
func wrong(err error, what string, got, want int) error {
	if err == nil && got != want {
		err = fmt.Errorf("%d %s, want %d", got, what, want)
	}
	return err
}

// populate makes the community of ann, with a topic and so many members.
func populate(t testing.TB, c *core.Core, n int) []chat.UserID {
	t.Helper()
	var people []chat.UserID
	var profiles []chat.Profile
	for i := range n {
		people = append(people, chat.UserID(fmt.Sprintf("m%06d", i)))
		profiles = append(profiles, chat.Profile{User: people[i]})
	}
	for page := range slices.Chunk(profiles, 100) {
		if _, err := c.People.Import(t.Context(), admin(), page); err != nil {
			t.Fatal(err)
		}
	}
	d := chat.GroupDraft{ID: community, Type: chat.Community, Name: "All", Owner: "ann", SupportTopic: true}
	if _, err := c.Group.Create(t.Context(), admin(), d); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Group.CreateTopic(t.Context(), as("ann"), chat.TopicDraft{Community: community, ID: green, Name: "T"}); err != nil {
		t.Fatal(err)
	}
	for page := range slices.Chunk(people, 300) {
		if _, err := c.Group.AddMembers(t.Context(), admin(), community, page, true); err != nil {
			t.Fatal(err)
		}
	}
	return people
}

func pageAll(ctx context.Context, c *core.Core, want int) error {
	seen, after := 0, chat.UserID("")
	for {
		list, total, next, err := c.Group.Members(ctx, as("ann"), community, chat.MemberQuery{After: after, Limit: 500})
		if err := wrong(err, "members in all", total, want); err != nil {
			return err
		}
		if seen += len(list); next == "" {
			return wrong(nil, "members paged", seen, want)
		}
		after = next
	}
}

func searchAll(ctx context.Context, c *core.Core, who chat.UserID) error {
	q := groupsearch.Query{Keywords: []string{string(who)}, Groups: []chat.GroupID{community}}
	for pages := 1; ; pages++ {
		hits, next, err := c.GroupSearch.Members(ctx, as("ann"), q)
		if err != nil {
			return err
		}
		if next == "" {
			return wrong(nil, "groups with a hit", len(hits), 1)
		}
		q.After = next
	}
}

// checkEnded: nothing is left of the community, and everybody who was in it was told once.
func checkEnded(w *twins, c *core.Core, seen *witness, people []chat.UserID) {
	w.Helper()
	err := core.VerifyRows(w.Context(), seen.Store, seen.EachRow, time.Now(), func(where, what string) {
		w.Errorf("%s: %s", where, what)
	})
	w.must(err)
	w.must(seen.EachRow(w.Context(), func(s chat.Shard, r chat.Row) error {
		if s.Conv().Group().Home() == community || record.Kind(r.Kind) == record.Ending || record.Kind(r.Kind) == record.MemberOf {
			w.Errorf("%s: %s %q is left", s, record.Kind(r.Kind), r.Key)
		}
		return nil
	}))
	for _, u := range append(people[:len(people):len(people)], "ann") {
		told := map[chat.NoticeKind]int{}
		events, err := w.store.UserEvents(w.Context(), app, u, 0, 100)
		w.must(err)
		for _, e := range events {
			if e.Notice != nil && e.Notice.Group == community && e.Notice.Operator.User == "ann" {
				told[e.Notice.Kind]++
			}
		}
		if told[chat.NoticeDestroyed]+told[chat.NoticeKicked] != 1 {
			w.Errorf("%s is told %v", u, told)
		}
	}
	if _, err := c.Group.Create(w.Context(), admin(), chat.GroupDraft{ID: community, Type: chat.Community, Name: "All"}); err != nil {
		w.Errorf("the id cannot be used again: %v", err)
	}
}

// A large group that a crash has left without telling all its members is found by nobody,
// faults nobody who has it in their lists, and passes the check of the store; who founds one
// of its id anew finishes its end.
func TestGroupThatIsOverIsNotFound(t *testing.T) {
	h := open(t, nil)
	seen := &witness{Store: h.store}
	disk := &cutoff{Store: seen, left: 1 << 30}
	two := core.New(core.Options{Store: disk, Apps: h.apps, Now: h.clock, Lanes: 1, Fatal: func(error) {}})
	people := populate(t, two, 1100)
	last := people[len(people)-1]
	h.send(last, chat.ToGroup(community), "x")
	h.send(last, chat.ToGroup(green), "x")
	disk.left = 3 // the end, its topic, and one page
	if err := two.Group.Destroy(h.ctx, as("ann"), community); err == nil {
		t.Fatal("it was not cut")
	}
	_ = two.Close(context.Background())

	h.wants(core.VerifyRows(h.ctx, seen.Store, seen.EachRow, h.clock(), func(where, what string) { t.Errorf("%s: %s", where, what) }), 0)
	to := chat.ToGroup(community)
	for what, do := range map[string]func() error{
		"get":     func() error { _, err := h.Group.Get(h.ctx, admin(), community); return err },
		"join":    func() error { _, err := h.Group.Join(h.ctx, as("bob"), community, ""); return err },
		"quit":    func() error { return h.Group.Quit(h.ctx, as(last), community) },
		"kick":    func() error { return h.Group.RemoveMembers(h.ctx, admin(), community, people[:1], true, "") },
		"history": func() error { _, err := h.Message.History(h.ctx, as(last), historyOf(community)); return err },
		"send": func() error {
			_, err := h.Message.SendWait(h.ctx, as(last), chat.Draft{To: to, Body: text("x")})
			return err
		},
		"send to the topic": func() error {
			_, err := h.Message.SendWait(h.ctx, as(last), chat.Draft{To: chat.ToGroup(green), Body: text("x")})
			return err
		},
		"destroy by another": func() error { return h.Group.Destroy(h.ctx, as("bob"), community) },
	} {
		h.code(what, chat.CodeOf(do()), chat.CodeNoGroup)
	}
	list, _, err := h.Group.Joined(h.ctx, as(last), last, group.JoinedQuery{})
	h.wants(err, 0)
	if len(list) != 0 {
		t.Errorf("still joined: %v", list)
	}
	_, err = h.Inbox.Conversations(h.ctx, as(last), inbox.ConvFilter{}, "", 0)
	h.wants(err, 0)
	_, err = h.Inbox.Sync(h.ctx, as(last), inbox.SyncQuery{})
	h.wants(err, 0)
	ids, _, err := h.Group.List(h.ctx, admin(), "", "", 100)
	h.wants(err, 0)
	if len(ids) != 0 {
		t.Errorf("the app lists %v", ids)
	}

	found(t, h.Core, "bob")
	if r := h.send("bob", to, "anew"); r.Seq != 1 {
		t.Errorf("the new one begins at %d", r.Seq)
	}
	rows, err := h.Group.MemberPage(h.ctx, app, community, "", 10)
	h.wants(err, 0)
	if len(rows) != 2 {
		t.Errorf("the new one has %d members", len(rows))
	}
	told, err := h.store.UserEvents(h.ctx, app, last, 0, 10)
	h.wants(err, 0)
	if len(told) != 1 || told[0].Notice == nil || told[0].Notice.Kind != chat.NoticeDestroyed {
		t.Errorf("the last member is told %v", told)
	}
}

// All who watch a live room are told of its end, each once, however many they are.
func TestEveryViewerIsToldOfTheEnd(t *testing.T) {
	h := open(t, nil)
	wide := &narrow{Store: h.store}
	c := core.New(core.Options{Store: wide, Apps: h.apps, Now: h.clock, Lanes: 1})
	defer c.Close(context.Background())
	g, err := c.Group.Create(h.ctx, as("ann"), chat.GroupDraft{Type: chat.AVChatRoom, Name: "g"})
	h.wants(err, 0)
	viewers := []chat.UserID{"ann"}
	var profiles []chat.Profile
	for i := range 1700 {
		viewers = append(viewers, chat.UserID(fmt.Sprint("v", i)))
		profiles = append(profiles, chat.Profile{User: viewers[i+1]})
	}
	for page := range slices.Chunk(profiles, 100) {
		_, err := c.People.Import(h.ctx, admin(), page)
		h.wants(err, 0)
	}
	for _, u := range viewers[1:] {
		_, err := c.Group.Join(h.ctx, as(u), g.ID, "")
		h.wants(err, 0)
	}
	wide.reset()
	h.wants(c.Group.Destroy(h.ctx, as("ann"), g.ID), 0)
	if _, _, big := wide.reset(); big > 1100 {
		t.Errorf("%d entries in a commit", big)
	}
	for _, u := range viewers {
		ends := 0
		events, err := h.store.UserEvents(h.ctx, app, u, 0, 100)
		h.wants(err, 0)
		for _, e := range events {
			if e.Notice != nil && e.Notice.Kind == chat.NoticeDestroyed && e.Notice.Group == g.ID && e.Notice.Operator.User == "ann" {
				ends++
			}
		}
		if ends != 1 {
			t.Errorf("%s is told %d times", u, ends)
		}
	}
}
