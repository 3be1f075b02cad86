package storagetest

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/teahouse-im/teahouse/chat"
)

// The size of the concurrent cases.
const (
	writers  = 32
	rounds   = 25
	inCommit = 2
)

var concurrency = []testCase{
	{"many writers over many conversations leave no hole", func(h *house) {
		convs := make([]chat.Conversation, writers)
		var all sync.WaitGroup
		for w := range writers {
			convs[w] = chat.C2COf(app, ann, chat.UserID(fmt.Sprintf("peer%d", w)))
			all.Go(func() { h.write(convs[w]) })
		}
		all.Wait()
		h.twice(func() {
			for _, c := range convs {
				page := found[[]*chat.Message](h)(h.Messages(h.t.Context(), c, 1, false, 1000, 0))
				h.same("messages", len(page), rounds*inCommit)
				clock := uint64(1)
				for i, m := range page {
					if m.Seq != chat.Seq(i+1) || string(m.Body) != fmt.Sprint(i) || m.Counted != uint64(i+1) || m.Clock < clock {
						h.t.Fatalf("message %d: seq %d counted %d clock %d after %d body %s", i+1, m.Seq, m.Counted, m.Clock, clock, m.Body)
					}
					clock = m.Clock
				}
			}
			pending := found[[]*chat.Event](h)(h.Pending(h.t.Context(), "", 1<<20))
			h.same("events", len(pending), writers*rounds)
			last := map[string]chat.Seq{}
			for _, e := range pending {
				if e.Message.Seq <= last[e.Key] {
					h.t.Fatalf("events of %s: %d after %d", e.Key, e.Message.Seq, last[e.Key])
				}
				last[e.Key] = e.Message.Seq
			}
			h.same("ann's", len(h.keys(anns, "", "", 2*writers)), writers)
		})
	}},

	{"readers beside writers see whole commits only", func(h *house) {
		stop := make(chan struct{})
		var readers, writing sync.WaitGroup
		for range 4 {
			readers.Go(func() { h.watch(annBob, stop) })
		}
		writing.Go(func() { h.write(annBob) })
		writing.Go(func() { h.write(bookish) })
		writing.Go(func() {
			for i := range rounds {
				c := &chat.Commit{Shard: anns, Rows: []chat.Row{value(fmt.Sprint(i), "v")}}
				if err := h.Apply(h.t.Context(), []*chat.Commit{c}); err != nil {
					h.t.Error(err)
				}
			}
		})
		writing.Wait()
		close(stop)
		readers.Wait()
		h.twice(func() {
			h.same("head", h.head(annBob).Seq, chat.Seq(rounds*inCommit))
			h.same("conversation", h.keys(anns, annBob.String(), "", 9), []string{annBob.String()})
			h.same("rows", len(h.keys(anns, "", "", 1000)), rounds+2)
		})
	}},

	{"writes for one user from many conversations number the user's events once", func(h *house) {
		var all sync.WaitGroup
		var sum atomic.Uint64
		for w := range writers {
			c := chat.GroupOf(app, chat.GroupID(fmt.Sprint("g", w)))
			all.Go(func() {
				for range rounds {
					e := &chat.UserEvent{App: app, User: ann, Kind: chat.UserGroup}
					if err := h.Apply(h.t.Context(), []*chat.Commit{{Shard: c.Shard(), Notices: []*chat.UserEvent{e}}}); err != nil {
						h.t.Error(err)
						return
					}
					sum.Add(e.Seq)
				}
			})
		}
		all.Wait()
		const n = writers * rounds
		h.same("sum of numbers", sum.Load(), uint64(n*(n+1)/2))
		h.twice(func() {
			h.same("newest", h.eventSeq(ann), uint64(n))
			h.same("kept", len(found[[]*chat.UserEvent](h)(h.UserEvents(h.t.Context(), app, ann, 0, 2*n))), n)
		})
	}},

	{"writers of one shard, at the same time, lose no count", func(h *house) {
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() { h.count(w) })
		}
		all.Wait()
		const n = writers * rounds
		h.twice(func() {
			h.same("in its own", h.look(bookish.Shard(), "n"), fmt.Sprintf("%+d", 3*n))
			h.same("of the other order", h.look(anns, "n"), fmt.Sprintf("%+d", n))
			h.same("mirrored", h.look(bobs, "n"), fmt.Sprintf("%+d", n))
			h.same("gone", h.look(bobs, "zero"), "none")
			h.same("rows", len(h.keys(bookish.Shard(), "row", "", 2*n)), n)
		})
	}},

	{"a closed store refuses writes", func(h *house) {
		h.say(annBob, ann, "hello")
		h.ok(h.Store.Close())
		for _, c := range []*chat.Commit{
			{Shard: annBob.Shard(), Messages: []*chat.Message{h.message(annBob, ann, "late")}},
			{Shard: anns, Rows: []chat.Row{value("a", "late")}},
		} {
			if err := h.Apply(h.t.Context(), []*chat.Commit{c}); err == nil {
				h.t.Error("a commit after Close succeeded")
			}
		}
		if err := h.SaveSessions(h.t.Context(), []*chat.SessionState{{App: app, User: ann, Client: "c"}}); err == nil {
			h.t.Error("a session after Close was saved")
		}
	}},
}

