package storagetest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

var numbering = []testCase{
	{"an empty store has nothing", func(h *house) {
		h.twice(func() {
			h.same("head", h.head(annBob), chat.Head{})
			h.same("clock", h.Clock(), uint64(0))
			h.same("message", found[*chat.Message](h)(h.Message(h.t.Context(), annBob, 1)), (*chat.Message)(nil))
			h.same("page", found[[]*chat.Message](h)(h.Messages(h.t.Context(), annBob, 1, false, 10, 0)), []*chat.Message{})
			h.same("conversations", found[[]chat.UserConv](h)(h.Conversations(h.t.Context(), app, ann)), []chat.UserConv{})
			h.same("seq at time", found[chat.Seq](h)(h.SeqAtTime(h.t.Context(), annBob, 1)), chat.Seq(1))
			h.same("group", found[*chat.Group](h)(h.Group(h.t.Context(), app, book)), (*chat.Group)(nil))
			h.same("account", found[*chat.Account](h)(h.Account(h.t.Context(), app, ann)), (*chat.Account)(nil))
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
		h.same("himself", h.say(chat.C2COf(app, ann, ann), ann, "one").Seq, chat.Seq(1))
		h.twice(func() { h.same("head", h.head(annBob).Seq, chat.Seq(2)) })
	}},

	{"several commits of one call for one conversation follow each other", func(h *house) {
		var commits []*chat.Commit
		for i := range 5 {
			commits = append(commits, &chat.Commit{Conv: annBob, Messages: []*chat.Message{
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
			st := found[chat.SenderStat](h)(h.Sender(h.t.Context(), annBob, ann))
			h.same("sender", st, chat.SenderStat{Counted: 2, LastSeq: 4, Time: last.Time})
			h.same("nobody", found[chat.SenderStat](h)(h.Sender(h.t.Context(), annBob, cid)), chat.SenderStat{})
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

	{"a message without NoLastMsg places the conversation", func(h *house) {
		h.say(annBob, ann, "silent", func(m *chat.Message) { m.Control = chat.NoLastMsg })
		h.same("silent", h.head(annBob).LastSeq, chat.Seq(0))
		loud := h.say(annBob, ann, "loud")
		h.pass(time.Second)
		silent := h.say(annBob, ann, "silent", func(m *chat.Message) { m.Control = chat.NoLastMsg })
		want := chat.Head{Seq: 3, Counted: 3, Time: silent.Time, LastSeq: 2, LastTime: loud.Time, Clock: silent.Clock}
		h.twice(func() { h.same("head", h.head(annBob), want) })
	}},

	{"the clock grows over all conversations and survives", func(h *house) {
		var last uint64
		for _, c := range []chat.Conversation{annBob, bookish, annBob, chat.C2COf(other, ann, bob)} {
			before := h.Clock()
			m := h.say(c, ann, "tick")
			if m.Clock <= before || h.Clock() < m.Clock {
				h.t.Errorf("clock of message %d, store before %d, after %d", m.Clock, before, h.Clock())
			}
			last = m.Clock
		}
		h.twice(func() { h.same("clock", h.Clock(), last) })
		if m := h.say(annBob, ann, "tick"); m.Clock <= last {
			h.t.Errorf("clock fell from %d to %d", last, m.Clock)
		}
	}},

	{"an edit replaces a stored message", func(h *house) {
		h.say(annBob, ann, "one")
		m := h.say(annBob, ann, "two")
		h.say(annBob, ann, "three")
		recalled := *m
		recalled.Recall = &chat.Recall{By: bob, Reason: "rude", Time: h.now().UnixMilli()}
		h.apply(&chat.Commit{Conv: annBob, Edits: []*chat.Message{&recalled}})
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
		h.apply(&chat.Commit{Conv: annBob, Messages: []*chat.Message{m}}, &chat.Commit{Conv: annBob, Edits: []*chat.Message{&recalled}})
		h.twice(func() {
			h.same("recalled", found[*chat.Message](h)(h.Message(h.t.Context(), annBob, 1)).Recall, recalled.Recall)
		})
	}},

	{"heads come in the order asked", func(h *house) {
		h.say(bookish, ann, "one")
		h.say(annBob, ann, "one")
		h.say(annBob, ann, "two")
		nowhere := chat.C2COf(app, cid, bob)
		h.twice(func() {
			heads := found[[]chat.Head](h)(h.Heads(h.t.Context(), []chat.Conversation{annBob, nowhere, bookish, annBob}))
			got := []chat.Seq{}
			for _, one := range heads {
				got = append(got, one.Seq)
			}
			h.same("heads", got, []chat.Seq{2, 0, 1, 2})
		})
	}},

	{"the first message of a pair lists it for both", func(h *house) {
		h.say(annBob, ann, "hello")
		h.twice(func() {
			for _, u := range []chat.UserID{ann, bob} {
				list := found[[]chat.UserConv](h)(h.Conversations(h.t.Context(), app, u))
				h.same("list", list, []chat.UserConv{{Conv: annBob, Read: chat.ReadMark{User: u}, Joined: true}})
			}
			h.same("nobody else", found[[]chat.UserConv](h)(h.Conversations(h.t.Context(), app, cid)), []chat.UserConv{})
			_, ok, err := h.Conversation(h.t.Context(), annBob, bob)
			h.ok(err)
			h.same("one", ok, true)
			_, ok, err = h.Conversation(h.t.Context(), chat.C2COf(app, ann, cid), ann)
			h.ok(err)
			h.same("none", ok, false)
		})
	}},
}

// everything fills every field of a message that is kept.
func everything(h *house) func(*chat.Message) {
	return func(m *chat.Message) {
		m.Random, m.SenderSeq, m.ClientMsgID = 4294967295, 7, "c-1"
		m.Cloud, m.Push, m.Quote = "cloud\x00\xff", json.RawMessage(`{ "Title" : "t" }`), json.RawMessage(`{"q":1}`)
		m.Priority, m.At, m.To = chat.Low, []chat.UserID{bob, chat.AtAll}, []chat.UserID{cid, ""}
		m.Control, m.Audience = chat.NeedReceipt|chat.Extensible, 3
		m.HiddenFrom, m.Expires = ann, h.in(24*time.Hour)
		name := "Books & more"
		mute := false
		m.Tip = &chat.Tip{
			Kind: chat.TipGroupInfo, Operator: chat.Person{User: ann, Nick: "A", Role: chat.RoleOwner},
			Members: []chat.Person{{User: bob, MuteTime: 60}}, MemberNum: 2, Change: &chat.GroupChange{Name: &name, MuteAll: &mute},
		}
		m.Recall = &chat.Recall{By: ann, Reason: "why not", Time: 17}
	}
}
