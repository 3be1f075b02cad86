package core_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/search"
	"github.com/teahouse-im/teahouse/search/searchtest"
)

// TestSearchesAreRefusedWhileAnIndexIsMade holds up the making of one.
func TestSearchesAreRefusedWhileAnIndexIsMade(t *testing.T) {
	shelf := searchtest.New()
	held, opened := make(chan struct{}), make(chan struct{})
	shelf.Opening = func(chat.AppID) error {
		opened <- struct{}{}
		<-held
		return nil
	}
	h := open(t, func(o *core.Options) { o.SearchShelf = shelf })
	<-opened // by the commits of the logins
	h.send("ann", chat.ToUser("bob"), "tea")
	_, err := h.Search.Messages(h.ctx, as("bob"), words("tea"))
	h.wants(err, chat.CodeSearchBuilding)
	if _, text := chat.Outward(err); !strings.Contains(text, "0 %") {
		t.Errorf("it does not say how much is done: %q", text)
	}
	_, err = h.Search.Users(h.ctx, as("bob"), search.UserQuery{Keywords: []string{"ann"}})
	h.wants(err, chat.CodeSearchBuilding)
	close(held)
	h.settle()
	h.wantsFound("bob", words("tea"), "c2c/ann:[1]")
}

// TestAFullDiskRefusesSearchesThatWouldLackSomething fills it, and makes room.
func TestAFullDiskRefusesSearchesThatWouldLackSomething(t *testing.T) {
	var full error
	set := make(chan error, 1)
	h := open(t, func(o *core.Options) {
		o.SearchShelf = searchtest.New()
		o.Full = func() error {
			select {
			case full = <-set:
			default:
			}
			return full
		}
	})
	h.settle()
	h.send("ann", chat.ToUser("bob"), "green tea")
	h.settle()
	set <- chat.ErrBusy
	h.send("ann", chat.ToUser("bob"), "black tea")
	_, err := h.Search.Messages(h.ctx, as("bob"), words("tea"))
	h.wants(err, chat.CodeSearchBuilding)
	set <- nil
	h.settle()
	h.wantsFound("bob", words("tea"), "c2c/ann:[2 1]")
}

// TestWhatAFeedLosesIsLookedFor has more move at once than is noted.
func TestWhatAFeedLosesIsLookedFor(t *testing.T) {
	shelf := searchtest.New()
	h := open(t, func(o *core.Options) { o.SearchShelf = shelf })
	h.send("ann", chat.ToUser("bob"), "old tea")
	h.settle()
	h.Search.Lose()
	h.send("ann", chat.ToUser("bob"), "tea")
	_, err := h.Message.Recall(h.ctx, as("ann"), "", chat.ToUser("bob"), chat.MessageRef{Seq: 1}, "")
	h.must(err)
	h.settle()
	h.wantsFound("bob", words("tea"), "c2c/ann:[2]")
}

// TestManyFindsAreCountedUpToABound pages through more than are counted.
func TestManyFindsAreCountedUpToABound(t *testing.T) {
	h := open(t, func(o *core.Options) { o.SearchShelf = searchtest.New() })
	const said = 1100
	for i := range said {
		h.send("ann", chat.ToUser("bob"), fmt.Sprint("tea ", i))
	}
	h.settle()
	page, err := h.Search.Messages(h.ctx, as("bob"), words("tea"))
	h.must(err)
	if page.Total != 1000 || page.List[0].Count != 1000 || page.Cursor != "" {
		t.Errorf("%d in all, %d of one, cursor %q", page.Total, page.List[0].Count, page.Cursor)
	}
	q := words("tea")
	target := chat.ToUser("ann")
	q.Conv, q.Limit = &target, 100
	seen, total := 0, 0
	for next := true; next; next = q.Cursor != "" {
		page, err := h.Search.Messages(h.ctx, as("bob"), q)
		h.must(err)
		for _, m := range page.List[0].Messages {
			if want := chat.Seq(said - seen); m.Seq != want {
				t.Fatalf("message %d comes where %d should", m.Seq, want)
			}
			seen++
		}
		total, q.Cursor = page.Total, page.Cursor
	}
	if seen != said || total != 1000 {
		t.Errorf("%d seen, %d counted", seen, total)
	}
}

// TestDroppedAndDeletedThingsLeaveTheIndex counts documents.
func TestDroppedAndDeletedThingsLeaveTheIndex(t *testing.T) {
	shelf := searchtest.New()
	h := open(t, func(o *core.Options) { o.SearchShelf = shelf })
	h.settle()
	size := func() int64 {
		h.settle()
		x, err := shelf.Open(app, false)
		h.must(err)
		n, _ := x.Size()
		return n
	}
	before := size()
	h.founds("club", chat.Public, "Tea", "bob")
	h.send("ann", chat.ToGroup("club"), "tea")
	if got := size(); got <= before {
		t.Errorf("%d documents, %d before", got, before)
	}
	h.must(h.Group.Destroy(h.ctx, admin(), "club"))
	if got := size(); got != before {
		t.Errorf("%d documents after the group is gone, %d before", got, before)
	}
	_, err := h.DeleteAccounts(h.ctx, admin(), []chat.UserID{"cat"})
	h.must(err)
	if got := size(); got != before-1 {
		t.Errorf("%d documents after an account is gone, %d before", got, before)
	}
}

// TestCloseIsQuick ends a core whose index is being made.
func TestCloseIsQuick(t *testing.T) {
	shelf := searchtest.New()
	h := open(t, func(o *core.Options) { o.SearchShelf = shelf })
	h.settle()
	h.must(h.Core.Close(context.Background()))
	_, err := h.Search.Messages(h.ctx, as("bob"), words("tea"))
	if code := chat.CodeOf(err); code != chat.CodeShutdown && code != chat.CodeSearchBuilding {
		t.Errorf("after the end: %v", err)
	}
}
