package storagetest

import (
	"bytes"
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// fill appends n messages, a second apart.
func (h *house) fill(c chat.Conversation, n int, change ...func(*chat.Message)) []*chat.Message {
	h.t.Helper()
	list := make([]*chat.Message, n)
	for i := range list {
		list[i] = h.message(c, ann, fmt.Sprint(i), change...)
		h.pass(time.Second)
	}
	h.apply(&chat.Commit{Shard: c.Shard(), Messages: list})
	return list
}

const top = ^chat.Seq(0)

var paging = []testCase{
	{"pages go up and down and end at the ends", func(h *house) {
		h.fill(annBob, 30)
		h.fill(chat.C2COf(app, ann, "bo"), 3) // neighbours in any order of keys
		h.fill(chat.C2COf(app, ann, "bobb"), 3)
		h.twice(func() {
			for _, q := range []struct {
				first chat.Seq
				down  bool
				limit int
				want  []chat.Seq
			}{
				{1, false, 3, []chat.Seq{1, 2, 3}},
				{0, false, 2, []chat.Seq{1, 2}},
				{29, false, 5, []chat.Seq{29, 30}},
				{30, false, 1, []chat.Seq{30}},
				{31, false, 5, []chat.Seq{}},
				{30, true, 3, []chat.Seq{30, 29, 28}},
				{top, true, 2, []chat.Seq{30, 29}},
				{2, true, 5, []chat.Seq{2, 1}},
				{0, true, 5, []chat.Seq{}},
				{15, true, 1, []chat.Seq{15}},
				{15, true, 0, []chat.Seq{}},
			} {
				page := found[[]*chat.Message](h)(h.Messages(h.t.Context(), annBob, q.first, q.down, q.limit, 0))
				h.same(fmt.Sprintf("from %d down %v limit %d", q.first, q.down, q.limit), seqs(page), q.want)
			}
			all := found[[]*chat.Message](h)(h.Messages(h.t.Context(), annBob, 1, false, 1000, 0))
			h.same("all", len(all), 30)
		})
	}},

	{"a page is bounded in bytes but has one message", func(h *house) {
		size := len(textBody("0"))
		h.fill(annBob, 9)
		h.twice(func() {
			for want, bytes := range map[int]int{1: 1, 2: 2*size + 1, 3: 3 * size, 9: 100 * size} {
				for _, down := range []bool{false, true} {
					from := chat.Seq(1)
					if down {
						from = 9
					}
					page := found[[]*chat.Message](h)(h.Messages(h.t.Context(), annBob, from, down, 100, bytes))
					h.same(fmt.Sprintf("%d bytes, down %v", bytes, down), len(page), want)
				}
			}
		})
	}},

	{"a long conversation pages through without a hole", func(h *house) {
		const n = 3000
		for range n / 500 {
			h.fill(bookish, 500)
		}
		h.twice(func() {
			next := chat.Seq(1)
			for {
				page := found[[]*chat.Message](h)(h.Messages(h.t.Context(), bookish, next, false, 77, 0))
				if len(page) == 0 {
					break
				}
				for _, m := range page {
					if m.Seq != next {
						h.t.Fatalf("got %d, want %d", m.Seq, next)
					}
					next++
				}
			}
			h.same("end", next, chat.Seq(n+1))
		})
	}},

	{"bodies come back byte for byte", func(h *house) {
		odd := []byte("[ {\"MsgType\" : \"x\",\n\t\"n\": 1.0e+3, \"u\":\"\\u00e9\\/\", \"d\":1, \"d\":2} ]")
		h.say(annBob, ann, "", func(m *chat.Message) { m.Body = bytes.Clone(odd) })
		h.twice(func() {
			m := found[*chat.Message](h)(h.Message(h.t.Context(), annBob, 1))
			h.same("body", string(m.Body), string(odd))
		})
	}},
}

var searching = []testCase{
	{"a time finds the first message of at least it", func(h *house) {
		list := h.fill(annBob, 40)
		h.twice(func() {
			for i, m := range list {
				at := found[chat.Seq](h)(h.SeqAtTime(h.t.Context(), annBob, m.Time))
				h.same("at its time", at, chat.Seq(i+1))
				h.same("just after", found[chat.Seq](h)(h.SeqAtTime(h.t.Context(), annBob, m.Time+1)), chat.Seq(i+2))
			}
			h.same("before all", found[chat.Seq](h)(h.SeqAtTime(h.t.Context(), annBob, 0)), chat.Seq(1))
			h.same("after all", found[chat.Seq](h)(h.SeqAtTime(h.t.Context(), annBob, 1<<60)), chat.Seq(41))
		})
	}},

	{"equal times find the first of them", func(h *house) {
		at := h.now().UnixMilli()
		h.fill(annBob, 10, func(m *chat.Message) { m.Time = at })
		h.twice(func() {
			h.same("first", found[chat.Seq](h)(h.SeqAtTime(h.t.Context(), annBob, at)), chat.Seq(1))
		})
	}},

	{"a clock finds the first message after it", func(h *house) {
		var here, there []*chat.Message
		for range 20 {
			here = append(here, h.say(annBob, ann, "x"))
			there = append(there, h.say(bookish, ann, "y"))
		}
		nowhere := chat.C2COf(app, cid, bob)
		h.twice(func() {
			asked := []uint64{0, h.Clock(), ^uint64(0)}
			for _, m := range here {
				asked = append(asked, m.Clock-1, m.Clock)
			}
			for _, clock := range asked {
				got := found[[]chat.Seq](h)(h.SeqsAtClock(h.t.Context(), []chat.Conversation{bookish, nowhere, annBob, bookish}, clock))
				want := []chat.Seq{afterClock(there, clock), 1, afterClock(here, clock), afterClock(there, clock)}
				h.same(fmt.Sprint("after ", clock), got, want)
			}
			h.same("none asked", found[[]chat.Seq](h)(h.SeqsAtClock(h.t.Context(), nil, 1)), []chat.Seq{})
		})
	}},

	{"searches pass over what has expired", func(h *house) {
		short := func(m *chat.Message) { m.Expires = h.in(time.Minute) }
		old := h.fill(annBob, 600, func(m *chat.Message) { m.Expires = h.in(time.Second) })
		h.pass(time.Hour)
		kept := h.say(annBob, ann, "601")
		h.say(annBob, ann, "602", short)
		h.pass(10 * time.Second)
		h.say(annBob, ann, "603", short)
		h.pass(10 * time.Second)
		last := h.say(annBob, ann, "604")
		h.pass(time.Hour)
		h.twice(func() {
			for _, q := range []struct {
				ms   int64
				want chat.Seq
			}{
				{0, 601}, {old[100].Time, 601}, {kept.Time, 601}, {kept.Time + 1, 604}, {last.Time, 604}, {last.Time + 1, 605},
			} {
				h.same(fmt.Sprint(q.ms-kept.Time), found[chat.Seq](h)(h.SeqAtTime(h.t.Context(), annBob, q.ms)), q.want)
			}
			h.same("clock", h.seqAtClock(annBob, kept.Clock), chat.Seq(604))
		})
	}},
}

// afterClock is what SeqsAtClock says of a conversation with these messages.
func afterClock(list []*chat.Message, clock uint64) chat.Seq {
	for _, m := range list {
		if m.Clock > clock {
			return m.Seq
		}
	}
	return chat.Seq(len(list) + 1)
}

func (h *house) seqAtClock(c chat.Conversation, clock uint64) chat.Seq {
	h.t.Helper()
	list := found[[]chat.Seq](h)(h.SeqsAtClock(h.t.Context(), []chat.Conversation{c}, clock))
	if len(list) != 1 {
		h.t.Fatalf("numbers of one conversation: got %d", len(list))
	}
	return list[0]
}

var expiry = []testCase{
	{"an expired message is gone and its number stays", func(h *house) {
		h.say(annBob, ann, "stays")
		h.say(annBob, ann, "goes", func(m *chat.Message) { m.Expires = h.in(10 * time.Second) })
		h.say(annBob, ann, "stays")
		h.same("before", len(found[[]*chat.Message](h)(h.Messages(h.t.Context(), annBob, 1, false, 10, 0))), 3)
		h.pass(11 * time.Second)
		h.twice(func() {
			h.same("one", found[*chat.Message](h)(h.Message(h.t.Context(), annBob, 2)), (*chat.Message)(nil))
			up := found[[]*chat.Message](h)(h.Messages(h.t.Context(), annBob, 1, false, 2, 0))
			h.same("up", seqs(up), []chat.Seq{1, 3})
			down := found[[]*chat.Message](h)(h.Messages(h.t.Context(), annBob, 3, true, 2, 0))
			h.same("down", seqs(down), []chat.Seq{3, 1})
			h.same("head", h.head(annBob).Seq, chat.Seq(3))
			h.same("counted", h.head(annBob).Counted, uint64(3))
		})
		h.same("next", h.say(annBob, ann, "next").Seq, chat.Seq(4))
	}},

	{"a conversation all of whose messages have expired goes on", func(h *house) {
		h.fill(annBob, 100, func(m *chat.Message) { m.Expires = h.in(10 * time.Second) })
		h.pass(time.Minute)
		h.twice(func() {
			h.same("page", seqs(found[[]*chat.Message](h)(h.Messages(h.t.Context(), annBob, top, true, 10, 0))), []chat.Seq{})
			h.same("at time", found[chat.Seq](h)(h.SeqAtTime(h.t.Context(), annBob, 0)), chat.Seq(101))
		})
		h.same("next", h.say(annBob, ann, "next").Seq, chat.Seq(101))
		h.twice(func() {
			h.same("page", seqs(found[[]*chat.Message](h)(h.Messages(h.t.Context(), annBob, 1, false, 10, 0))), []chat.Seq{101})
		})
	}},

	{"a message that comes expired is numbered and not there", func(h *house) {
		h.same("number", h.say(annBob, ann, "late", func(m *chat.Message) { m.Expires = h.in(-time.Hour) }).Seq, chat.Seq(1))
		h.twice(func() {
			h.same("gone", found[*chat.Message](h)(h.Message(h.t.Context(), annBob, 1)), (*chat.Message)(nil))
			h.same("head", h.head(annBob).Seq, chat.Seq(1))
		})
	}},
}
