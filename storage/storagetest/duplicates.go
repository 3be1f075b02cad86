package storagetest

import (
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

func key(k byte, lasts time.Duration) func(*chat.Message) {
	return func(m *chat.Message) { m.Dedup, m.DedupSeconds = chat.DedupKey{15: k}, uint16(lasts/time.Second) }
}

var duplicates = []testCase{
	{"a second append with the key is the first message", func(h *house) {
		first := h.say(annBob, ann, "hello", key(1, time.Hour))
		h.same("first", first.Duplicate, (*chat.Message)(nil))
		h.twice(func() {
			again := h.say(annBob, ann, "hello", key(1, time.Hour))
			h.same("number", again.Seq, chat.Seq(0))
			h.same("is", again.Duplicate, first)
			h.same("head", h.head(annBob).Seq, chat.Seq(1))
			h.same("seen", found[*chat.Message](h)(h.Seen(h.t.Context(), annBob, chat.DedupKey{15: 1})), first)
			h.same("unseen", found[*chat.Message](h)(h.Seen(h.t.Context(), annBob, chat.DedupKey{15: 2})), (*chat.Message)(nil))
		})
	}},

	{"a key holds in its conversation only", func(h *house) {
		h.say(annBob, ann, "hello", key(1, time.Hour))
		h.same("elsewhere", h.say(bookish, ann, "hello", key(1, time.Hour)).Seq, chat.Seq(1))
		h.same("other key", h.say(annBob, ann, "hello", key(2, time.Hour)).Seq, chat.Seq(2))
	}},

	{"without a key nothing is a duplicate", func(h *house) {
		h.say(annBob, ann, "hello")
		h.same("again", h.say(annBob, ann, "hello").Seq, chat.Seq(2))
	}},

	{"duplicates are found within one call and one commit", func(h *house) {
		a, b, c := h.message(annBob, ann, "a", key(1, 0)), h.message(annBob, ann, "b", key(1, 0)), h.message(annBob, ann, "c", key(1, 0))
		d := h.message(annBob, ann, "d")
		h.apply(&chat.Commit{Shard: annBob.Shard(), Messages: []*chat.Message{a, b}}, &chat.Commit{Shard: annBob.Shard(), Messages: []*chat.Message{c, d}})
		h.same("numbers", seqs([]*chat.Message{a, b, c, d}), []chat.Seq{1, 0, 0, 2})
		if b.Duplicate != a || c.Duplicate != a {
			h.t.Errorf("duplicates of %p: got %p and %p", a, b.Duplicate, c.Duplicate)
		}
		h.twice(func() { h.same("head", h.head(annBob).Seq, chat.Seq(2)) })
	}},

	{"a key lapses", func(h *house) {
		h.say(annBob, ann, "hello", key(1, time.Minute))
		h.pass(59 * time.Second)
		h.same("in time", h.say(annBob, ann, "hello", key(1, time.Minute)).Seq, chat.Seq(0))
		h.pass(2 * time.Second)
		h.same("seen", found[*chat.Message](h)(h.Seen(h.t.Context(), annBob, chat.DedupKey{15: 1})), (*chat.Message)(nil))
		h.same("too late", h.say(annBob, ann, "hello", key(1, time.Minute)).Seq, chat.Seq(2))
		h.twice(func() {
			h.same("anew", h.say(annBob, ann, "hello", key(1, time.Minute)).Duplicate.Seq, chat.Seq(2))
		})
	}},

	{"a key without a time holds as long as its message", func(h *house) {
		h.say(annBob, ann, "hello", key(1, 0), func(m *chat.Message) { m.Expires = h.in(time.Hour) })
		h.pass(59 * time.Minute)
		h.same("in time", h.say(annBob, ann, "hello", key(1, 0)).Seq, chat.Seq(0))
		h.pass(2 * time.Minute)
		h.same("gone", h.say(annBob, ann, "hello", key(1, 0)).Seq, chat.Seq(2))
	}},

	{"a duplicate has no second effect in the outbox", func(h *house) {
		a, b, c := h.message(annBob, ann, "a", key(1, 0)), h.message(annBob, ann, "b", key(1, 0)), h.message(annBob, ann, "c", key(2, 0))
		told := func(m *chat.Message) *chat.Event {
			return &chat.Event{App: app, Kind: chat.AfterC2C, Key: "k", Conv: annBob, Message: m}
		}
		h.apply(&chat.Commit{
			Shard: annBob.Shard(), Messages: []*chat.Message{a, b, c}, Outbox: []*chat.Event{told(a), told(b), told(c)},
		})
		h.twice(func() {
			got := []chat.Seq{}
			for _, e := range found[[]*chat.Event](h)(h.Pending(h.t.Context(), "", 10)) {
				got = append(got, e.Message.Seq)
			}
			h.same("events", got, []chat.Seq{1, 2})
		})
	}},
}
