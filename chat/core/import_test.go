package core_test

import (
	"fmt"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/message"
)

const epoch = 1_700_000_000

func (h *house) imports(g chat.GroupID, list ...message.Imported) string {
	h.Helper()
	results, err := h.Message.Import(h.ctx, admin(), g, list, true)
	h.must(err)
	return fmt.Sprint(results)
}

func old(from chat.UserID, at int64, random uint32, s string) message.Imported {
	return message.Imported{From: from, Time: epoch + at, Random: &random, Body: text(s)}
}

func TestAGroupIsImported(t *testing.T) {
	h, a := listen(t)
	made, err := h.Group.Import(h.ctx, admin(), chat.GroupDraft{Type: chat.Public, ID: "g", Name: "g", Owner: "ann"}, epoch-1000)
	h.must(err)
	h.same("group", []any{made.ID, made.Created - epoch, made.MaxMembers, made.Owner}, "[g -1000 2000 ann]")
	h.hears(a, "g", "joined [ann]") // no notice
	h.same("messages", h.imports("g", old("ann", -900, 1, "first"), old("bob", -800, 2, "second"), old("ann", -800, 3, "third")),
		fmt.Sprint([]message.ImportResult{{Seq: 1, Time: epoch - 900}, {Seq: 2, Time: epoch - 800}, {Seq: 3, Time: epoch - 800}}))
	results, err := h.Group.ImportMembers(h.ctx, admin(), "g", []group.ImportedMember{
		{User: "bob", Joined: epoch - 850, Unread: 1, Admin: true},
		{User: "bob"},
		{User: "ann"},
		{User: "nobody"},
		{User: "cat", Joined: epoch - 2000},
		{User: "admin", Joined: epoch + 1},
	})
	h.must(err)
	h.same("members", results, "[{bob 1} {bob 2} {ann 2} {nobody 0} {cat 0} {admin 0}]")
	h.same("bob reads", h.reads("bob", chat.ToGroup("g")), `2 v0 "second", 3 v0 "third"`)
	h.same("unread", []uint64{h.unreadIn("bob", "g"), h.unreadIn("ann", "g")}, "[1 0]")
	m, err := h.Group.Member(h.ctx, app, "g", "bob")
	h.must(err)
	h.same("bob", []any{m.Role, m.Joined - epoch, m.JoinSeq}, "[Admin -850 1]")
	h.send("ann", chat.ToGroup("g"), "live")
	h.same("unread then", []uint64{h.unreadIn("bob", "g"), h.unreadIn("ann", "g")}, "[2 0]")
}

// Every item stands for itself, and what is there already is answered as it was.
func TestImportedMessagesStandForThemselves(t *testing.T) {
	h := open(t, nil)
	_, err := h.Group.Import(h.ctx, admin(), chat.GroupDraft{Type: chat.Work, ID: "g", Name: "g", Owner: "ann"}, epoch-1000)
	h.must(err)
	image := message.Imported{From: "ann", Time: epoch - 500, Body: []byte(`[{"MsgType":"TIMImageElem","MsgContent":{"UUID":"x"}}]`)}
	long := old("ann", -500, 9, string(make([]byte, 12300)))
	list := []message.Imported{
		old("ann", -1001, 1, "before the group"), old("ann", -900, 2, "first"), old("nobody", -800, 3, "x"),
		image, long, old("ann", -950, 4, "out of order"), old("ann", -900, 2, "first"), old("ann", 1, 5, "to come"), old("bob", -700, 6, "second"),
	}
	want := fmt.Sprint([]message.ImportResult{
		{Code: 10004},
		{Seq: 1, Time: epoch - 900},
		{Code: 10019},
		{Code: 10004},
		{Code: 80002},
		{Code: 10004},
		{Seq: 1, Time: epoch - 900},
		{Code: 10004},
		{Seq: 2, Time: epoch - 700},
	})
	h.same("results", h.imports("g", list...), want)
	h.same("results once more", h.imports("g", list...), want)
	head, err := h.store.Head(h.ctx, chat.GroupShard(app, "g"))
	h.must(err)
	h.same("stored", []any{head.Seq, head.Counted}, "[2 0]")
}

func TestImportsAreRefused(t *testing.T) {
	h := open(t, nil)
	imports := func(by chat.Actor, d chat.GroupDraft, created int64) error {
		d.Name = "g"
		_, err := h.Group.Import(h.ctx, by, d, created)
		return err
	}
	h.wants(imports(as("ann"), chat.GroupDraft{Type: chat.Public}, 0), chat.CodeGroupNotAllowed)
	h.wants(imports(admin(), chat.GroupDraft{Type: chat.AVChatRoom}, 0), chat.CodeGroupNotAllowed)
	h.wants(imports(admin(), chat.GroupDraft{Type: "Nothing"}, 0), chat.CodeGroupParameter)
	h.wants(imports(admin(), chat.GroupDraft{Type: chat.Public}, epoch+1), chat.CodeGroupParameter)
	h.wants(imports(admin(), chat.GroupDraft{Type: chat.Public, Owner: "nobody"}, 0), chat.CodeGroupNoAccount)
	h.wants(imports(admin(), chat.GroupDraft{Type: chat.Public, ID: "g", Owner: "ann"}, 0), 0)
	h.wants(imports(admin(), chat.GroupDraft{Type: chat.Public, ID: "g", Owner: "ann"}, 0), chat.CodeGroupIDYours)
	h.wants(imports(admin(), chat.GroupDraft{Type: chat.Public, ID: "g"}, 0), chat.CodeGroupIDTaken)
	live := h.group("ann", chat.AVChatRoom)
	for _, c := range []struct {
		by   chat.Actor
		g    chat.GroupID
		want chat.Code
	}{
		{as("ann"), "g", chat.CodeGroupNotAllowed}, {admin(), live, chat.CodeGroupNotAllowed}, {admin(), "none", chat.CodeNoGroup},
	} {
		_, err := h.Group.ImportMembers(h.ctx, c.by, c.g, []group.ImportedMember{{User: "bob"}})
		h.wants(err, c.want)
		_, err = h.Message.Import(h.ctx, c.by, c.g, []message.Imported{old("bob", 0, 1, "x")}, false)
		h.wants(err, c.want)
	}
	_, err := h.Group.ImportMembers(h.ctx, admin(), "g", make([]group.ImportedMember, 301))
	h.wants(err, chat.CodeGroupBatch)
	_, err = h.Message.Import(h.ctx, admin(), "g", make([]message.Imported, 21), false)
	h.wants(err, chat.CodeGroupParameter)
}
