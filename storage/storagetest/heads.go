package storagetest

import (
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

func (h *house) headOf(s chat.Shard) chat.Head {
	h.t.Helper()
	return found[chat.Head](h)(h.Head(h.t.Context(), s))
}

var heads = []testCase{
	{"what has moved since a point is named, unless it is not known", func(h *house) {
		peers := []chat.UserID{"u1", "u2", "u3", bob}
		at := h.Clock()
		for round := range 4 {
			moved := func(after uint64) {
				list, ok, err := h.Moved(h.t.Context(), app, ann, after)
				if err != nil {
					h.t.Fatal(err)
				}
				for _, p := range peers {
					head := h.headOf(chat.C2COf(app, ann, p).Shard())
					if ok && head.Moved() > after && !slices.Contains(list, p) {
						h.t.Errorf("after %d: %s is not named, who moved at %d", after, p, head.Moved())
					}
				}
			}
			moved(0)
			moved(at)
			at = h.Clock()
			h.say(chat.C2COf(app, ann, peers[round]), ann, "x")
			conv := chat.C2COf(app, ann, peers[(round+1)%4])
			h.apply(&chat.Commit{Shard: conv.Shard(), Events: []*chat.ConvEvent{{Conv: conv, Kind: chat.EventRecall}}})
			h.twice(func() {
				moved(0)
				moved(at)
			})
		}
	}},

	{"a shard that has nothing has the first revision of rules", func(h *house) {
		h.twice(func() {
			for _, s := range everyKind {
				h.same(s.String(), h.headOf(s), nothing)
			}
		})
	}},

	{"rows do not move a head", func(h *house) {
		for _, s := range everyKind {
			h.put(s, value("a", "v"), add("b", 1))
		}
		h.twice(func() {
			for _, s := range everyKind {
				h.same(s.String(), h.headOf(s), nothing)
			}
		})
	}},

	{"heads of all kinds of shard come in the order asked", func(h *house) {
		last := h.say(annBob, ann, "hello")
		event := &chat.ConvEvent{Conv: bookish, Kind: chat.EventRecall}
		h.apply(&chat.Commit{
			Shard: bookish.Shard(), Raise: true, Events: []*chat.ConvEvent{event},
			Notices: []*chat.UserEvent{{App: app, User: ann, Kind: chat.UserGroup}, {App: app, User: ann, Kind: chat.UserGroup}},
		})
		h.apply(&chat.Commit{Shard: chat.ServerShard, Raise: true})
		asked := []chat.Shard{anns, bobs, chat.ServerShard, annBob.Shard(), chat.AppShard(app), bookish.Shard(), anns}
		want := []chat.Head{
			{Rules: 1, EventSeq: 2},
			nothing,
			{Rules: 2},
			{Rules: 1, Seq: 1, Counted: 1, Time: last.Time, LastSeq: 1, LastTime: last.Time, Clock: last.Clock},
			nothing,
			{Rules: 2, Rev: 1, EventClock: event.Clock},
			{Rules: 1, EventSeq: 2},
		}
		h.twice(func() {
			h.same("heads", found[[]chat.Head](h)(h.Heads(h.t.Context(), asked)), want)
			for i, s := range asked {
				h.same(s.String(), h.headOf(s), want[i])
			}
			h.same("none asked", found[[]chat.Head](h)(h.Heads(h.t.Context(), nil)), []chat.Head{})
		})
	}},

	{"a user's rules, rows and events do not disturb each other", func(h *house) {
		notice := func(s chat.Shard) *chat.UserEvent {
			e := &chat.UserEvent{App: app, User: ann, Kind: chat.UserGroup}
			h.apply(&chat.Commit{Shard: s, Raise: s == anns, Rows: []chat.Row{add("n", 1)}, Notices: []*chat.UserEvent{e}})
			return e
		}
		h.same("numbers", []uint64{notice(anns).Seq, notice(bookish.Shard()).Seq, notice(anns).Seq}, []uint64{1, 2, 3})
		h.twice(func() {
			h.same("head", h.headOf(anns), chat.Head{Rules: 3, EventSeq: 3})
			h.same("rows", h.look(anns, "n"), "+2")
		})
	}},
}
