package core_test

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/inbox"
)

// settings sets everything that there is of a conversation.
func (h *house) settings(by chat.Actor, t chat.Target) {
	h.Helper()
	h.must(h.Inbox.Pin(h.ctx, by, "", []chat.Target{t}, true))
	h.must(h.Inbox.SetDraft(h.ctx, by, t, "almost"))
	h.must(h.Inbox.Mute(h.ctx, by, t, chat.Discard))
	_, err := h.Inbox.Mark(h.ctx, by, "", []inbox.MarkChange{{Target: t, Set: []int{1}, Custom: new("later")}})
	h.must(err)
	_, err = h.Inbox.CreateConvGroup(h.ctx, by, "", "work", []chat.Target{t})
	h.must(err)
}

// hasSet is what is set of a conversation, besides what it says.
func (h *house) hasSet(by chat.Actor, t chat.Target) []any {
	h.Helper()
	v, err := h.Inbox.Conversation(h.ctx, by, t)
	h.must(err)
	return []any{v.Top, v.Draft, v.Option, v.Marks, v.Custom, v.Groups, v.Unread}
}

var nothingSet = []any{false, "", chat.AcceptAndNotify, chat.Marks(0), "", []string{}}

// What users set of their conversations goes with their account, and what others have set of
// the conversation with them goes too: the next user of that name is not muted for it.
func TestSettingsEndWithAccounts(t *testing.T) {
	h := open(t, nil)
	ann, toBob, toAnn := as("ann"), chat.ToUser("bob"), chat.ToUser("ann")
	h.send("bob", toAnn, "one")
	h.settings(ann, toBob)
	h.same("set", h.hasSet(ann, toBob), []any{true, "almost", chat.Discard, chat.Marks(1), "later", []string{"work"}, 0})

	bob := h.renew("bob")
	h.write(bob, toAnn, "two", "")
	h.same("of the next holder of the peer's name", h.hasSet(ann, toBob), append(nothingSet, 2))
	wishes, err := h.Inbox.PeerWishes(h.ctx, app, "ann")
	if err != nil || len(wishes) != 1 || wishes[0].Holder == bob.Holder {
		t.Errorf("wishes %+v, %v: they are to be of the holder before", wishes, err)
	}
	list, err := h.Inbox.ConvGroups(h.ctx, ann, "")
	h.same("groups", []any{list, err}, []any{[]chat.ConvGroup{{ID: 1, Name: "work"}}, nil})
	h.must(h.Inbox.Pin(h.ctx, ann, "", []chat.Target{toBob}, true))
	h.same("set anew", h.hasSet(ann, toBob), append([]any{true}, append(nothingSet[1:], 2)...))

	h.settings(ann, toBob)
	ann = h.renew("ann")
	h.same("of the next holder of the user's name", h.hasSet(ann, toBob)[:6], nothingSet)
	list, err = h.Inbox.ConvGroups(h.ctx, ann, "")
	h.same("groups", []any{len(list), err}, []any{0, nil})
}

// A deleted conversation stays off the list when its peer's account goes.
func TestDeletedConversationStaysDeleted(t *testing.T) {
	h := open(t, nil)
	h.send("bob", chat.ToUser("ann"), "one")
	h.must(h.Inbox.Delete(h.ctx, as("ann"), "", chat.ToUser("bob"), false))
	bob := h.renew("bob")
	page, err := h.Inbox.Conversations(h.ctx, as("ann"), inbox.ConvFilter{}, "", 0)
	h.same("conversations", []any{len(page.Convs), page.UnreadTotal, err}, []any{0, 0, nil})
	h.write(bob, chat.ToUser("ann"), "two", "")
	page, err = h.Inbox.Conversations(h.ctx, as("ann"), inbox.ConvFilter{}, "", 0)
	h.same("with a new message", []any{len(page.Convs), page.UnreadTotal, err}, []any{1, 1, nil})
}

// What a user has deleted before they deleted the conversation does not lessen what comes
// after; up to where it was deleted the item says it is read.
func TestUnreadAfterDeletedConversation(t *testing.T) {
	h := open(t, nil)
	bob := chat.ToUser("bob")
	for range 3 {
		h.send("bob", chat.ToUser("ann"), "before")
	}
	h.must(h.Message.Delete(h.ctx, as("ann"), "", bob, []chat.MessageRef{{Seq: 1}, {Seq: 2}}))
	h.must(h.Inbox.Delete(h.ctx, as("ann"), "", bob, false))
	h.send("bob", chat.ToUser("ann"), "after")
	h.send("bob", chat.ToUser("ann"), "after")
	v := h.conv("ann", bob)
	h.same("unread, read up to, by the peer's view", []any{v.Unread, v.Read.Seq, h.conv("bob", chat.ToUser("ann")).PeerRead.Seq}, []any{2, 3, 0})
}

// With ClearRamble what was said goes too, for this user alone.
func TestDeleteConversationWithHistory(t *testing.T) {
	h := open(t, nil)
	g := chat.ToGroup(h.group("bob", chat.Public, "ann"))
	h.send("bob", chat.ToUser("ann"), "one")
	h.send("bob", g, "one")
	for _, to := range []chat.Target{chat.ToUser("bob"), g} {
		h.must(h.Inbox.Delete(h.ctx, as("ann"), "", to, true))
		h.same("history", h.history(as("ann"), to), []chat.Seq{})
	}
	h.same("bob's history", h.history(as("bob"), chat.ToUser("ann")), []chat.Seq{1})
	h.send("bob", g, "two")
	h.same("what comes later", h.history(as("ann"), g), []chat.Seq{2})
	page, err := h.Inbox.Conversations(h.ctx, as("ann"), inbox.ConvFilter{}, "", 0)
	h.same("conversations", []any{len(page.Convs), page.UnreadTotal, err}, []any{1, 1, nil})
}
