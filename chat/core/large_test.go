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
	q := group.SearchQuery{Keywords: []string{string(who)}, Groups: []chat.GroupID{community}}
	for pages := 1; ; pages++ {
		hits, next, err := c.Group.SearchMembers(ctx, as("ann"), q)
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
