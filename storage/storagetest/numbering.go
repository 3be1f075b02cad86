package storagetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

var numbering = []testCase{
	{"an empty store has nothing", func(h *house) {
		h.twice(func() {
			h.same("head", h.head(annBob), nothing)
			h.same("message", found[*chat.Message](h)(h.Message(h.t.Context(), annBob, 1)), (*chat.Message)(nil))
			h.same("page", found[[]*chat.Message](h)(h.Messages(h.t.Context(), annBob, 1, false, 10, 0)), []*chat.Message{})
			h.same("seq at time", found[chat.Seq](h)(h.SeqAtTime(h.t.Context(), annBob, 1)), chat.Seq(1))
			h.same("seq at clock", h.seqAtClock(annBob, 0), chat.Seq(1))
			h.same("sender", h.sender(annBob, ann), chat.SenderStat{})
			h.same("seen", found[*chat.Message](h)(h.Seen(h.t.Context(), annBob, chat.DedupKey{15: 1})), (*chat.Message)(nil))
			h.same("events", found[[]*chat.ConvEvent](h)(h.ConvEvents(h.t.Context(), annBob, 0, 9)), []*chat.ConvEvent{})
			h.same("user events", found[[]*chat.UserEvent](h)(h.UserEvents(h.t.Context(), app, ann, 0, 9)), []*chat.UserEvent{})
			h.same("row", h.look(anns, "k"), "none")
			h.same("rows", h.keys(anns, "", "", 9), []string{})
			h.same("outbox", ids(found[[]*chat.Event](h)(h.Pending(h.t.Context(), "", 9))), []string{})
		})
	}},

	{"messages are numbered from 1 and come back as they were", func(h *house) {
		first := h.say(annBob, ann, "one")
		full := h.say(annBob, bob, "two", everything(h))
		h.same("numbers", []chat.Seq{first.Seq, full.Seq}, []chat.Seq{1, 2})
		h.twice(func() {
			h.same("first", found[*chat.Message](h)(h.Message(h.t.Context(), annBob, 1)), first)
			h.same("full", found[*chat.Message](h)(h.Message(h.t.Context(), annBob, 2)), full)
			h.same("beyond", found[*chat.Message](h)(h.Message(h.t.Context(), annBob, 3)), (*chat.Message)(nil))
			h.same("page", found[[]*chat.Message](h)(h.Messages(h.t.Context(), annBob, 1, false, 10, 0)), []*chat.Message{first, full})
		})
		h.same("next", h.say(annBob, ann, "three").Seq, chat.Seq(3))
	}},

	{"conversations are numbered apart", func(h *house) {
		h.say(annBob, ann, "one")
		h.say(annBob, ann, "two")
		h.same("another pair", h.say(chat.C2COf(app, ann, cid), ann, "one").Seq, chat.Seq(1))
		h.same("a group", h.say(bookish, ann, "one").Seq, chat.Seq(1))
		h.same("oneself", h.say(chat.C2COf(app, ann, ann), ann, "one").Seq, chat.Seq(1))
		h.twice(func() { h.same("head", h.head(annBob).Seq, chat.Seq(2)) })
	}},

	{"several commits of one call for one conversation follow each other", func(h *house) {
		var commits []*chat.Commit
		for i := range 5 {
			commits = append(commits, &chat.Commit{Shard: annBob.Shard(), Messages: []*chat.Message{
				h.message(annBob, ann, fmt.Sprint(i)), h.message(annBob, bob, fmt.Sprint(i)),
			}})
		}
		h.apply(commits...)
		for i, c := range commits {
			h.same("numbers", []chat.Seq{c.Messages[0].Seq, c.Messages[1].Seq}, []chat.Seq{chat.Seq(2*i + 1), chat.Seq(2*i + 2)})
		}
		h.twice(func() { h.same("head", h.head(annBob).Seq, chat.Seq(10)) })
	}},

	{"countable messages are counted, in all and by sender", func(h *house) {
		h.say(annBob, ann, "counts")
		h.say(annBob, ann, "does not", func(m *chat.Message) { m.Control = chat.NoUnread })
		h.say(annBob, bob, "counts")
		last := h.say(annBob, ann, "counts")
		h.same("counted and own", []uint64{last.Counted, last.Own}, []uint64{3, 2})
		h.twice(func() {
			h.same("head", h.head(annBob).Counted, uint64(3))
			st := h.sender(annBob, ann)
			h.same("sender", st, chat.SenderStat{Counted: 2, LastSeq: 4, Time: last.Time})
			h.same("nobody", h.sender(annBob, cid), chat.SenderStat{})
		})
		h.same("own goes on", h.say(annBob, ann, "again").Own, uint64(3))
	}},

	{"time never falls within a conversation", func(h *house) {
		first := h.say(annBob, ann, "now")
		back := h.say(annBob, ann, "an hour ago", func(m *chat.Message) { m.Time -= 3_600_000 })
		h.same("raised", back.Time, first.Time)
		h.twice(func() {
			h.same("kept", found[*chat.Message](h)(h.Message(h.t.Context(), annBob, 2)).Time, first.Time)
			h.same("head", h.head(annBob).Time, first.Time)
		})
		h.same("raised again", h.say(annBob, bob, "0", func(m *chat.Message) { m.Time = 1 }).Time, first.Time)
	}},

	{"a head says until when its newest message is kept", func(h *house) {
		until := h.in(time.Hour)
		h.say(annBob, ann, "for an hour", func(m *chat.Message) { m.Expires = until })
		h.twice(func() { h.same("until", h.head(annBob).Until, until) })
		h.say(annBob, ann, "for ever")
		h.twice(func() { h.same("for ever", h.head(annBob).Until, int64(0)) })
	}},

	{"a message without NoLastMsg places the conversation", func(h *house) {
		h.say(annBob, ann, "silent", func(m *chat.Message) { m.Control = chat.NoLastMsg })
		h.same("silent", h.head(annBob).LastSeq, chat.Seq(0))
		loud := h.say(annBob, ann, "loud")
		h.pass(time.Second)
		silent := h.say(annBob, ann, "silent", func(m *chat.Message) { m.Control = chat.NoLastMsg })
		want := chat.Head{Rules: 1, Seq: 3, Counted: 3, Time: silent.Time, LastSeq: 2, LastTime: loud.Time, Clock: silent.Clock}
		h.twice(func() { h.same("head", h.head(annBob), want) })
	}},

	{"what only one party may see is passed over for the other", func(h *house) {
		all := h.say(annBob, ann, "for both")
		h.pass(time.Second)
		anns := h.say(annBob, ann, "for ann", func(m *chat.Message) { m.Control = chat.SenderOnly })
		h.say(annBob, ann, "for ann again", func(m *chat.Message) { m.Control = chat.SenderOnly | chat.NoLastMsg })
		bobs := h.say(annBob, ann, "for bob", func(m *chat.Message) { m.NotSender = true })
		h.same("skips", bobs.Skips, [2]uint32{0, 2})
		h.twice(func() {
			head := h.head(annBob)
			h.same("head", []any{head.LastSeq, head.LastTime, head.Counted, *head.Extra}, []any{
				all.Seq, all.Time, uint64(2), chat.HeadExtra{
					Skips: [2]uint32{1, 0}, Last: [2]chat.Place{{Seq: anns.Seq, Time: anns.Time}, {Seq: bobs.Seq, Time: bobs.Time}},
				},
			})
			h.same("kept", found[*chat.Message](h)(h.Message(h.t.Context(), annBob, bobs.Seq)), bobs)
			for u, want := range map[chat.UserID]chat.Head{ann: {Seq: 3, LastSeq: 2, LastTime: anns.Time}, bob: {Seq: 4, LastSeq: 4, LastTime: bobs.Time}} {
				own := head.For(annBob, u)
				h.same(string(u), chat.Head{Seq: own.Seq, LastSeq: own.LastSeq, LastTime: own.LastTime}, want)
			}
		})
		last := h.say(annBob, bob, "for both")
		before := []chat.Seq{}
		for _, u := range []chat.UserID{ann, bob} {
			n, _ := last.Before(u)
			before = append(before, n)
		}
		h.same("before", before, []chat.Seq{3, 4})
		h.same("nothing is left", h.head(annBob).Extra, (*chat.HeadExtra)(nil))
	}},

	{"what not every member may see is passed over in groups", func(h *house) {
		first := h.say(bookish, ann, "for all")
		h.say(bookish, ann, "for bob", func(m *chat.Message) { m.To = []chat.UserID{bob} })
		last := h.say(bookish, ann, "for ann", func(m *chat.Message) { m.Control = chat.SenderOnly })
		h.twice(func() {
			head := h.head(bookish)
			h.same("head", []any{head.Seq, head.LastSeq, head.Counted, *head.Extra}, []any{
				last.Seq, first.Seq, uint64(1), chat.HeadExtra{Skips: [2]uint32{2, 0}, Last: [2]chat.Place{{Seq: last.Seq, Time: last.Time}, {}}},
			})
		})
		next := h.say(bookish, ann, "for all")
		low, exact := next.Before(bob)
		h.same("before", []any{low, exact, next.Skips}, []any{first.Seq, false, [2]uint32{2, 0}})
		h.same("after that", h.head(bookish).Extra, (*chat.HeadExtra)(nil))
	}},

	{"messages that mention somebody name the one before", func(h *house) {
		at := func(m *chat.Message) { m.At = []chat.UserID{bob} }
		h.say(bookish, ann, "1")
		h.same("first", h.say(bookish, ann, "2", at).Mention, uint32(0))
		h.same("none", h.say(bookish, ann, "3").Mention, uint32(0))
		third := h.say(bookish, ann, "4", at)
		h.same("third", third.Mention, uint32(2))
		h.say(bookish, ann, "5")
		h.twice(func() {
			h.same("newest", h.head(bookish).Extra, &chat.HeadExtra{Mention: 4})
			h.same("kept", found[*chat.Message](h)(h.Message(h.t.Context(), bookish, third.Seq)), third)
		})
		h.same("on", h.say(bookish, ann, "6", at).Mention, uint32(2))
	}},

	{"no chosen key is given twice", func(h *house) {
		chosen := func(m *chat.Message) { m.Random, m.SenderSeq, m.Chosen = 7, 9, true }
		first := h.say(annBob, ann, "first", chosen)
		list := []*chat.Message{h.message(annBob, bob, "second", chosen), h.message(annBob, ann, "third", chosen)}
		late := h.message(annBob, bob, "fourth", chosen, func(m *chat.Message) { m.Time -= 60_000 })
		h.apply(&chat.Commit{Shard: annBob.Shard(), Messages: list}, &chat.Commit{Shard: annBob.Shard(), Messages: []*chat.Message{late}})
		h.same("elsewhere", h.say(chat.C2COf(app, ann, cid), ann, "first", chosen).SenderSeq, uint32(9))
		h.same("another random number", h.say(annBob, ann, "x", chosen, func(m *chat.Message) { m.Random = 8 }).SenderSeq, uint32(9))
		h.twice(func() {
			keys := []string{}
			for _, m := range append([]*chat.Message{first}, append(list, late)...) {
				kept := found[*chat.Message](h)(h.Message(h.t.Context(), annBob, m.Seq))
				h.same("kept", kept.Key(), m.Key())
				keys = append(keys, strings.TrimSuffix(m.Key(), fmt.Sprint("_7_", first.Seconds())))
			}
			h.same("numbers", keys, []string{"9", "10", "11", "12"})
		})
		h.same("after reopening", h.say(annBob, bob, "fifth", chosen).SenderSeq, uint32(13))
		h.pass(time.Second)
		h.same("in the next second", h.say(annBob, bob, "later", chosen).SenderSeq, uint32(9))
	}},

	{"the clock grows over all conversations and survives", func(h *house) {
		var last uint64
		for _, c := range []chat.Conversation{annBob, bookish, annBob, chat.C2COf(other, ann, bob)} {
			before := h.Clock()
			m := h.say(c, ann, "tick")
			if m.Clock <= before {
				h.t.Errorf("clock of message %d, store before %d", m.Clock, before)
			}
			last = m.Clock
		}
		h.twice(func() {
			before := h.Clock()
			if m := h.say(annBob, ann, "tick"); m.Clock <= last || m.Clock <= before {
				h.t.Errorf("clock of message %d, message before %d, store before %d", m.Clock, last, before)
			}
		})
	}},

	{"an edit replaces a stored message", func(h *house) {
		h.say(annBob, ann, "one")
		m := h.say(annBob, ann, "two")
		h.say(annBob, ann, "three")
		recalled := *m
		recalled.Recall = &chat.Recall{By: bob, Reason: "rude", Time: h.now().UnixMilli()}
		h.apply(&chat.Commit{Shard: annBob.Shard(), Edits: []*chat.Message{&recalled}})
		h.twice(func() {
			h.same("one", found[*chat.Message](h)(h.Message(h.t.Context(), annBob, 2)), &recalled)
			page := found[[]*chat.Message](h)(h.Messages(h.t.Context(), annBob, 3, true, 2, 0))
			h.same("page", page[1], &recalled)
			h.same("head stays", h.head(annBob).Seq, chat.Seq(3))
		})
	}},

	{"a message is appended and edited in one call", func(h *house) {
		m := h.message(annBob, ann, "one")
		recalled := *m
		recalled.Seq, recalled.Recall = 1, &chat.Recall{By: ann}
		h.apply(&chat.Commit{Shard: annBob.Shard(), Messages: []*chat.Message{m}}, &chat.Commit{Shard: annBob.Shard(), Edits: []*chat.Message{&recalled}})
		h.twice(func() {
			h.same("recalled", found[*chat.Message](h)(h.Message(h.t.Context(), annBob, 1)).Recall, recalled.Recall)
		})
	}},

	{"senders come in the order asked", func(h *house) {
		h.say(bookish, ann, "one")
		h.say(annBob, ann, "one")
		h.say(annBob, ann, "two")
		h.say(annBob, bob, "three")
		nowhere := chat.C2COf(app, cid, bob)
		h.twice(func() {
			list := found[[]chat.SenderStat](h)(h.Senders(h.t.Context(), []chat.Conversation{annBob, nowhere, bookish, annBob}, ann))
			h.sameByEach([]chat.Conversation{annBob, nowhere, bookish, annBob}, ann, list)
			got := []chat.Seq{}
			for _, one := range list {
				got = append(got, one.LastSeq)
			}
			h.same("last numbers", got, []chat.Seq{2, 0, 1, 2})
			h.same("none asked", found[[]chat.SenderStat](h)(h.Senders(h.t.Context(), nil, ann)), []chat.SenderStat{})
		})
	}},
}

