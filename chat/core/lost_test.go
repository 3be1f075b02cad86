package core_test

import (
	"errors"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/inbox"
	"github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/storage/storagetest/faulty"
)

// When the store has lost messages, history is a fault; what concerns other
// messages or conversations goes on.
func TestLostMessages(t *testing.T) {
	var store *faulty.Store
	h := open(t, func(o *core.Options) {
		store = faulty.New(o.Store)
		o.Store = store
	})
	h.send("ann", chat.ToUser("bob"), "one")
	h.send("ann", chat.ToUser("bob"), "two")
	h.send("cat", chat.ToUser("bob"), "three")
	lost := &chat.Hole{Conv: chat.C2COf(app, "ann", "bob"), First: 1, Last: 2}
	store.FailAll(lost, "Messages", "Message")

	_, err := h.Message.History(h.ctx, as("bob"), message.HistoryQuery{Target: chat.ToUser("ann")})
	if !errors.Is(err, chat.ErrDamaged) || !chat.IsFault(err) {
		t.Errorf("history gives %v, want a fault", err)
	}
	page, err := h.Inbox.Conversations(h.ctx, as("bob"), inbox.ConvFilter{}, "", 10)
	if err != nil || len(page.Convs) != 2 || page.Convs[0].Last != nil {
		t.Errorf("the list of conversations: %+v, %v", page, err)
	}
	if err := h.Inbox.MarkRead(h.ctx, as("bob"), "", chat.ToUser("ann"), 1); err != nil {
		t.Errorf("mark read: %v", err)
	}
	if r := h.send("ann", chat.ToUser("bob"), "four"); r.Seq != 3 {
		t.Errorf("the next message has number %d", r.Seq)
	}
}

// In a group with messages that are not for everybody, lists and marks look at
// the messages themselves: what is lost there stops them as little.
func TestLostMessagesOfAGroupWithTargetedOnes(t *testing.T) {
	var store *faulty.Store
	h := open(t, func(o *core.Options) {
		store = faulty.New(o.Store)
		o.Store = store
	})
	g := h.group("ann", chat.Public, "bob", "cat")
	to := chat.ToGroup(g)
	for _, d := range []chat.Draft{{At: []chat.UserID{"bob"}}, {Only: []chat.UserID{"cat"}}, {}, {Only: []chat.UserID{"cat"}}} {
		d.To, d.Body = to, text("x")
		_, err := h.Message.SendWait(h.ctx, as("ann"), d)
		h.wants(err, 0)
	}
	lost := &chat.Hole{Conv: chat.GroupOf(app, g), First: 1, Last: 4}
	for _, reads := range [][]string{{"Messages"}, {"Message"}, {"Messages", "Message"}} {
		store.FailAll(lost, reads...)
		page, err := h.Inbox.Conversations(h.ctx, as("bob"), inbox.ConvFilter{}, "", 10)
		if err != nil || len(page.Convs) != 1 || page.UnreadTotal != 2 {
			t.Errorf("the list without %v: %+v, %v", reads, page, err)
		}
		if v, err := h.Inbox.Conversation(h.ctx, as("bob"), to); err != nil || v.Head.Seq != 3 {
			t.Errorf("the conversation without %v: %+v, %v", reads, v, err)
		}
		store.FailAll(nil, "Messages", "Message")
	}
	store.FailAll(lost, "Messages", "Message")
	if err := h.Inbox.MarkRead(h.ctx, as("bob"), "", to, chat.Newest); err != nil {
		t.Errorf("mark read: %v", err)
	}
}
