package storagetest

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// freshRounds is how often the rows under test change.
const freshRounds = 100

// freshness: rows that an engine keeps in memory are never older than what was
// durable when somebody asked, and nobody goes back in time.
var freshness = []testCase{
	{"an account is never older than it was when asked for", func(h *house) {
		h.racing(func(i int) error {
			return h.PutAccounts(h.t.Context(), []*chat.Account{{App: app, User: ann, KickedAt: int64(i)}})
		}, func() (int, error) {
			a, err := h.Account(h.t.Context(), app, ann)
			if a == nil {
				return 0, err
			}
			return int(a.KickedAt), err
		})
	}},

	{"group, member and mute of one commit are never older than each other", func(h *house) {
		ctx := h.t.Context()
		far := h.in(time.Hour)
		h.racing(func(i int) error {
			return h.Apply(ctx, []*chat.Commit{{
				Conv:  bookish,
				Group: &chat.Group{App: app, ID: book, Type: chat.Public, InfoSeq: uint64(i)},
				Joins: []*chat.Member{{Group: book, User: ann, Role: chat.RoleMember, NameCard: strconv.Itoa(i)}},
				Mutes: []chat.Mute{{User: ann, Until: far + int64(i)}},
			}})
		}, func() (int, error) {
			g, err := h.Group(ctx, app, book)
			if g == nil || err != nil {
				return 0, err
			}
			return int(g.InfoSeq), nil
		}, func() (int, error) {
			m, err := h.Member(ctx, app, book, ann)
			if m == nil || err != nil {
				return 0, err
			}
			return strconv.Atoi(m.NameCard)
		}, func() (int, error) {
			list, err := h.Members(ctx, app, book, "", 9)
			if len(list) == 0 || err != nil {
				return 0, err
			}
			return strconv.Atoi(list[0].NameCard)
		}, func() (int, error) {
			until, err := h.MuteUntil(ctx, app, book, ann)
			return max(0, int(until-far)), err
		})
	}},

	{"who was blocked is blocked for whoever asks, who never was is not", func(h *house) {
		ctx := h.t.Context()
		peer := func(i int) chat.UserID { return chat.UserID(fmt.Sprint("peer", i)) }
		h.racing(func(i int) error {
			return h.Block(ctx, app, ann, []chat.UserID{peer(i)}, 1)
		}, func() (int, error) {
			for n := 1; ; n++ {
				if hit, err := h.Blocked(ctx, app, ann, peer(n)); err != nil || !hit {
					return n - 1, err
				}
			}
		}, func() (int, error) {
			list, err := h.Blocklist(ctx, app, ann, "", freshRounds)
			return len(list), err
		})
	}},

	{"members come and go, and whoever asks knows it", func(h *house) {
		ctx := h.t.Context()
		h.establish(book, chat.Public, ann)
		var begun, done atomic.Int64 // rounds; bob is a member after the odd ones
		stop := make(chan struct{})
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				for !closed(stop) {
					before := done.Load()
					m, err := h.Member(ctx, app, book, bob)
					if err != nil || begun.Load() == before && (m != nil) != (before%2 == 1) {
						h.t.Errorf("after round %d: member %v, %v", before, m, err)
						return
					}
				}
			})
		}
		for i := int64(1); i <= freshRounds; i++ {
			c := &chat.Commit{Conv: bookish, Leaves: []chat.UserID{bob}}
			if i%2 == 1 {
				c = &chat.Commit{Conv: bookish, Joins: []*chat.Member{{Group: book, User: bob, Role: chat.RoleMember}}}
			}
			begun.Store(i)
			h.apply(c)
			done.Store(i)
		}
		close(stop)
		readers.Wait()
		h.twice(func() {
			h.same("bob", found[*chat.Member](h)(h.Member(ctx, app, book, bob)), (*chat.Member)(nil))
		})
	}},

	{"a deleted account and a dropped group are gone for whoever asks", func(h *house) {
		ctx := h.t.Context()
		for range 10 {
			h.ok(h.PutAccounts(ctx, []*chat.Account{{App: app, User: ann}}))
			h.ok(h.Block(ctx, app, ann, []chat.UserID{bob}, 1))
			h.ok(h.Block(ctx, app, bob, []chat.UserID{ann}, 1))
			h.establish(book, chat.Public, ann, bob)
			h.apply(&chat.Commit{Conv: bookish, Mutes: []chat.Mute{{User: bob, Until: h.in(time.Hour)}}})
			there := func() []bool {
				return []bool{
					found[*chat.Account](h)(h.Account(ctx, app, ann)) != nil,
					found[bool](h)(h.Blocked(ctx, app, ann, bob)), found[bool](h)(h.Blocked(ctx, app, bob, ann)),
					found[*chat.Group](h)(h.Group(ctx, app, book)) != nil,
					found[*chat.Member](h)(h.Member(ctx, app, book, bob)) != nil,
					found[int64](h)(h.MuteUntil(ctx, app, book, bob)) != 0,
				}
			}
			h.same("there", there(), []bool{true, true, true, true, true, true})
			h.ok(h.DeleteAccount(ctx, app, ann))
			h.apply(&chat.Commit{Conv: bookish, Drop: true})
			h.same("there", there(), []bool{false, false, false, false, false, false})
		}
	}},
}

// racing writes round after round while others read: what reads give, one
// after the other, never falls and never is less than what was durable before.
func (h *house) racing(write func(round int) error, reads ...func() (int, error)) {
	h.t.Helper()
	var durable atomic.Int64
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for r := range 4 {
		readers.Go(func() {
			last := 0
			for i := r; !closed(stop); i++ {
				last = max(last, int(durable.Load()))
				got, err := reads[i%len(reads)]()
				if err != nil || got < last {
					h.t.Errorf("read %d: got %d after %d, %v", i%len(reads), got, last, err)
					return
				}
				last = got
			}
		})
	}
	for i := 1; i <= freshRounds; i++ {
		if err := write(i); err != nil {
			h.t.Error(err)
			break
		}
		durable.Store(int64(i))
	}
	close(stop)
	readers.Wait()
	h.twice(func() {
		for i, read := range reads {
			h.same(fmt.Sprint("read ", i), found[int](h)(read()), freshRounds)
		}
	})
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
