package storagetest

import (
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// eventSeq is the number of a user's newest event.
func (h *house) eventSeq(u chat.UserID) uint64 {
	h.t.Helper()
	return found[chat.Head](h)(h.Head(h.t.Context(), chat.UserShard(app, u))).EventSeq
}

var events = []testCase{
	{"conversation events are numbered and paged", func(h *house) {
		var want []*chat.ConvEvent
		for i := range 7 {
			e := &chat.ConvEvent{
				Conv: annBob, Time: int64(i), Kind: chat.EventRecall, By: bob, Seq: chat.Seq(i), MsgID: "id", Reason: "r",
				Expires: h.in(time.Hour),
			}
			h.apply(&chat.Commit{Shard: annBob.Shard(), Events: []*chat.ConvEvent{e}})
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
		h.apply(&chat.Commit{Shard: annBob.Shard(), Events: []*chat.ConvEvent{next}})
		h.same("next", next.Rev, uint64(8))
	}},

	{"conversation events have a clock, which they share with messages", func(h *house) {
		event := func() *chat.ConvEvent { return &chat.ConvEvent{Conv: annBob, Kind: chat.EventRead, By: ann} }
		one, two := event(), event()
		h.apply(&chat.Commit{Shard: annBob.Shard(), Events: []*chat.ConvEvent{one}})
		between := h.Clock()
		m := h.say(annBob, ann, "after it")
		h.apply(&chat.Commit{Shard: annBob.Shard(), Events: []*chat.ConvEvent{two}})
		if one.Clock == 0 || one.Clock > between || m.Clock <= between || two.Clock <= m.Clock || h.Clock() < two.Clock {
			h.t.Errorf("events with clocks %d and %d, a message with %d, store %d and %d", one.Clock, two.Clock, m.Clock, between, h.Clock())
		}
		h.twice(func() {
			head := h.head(annBob)
			h.same("head", []uint64{head.Clock, head.EventClock, head.Moved()}, []uint64{m.Clock, two.Clock, two.Clock})
			h.same("kept", found[[]*chat.ConvEvent](h)(h.ConvEvents(h.t.Context(), annBob, 0, 9)), []*chat.ConvEvent{one, two})
		})
	}},

	{"user events are numbered by user, over conversations", func(h *house) {
		notice := func(u chat.UserID, i int) *chat.UserEvent {
			return &chat.UserEvent{
				App: app, User: u, Time: int64(i), Kind: chat.UserGroup, Expires: h.in(time.Hour),
				Notice: &chat.Notice{Kind: chat.NoticeMuted, Group: book, Type: chat.Public, Name: "n", FaceURL: "f", Operator: chat.Person{User: ann, Nick: "A", FaceURL: "u", NameCard: "c", Role: chat.RoleOwner}, Reason: "r", MuteTime: 9, JoinRequest: "a", Request: "q", Topic: book},
			}
		}
		var want []*chat.UserEvent
		for i := range 6 {
			e := notice(bob, i)
			conv := []chat.Conversation{annBob, bookish}[i%2]
			h.apply(&chat.Commit{Shard: conv.Shard(), Notices: []*chat.UserEvent{e, notice(cid, i)}})
			h.same("seq", e.Seq, uint64(i+1))
			want = append(want, e)
		}
		read := &chat.UserEvent{App: app, User: bob, Kind: chat.UserRead, Conv: annBob, Read: 5, Extra: []byte(`{ "a":1 }`)}
		h.apply(&chat.Commit{Shard: annBob.Shard(), Notices: []*chat.UserEvent{read}})
		want = append(want, read)
		h.twice(func() {
			h.same("newest", h.eventSeq(bob), uint64(7))
			h.same("all", found[[]*chat.UserEvent](h)(h.UserEvents(h.t.Context(), app, bob, 0, 100)), want)
			h.same("after 2, three", found[[]*chat.UserEvent](h)(h.UserEvents(h.t.Context(), app, bob, 2, 3)), want[2:5])
			h.same("another's", h.eventSeq(cid), uint64(6))
			h.same("nobody's", h.eventSeq(ann), uint64(0))
		})
		h.pass(2 * time.Hour)
		h.twice(func() {
			left := found[[]*chat.UserEvent](h)(h.UserEvents(h.t.Context(), app, bob, 0, 100))
			h.same("what has not expired", left, []*chat.UserEvent{read})
		})
	}},

	{"an event keeps the detail of its kind", func(h *house) {
		e := &chat.ConvEvent{Conv: annBob, Kind: chat.EventReceipt, By: bob, Detail: &chat.EventDetail{Receipts: []chat.ReceiptCount{
			{Seq: 3, ID: "~5-\x01<&>", Of: 9, Read: 2}, {Seq: 4, ID: "x", Of: 1, Read: 1},
		}}}
		h.apply(&chat.Commit{Shard: annBob.Shard(), Events: []*chat.ConvEvent{e, {Conv: annBob, Kind: chat.EventRead}}})
		h.twice(func() {
			list := found[[]*chat.ConvEvent](h)(h.ConvEvents(h.t.Context(), annBob, 0, 9))
			h.same("detail", list[0], e)
			h.same("without", list[1].Detail, (*chat.EventDetail)(nil))
		})
	}},

	{"a user's event keeps what a conversation would be told", func(h *house) {
		e := &chat.UserEvent{App: app, User: ann, Kind: chat.UserRecall, Conv: annBob, Told: &chat.ConvEvent{
			Conv: annBob, Time: 5, Kind: chat.EventRecall, By: ann, Seq: 3, MsgID: "m", Reason: "r", Expires: h.in(time.Hour),
		}}
		h.apply(&chat.Commit{Shard: annBob.Shard(), Notices: []*chat.UserEvent{e}})
		h.twice(func() {
			h.same("event", found[[]*chat.UserEvent](h)(h.UserEvents(h.t.Context(), app, ann, 0, 9)), []*chat.UserEvent{e})
		})
	}},

	{"a user's event keeps its detail", func(h *house) {
		e := &chat.UserEvent{App: app, User: ann, Kind: chat.UserProfile, Time: 5, Detail: &chat.UserDetail{
			Profile:     &chat.ProfileChange{User: bob, Items: []chat.ProfileItem{{Tag: chat.TagNick, Text: "B"}, {Tag: chat.TagRole, Number: 1, Numeric: true}}},
			Friend:      &chat.FriendChange{What: chat.FriendAdded, Friend: &chat.Friend{User: bob, Groups: []string{"g"}, Custom: map[string]string{"a": "b"}}, Unread: new(int)},
			FriendGroup: &chat.FriendGroupChange{Name: "g", Members: []chat.UserID{bob}, Whole: true},
			Black:       &chat.BlockChange{Add: []chat.UserID{bob}},
		}}
		h.apply(&chat.Commit{Shard: annBob.Shard(), Notices: []*chat.UserEvent{e}})
		h.twice(func() {
			h.same("event", found[[]*chat.UserEvent](h)(h.UserEvents(h.t.Context(), app, ann, 0, 9)), []*chat.UserEvent{e})
		})
	}},

	{"many events of a page end at the limit", func(h *house) {
		for i := range 300 {
			h.apply(&chat.Commit{Shard: annBob.Shard(), Notices: []*chat.UserEvent{{App: app, User: bob, Kind: chat.UserRead, Time: int64(i)}}})
		}
		h.twice(func() {
			page := found[[]*chat.UserEvent](h)(h.UserEvents(h.t.Context(), app, bob, 100, 50))
			h.same("page", fmt.Sprint(len(page), page[0].Seq, page[49].Seq), "50 101 150")
		})
	}},
}