// count moves the same counters round after round, by commits of one call
// whose order depends on the writer.
func (h *house) count(writer int) {
	for i := range rounds {
		one := &chat.Commit{
			Shard: bookish.Shard(), Rows: []chat.Row{add("n", 2), value(fmt.Sprintf("row%d-%d", writer, i), "v"), add("n", 1)},
			Mirrors: []chat.Mirror{mirror(bobs, add("n", 1)), mirror(bobs, add("zero", 1))},
		}
		two := &chat.Commit{Shard: anns, Rows: []chat.Row{add("n", 1)}, Mirrors: []chat.Mirror{mirror(bobs, add("zero", -1))}}
		list := []*chat.Commit{one, two}
		if writer%2 == 1 {
			list = []*chat.Commit{two, one}
		}
		if err := h.Apply(h.t.Context(), list); err != nil {
			h.t.Error(err)
			return
		}
	}
}

// write appends rounds commits of inCommit messages whose bodies count, each
// with an event and a row for ann.
func (h *house) write(c chat.Conversation) {
	for i := range rounds {
		commit := &chat.Commit{Shard: c.Shard()}
		for j := range inCommit {
			m := h.message(c, ann, "")
			m.Body = fmt.Append(nil, i*inCommit+j)
			commit.Messages = append(commit.Messages, m)
		}
		commit.Outbox = []*chat.Event{{App: app, Kind: chat.AfterC2C, Key: c.String(), Conv: c, Message: commit.Messages[0]}}
		commit.Mirrors = []chat.Mirror{mirror(anns, value(c.String(), "v"))}
		if err := h.Apply(h.t.Context(), []*chat.Commit{commit}); err != nil {
			h.t.Error(err)
			return
		}
	}
}

// watch reads until stop: numbers never fall, pages have no hole and end with
// a whole commit, and what is new has a clock above what the store's was before.
func (h *house) watch(c chat.Conversation, stop <-chan struct{}) {
	ctx := h.t.Context()
	var before chat.Head
	for !closed(stop) {
		clock := h.Clock()
		head, err := h.Head(ctx, c.Shard())
		if err != nil {
			h.t.Error(err)
			return
		}
		if head.Seq < before.Seq || head.Clock < before.Clock || head.Seq%inCommit != 0 {
			h.t.Errorf("head %d with clock %d after %d with %d", head.Seq, head.Clock, before.Seq, before.Clock)
			return
		}
		before = head
		page, err := h.Messages(ctx, c, head.Seq, true, 20, 0)
		if err != nil {
			h.t.Error(err)
			return
		}
		for i, m := range page {
			if m.Seq != head.Seq-chat.Seq(i) {
				h.t.Errorf("page from %d: number %d at %d", head.Seq, m.Seq, i)
				return
			}
		}
		if want := min(20, int(head.Seq)); len(page) != want {
			h.t.Errorf("page from %d has %d of %d", head.Seq, len(page), want)
			return
		}
		next, err := h.Messages(ctx, c, head.Seq+1, false, 1, 0)
		if err != nil || len(next) > 0 && next[0].Clock <= clock {
			h.t.Errorf("a message after the head came with a clock at or below %d: %v, %v", clock, next, err)
			return
		}
	}
}
