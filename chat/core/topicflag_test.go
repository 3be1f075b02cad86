package core_test

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/record"
)

// flags sets how u wants the messages of a group or topic.
func (h *house) flags(by chat.Actor, g chat.GroupID, u chat.UserID, f chat.ReceiveOption) chat.Code {
	h.Helper()
	return chat.CodeOf(h.Group.ModifyMember(h.ctx, by, g, u, chat.MemberPatch{Flag: &f}))
}

// flagsOf are the options in the community and its topics, as get_topic and the list show
// them.
func (h *house) flagsOf(u chat.UserID) (list [3]chat.ReceiveOption) {
	h.Helper()
	for i, g := range []chat.GroupID{community, green, black} {
		list[i] = h.conv(u, chat.ToGroup(g)).Self.Flag
	}
	views, err := h.Group.TopicViews(h.ctx, as(u), "", community, []chat.GroupID{green, black})
	h.must(err)
	h.same("get_topic", [2]chat.ReceiveOption{views[0].Flag, views[1].Flag}, [2]chat.ReceiveOption{list[1], list[2]})
	return list
}

func TestTopicsHaveReceiveOptions(t *testing.T) {
	const notify, quiet, discard = chat.AcceptAndNotify, chat.AcceptNotNotify, chat.Discard
	h := open(t, nil)
	found(t, h.Core, "bob")
	topic(t, h.Core, green)
	topic(t, h.Core, black)
	h.wait(1e9)
	for _, g := range []chat.GroupID{community, green, black} {
		h.code("ann speaks", h.says("ann", g), 0)
	}
	wants := func(what string, flags [3]chat.ReceiveOption, c, g, b uint64) {
		t.Helper()
		h.same(what, h.flagsOf("bob"), flags)
		for id, want := range map[chat.GroupID]uint64{community: c, green: g, black: b} {
			h.same(what+", unread in "+string(id), h.conv("bob", chat.ToGroup(id)).Unread, want)
			h.same(what+", unread in the list", h.unreadOf("bob")["group/"+string(id)], want)
		}
	}
	wants("at first", [3]chat.ReceiveOption{notify, notify, notify}, 1, 1, 1)
	h.code("bob discards one", h.flags(as("bob"), green, "bob", discard), 0)
	wants("one discarded", [3]chat.ReceiveOption{notify, discard, notify}, 1, 0, 1)
	h.code("bob discards the community", h.flags(as("bob"), community, "bob", discard), 0)
	h.code("but wants one", h.flags(admin(), black, "bob", quiet), 0)
	wants("one wanted", [3]chat.ReceiveOption{discard, discard, quiet}, 0, 0, 1)
	h.code("bob wants all else", h.flags(as("bob"), community, "bob", notify), 0)
	wants("each its own", [3]chat.ReceiveOption{notify, discard, quiet}, 1, 0, 1)

	card, admin2 := "card", chat.RoleAdmin
	for what, c := range map[string]struct {
		by   chat.Actor
		u    chat.UserID
		p    chat.MemberPatch
		want chat.Code
	}{
		"another's option": {as("ann"), "bob", chat.MemberPatch{Flag: new(notify)}, chat.CodeGroupNotAllowed},
		"a stranger's":     {as("cat"), "cat", chat.MemberPatch{Flag: new(notify)}, chat.CodeGroupNotAllowed},
		"no such option":   {as("bob"), "bob", chat.MemberPatch{Flag: new(chat.ReceiveOption("Loud"))}, chat.CodeGroupParameter},
		"a card":           {as("bob"), "bob", chat.MemberPatch{Flag: new(notify), NameCard: &card}, chat.CodeGroupNotAllowed},
		"a role":           {admin(), "bob", chat.MemberPatch{Role: &admin2}, chat.CodeGroupNotAllowed},
		"nothing":          {as("bob"), "bob", chat.MemberPatch{}, chat.CodeGroupNotAllowed},
	} {
		h.code(what, chat.CodeOf(h.Group.ModifyMember(h.ctx, c.by, green, c.u, c.p)), c.want)
	}
	h.wants(h.Group.RemoveMembers(h.ctx, admin(), community, []chat.UserID{"bob"}, true, ""), 0)
	h.wait(1e9)
	_, err := h.Group.Join(h.ctx, as("bob"), community, "")
	h.must(err)
	h.same("after coming back", h.flagsOf("bob"), [3]chat.ReceiveOption{notify, notify, notify})

	h.code("bob discards it anew", h.flags(as("bob"), green, "bob", discard), 0)
	_, err = h.Group.DestroyTopics(h.ctx, as("ann"), community, []chat.GroupID{green})
	h.must(err)
	topic(t, h.Core, green)
	h.code("ann speaks", h.says("ann", green), 0)
	h.same("in a topic made anew", h.flagsOf("bob"), [3]chat.ReceiveOption{notify, notify, notify})
}

// A server that is killed between a kick and what it leaves to do in the topics leaves
// options there: they count for nobody who comes back, and go with the account.
func TestCrashBetweenKickAndReceiveOptions(t *testing.T) {
	for what, comesBack := range map[string]bool{"comes back": true, "stays away": false} {
		t.Run(what, func(t *testing.T) { crashAfterKick(t, comesBack) })
	}
}

func crashAfterKick(t *testing.T, comesBack bool) {
	h := open(t, nil)
	found(t, h.Core, "bob")
	topic(t, h.Core, green)
	h.code("ann speaks", h.says("ann", green), 0)
	h.code("bob discards it", h.flags(as("bob"), green, "bob", chat.Discard), 0)
	kept := func() (n int) {
		t.Helper()
		rows, err := h.store.Rows(h.ctx, chat.GroupShard(app, green), chat.RowKind(record.TopicFlag), "", "", 9)
		h.must(err)
		return len(rows)
	}
	two := core.New(core.Options{Store: &dying{Store: h.store, left: 1}, Apps: h.apps, Now: h.clock, Fatal: func(error) {}})
	if err := two.Group.RemoveMembers(h.ctx, admin(), community, []chat.UserID{"bob"}, true, ""); err == nil {
		t.Error("the server was not killed")
	}
	_ = two.Close(t.Context())
	h.same("options left", kept(), 1)
	if comesBack {
		h.wait(1e9)
		_, err := h.Group.Join(h.ctx, as("bob"), community, "")
		h.must(err)
		h.same("bob's option", h.conv("bob", chat.ToGroup(green)).Self.Flag, chat.AcceptAndNotify)
		list, err := h.Group.TopicFlags(h.ctx, app, "bob", []chat.Membership{{Group: community, Type: chat.Community, Joined: h.clock().Unix()}})
		h.must(err)
		h.same("options for delivery", len(list), 0)
	}
	h.must(h.Group.LeaveAll(h.ctx, as("bob"), "bob"))
	h.same("options left at the end", kept(), 0)
	hints, err := h.store.Rows(h.ctx, chat.UserShard(app, "bob"), chat.RowKind(record.TopicFlagOf), "", "", 9)
	h.must(err)
	h.same("hints left at the end", len(hints), 0)
}
