package storagetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

var tenancy = []testCase{
	{"the same names in two apps never meet", func(h *house) {
		ctx := h.t.Context()
		here, there := annBob, chat.C2COf(other, ann, bob)
		h.fill(here, 3, key(0, 0))
		mine := h.say(here, ann, "mine", key(9, 0))
		h.establish(book, chat.Public, ann, bob)
		h.say(bookish, ann, "in the group")
		h.ok(h.PutAccounts(ctx, []*chat.Account{{App: app, User: ann}}))
		h.ok(h.Block(ctx, app, ann, []chat.UserID{bob}, 1))
		h.ok(h.SaveSessions(ctx, []*chat.SessionState{{App: app, User: ann, Client: "c"}}))
		h.apply(&chat.Commit{
			Conv: here, Events: []*chat.ConvEvent{{Conv: here, Kind: chat.EventRead}},
			Notices: []*chat.UserEvent{{App: app, User: ann, Kind: chat.UserRead, Conv: here}}, Reads: []chat.ReadMark{{User: ann, AtHead: true}},
		})
		h.apply(&chat.Commit{Conv: bookish, Mutes: []chat.Mute{{User: bob, Until: h.in(time.Hour)}}})
		h.twice(func() {
			h.same("head", h.head(there), chat.Head{})
			h.same("messages", seqs(found[[]*chat.Message](h)(h.Messages(ctx, there, 1, false, 9, 0))), []chat.Seq{})
			h.same("seen", found[*chat.Message](h)(h.Seen(ctx, there, mine.Dedup)), (*chat.Message)(nil))
			h.same("sender", found[chat.SenderStat](h)(h.Sender(ctx, there, ann)), chat.SenderStat{})
			h.same("events", len(found[[]*chat.ConvEvent](h)(h.ConvEvents(ctx, there, 0, 9))), 0)
			h.same("user events", len(found[[]*chat.UserEvent](h)(h.UserEvents(ctx, other, ann, 0, 9))), 0)
			h.same("conversations", len(found[[]chat.UserConv](h)(h.Conversations(ctx, other, ann))), 0)
			h.same("group", found[*chat.Group](h)(h.Group(ctx, other, book)), (*chat.Group)(nil))
			list, total, err := h.Groups(ctx, other, "", "", 9)
			h.ok(err)
			h.same("groups", []int{len(list), total}, []int{0, 0})
			h.same("members", len(found[[]*chat.Member](h)(h.Members(ctx, other, book, "", 9))), 0)
			h.same("memberships", len(found[[]chat.Membership](h)(h.Memberships(ctx, other, ann))), 0)
			h.same("mutes", len(found[[]chat.Mute](h)(h.Mutes(ctx, other, book, "", 9))), 0)
			h.same("account", found[*chat.Account](h)(h.Account(ctx, other, ann)), (*chat.Account)(nil))
			h.same("blocked", found[bool](h)(h.Blocked(ctx, other, ann, bob)), false)
			h.same("session", found[*chat.SessionState](h)(h.Session(ctx, other, ann, "c")), (*chat.SessionState)(nil))
		})
		h.ok(h.DeleteAccount(ctx, other, ann))
		h.apply(&chat.Commit{Conv: chat.GroupOf(other, book), Drop: true})
		h.twice(func() {
			h.same("head", h.head(here).Seq, mine.Seq)
			h.same("group", found[*chat.Group](h)(h.Group(ctx, app, book)).ID, book)
			h.same("members", len(found[[]*chat.Member](h)(h.Members(ctx, app, book, "", 9))), 2)
			h.same("account", found[*chat.Account](h)(h.Account(ctx, app, ann)).User, ann)
			h.same("conversations", len(found[[]chat.UserConv](h)(h.Conversations(ctx, app, ann))), 2)
		})
	}},

	{"a user and a group of one name never meet", func(h *house) {
		g := chat.GroupOf(app, "ann")
		self := chat.C2COf(app, ann, ann)
		h.say(g, bob, "to the group")
		h.twice(func() {
			h.same("pair", h.head(self), chat.Head{})
			h.same("list", len(found[[]chat.UserConv](h)(h.Conversations(h.t.Context(), app, ann))), 0)
		})
		h.say(self, ann, "a note")
		h.twice(func() {
			h.same("listed once", len(found[[]chat.UserConv](h)(h.Conversations(h.t.Context(), app, ann))), 1)
			h.same("group", h.head(g).Seq, chat.Seq(1))
		})
	}},

	{"names that contain each other's ends never meet", func(h *house) {
		pairs := []chat.Conversation{
			chat.C2COf(app, "a", "b"), chat.C2COf(app, "a\x00", "b"), chat.C2COf(app, "a", "b\x00"), chat.C2COf(app, "a\x00\x01", "b"),
			chat.C2COf(app, "a\x00\xff", "b"), chat.C2COf(app, "a", "\x00b"), chat.C2COf(app, "ab", "\xff"), chat.C2COf(app, "", "ab"),
			chat.GroupOf(app, "a"), chat.GroupOf(app, "a\x00"), chat.GroupOf(app, "a\x00\x01b"), chat.GroupOf(app, ""),
		}
		for i, c := range pairs {
			h.fill(c, i+1)
		}
		h.twice(func() {
			for i, c := range pairs {
				h.same(fmt.Sprintf("%q", c), h.head(c).Seq, chat.Seq(i+1))
				h.same(fmt.Sprintf("%q", c), len(found[[]*chat.Message](h)(h.Messages(h.t.Context(), c, 1, false, 99, 0))), i+1)
			}
		})
	}},
}

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
			clocks := map[uint64]bool{}
			for _, c := range convs {
				page := found[[]*chat.Message](h)(h.Messages(h.t.Context(), c, 1, false, 1000, 0))
				h.same("messages", len(page), rounds*inCommit)
				for i, m := range page {
					if m.Seq != chat.Seq(i+1) || string(m.Body) != fmt.Sprint(i) || m.Counted != uint64(i+1) {
						h.t.Fatalf("message %d: seq %d counted %d body %s", i+1, m.Seq, m.Counted, m.Body)
					}
					clocks[m.Clock] = true
				}
			}
			h.same("clocks", len(clocks), writers*rounds*inCommit)
			pending := found[[]*chat.Event](h)(h.Pending(h.t.Context(), "", 1<<20))
			h.same("events", len(pending), writers*rounds)
			last := map[string]chat.Seq{}
			for _, e := range pending {
				if e.Message.Seq <= last[e.Key] {
					h.t.Fatalf("events of %s: %d after %d", e.Key, e.Message.Seq, last[e.Key])
				}
				last[e.Key] = e.Message.Seq
			}
			h.same("ann's", len(found[[]chat.UserConv](h)(h.Conversations(h.t.Context(), app, ann))), writers)
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
				if err := h.Block(h.t.Context(), app, ann, []chat.UserID{chat.UserID(fmt.Sprint(i))}, 1); err != nil {
					h.t.Error(err)
				}
			}
		})
		writing.Wait()
		close(stop)
		readers.Wait()
		h.twice(func() {
			h.same("head", h.head(annBob).Seq, chat.Seq(rounds*inCommit))
			h.same("blocks", len(found[[]chat.BlockEntry](h)(h.Blocklist(h.t.Context(), app, ann, "", 1000))), rounds)
		})
	}},

	{"writes for one user from many conversations number his events once", func(h *house) {
		var all sync.WaitGroup
		var sum atomic.Uint64
		for w := range writers {
			c := chat.GroupOf(app, chat.GroupID(fmt.Sprint("g", w)))
			all.Go(func() {
				for range rounds {
					e := &chat.UserEvent{App: app, User: ann, Kind: chat.UserGroup}
					if err := h.Apply(h.t.Context(), []*chat.Commit{{Conv: c, Notices: []*chat.UserEvent{e}}}); err != nil {
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
			h.same("newest", found[uint64](h)(h.UserEventSeq(h.t.Context(), app, ann)), uint64(n))
			h.same("kept", len(found[[]*chat.UserEvent](h)(h.UserEvents(h.t.Context(), app, ann, 0, 2*n))), n)
		})
	}},

	{"a closed store refuses writes", func(h *house) {
		h.say(annBob, ann, "hello")
		h.ok(h.Store.Close())
		if err := h.Apply(h.t.Context(), []*chat.Commit{{Conv: annBob, Messages: []*chat.Message{h.message(annBob, ann, "late")}}}); err == nil {
			h.t.Error("a commit after Close succeeded")
		}
		if err := h.PutAccounts(h.t.Context(), []*chat.Account{{App: app, User: ann}}); err == nil {
			h.t.Error("an account after Close was put")
		}
	}},
}

// write appends rounds commits of inCommit messages whose bodies count.
func (h *house) write(c chat.Conversation) {
	for i := range rounds {
		commit := &chat.Commit{Conv: c}
		for j := range inCommit {
			m := h.message(c, ann, "")
			m.Body = fmt.Append(nil, i*inCommit+j)
			commit.Messages = append(commit.Messages, m)
		}
		commit.Outbox = []*chat.Event{{App: app, Kind: chat.AfterC2C, Key: c.String(), Conv: c, Message: commit.Messages[0]}}
		if err := h.Apply(h.t.Context(), []*chat.Commit{commit}); err != nil {
			h.t.Error(err)
			return
		}
	}
}

// watch reads until stop: numbers never fall, pages have no hole and end with
// a whole commit.
func (h *house) watch(c chat.Conversation, stop <-chan struct{}) {
	ctx := h.t.Context()
	var before chat.Seq
	for {
		select {
		case <-stop:
			return
		default:
		}
		heads, err := h.Heads(ctx, []chat.Conversation{c})
		if err != nil {
			h.t.Error(err)
			return
		}
		head := heads[0].Seq
		if head < before || head%inCommit != 0 || heads[0].Clock > h.Clock() {
			h.t.Errorf("head %d after %d, clock %d of %d", head, before, heads[0].Clock, h.Clock())
			return
		}
		before = head
		page, err := h.Messages(ctx, c, head, true, 20, 0)
		if err != nil {
			h.t.Error(err)
			return
		}
		for i, m := range page {
			if m.Seq != head-chat.Seq(i) {
				h.t.Errorf("page from %d: number %d at %d", head, m.Seq, i)
				return
			}
		}
		if want := min(20, int(head)); len(page) != want {
			h.t.Errorf("page from %d has %d of %d", head, len(page), want)
			return
		}
	}
}
