package storagetest

import (
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// furnish gives a shard something of everything that its kind can hold.
func (h *house) furnish(s chat.Shard) {
	h.t.Helper()
	h.put(s, value("a", s.String()), until(h.in(time.Hour), value("b", "v")), add("n", 7), of(shape, value("", "v")), of(count, add("\xff", 1)))
	if c := s.Conv(); c != (chat.Conversation{}) {
		h.fill(c, 3)
		h.say(c, bob, "once", key(1, 0))
		h.apply(&chat.Commit{Shard: s, Events: []*chat.ConvEvent{{Conv: c, Kind: chat.EventRecall}}})
	}
	if u := s.User(); u != "" {
		h.apply(&chat.Commit{Shard: s, Notices: []*chat.UserEvent{{App: s.App, User: u, Kind: chat.UserGroup}}})
		h.ok(h.SaveSessions(h.t.Context(), []*chat.SessionState{{App: s.App, User: u, Client: "phone", Data: []byte("x")}}))
	}
}

// furnished asks whether a shard still has all that furnish gave it.
func (h *house) furnished(s chat.Shard) {
	h.t.Helper()
	ctx, name := h.t.Context(), fmt.Sprintf("%q", s)
	h.same(name+" rows", []string{h.look(s, "a"), h.look(s, "b"), h.look(s, "n"), h.lookAt(s, shape, ""), h.lookAt(s, count, "\xff")},
		[]string{fmt.Sprintf("%q", s.String()), `"v"`, "+7", `"v"`, "+1"})
	head := h.headOf(s)
	want := []uint64{1, 0, 0, 0}
	if c := s.Conv(); c != (chat.Conversation{}) {
		want = []uint64{1, 4, 1, 0}
		h.same(name+" messages", len(found[[]*chat.Message](h)(h.Messages(ctx, c, 1, false, 9, 0))), 4)
		h.same(name+" seen", found[*chat.Message](h)(h.Seen(ctx, c, chat.DedupKey{15: 1})).Seq, chat.Seq(4))
		h.same(name+" sender", h.sender(c, bob).LastSeq, chat.Seq(4))
		h.same(name+" events", len(found[[]*chat.ConvEvent](h)(h.ConvEvents(ctx, c, 0, 9))), 1)
	}
	if u := s.User(); u != "" {
		want = []uint64{1, 0, 0, 1}
		h.same(name+" notices", len(found[[]*chat.UserEvent](h)(h.UserEvents(ctx, s.App, u, 0, 9))), 1)
		if found[*chat.SessionState](h)(h.Session(ctx, s.App, u, "phone")) == nil {
			h.t.Errorf("%s has no session", name)
		}
	}
	h.same(name+" head", []uint64{head.Rules, uint64(head.Seq), head.Rev, head.EventSeq}, want)
}

// gone asks for everything that a dropped shard might have left.
func (h *house) gone(s chat.Shard, rules uint64) {
	h.t.Helper()
	ctx, name := h.t.Context(), fmt.Sprintf("%q", s)
	h.same(name+" head", h.headOf(s), chat.Head{Rules: rules})
	for _, k := range []chat.RowKind{colour, shape, count} {
		h.same(name+" rows", found[[]chat.Row](h)(h.Rows(ctx, s, k, "", "", 9)), []chat.Row{})
	}
	h.same(name+" row", []string{h.look(s, "a"), h.look(s, "n"), h.lookAt(s, shape, "")}, []string{"none", "none", "none"})
	if c := s.Conv(); c != (chat.Conversation{}) {
		h.same(name+" messages", seqs(found[[]*chat.Message](h)(h.Messages(ctx, c, 1, false, 9, 0))), []chat.Seq{})
		h.same(name+" message", found[*chat.Message](h)(h.Message(ctx, c, 1)), (*chat.Message)(nil))
		h.same(name+" seen", found[*chat.Message](h)(h.Seen(ctx, c, chat.DedupKey{15: 1})), (*chat.Message)(nil))
		h.same(name+" events", found[[]*chat.ConvEvent](h)(h.ConvEvents(ctx, c, 0, 9)), []*chat.ConvEvent{})
		h.same(name+" senders", []chat.SenderStat{h.sender(c, ann), h.sender(c, bob)}, []chat.SenderStat{{}, {}})
		h.same(name+" at time", found[chat.Seq](h)(h.SeqAtTime(ctx, c, 0)), chat.Seq(1))
	}
	if u := s.User(); u != "" {
		h.same(name+" notices", found[[]*chat.UserEvent](h)(h.UserEvents(ctx, s.App, u, 0, 9)), []*chat.UserEvent{})
		h.same(name+" session", found[*chat.SessionState](h)(h.Session(ctx, s.App, u, "phone")), (*chat.SessionState)(nil))
	}
}

var drops = []testCase{
	{"a dropped shard leaves nothing but its revision, and begins anew", func(h *house) {
		for _, s := range everyKind {
			h.furnish(s)
			h.apply(&chat.Commit{Shard: s, Drop: true})
		}
		h.twice(func() {
			for _, s := range everyKind {
				h.gone(s, 2)
			}
			h.same("sessions", found[[]*chat.SessionState](h)(h.AllSessions(h.t.Context(), nil, 9)), []*chat.SessionState{})
		})
		h.put(anns, add("n", 1), value("b", "new"))
		m := h.say(bookish, bob, "anew", key(1, 0))
		h.same("numbers", []uint64{uint64(m.Seq), m.Counted, m.Own}, []uint64{1, 1, 1})
		e, notice := &chat.ConvEvent{Conv: annBob, Kind: chat.EventRecall}, &chat.UserEvent{App: app, User: ann, Kind: chat.UserGroup}
		h.apply(&chat.Commit{Shard: annBob.Shard(), Events: []*chat.ConvEvent{e}, Notices: []*chat.UserEvent{notice}})
		h.same("events", []uint64{e.Rev, notice.Seq}, []uint64{1, 1})
		h.twice(func() {
			h.same("rows", []string{h.look(anns, "a"), h.look(anns, "b"), h.look(anns, "n")}, []string{"none", `"new"`, "+1"})
			h.same("page", seqs(found[[]*chat.Message](h)(h.Messages(h.t.Context(), bookish, 1, false, 9, 0))), []chat.Seq{1})
			h.same("head", h.headOf(anns), chat.Head{Rules: 2, EventSeq: 1})
		})
	}},

	{"what is told with a drop is numbered, and not kept in the shard", func(h *house) {
		h.furnish(bookish.Shard())
		last, e := h.message(bookish, ann, "closing"), &chat.ConvEvent{Conv: bookish, Kind: chat.EventRecall}
		told := &chat.Event{App: app, Kind: chat.AfterDestroy, Key: "k", Conv: bookish, Message: last}
		notice := &chat.UserEvent{App: app, User: bob, Kind: chat.UserGroup, Notice: &chat.Notice{Kind: chat.NoticeDestroyed, Group: book}}
		h.apply(&chat.Commit{
			Shard: bookish.Shard(), Drop: true, Messages: []*chat.Message{last}, Events: []*chat.ConvEvent{e},
			Outbox: []*chat.Event{told}, Notices: []*chat.UserEvent{notice}, Mirrors: []chat.Mirror{mirror(chat.AppShard(app), add("groups", -1))},
		})
		h.same("numbers", []uint64{uint64(last.Seq), e.Rev, notice.Seq}, []uint64{5, 2, 1})
		h.twice(func() {
			h.gone(bookish.Shard(), 2)
			pending := found[[]*chat.Event](h)(h.Pending(h.t.Context(), "", 9))
			h.same("told", pending, []*chat.Event{told})
			h.same("of the message", pending[0].Message.Seq, chat.Seq(5))
			h.same("notice", h.eventSeq(bob), uint64(1))
			h.same("mirror", h.look(chat.AppShard(app), "groups"), "-1")
		})
	}},

	{"mirrors and notices of a drop come after it", func(h *house) {
		h.furnish(anns)
		notice := &chat.UserEvent{App: app, User: ann, Kind: chat.UserGroup}
		h.apply(&chat.Commit{
			Shard: anns, Drop: true, Notices: []*chat.UserEvent{notice},
			Mirrors: []chat.Mirror{mirror(anns, add("n", 1)), mirror(anns, value("b", "new"))},
		})
		h.same("number", notice.Seq, uint64(1))
		h.twice(func() {
			h.same("rows", []string{h.look(anns, "a"), h.look(anns, "b"), h.look(anns, "n")}, []string{"none", `"new"`, "+1"})
			h.same("head", h.headOf(anns), chat.Head{Rules: 2, EventSeq: 1})
		})
	}},

	{"making, dropping and making again in one call", func(h *house) {
		a, b := h.message(bookish, ann, "a", key(1, 0)), h.message(bookish, ann, "b", key(1, 0))
		rows := func(s string) []chat.Row { return []chat.Row{value(s, s), value("both", s), add("n", 3)} }
		h.apply(
			&chat.Commit{Shard: bookish.Shard(), Rows: rows("a"), Messages: []*chat.Message{a}},
			&chat.Commit{Shard: anns, Mirrors: []chat.Mirror{mirror(bookish.Shard(), value("m", "a")), mirror(bobs, value("m", "a"))}},
			&chat.Commit{Shard: bookish.Shard(), Drop: true},
			&chat.Commit{Shard: bookish.Shard(), Rows: append(rows("b"), numbersAt("late", 0, ann)), Messages: []*chat.Message{b}},
		)
		h.same("numbers", seqs([]*chat.Message{a, b}), []chat.Seq{1, 1})
		h.same("duplicate", b.Duplicate, (*chat.Message)(nil))
		h.twice(func() {
			h.same("message", found[*chat.Message](h)(h.Message(h.t.Context(), bookish, 1)), b)
			h.same("sender", h.sender(bookish, ann).Counted, uint64(1))
			h.same("rows", h.keys(bookish.Shard(), "", "", 9), []string{"b", "both", "late", "n"})
			h.same("both", h.look(bookish.Shard(), "both"), `"b"`)
			h.same("counter", h.look(bookish.Shard(), "n"), "+3")
			h.same("late", h.look(bookish.Shard(), "late"), quoted(1, 1, 1))
			h.same("elsewhere", h.look(bobs, "m"), `"a"`)
		})
	}},

	{"dropping what is not there is nothing but a new revision", func(h *house) {
		for _, s := range everyKind {
			h.apply(&chat.Commit{Shard: s, Drop: true}, &chat.Commit{Shard: s, Drop: true})
		}
		h.twice(func() {
			for _, s := range everyKind {
				h.gone(s, 3)
			}
		})
	}},

	{"what was read before a drop is not read after it", func(h *house) {
		for i := range 5 {
			h.furnish(bookish.Shard())
			h.furnish(anns)
			h.same("there", []string{h.look(bookish.Shard(), "n"), h.look(anns, "n"), h.look(anns, "none")}, []string{"+7", "+7", "none"})
			h.apply(&chat.Commit{Shard: bookish.Shard(), Drop: true}, &chat.Commit{Shard: anns, Drop: true})
			h.gone(bookish.Shard(), uint64(i+2))
			h.gone(anns, uint64(i+2))
		}
	}},

	{"neighbours with the same names and names that contain each other stay", func(h *house) {
		list := neighbours()
		for _, s := range list {
			h.furnish(s)
		}
		for i, s := range list {
			if i%2 == 0 {
				h.apply(&chat.Commit{Shard: s, Drop: true})
			}
		}
		h.twice(func() {
			for i, s := range list {
				if i%2 == 0 {
					h.gone(s, 2)
				} else {
					h.furnished(s)
				}
			}
		})
		for i, s := range list {
			if i%2 == 1 {
				h.apply(&chat.Commit{Shard: s, Drop: true})
			}
		}
		h.twice(func() {
			for _, s := range list {
				h.gone(s, 2)
			}
		})
	}},

	{"a large group is dropped whole", func(h *house) {
		const n = 10_000
		h.furnish(chat.GroupShard(app, "boo"))
		h.furnish(chat.GroupShard(app, "bool"))
		h.furnish(bookish.Shard())
		for i := range n / 1000 {
			c := &chat.Commit{Shard: bookish.Shard()}
			for j := range 1000 {
				k := fmt.Sprintf("m%d", i*1000+j)
				c.Rows = append(c.Rows, of(colour+chat.RowKind(j%3), value(k, k)))
			}
			h.apply(c)
		}
		h.same("there", h.lookAt(bookish.Shard(), colour, "m3000"), `"m3000"`)
		h.apply(&chat.Commit{Shard: bookish.Shard(), Drop: true})
		h.twice(func() {
			h.gone(bookish.Shard(), 2)
			h.same("one of many", h.lookAt(bookish.Shard(), colour, "m3000"), "none")
			h.furnished(chat.GroupShard(app, "boo"))
			h.furnished(chat.GroupShard(app, "bool"))
		})
	}},
}

// neighbours are shards whose names are alike, in every way that keys might
// confuse them.
func neighbours() []chat.Shard {
	var list []chat.Shard
	for _, a := range []chat.AppID{app, other} {
		list = append(list, chat.AppShard(a))
		for _, n := range []string{"a", "a\x00", "a\x00\x01", "a\x00\xff", "ab", "a\xff", "\x00a"} {
			list = append(list, chat.UserShard(a, chat.UserID(n)), chat.GroupShard(a, chat.GroupID(n)))
		}
		for _, p := range [][2]chat.UserID{{"a", "a"}, {"a", "b"}, {"a\x00", "b"}, {"a", "b\x00"}, {"a", "\x00b"}, {"ab", "\xff"}, {"", "ab"}, {"", "a"}} {
			list = append(list, chat.C2COf(a, p[0], p[1]).Shard())
		}
	}
	return append(list, chat.ServerShard)
}
