package core_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/message"
)

func (h *house) modify(by chat.Actor, to chat.Target, seq chat.Seq, body, cloud string, version int) error {
	c := message.Modification{Target: to, Ref: chat.MessageRef{Seq: seq}}
	if body != "" {
		c.Body = text(body)
	}
	if cloud != "" {
		c.Cloud = &cloud
	}
	if version >= 0 {
		v := uint32(version)
		c.Version = &v
	}
	m, err := h.Message.Modify(h.ctx, by, c)
	if (m != nil) != (err == nil || chat.CodeOf(err) == chat.CodeVersionConflict) {
		h.Errorf("got message %v beside %v", m, err)
	}
	return err
}

// reads prints the messages of a conversation as u sees them.
func (h *house) reads(u chat.UserID, to chat.Target) string {
	h.Helper()
	page, err := h.Message.History(h.ctx, as(u), message.HistoryQuery{Target: to})
	h.must(err)
	var lines []string
	for _, m := range page.Messages {
		line := fmt.Sprint(m.Seq, " v", m.Version, " ", strings.TrimPrefix(string(m.Body), `[{"MsgType":"TIMTextElem","MsgContent":{"Text":`), m.Cloud)
		if m.Recall != nil {
			line += " recalled"
		}
		lines = append(lines, strings.ReplaceAll(line, "}}]", ""))
	}
	return strings.Join(lines, ", ")
}

func TestAMessageIsModified(t *testing.T) {
	h := open(t, nil)
	to := chat.ToUser("bob")
	h.send("ann", to, "tea")
	h.must(h.modify(as("ann"), to, 1, "more tea", "", -1))
	h.must(h.modify(as("bob"), chat.ToUser("ann"), 1, "", "c", 1)) // either side
	h.must(h.modify(as("bob"), chat.ToUser("ann"), 1, "", "c", 2)) // no change
	h.wants(h.modify(as("ann"), to, 1, "less tea", "", 1), chat.CodeVersionConflict)
	h.same("history", h.reads("ann", to), `1 v2 "more tea"c`)
	var told []string
	for _, e := range h.events() {
		told = append(told, fmt.Sprint(e.Kind, e.Rev, " by ", e.By, " v", e.Message.Version, e.Message.Cloud))
	}
	h.same("told", told, "[modify1 by ann v1 modify2 by bob v2c]")
	kept, err := h.store.ConvEvents(h.ctx, chat.C2COf(app, "ann", "bob"), 0, 10)
	h.must(err)
	h.same("kept", []any{len(kept), string(kept[0].Message.Body)}, []any{2, string(text("more tea"))})
	h.wants(h.modify(as("cat"), to, 1, "x", "", -1), chat.CodeNoMessage)
	h.wants(h.modify(as("ann"), to, 2, "x", "", -1), chat.CodeNoMessage)
	h.wants(h.modify(as("ann"), to, 1, "", "", -1), chat.CodeBadBody)
	h.wants(h.modify(as("ann"), to, 1, strings.Repeat("x", 12288), "", -1), chat.CodeMessageTooLong)
	_, err = h.Message.Recall(h.ctx, as("ann"), "", to, chat.MessageRef{Seq: 1}, "")
	h.must(err)
	h.wants(h.modify(as("ann"), to, 1, "x", "", -1), chat.CodeNoMessage)
}

func TestWhoModifiesInGroups(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	to := chat.ToGroup(g)
	h.send("bob", to, "tea")
	h.must(h.modify(as("bob"), to, 1, "1", "", -1))
	h.must(h.modify(admin(), to, 1, "2", "", -1))
	h.wants(h.modify(as("ann"), to, 1, "3", "", -1), chat.CodeGroupNotAllowed)
	h.wants(h.modify(as("ann"), to, 1, "", "c", -1), chat.CodeGroupNotAllowed)
	h.wants(h.modify(as("cat"), to, 1, "", "c", -1), chat.CodeGroupNotAllowed)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Switches: chat.Switches{ModifyCloudByMembers: true}})
	h.must(h.modify(as("ann"), to, 1, "", "c", -1))
	h.wants(h.modify(as("ann"), to, 1, "3", "c", -1), chat.CodeGroupNotAllowed)
	h.wants(h.modify(as("cat"), to, 1, "", "d", -1), chat.CodeGroupNotAllowed)
	h.same("history", h.reads("ann", to), `1 v3 "2"c`)
	h.must(h.Group.RemoveMembers(h.ctx, admin(), g, []chat.UserID{"bob"}, true, ""))
	h.wants(h.modify(as("bob"), to, 1, "4", "", -1), chat.CodeGroupNotAllowed)
	h.wants(h.modify(admin(), chat.ToGroup(h.group("ann", chat.AVChatRoom)), 1, "4", "", -1), chat.CodeGroupNotAllowed)
}

