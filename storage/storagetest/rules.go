package storagetest

import (
	"fmt"
	"strconv"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
)

// raise begins n new revisions of a shard's rules.
func (h *house) raise(s chat.Shard, n int) {
	h.t.Helper()
	for range n {
		h.apply(&chat.Commit{Shard: s, Raise: true})
	}
}

func (h *house) revision(s chat.Shard) uint64 {
	h.t.Helper()
	return h.headOf(s).Rules
}

// stale says of commits which of them are stale.
func stale(commits ...*chat.Commit) []bool {
	list := []bool{}
	for _, c := range commits {
		list = append(list, c.Stale)
	}
	return list
}

var rules = []testCase{
	{"revisions begin at 1 and grow when they are raised", func(h *house) {
		for i, s := range everyKind {
			h.raise(s, i)
			h.put(s, value("a", "no rule"))
			h.apply(&chat.Commit{Shard: s, Rules: uint64(i + 1), Rows: []chat.Row{value("b", "no rule")}})
		}
		h.twice(func() {
			for i, s := range everyKind {
				h.same(s.String(), h.revision(s), uint64(i+1))
			}
		})
	}},

	{"a commit of the present revision is done, whatever it was marked before", func(h *house) {
		h.raise(anns, 2)
		c := &chat.Commit{Shard: anns, Rules: 3, Stale: true, Raise: true, Rows: []chat.Row{value("a", "v")}}
		none := &chat.Commit{Shard: bobs, Stale: true, Rows: []chat.Row{value("a", "v")}}
		h.apply(c, none)
		h.same("stale", stale(c, none), []bool{false, false})
		h.twice(func() {
			h.same("done", h.look(anns, "a"), `"v"`)
			h.same("raised", h.revision(anns), uint64(4))
			h.same("done without rules", h.look(bobs, "a"), `"v"`)
		})
	}},

	{"a commit of another revision is stale", func(h *house) {
		h.raise(anns, 2)
		for _, rules := range []uint64{1, 2, 4, 1 << 40} {
			c := &chat.Commit{Shard: anns, Rules: rules, Raise: true, Rows: []chat.Row{value("a", "v")}}
			h.apply(c)
			h.same(fmt.Sprint("stale at ", rules), c.Stale, true)
		}
		h.twice(func() {
			h.same("not done", h.look(anns, "a"), "none")
			h.same("not raised", h.revision(anns), uint64(3))
		})
	}},

	{"nothing of a stale commit is done", func(h *house) {
		h.nothingOf(&chat.Commit{Shard: bookish.Shard()})
	}},

	{"a stale drop drops nothing", func(h *house) {
		h.nothingOf(&chat.Commit{Shard: bookish.Shard(), Drop: true})
	}},

	{"what follows a stale commit in its call is stale, for its shard alone", func(h *house) {
		h.raise(anns, 1)
		row := func(key string) []chat.Row { return []chat.Row{value(key, "v")} }
		commits := []*chat.Commit{
			{Shard: anns, Rules: 2, Rows: row("before")},
			{Shard: anns, Rules: 1, Rows: row("stale")},
			{Shard: bobs, Rules: 1, Rows: row("before"), Mirrors: []chat.Mirror{mirror(anns, value("mirror", "v"))}},
			{Shard: anns, Rules: 2, Rows: row("right but after it")},
			{Shard: anns, Rows: row("compares nothing but after it")},
			{Shard: annBob.Shard(), Messages: []*chat.Message{h.message(annBob, ann, "elsewhere")}},
			{Shard: bobs, Rules: 7, Rows: row("stale")},
			{Shard: bobs, Rows: row("after it")},
		}
		h.apply(commits...)
		h.same("stale", stale(commits...), []bool{false, true, false, true, true, false, true, true})
		h.twice(func() {
			h.same("ann's", h.keys(anns, "", "", 9), []string{"before", "mirror"})
			h.same("bob's", h.keys(bobs, "", "", 9), []string{"before"})
			h.same("message", h.head(annBob).Seq, chat.Seq(1))
		})
		h.apply(commits[4]) // the mark ends with the call
		h.same("in another call", stale(commits[4]), []bool{false})
		h.twice(func() { h.same("done", h.look(anns, "compares nothing but after it"), `"v"`) })
	}},

	{"a commit sees what was raised before it in its call", func(h *house) {
		commits := []*chat.Commit{
			{Shard: anns, Rules: 1, Raise: true},
			{Shard: anns, Rules: 2, Raise: true, Rows: []chat.Row{value("new", "v")}},
			{Shard: anns, Rules: 1, Rows: []chat.Row{value("old", "v")}},
			{Shard: bobs, Raise: true},
			{Shard: bobs, Rules: 1, Rows: []chat.Row{value("old", "v")}},
		}
		h.apply(commits...)
		h.same("stale", stale(commits...), []bool{false, false, true, false, true})
		h.twice(func() {
			h.same("ann's", h.keys(anns, "", "", 9), []string{"new"})
			h.same("bob's", h.keys(bobs, "", "", 9), []string{})
			h.same("revisions", []uint64{h.revision(anns), h.revision(bobs)}, []uint64{3, 2})
		})
	}},

	{"a drop raises, and revisions go on after it", func(h *house) {
		for _, s := range everyKind {
			h.raise(s, 2)
			h.put(s, value("a", "v"))
			h.apply(&chat.Commit{Shard: s, Rules: 3, Drop: true})
		}
		h.twice(func() {
			for _, s := range everyKind {
				h.same(s.String(), h.headOf(s), chat.Head{Rules: 4})
			}
		})
		for _, s := range everyKind {
			old := &chat.Commit{Shard: s, Rules: 3, Rows: []chat.Row{value("old", "v")}}
			h.apply(old)
			next := &chat.Commit{Shard: s, Rules: 4, Raise: true, Rows: []chat.Row{value("new", "v")}}
			h.apply(next)
			h.same("stale", stale(old, next), []bool{true, false})
		}
		h.twice(func() {
			for _, s := range everyKind {
				h.same("made again", h.headOf(s), chat.Head{Rules: 5})
				h.same("rows", h.keys(s, "", "", 9), []string{"new"})
			}
		})
	}},

	{"a drop in a call makes what was decided before it stale", func(h *house) {
		h.put(anns, value("a", "v"))
		drop := &chat.Commit{Shard: anns, Rules: 1, Drop: true}
		next := &chat.Commit{Shard: anns, Rules: 2, Rows: []chat.Row{value("new", "v")}}
		old := &chat.Commit{Shard: anns, Rules: 1, Rows: []chat.Row{value("old", "v")}}
		h.apply(drop, next, old)
		h.same("stale", stale(drop, next, old), []bool{false, false, true})
		h.twice(func() { h.same("rows", h.keys(anns, "", "", 9), []string{"new"}) })
	}},

	{"decisions by rules lose no update", func(h *house) {
		const deciders, times = 4, 40
		var all sync.WaitGroup
		for range deciders {
			all.Go(func() {
				for range times {
					if err := h.decide(); err != nil {
						h.t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		h.twice(func() {
			h.same("updates", h.look(bookish.Shard(), "n"), strconv.Quote(strconv.Itoa(deciders*times)))
			h.same("revision", h.revision(bookish.Shard()), uint64(1+deciders*times))
			h.same("messages", h.head(bookish).Seq, chat.Seq(deciders*times))
		})
	}},
}

// decide reads the rules of the book group, and adds one to a row that it has
// read under them; when they have moved meanwhile, it decides again.
func (h *house) decide() error {
	ctx, s := h.t.Context(), bookish.Shard()
	for {
		head, err := h.Head(ctx, s)
		if err != nil {
			return err
		}
		cell, err := h.Row(ctx, s, colour, "n")
		if err != nil {
			return err
		}
		n := 0
		if cell != nil {
			if n, err = strconv.Atoi(string(cell.Value)); err != nil {
				return err
			}
		}
		c := &chat.Commit{
			Shard: s, Rules: head.Rules, Raise: true, Rows: []chat.Row{value("n", strconv.Itoa(n+1))},
			Messages: []*chat.Message{h.message(bookish, ann, "n")},
		}
		if err := h.Apply(ctx, []*chat.Commit{c}); err != nil || !c.Stale {
			return err
		}
	}
}

// nothingOf gives a commit something of everything and a revision that is
// over, and looks for what was done of it.
func (h *house) nothingOf(c *chat.Commit) {
	h.t.Helper()
	ctx := h.t.Context()
	first := h.say(bookish, ann, "first")
	h.put(bookish.Shard(), value("a", "old"), add("n", 1))
	h.raise(bookish.Shard(), 1)
	head, clock := h.head(bookish), h.Clock()

	again := *first
	again.Recall = &chat.Recall{By: ann}
	m := h.message(bookish, bob, "second", key(1, 0))
	asked := 0 // for a late value
	c.Rules, c.Raise = 1, true
	c.Messages = []*chat.Message{m}
	c.Edits = []*chat.Message{&again}
	c.Events = []*chat.ConvEvent{{Conv: bookish, Kind: chat.EventRecall}}
	c.Notices = []*chat.UserEvent{{App: app, User: ann, Kind: chat.UserGroup}}
	c.Outbox = []*chat.Event{{App: app, Kind: chat.AfterGroup, Key: "k", Conv: bookish, Message: m}}
	c.Mirrors = []chat.Mirror{mirror(anns, value("a", "new"))}
	if !c.Drop {
		c.Rows = []chat.Row{value("a", "new"), add("n", 1), value("b", "new"), {Kind: colour, Key: "late", Late: func(chat.Numbers) []byte {
			asked++
			return []byte("x")
		}}}
	}
	h.apply(c)
	h.same("stale", c.Stale, true)
	h.same("late values", asked, 0)
	h.same("message", []uint64{uint64(m.Seq), m.Counted, m.Own, m.Clock}, []uint64{0, 0, 0, 0})
	h.same("numbers", []uint64{c.Events[0].Rev, c.Notices[0].Seq}, []uint64{0, 0})
	h.same("event", c.Outbox[0].ID, "")
	h.same("clock", h.Clock(), clock)
	h.twice(func() {
		h.same("head", h.head(bookish), head)
		h.same("first", found[*chat.Message](h)(h.Message(ctx, bookish, 1)), first)
		h.same("messages", len(found[[]*chat.Message](h)(h.Messages(ctx, bookish, 1, false, 9, 0))), 1)
		h.same("seen", found[*chat.Message](h)(h.Seen(ctx, bookish, m.Dedup)), (*chat.Message)(nil))
		h.same("sender", h.sender(bookish, bob), chat.SenderStat{})
		h.same("events", found[[]*chat.ConvEvent](h)(h.ConvEvents(ctx, bookish, 0, 9)), []*chat.ConvEvent{})
		h.same("notices", found[[]*chat.UserEvent](h)(h.UserEvents(ctx, app, ann, 0, 9)), []*chat.UserEvent{})
		h.same("outbox", ids(found[[]*chat.Event](h)(h.Pending(ctx, "", 9))), []string{})
		h.same("rows", []string{h.look(bookish.Shard(), "a"), h.look(bookish.Shard(), "n")}, []string{`"old"`, "+1"})
		h.same("keys", h.keys(bookish.Shard(), "", "", 9), []string{"a", "n"})
		h.same("mirrors", h.keys(anns, "", "", 9), []string{})
		h.same("user", h.headOf(anns), nothing)
	})
	c.Rules = 2
	h.apply(c)
	h.same("decided again", []any{c.Stale, m.Seq}, []any{false, chat.Seq(2)})
}
