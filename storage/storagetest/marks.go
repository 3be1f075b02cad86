package storagetest

import (
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

func (h *house) mark(c chat.Conversation, r chat.ReadMark) chat.ReadMark {
	h.t.Helper()
	commit := &chat.Commit{Conv: c, Reads: []chat.ReadMark{r}}
	h.apply(commit)
	return commit.Reads[0]
}

func (h *house) marked(c chat.Conversation, u chat.UserID) chat.ReadMark {
	h.t.Helper()
	row, _, err := h.Conversation(h.t.Context(), c, u)
	h.ok(err)
	return row.Read
}

// unread counts as the core does.
func (h *house) unread(c chat.Conversation, u chat.UserID) uint64 {
	h.t.Helper()
	own := found[chat.SenderStat](h)(h.Sender(h.t.Context(), c, u))
	return h.marked(c, u).Unread(h.head(c), own)
}

var marks = []testCase{
	{"unread needs no scan", func(h *house) {
		h.say(annBob, ann, "1")
		h.say(annBob, ann, "2")
		h.say(annBob, bob, "3")
		h.say(annBob, ann, "4", func(m *chat.Message) { m.Control = chat.NoUnread })
		h.same("bob's", h.unread(annBob, bob), uint64(2))
		h.same("ann's", h.unread(annBob, ann), uint64(1))
		h.mark(annBob, chat.ReadMark{User: bob, AtHead: true})
		h.say(annBob, ann, "5")
		h.say(annBob, bob, "6")
		h.twice(func() {
			h.same("bob's", h.unread(annBob, bob), uint64(1))
			h.same("ann's", h.unread(annBob, ann), uint64(2))
		})
	}},

	{"a mark at the head has the counters after its commit", func(h *house) {
		h.say(annBob, bob, "1")
		h.say(annBob, ann, "2")
		c := &chat.Commit{
			Conv: annBob, Messages: []*chat.Message{h.message(annBob, bob, "3")},
			Reads: []chat.ReadMark{{User: bob, Time: 77, AtHead: true}},
		}
		h.apply(c)
		got := c.Reads[0]
		h.same("filled", []uint64{uint64(got.Seq), got.Counted, got.Own}, []uint64{3, 3, 2})
		h.twice(func() {
			h.same("kept", h.marked(annBob, bob), chat.ReadMark{User: bob, Seq: 3, Time: 77, Counted: 3, Own: 2})
		})
	}},

	{"a mark never moves back", func(h *house) {
		h.fill(annBob, 5)
		far := chat.ReadMark{User: bob, Seq: 4, Time: 2, Counted: 4}
		h.mark(annBob, far)
		h.mark(annBob, chat.ReadMark{User: bob, Seq: 3, Time: 3, Counted: 3})
		h.twice(func() { h.same("stays", h.marked(annBob, bob), far) })
		farther := chat.ReadMark{User: bob, Seq: 5, Time: 4, Counted: 5}
		h.mark(annBob, farther)
		h.twice(func() { h.same("moves", h.marked(annBob, bob), farther) })
	}},

	{"a mark makes no conversation", func(h *house) {
		h.mark(annBob, chat.ReadMark{User: bob, AtHead: true})
		h.mark(bookish, chat.ReadMark{User: bob, AtHead: true})
		h.twice(func() {
			h.same("list", found[[]chat.UserConv](h)(h.Conversations(h.t.Context(), app, bob)), []chat.UserConv{})
		})
	}},

	{"marks of a group are its members'", func(h *house) {
		h.establish(book, chat.Public, ann, bob)
		h.say(bookish, ann, "1")
		h.mark(bookish, chat.ReadMark{User: bob, AtHead: true})
		h.mark(bookish, chat.ReadMark{User: cid, AtHead: true})
		h.say(bookish, ann, "2")
		h.twice(func() {
			h.same("bob's", h.unread(bookish, bob), uint64(1))
			list := found[[]chat.UserConv](h)(h.Conversations(h.t.Context(), app, bob))
			h.same("list", list, []chat.UserConv{{Conv: bookish, Read: h.marked(bookish, bob), Joined: true}})
			h.same("mark", list[0].Read.Seq, chat.Seq(1))
		})
		h.apply(&chat.Commit{Conv: bookish, Leaves: []chat.UserID{bob}})
		h.apply(&chat.Commit{Conv: bookish, Joins: []*chat.Member{{Group: book, User: bob, Role: chat.RoleMember}}})
		h.twice(func() { h.same("anew", h.marked(bookish, bob), chat.ReadMark{User: bob}) })
	}},
}

var events = []testCase{
	{"conversation events are numbered and paged", func(h *house) {
		var want []*chat.ConvEvent
		for i := range 7 {
			e := &chat.ConvEvent{
				Conv: annBob, Time: int64(i), Kind: chat.EventRecall, By: bob, Seq: chat.Seq(i), MsgID: "id", Reason: "r",
				Expires: h.in(time.Hour),
			}
			h.apply(&chat.Commit{Conv: annBob, Events: []*chat.ConvEvent{e}})
			h.same("rev", e.Rev, uint64(i+1))
			want = append(want, e)
		}
		h.say(annBob, ann, "between")
		h.twice(func() {
			h.same("all", found[[]*chat.ConvEvent](h)(h.ConvEvents(h.t.Context(), annBob, 0, 100)), want)
			h.same("after 3, two", found[[]*chat.ConvEvent](h)(h.ConvEvents(h.t.Context(), annBob, 3, 2)), want[3:5])
			h.same("after all", found[[]*chat.ConvEvent](h)(h.ConvEvents(h.t.Context(), annBob, 7, 2)), []*chat.ConvEvent{})
			h.same("elsewhere", found[[]*chat.ConvEvent](h)(h.ConvEvents(h.t.Context(), bookish, 0, 2)), []*chat.ConvEvent{})
			h.same("head", []uint64{h.head(annBob).Rev, uint64(h.head(annBob).Seq)}, []uint64{7, 1})
		})
		h.pass(2 * time.Hour)
		h.same("expired", found[[]*chat.ConvEvent](h)(h.ConvEvents(h.t.Context(), annBob, 0, 100)), []*chat.ConvEvent{})
		next := &chat.ConvEvent{Conv: annBob, Kind: chat.EventRead, By: ann}
		h.apply(&chat.Commit{Conv: annBob, Events: []*chat.ConvEvent{next}})
		h.same("next", next.Rev, uint64(8))
	}},

	{"user events are numbered by user, over conversations", func(h *house) {
		notice := func(u chat.UserID, i int) *chat.UserEvent {
			return &chat.UserEvent{
				App: app, User: u, Time: int64(i), Kind: chat.UserGroup, Expires: h.in(time.Hour),
				Notice: &chat.Notice{Kind: chat.NoticeMuted, Group: book, Type: chat.Public, Name: "n", FaceURL: "f", Operator: ann, Reason: "r", MuteTime: 9, Application: "a", Request: "q"},
			}
		}
		var want []*chat.UserEvent
		for i := range 6 {
			e := notice(bob, i)
			conv := []chat.Conversation{annBob, bookish}[i%2]
			h.apply(&chat.Commit{Conv: conv, Notices: []*chat.UserEvent{e, notice(cid, i)}})
			h.same("seq", e.Seq, uint64(i+1))
			want = append(want, e)
		}
		read := &chat.UserEvent{App: app, User: bob, Kind: chat.UserRead, Conv: annBob, Read: 5, Extra: []byte(`{ "a":1 }`)}
		h.apply(&chat.Commit{Conv: annBob, Notices: []*chat.UserEvent{read}})
		want = append(want, read)
		h.twice(func() {
			h.same("newest", found[uint64](h)(h.UserEventSeq(h.t.Context(), app, bob)), uint64(7))
			h.same("all", found[[]*chat.UserEvent](h)(h.UserEvents(h.t.Context(), app, bob, 0, 100)), want)
			h.same("after 2, three", found[[]*chat.UserEvent](h)(h.UserEvents(h.t.Context(), app, bob, 2, 3)), want[2:5])
			h.same("another's", found[uint64](h)(h.UserEventSeq(h.t.Context(), app, cid)), uint64(6))
			h.same("nobody's", found[uint64](h)(h.UserEventSeq(h.t.Context(), app, ann)), uint64(0))
		})
		h.pass(2 * time.Hour)
		h.twice(func() {
			left := found[[]*chat.UserEvent](h)(h.UserEvents(h.t.Context(), app, bob, 0, 100))
			h.same("what has not expired", left, []*chat.UserEvent{read})
		})
	}},

	{"the session that caused an event is not kept", func(h *house) {
		h.apply(&chat.Commit{
			Conv:    annBob,
			Events:  []*chat.ConvEvent{{Conv: annBob, Kind: chat.EventRead, By: ann, Session: 5}},
			Notices: []*chat.UserEvent{{App: app, User: ann, Kind: chat.UserRead, Conv: annBob, Session: 5}},
		})
		h.twice(func() {
			h.same("conv", found[[]*chat.ConvEvent](h)(h.ConvEvents(h.t.Context(), annBob, 0, 1))[0].Session, uint64(0))
			h.same("user", found[[]*chat.UserEvent](h)(h.UserEvents(h.t.Context(), app, ann, 0, 1))[0].Session, uint64(0))
		})
	}},

	{"many events of a page end at the limit", func(h *house) {
		for i := range 300 {
			h.apply(&chat.Commit{Conv: annBob, Notices: []*chat.UserEvent{{App: app, User: bob, Kind: chat.UserRead, Time: int64(i)}}})
		}
		h.twice(func() {
			page := found[[]*chat.UserEvent](h)(h.UserEvents(h.t.Context(), app, bob, 100, 50))
			h.same("page", fmt.Sprint(len(page), page[0].Seq, page[49].Seq), "50 101 150")
		})
	}},
}