// What a change says of a message that not everybody sees is told to those who do.
func TestATargetedMessageIsModifiedForItsReaders(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob", "cat")
	to := chat.ToGroup(g)
	_, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: to, Only: []chat.UserID{"bob"}, Body: text("psst")})
	h.must(err)
	h.wants(h.modify(as("cat"), to, 1, "x", "", -1), chat.CodeGroupNoMessage)
	h.must(h.modify(as("ann"), to, 1, "hush", "", -1))
	h.same("told to all", len(h.events()), 0)
	for u, want := range map[chat.UserID]int{"ann": 1, "bob": 1, "cat": 0} {
		list, err := h.store.UserEvents(h.ctx, app, u, 0, 100)
		h.must(err)
		n := 0
		for _, e := range list {
			if e.Kind == chat.UserModify && string(e.Told.Message.Body) == string(text("hush")) {
				n++
			}
		}
		h.same("told to "+string(u), n, want)
	}
}

func TestWhatASenderSaidIsDeleted(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	to := chat.ToGroup(g)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Limits: chat.Limits{GroupRate: -1}})
	h.send("bob", to, "too old")
	for range 999 {
		h.send("ann", to, "x")
	}
	h.send("bob", to, "loud")
	h.wants(h.Message.DeleteBySender(h.ctx, as("ann"), g, "bob"), chat.CodeGroupNotAllowed)
	h.must(h.Message.DeleteBySender(h.ctx, admin(), g, "bob"))
	first, err := h.store.Message(h.ctx, chat.GroupOf(app, g), 1)
	h.must(err)
	last, err := h.store.Message(h.ctx, chat.GroupOf(app, g), 1001)
	h.must(err)
	h.same("recalled", []bool{first.Recall != nil, last.Recall != nil}, "[false true]")
	h.same("told", len(h.events()), 0)
	h.must(h.Message.DeleteBySender(h.ctx, admin(), h.group("ann", chat.AVChatRoom), "bob"))
}

func (h *house) unreadIn(u chat.UserID, g chat.GroupID) uint64 {
	h.Helper()
	item, err := h.Inbox.Conversation(h.ctx, as(u), chat.ToGroup(g))
	h.must(err)
	return item.Unread
}

func TestUnreadIsSet(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	to := chat.ToGroup(g)
	for range 5 {
		h.send("ann", to, "x")
	}
	set := func(n uint64) error { return h.Inbox.SetUnread(h.ctx, admin(), g, "bob", n) }
	for n, want := range map[uint64]uint64{0: 0, 3: 3, 9: 5} {
		h.must(set(n))
		h.same("unread", h.unreadIn("bob", g), want)
	}
	h.must(set(2))
	h.send("ann", to, "y")
	h.same("with a newer one", h.unreadIn("bob", g), 3)
	h.must(h.Inbox.MarkRead(h.ctx, as("bob"), "", to, chat.Newest))
	h.same("all read", h.unreadIn("bob", g), 0)
	h.wants(h.Inbox.SetUnread(h.ctx, admin(), g, "cat", 1), chat.CodeGroupNotAllowed)
	h.wants(h.Inbox.SetUnread(h.ctx, as("ann"), g, "bob", 1), chat.CodeGroupNotAllowed)
	h.must(h.Inbox.SetUnread(h.ctx, admin(), h.group("ann", chat.Meeting, "bob"), "bob", 1))
}
