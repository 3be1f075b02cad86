package core_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/mediatest"
	"github.com/teahouse-im/teahouse/storage/badger"
	"github.com/teahouse-im/teahouse/storage/memory"
)

const neighbour chat.AppID = 1400000002 // of app

// erasing is a store with two apps whose processes come and go.
type erasing struct {
	*testing.T
	store  chat.Store
	reopen func(chat.Store) chat.Store
	files  *mediatest.Store
	*core.Core
}

// begin starts a process; it has both apps, unless one is being erased.
func (e *erasing) begin(erased bool) {
	apps := &chat.Apps{}
	apps.Set(chat.App{ID: neighbour, Admins: []chat.UserID{"admin"}})
	if erased {
		apps.Set(core.Husk(chat.App{ID: app}))
	} else {
		apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}})
	}
	e.Core = core.New(core.Options{Store: e.store, Apps: apps, Media: core.Media{
		Store: e.files, Addresses: mediatest.Addresses(time.Now), Pace: -1,
	}})
	if erased {
		e.Shut(app)
	}
}

// end ends it, and opens the store again for the next.
func (e *erasing) end() {
	e.Helper()
	if err := e.Close(context.Background()); err != nil {
		e.Fatal(err)
	}
	if e.reopen != nil {
		e.store = e.reopen(e.store)
	}
}

// say has both apps say something, with as many accounts and groups as make some steps.
func (e *erasing) say(id chat.AppID) {
	e.Helper()
	by := chat.Actor{App: id, User: "admin", Standing: chat.AsAdmin, Platform: chat.PlatformREST}
	ok := func(err error) {
		e.Helper()
		if err != nil {
			e.Fatal(err)
		}
	}
	for _, u := range []chat.UserID{"admin", "ann", "bob"} {
		_, err := e.People.Login(e.Context(), id, u, chat.Ticket{})
		ok(err)
	}
	for i := range 3 {
		_, err := e.Group.Create(e.Context(), by, chat.GroupDraft{
			ID: chat.GroupID(fmt.Sprintf("g%d", i)), Type: chat.Public, Name: "club", Owner: "ann", Members: []chat.NewMember{{User: "bob"}},
		})
		ok(err)
	}
	for i := range uint32(20) {
		_, err := e.Message.SendWait(e.Context(), chat.Actor{App: id, User: "ann", Device: "phone"}, chat.Draft{
			To: chat.ToUser("bob"), Random: &i, Body: []byte(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"tea"}}]`),
		})
		ok(err)
	}
	ok(e.files.Put(e.Context(), fmt.Sprintf("%d/ab/file", id), strings.NewReader("x"), 1))
}

// left is what a store has of an app.
func (e *erasing) left(id chat.AppID) (n int) {
	e.Helper()
	users, err := e.store.Users(e.Context(), id, "", 100)
	if err != nil {
		e.Fatal(err)
	}
	for _, kind := range []chat.Kind{chat.C2C, chat.InGroup} {
		list, err := e.store.Conversations(e.Context(), id, kind, chat.Conversation{}, 100)
		if err != nil {
			e.Fatal(err)
		}
		n += len(list)
	}
	keys, err := e.files.Keys(e.Context(), "", 100)
	if err != nil {
		e.Fatal(err)
	}
	for _, k := range keys {
		if k == fmt.Sprintf("%d/ab/file", id) {
			n++
		}
	}
	return n + len(users)
}

// An app is erased by processes of which each is ended after its first step; what another app
// has stays, and it is served meanwhile. Who writes to the erased one is refused.
func TestEraseGoesOnAfterEachStep(t *testing.T) {
	for _, c := range []struct {
		name   string
		engine func(*testing.T) (chat.Store, func(chat.Store) chat.Store)
	}{
		{"memory", func(*testing.T) (chat.Store, func(chat.Store) chat.Store) { return memory.New(memory.Options{}), nil }},
		{"badger", func(t *testing.T) (chat.Store, func(chat.Store) chat.Store) {
			dir := t.TempDir()
			open := func() chat.Store {
				s, err := badger.Open(badger.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			return open(), func(s chat.Store) chat.Store {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				return open()
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := &erasing{T: t, files: &mediatest.Store{}}
			e.store, e.reopen = c.engine(t)
			defer func() { _ = e.store.Close() }()
			e.begin(false)
			e.say(app)
			e.say(neighbour)
			has := e.left(neighbour)
			if got := e.left(app); got != has || has < 5 {
				t.Fatalf("the apps have %d and %d", got, has)
			}
			e.end()
			processes, gone := 0, false
			for ; !gone; processes++ {
				e.begin(true)
				if _, err := e.People.Login(t.Context(), app, "eve", chat.Ticket{}); chat.CodeOf(err) == 0 {
					t.Fatal("somebody has logged in to an app that is being erased")
				}
				ctx, stop := context.WithCancel(t.Context())
				steps := 0
				err := e.Erase(ctx, app, func(int) {
					steps++
					stop()
				})
				stop()
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				gone = err == nil && steps == 0
				e.end()
			}
			if processes < 3 {
				t.Errorf("it was gone after %d processes", processes)
			}
			if got := e.left(app); got != 0 {
				t.Errorf("%d things are left of it", got)
			}
			if got := e.left(neighbour); got != has {
				t.Errorf("the other app has %d things, and had %d", got, has)
			}
			e.begin(false)
			e.say(app) // the number is as good as new
			e.end()
		})
	}
}

// Nothing is erased of an app that is served.
func TestAnAppThatIsServedIsNotErased(t *testing.T) {
	h := open(t, nil)
	if err := h.Erase(t.Context(), app, func(int) { t.Error("something has gone") }); err == nil {
		t.Error("it is erased")
	}
}