func (h *house) sender(c chat.Conversation, u chat.UserID) chat.SenderStat {
	h.t.Helper()
	list := found[[]chat.SenderStat](h)(h.Senders(h.t.Context(), []chat.Conversation{c}, u))
	if len(list) != 1 {
		h.t.Fatalf("senders of one conversation: got %d", len(list))
	}
	return list[0]
}

// everything fills every field of a message that is kept.
func everything(h *house) func(*chat.Message) {
	return func(m *chat.Message) {
		m.Random, m.SenderSeq, m.ClientMsgID = 4294967295, 7, "c-1"
		m.Cloud, m.Push, m.Quote = "cloud\x00\xff", json.RawMessage(`{ "Title" : "t" }`), json.RawMessage(`{"q":1}`)
		m.Priority, m.At, m.To = chat.Low, []chat.UserID{bob, chat.AtAll}, []chat.UserID{cid, ""}
		m.Control, m.Audience = chat.NeedReceipt|chat.Extensible, 3
		m.Author = &chat.Author{Nick: "A", FaceURL: "u", NameCard: "c"}
		m.NotSender, m.Expires = true, h.in(24*time.Hour)
		name := "Books & more"
		mute := false
		m.Tip = &chat.Tip{
			Kind: chat.TipGroupInfo, Operator: chat.Person{User: ann, Nick: "A", Role: chat.RoleOwner},
			Members: []chat.Person{{User: bob, MuteTime: 60}}, MemberNum: 2, Change: &chat.GroupChange{Name: &name, MuteAll: &mute},
		}
		m.Recall = &chat.Recall{By: ann, Reason: "why not", Time: 17}
	}
}

// sameByEach compares what EachHead hands on with the heads and the senders that are asked for
// one by one, and ends it early.
func (h *house) sameByEach(convs []chat.Conversation, u chat.UserID, want []chat.SenderStat) {
	h.t.Helper()
	var got []chat.SenderStat
	err := h.EachHead(h.t.Context(), convs, u, func(i int, head *chat.Head, own *chat.SenderStat) error {
		h.same("place", i, len(got))
		got = append(got, *own)
		h.same("head", *head, h.headOf(convs[i].Shard()))
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.same("each sender", got, want)
	end, calls := errors.New("enough"), 0
	err = h.EachHead(h.t.Context(), convs, u, func(int, *chat.Head, *chat.SenderStat) error {
		calls++
		return end
	})
	if !errors.Is(err, end) || calls != 1 {
		h.t.Errorf("after an error it goes on: %d calls, %v", calls, err)
	}
}
