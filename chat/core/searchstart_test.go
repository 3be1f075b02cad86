package core_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/chat/search"
	indexes "github.com/teahouse-im/teahouse/search"
	"github.com/teahouse-im/teahouse/search/searchtest"
)

// again starts a core on the store of one that has ended, or was killed. A nil shelf: nothing
// is searched.
func (h *house) again(shelf search.Shelf) {
	h.Core = core.New(core.Options{Store: h.store, Apps: h.apps, Now: h.clock, SearchShelf: shelf, Lanes: 1})
	h.Search.Start([]chat.AppID{app})
}

// changesWords changes all that an index of ann's group has, in ways that its messages do not
// tell: a message that bob alone sees, a name, and a group that goes.
func (h *house) changesWords(in chat.GroupID, only chat.Seq) {
	h.Helper()
	_, err := h.Message.Modify(h.ctx, admin(), message.Modification{Target: chat.ToGroup(in), Ref: chat.MessageRef{Seq: only}, Body: text("black coffee")})
	h.must(err)
	h.must(h.People.SetProfile(h.ctx, as("cat"), "cat", []chat.ProfileItem{{Tag: chat.TagNick, Text: "Coffee cat"}}))
	h.must(h.Group.Destroy(h.ctx, admin(), "gone"))
}

// wantsChanged looks for what changesWords has changed.
func (h *house) wantsChanged(in chat.GroupID, only chat.Seq) {
	h.Helper()
	h.wantsFound("bob", words("coffee"), fmt.Sprintf("group/%s:[%d]", in, only))
	h.wantsFound("bob", words("tea"), fmt.Sprintf("group/%s:[1]", in))
	users, err := h.searchUsers(as("bob"), search.UserQuery{Keywords: []string{"coffee"}})
	if h.must(err); users.Total != 1 {
		h.Errorf("users: %+v", users)
	}
}

// saysWords is what changesWords changes.
func (h *house) saysWords() (in chat.GroupID, only chat.Seq) {
	h.Helper()
	in = h.group("ann", chat.Public, "bob", "cat")
	h.send("ann", chat.ToGroup(in), "green tea")
	h.founds("gone", chat.Public, "gone", "bob")
	h.send("ann", chat.ToGroup("gone"), "white tea")
	r, err := h.Message.SendWait(h.ctx, admin(), chat.Draft{From: "ann", To: chat.ToGroup(in), Body: text("black tea"), Only: []chat.UserID{"bob"}})
	h.must(err)
	return in, r.Seq
}

// locked is a shelf whose indexes do not open.
type locked struct{ search.Shelf }

func (locked) Open(chat.AppID, bool) (search.Index, error) { return nil, errors.New("locked") }

// TestWhatChangesBeforeAnIndexIsOpenIsFound has a process that ends before it has opened the
// index, which the one before had closed orderly.
func TestWhatChangesBeforeAnIndexIsOpenIsFound(t *testing.T) {
	dir := t.TempDir()
	h := openSearch(t, dir, nil)
	in, only := h.saysWords()
	h.settle()
	h.must(h.Core.Close(h.ctx))
	h.again(locked{indexes.New(dir)})
	h.changesWords(in, only)
	h.must(h.Core.Close(h.ctx))
	h.again(indexes.New(dir))
	h.settle()
	h.wantsChanged(in, only)
}

// rounds is a shelf that counts how often all names were gone through.
type rounds struct {
	*searchtest.Shelf
	n    atomic.Int32
	fail atomic.Bool           // going through them fails
	hold atomic.Pointer[batch] // the next batch that is put waits, nil: none does
}

// batch is one that waits.
type batch struct {
	came chan struct{} // closed when it is there
	goOn chan struct{} // closed to let it be put
}

func (r *rounds) Open(a chat.AppID, check bool) (search.Index, error) {
	x, err := r.Shelf.Open(a, check)
	return &roundsIndex{x, r}, err
}

type roundsIndex struct {
	search.Index
	of *rounds
}

func (x *roundsIndex) Renewed(ctx context.Context, kind search.NameKind, round uint32) error {
	if x.of.fail.Load() {
		return errors.New("no room")
	}
	if kind == search.UserName {
		x.of.n.Add(1)
	}
	return x.Index.Renewed(ctx, kind, round)
}

