package storagetest

import (
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/trace"
)

func ids(list []*chat.Event) []string {
	out := []string{}
	for _, e := range list {
		out = append(out, e.ID)
	}
	return out
}

// tell commits n events and returns them.
func (h *house) tell(n int) []*chat.Event {
	h.t.Helper()
	var list []*chat.Event
	for i := range n {
		e := &chat.Event{App: app, Kind: chat.AfterMemberJoin, Key: fmt.Sprint("k", i%3), Time: int64(i), Conv: bookish}
		h.apply(&chat.Commit{Shard: bookish.Shard(), Outbox: []*chat.Event{e}})
		list = append(list, e)
	}
	return list
}

var outbox = []testCase{
	{"an event comes back as it was put, its message numbered", func(h *house) {
		m := h.message(annBob, ann, "hello", everything(h))
		e := &chat.Event{
			App: app, Kind: chat.AfterC2C, Key: "k\x00", Time: 5, By: ann, IP: "::1", From: chat.PlatformWeb, Conv: annBob,
			Message: m, Unread: 7, Users: []chat.UserID{bob, ""}, Way: "w", Action: "a", Reason: "r",
			Kicked: []chat.Platform{chat.PlatformIOS, chat.PlatformIPad},
			Change: &chat.GroupChange{Name: new(string)}, Member: &chat.MemberChange{NameCard: new(string)},
			Receipts: []chat.ReceiptTold{{Seq: 3, Read: 1, Unread: 2, By: []chat.UserID{ann}}}, Code: chat.CodeMuted, Info: "i",
			Profile:  []chat.ProfileItem{{Tag: chat.TagNick, Text: "A"}, {Tag: chat.TagLevel, Number: 7, Numeric: true}},
			Relation: &chat.RelationChange{Pairs: []chat.RelationPair{{From: ann, To: bob, Initiator: ann}}, Cmd: "c", Admin: ann, Force: true},
			Group:    &chat.Group{App: app, ID: book, Name: "as it was", Custom: map[string]string{"a": "b"}, CustomString: "s"},
			Trace:    trace.Parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "a=1"),
		}
		h.apply(&chat.Commit{Shard: annBob.Shard(), Messages: []*chat.Message{m}, Outbox: []*chat.Event{e}})
		h.twice(func() {
			got := found[[]*chat.Event](h)(h.Pending(h.t.Context(), "", 9))
			h.same("event", got, []*chat.Event{e})
			h.same("number", got[0].Message.Seq, chat.Seq(1))
		})
	}},

	{"an online-only message travels in an event without being kept", func(h *house) {
		m := h.message(annBob, ann, "now or never")
		h.apply(&chat.Commit{Shard: annBob.Shard(), Outbox: []*chat.Event{{App: app, Kind: chat.AfterC2C, Key: "k", Conv: annBob, Message: m}}})
		h.twice(func() {
			got := found[[]*chat.Event](h)(h.Pending(h.t.Context(), "", 9))
			h.same("message", got[0].Message, m)
			h.same("head", h.head(annBob).Seq, chat.Seq(0))
		})
	}},

	{"pending events come in commit order, in pages", func(h *house) {
		want := ids(h.tell(25))
		h.twice(func() {
			var got []string
			after := ""
			for {
				page := found[[]*chat.Event](h)(h.Pending(h.t.Context(), after, 10))
				if len(page) == 0 {
					break
				}
				got = append(got, ids(page)...)
				after = page[len(page)-1].ID
			}
			h.same("order", got, want)
		})
		h.twice(func() {
			seen := map[string]bool{}
			for _, id := range append(want, ids(h.tell(3))...) {
				if seen[id] || id == "" {
					h.t.Errorf("id %q is not new", id)
				}
				seen[id] = true
			}
			want = ids(found[[]*chat.Event](h)(h.Pending(h.t.Context(), "", 100)))
		})
	}},

	{"settled events are gone, buried ones can be revived", func(h *house) {
		ctx := h.t.Context()
		list := ids(h.tell(6))
		h.ok(h.Settle(ctx, []string{list[0], list[2], "no such id"}))
		h.ok(h.Bury(ctx, []string{list[1], list[5], list[0]}))
		h.twice(func() {
			h.same("pending", ids(found[[]*chat.Event](h)(h.Pending(ctx, "", 9))), []string{list[3], list[4]})
			h.same("dead", ids(found[[]*chat.Event](h)(h.Dead(ctx, "", 9))), []string{list[1], list[5]})
			h.same("dead after", ids(found[[]*chat.Event](h)(h.Dead(ctx, list[1], 9))), []string{list[5]})
		})
		h.ok(h.Revive(ctx, []string{list[1], list[3]}))
		h.twice(func() {
			h.same("pending", ids(found[[]*chat.Event](h)(h.Pending(ctx, "", 9))), []string{list[1], list[3], list[4]})
			h.same("dead", ids(found[[]*chat.Event](h)(h.Dead(ctx, "", 9))), []string{list[5]})
		})
		all := found[[]*chat.Event](h)(h.Pending(ctx, "", 9))
		h.ok(h.Settle(ctx, ids(all)))
		h.same("empty", len(found[[]*chat.Event](h)(h.Pending(ctx, "", 9))), 0)
	}},
}
