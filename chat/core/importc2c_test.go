package core_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/message"
)

func (h *house) importC2C(mode message.ImportMode, from, to chat.UserID, at int64, number uint32, s string) chat.Code {
	h.Helper()
	return chat.CodeOf(h.Message.ImportC2C(h.ctx, admin(), message.ImportedC2C{
		Mode: mode, From: from, To: to, Time: epoch + at, Seq: &number, Random: &number, Body: text(s),
	}))
}

func TestOneToOneMessagesAreImported(t *testing.T) {
	h := hooked(t, nil)
	ann, bob := chat.ToUser("ann"), chat.ToUser("bob")
	for _, step := range []struct {
		mode     message.ImportMode
		from, to chat.UserID
		at       int64
		number   uint32
		code     chat.Code
	}{
		{message.ImportHistory, "ann", "bob", -500, 1, 0},
		{message.ImportHistory, "bob", "ann", -500, 1, 0}, // the same once more, from either side
		{message.ImportHistory, "bob", "ann", -400, 2, 0},
		{message.ImportHistory, "bob", "ann", -400, 3, 0},
		{message.ImportHistory, "ann", "bob", -401, 4, chat.CodeBadTimestamp},
		{message.ImportHistory, "ann", "bob", 1, 4, chat.CodeBadTimestamp},
		{message.ImportLive, "ann", "bob", -300, 5, 0},
		{message.ImportLive, "ann", "bob", -350, 6, 0},
		{message.ImportLive, "ann", "bob", -350, 6, 0},
		{message.ImportPushed, "ann", "bob", 1000, 7, 0},
		{3, "ann", "bob", 0, 8, chat.CodeBadImport},
		{message.ImportLive, "nobody", "bob", 0, 8, chat.CodeBadFrom},
		{message.ImportLive, "ann", "nobody", 0, 8, chat.CodeToUnknown},
	} {
		h.same(fmt.Sprint("code of ", step), h.importC2C(step.mode, step.from, step.to, step.at, step.number, "x"), step.code)
	}
	h.sameNumbers("history", numbers(h.page("bob", ann).Messages), span(1, 6))
	var times []int64
	for _, m := range h.page("ann", bob).Messages {
		times = append(times, m.Seconds()-epoch)
	}
	h.same("times", times, "[-500 -400 -400 -300 -300 0]")
	h.same("unread", []uint64{h.conv("ann", bob).Unread, h.conv("bob", ann).Unread}, "[0 3]")
	h.same("listed", []int{len(h.list("ann").Convs), len(h.list("bob").Convs)}, "[1 1]")
	h.sameNumbers("delivered", h.sees("bob"), []chat.Seq{6})
	if got, _ := h.bodies("", chat.AfterC2C, chat.BeforeC2C); len(got) != 0 {
		t.Errorf("the app is told %v", got)
	}
	if _, err := h.Message.Recall(h.ctx, admin(), "ann", bob, chat.MessageRef{Key: fmt.Sprintf("1_1_%d", epoch-500)}, ""); err != nil {
		t.Errorf("an imported message is not found by its key: %v", err)
	}
	h.wants(h.Message.ImportC2C(h.ctx, as("ann"), message.ImportedC2C{Mode: 1, From: "ann", To: "bob", Body: text("x")}), chat.CodeMsgNeedAdmin)
	h.wait(time.Second)
	h.send("bob", ann, "live")
	h.same("live", numbers(h.page("bob", ann).Messages), fmt.Sprint(span(1, 7)))
}
