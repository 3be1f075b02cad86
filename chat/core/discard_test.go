package core_test

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/inbox"
)

func TestDiscardedMessagesAreNotCounted(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	flag := func(f chat.ReceiveOption) {
		t.Helper()
		h.wants(h.Group.ModifyMember(h.ctx, as("bob"), g, "bob", chat.MemberPatch{Flag: &f}), 0)
	}
	h.send("ann", chat.ToGroup(g), "one")
	for _, c := range []struct {
		flag chat.ReceiveOption
		want uint64
	}{{chat.AcceptNotNotify, 2}, {chat.Discard, 0}, {chat.AcceptAndNotify, 4}} {
		flag(c.flag)
		h.send("ann", chat.ToGroup(g), "another")
		v := h.conv("bob", chat.ToGroup(g))
		page, err := h.Inbox.Conversations(h.ctx, as("bob"), inbox.ConvFilter{}, "", 0)
		h.wants(err, 0)
		if v.Unread != c.want || page.UnreadTotal != c.want || page.Convs[0].Unread != c.want {
			t.Errorf("%s: %d unread, %d in the list, %d in all, want %d", c.flag, v.Unread, page.Convs[0].Unread, page.UnreadTotal, c.want)
		}
		if v.Head.Seq != page.Convs[0].Head.Seq || v.Last.Seq != v.Head.Seq {
			t.Errorf("%s: the list says %d, the conversation %d with last %d", c.flag, page.Convs[0].Head.Seq, v.Head.Seq, v.Last.Seq)
		}
	}
	h.same("history", numbers(h.page("bob", chat.ToGroup(g)).Messages), span(1, 4))
}