func (x *roundsIndex) Put(ctx context.Context, b *search.Batch) error {
	if held := x.of.hold.Swap(nil); held != nil {
		close(held.came)
		select {
		case <-held.goOn:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return x.Index.Put(ctx, b)
}

// TestAnOrderlyStartGoesThroughNothing ends a core after something that is not searched.
func TestAnOrderlyStartGoesThroughNothing(t *testing.T) {
	shelf := &rounds{Shelf: searchtest.New()}
	h := open(t, func(o *core.Options) { o.SearchShelf = shelf })
	h.send("ann", chat.ToUser("bob"), "tea")
	h.settle()
	_, err := h.People.BlockUsers(h.ctx, as("ann"), "ann", []chat.UserID{"cat"})
	h.must(err)
	h.must(h.Core.Close(h.ctx))
	before := shelf.n.Load()
	h.again(shelf)
	h.settle()
	if n := shelf.n.Load(); n != before || n == 0 {
		t.Errorf("all names were gone through %d times before, %d times now", before, n)
	}
	h.wantsFound("bob", words("tea"), "c2c/ann:[1]")
}

// An orderly end that comes while something is put is one.
func TestAnEndWhileSomethingIsPutIsOrderly(t *testing.T) {
	shelf := &rounds{Shelf: searchtest.New()}
	h := open(t, func(o *core.Options) { o.SearchShelf = shelf })
	h.send("ann", chat.ToUser("bob"), "green tea")
	h.settle()
	before := shelf.n.Load()
	held := &batch{make(chan struct{}), make(chan struct{})}
	shelf.hold.Store(held)
	h.send("ann", chat.ToUser("bob"), "black tea")
	closed := make(chan error, 1)
	<-held.came
	go func() { closed <- h.Core.Close(h.ctx) }()
	if !eventually(func() bool { return errors.Is(h.Search.Settle(h.ctx, app), chat.ErrClosed) }) {
		t.Fatal("it does not close")
	}
	close(held.goOn)
	h.must(<-closed)
	h.again(shelf)
	h.settle()
	if n := shelf.n.Load(); n != before {
		t.Errorf("all names were gone through %d times before, %d times now", before, n)
	}
	h.wantsFound("bob", words("tea"), "c2c/ann:[2 1]")
}

// TestAnIndexWhoseMakingWasCutShortIsWhole ends a core while it makes an index.
func TestAnIndexWhoseMakingWasCutShortIsWhole(t *testing.T) {
	shelf := &rounds{Shelf: searchtest.New()}
	h := open(t, nil)
	in, only := h.saysWords()
	h.must(h.Core.Close(h.ctx))
	shelf.fail.Store(true)
	h.again(shelf)
	x, err := shelf.Shelf.Open(app, false)
	h.must(err)
	if !eventually(func() bool { n, _ := x.Size(); return n > 6 }) {
		t.Fatal("nothing is indexed")
	}
	h.must(h.Core.Close(h.ctx))
	h.again(nil)
	h.changesWords(in, only)
	h.must(h.Core.Close(h.ctx))
	shelf.fail.Store(false)
	h.again(shelf)
	h.settle()
	h.wantsChanged(in, only)
	if n, _ := x.Size(); n != 4+1+2 { // users, a group, messages
		t.Errorf("%d documents", n)
	}
}

// TestAnIndexAheadOfItsStoreIsMadeAnew has an index that was left by a store which then came back from a
// backup, and went on past the point where it had been.
func TestAnIndexAheadOfItsStoreIsMadeAnew(t *testing.T) {
	shelf := searchtest.New()
	ahead := open(t, func(o *core.Options) { o.SearchShelf = shelf })
	for range 30 {
		ahead.send("ann", chat.ToUser("cat"), "white tea")
	}
	ahead.settle()
	ahead.must(ahead.Core.Close(ahead.ctx))

	h := open(t, nil)
	h.send("ann", chat.ToUser("bob"), "green tea")
	h.must(h.Core.Close(h.ctx))
	hold, opening := make(chan struct{}), make(chan struct{})
	shelf.Opening = func(chat.AppID) error {
		opening <- struct{}{}
		<-hold
		return nil
	}
	h.again(shelf)
	<-opening
	for range 40 {
		h.send("bob", chat.ToUser("cat"), "water")
	}
	shelf.Opening = nil
	close(hold)
	h.settle()
	h.wantsFound("bob", words("tea"), "c2c/ann:[1]")
}

// TestAMessageIsListedOnce has an index that remembers a message of a group that was there
// before, under the same number.
func TestAMessageIsListedOnce(t *testing.T) {
	shelf := searchtest.New()
	h := open(t, func(o *core.Options) { o.SearchShelf = shelf })
	g := h.group("ann", chat.Public, "bob")
	h.send("ann", chat.ToGroup(g), "green tea")
	h.settle()
	x, err := shelf.Open(app, false)
	h.must(err)
	h.must(x.Put(h.ctx, &search.Batch{Messages: []search.Message{{
		MessageID: search.MessageID{Conv: chat.GroupOf(app, g), Seq: 1, Time: h.clock().UnixMilli() - 5000},
		From:      "ann", Types: []string{"TIMTextElem"}, Texts: []search.Words{search.Read("green tea")},
	}}}))
	h.wantsFound("bob", words("tea"), fmt.Sprintf("group/%s:[1]", g))
}
