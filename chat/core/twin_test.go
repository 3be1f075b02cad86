package core_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/storage/badger"
	"github.com/teahouse-im/teahouse/storage/memory"
)

// twins are two cores over one store that know nothing of each other: what one
// changes binds the next message through the other.
type twins struct {
	*testing.T
	one, two *core.Core
	store    chat.Store
}

// eachTwins runs a test on both engines.
func eachTwins(t *testing.T, run func(w *twins)) {
	for name, open := range map[string]func(t *testing.T) chat.Store{
		"memory": func(*testing.T) chat.Store { return memory.New(memory.Options{}) },
		"badger": func(t *testing.T) chat.Store {
			s, err := badger.Open(badger.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := open(t)
			apps := &chat.Apps{}
			apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Switches: chat.Switches{ShowBlocked: true}})
			w := &twins{
				T: t, store: store,
				one: core.New(core.Options{Store: store, Apps: apps}),
				two: core.New(core.Options{Store: store, Apps: apps}),
			}
			t.Cleanup(func() {
				ctx := context.Background() // the test's has ended
				if err := errors.Join(w.one.Close(ctx), w.two.Close(ctx), store.Close()); err != nil {
					t.Error(err)
				}
			})
			for _, u := range []chat.UserID{"ann", "bob", "cat", "admin"} {
				if _, err := w.one.People.Login(t.Context(), app, u, chat.Ticket{}); err != nil {
					t.Fatal(err)
				}
			}
			run(w)
		})
	}
}

func (w *twins) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// says sends a text through a core and returns the code it is answered with.
func (w *twins) says(c *core.Core, from chat.UserID, to chat.Target) chat.Code {
	_, err := c.Message.SendWait(w.Context(), as(from), chat.Draft{To: to, Body: text("x")})
	return chat.CodeOf(err)
}

func (w *twins) group(members ...chat.UserID) chat.GroupID {
	w.Helper()
	d := chat.GroupDraft{Type: chat.Public, Name: "g", Owner: "ann"}
	for _, u := range members {
		d.Members = append(d.Members, chat.NewMember{User: u})
	}
	g, err := w.one.Group.Create(w.Context(), admin(), d)
	w.must(err)
	return g.ID
}

func TestTwoCoresShareMuteKickAndBlock(t *testing.T) {
	eachTwins(t, func(w *twins) {
		ctx := w.Context()
		g := w.group("bob")
		to := chat.ToGroup(g)
		for round := range 20 {
			for _, step := range []struct {
				what   string
				change func() error
				to     chat.Target
				want   chat.Code
			}{
				{"muted", func() error { return w.two.Group.MuteMembers(ctx, as("ann"), g, []chat.UserID{"bob"}, 60) }, to, chat.CodeMuted},
				{"free", func() error { return w.two.Group.MuteMembers(ctx, as("ann"), g, []chat.UserID{"bob"}, 0) }, to, 0},
				{"kicked", func() error { return w.two.Group.RemoveMembers(ctx, as("ann"), g, []chat.UserID{"bob"}, true, "") }, to, chat.CodeGroupNotAllowed},
				{"back", func() error {
					_, err := w.two.Group.AddMembers(ctx, admin(), g, []chat.UserID{"bob"}, true)
					return err
				}, to, 0},
				{"blocked", func() error {
					_, err := w.two.People.BlockUsers(ctx, as("cat"), "", []chat.UserID{"bob"})
					return err
				}, chat.ToUser("cat"), chat.CodeBlocked},
				{"unblocked", func() error {
					_, err := w.two.People.UnblockUsers(ctx, as("cat"), "", []chat.UserID{"bob"})
					return err
				}, chat.ToUser("cat"), 0},
			} {
				w.must(step.change())
				if got := w.says(w.one, "bob", step.to); got != step.want {
					w.Fatalf("round %d, %s: the next message got %d, want %d", round, step.what, got, step.want)
				}
			}
		}
	})
}

// While both write at once, nothing that was said comes after the answer to the
// mute, and no change of the group gets lost.
func TestTwoCoresWriteConcurrently(t *testing.T) {
	eachTwins(t, func(w *twins) {
		ctx := w.Context()
		g := w.group("bob", "cat")
		const most = 30
		var all sync.WaitGroup
		for i, c := range []*core.Core{w.one, w.two} {
			all.Go(func() {
				for n := range most {
					name := fmt.Sprint("by ", i, " ", n)
					if err := c.Group.Modify(ctx, admin(), g, chat.GroupPatch{Introduction: &name}); err != nil {
						w.Error(err)
					}
				}
			})
			all.Go(func() {
				for range most {
					if got := w.says(c, "cat", chat.ToGroup(g)); got != 0 {
						w.Errorf("cat is refused: %d", got)
					}
				}
			})
		}
		all.Wait()
		v, err := w.one.Group.Get(ctx, admin(), g)
		w.must(err)
		if v.InfoSeq != 1+2*most {
			w.Errorf("%d changes of the profile are counted, want %d", v.InfoSeq-1, 2*most)
		}
		spoken := make(chan struct{})
		all.Go(func() {
			for w.says(w.one, "bob", chat.ToGroup(g)) == 0 { // until the mute binds
				select {
				case spoken <- struct{}{}:
				default:
				}
			}
		})
		<-spoken
		w.must(w.two.Group.MuteMembers(ctx, as("ann"), g, []chat.UserID{"bob"}, 60))
		before, err := w.one.Group.Get(ctx, admin(), g)
		w.must(err)
		all.Wait()
		after, err := w.one.Group.Get(ctx, admin(), g)
		w.must(err)
		if before.Head.Seq != after.Head.Seq {
			w.Errorf("bob spoke %d times after the mute was answered", after.Head.Seq-before.Head.Seq)
		}
	})
}
