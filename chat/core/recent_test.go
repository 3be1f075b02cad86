package core_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/message"
)

// keeps sets how many messages of live rooms the app has kept.
func (h *house) keeps(n int) {
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Limits: chat.Limits{LiveRecent: n, GroupRate: -1}})
}

// room makes a live room that ann and bob watch, and says so many messages in it.
func (h *house) room(id chat.GroupID, said int) {
	h.Helper()
	_, err := h.Group.Create(h.ctx, admin(), chat.GroupDraft{ID: id, Type: chat.AVChatRoom, Name: "g", Owner: "ann"})
	h.must(err)
	for _, u := range []chat.UserID{"ann", "bob"} {
		_, err := h.Group.Join(h.ctx, as(u), id, "")
		h.must(err)
	}
	for n := range said {
		h.send("ann", chat.ToGroup(id), fmt.Sprint(n+1))
	}
}

// recent is what a page of a live room's history says, its PrevSeq and whether it is
// finished; or the code that refuses it.
func (h *house) recent(by chat.Actor, id chat.GroupID, change func(*message.HistoryQuery)) string {
	h.Helper()
	q := historyOf(id)
	if change != nil {
		change(&q)
	}
	page, err := h.Message.History(h.ctx, by, q)
	if err != nil {
		return fmt.Sprint(chat.CodeOf(err))
	}
	var said []string
	for _, m := range page.Messages {
		said = append(said, strings.Split(string(m.Body), `"`)[9])
	}
	return fmt.Sprint(said, page.First, page.Finished)
}

func TestNewcomersSeeRecentMessagesOfALiveRoom(t *testing.T) {
	h := open(t, nil)
	h.room("r", 2)
	h.same("by default", h.recent(as("bob"), "r", nil), fmt.Sprint(chat.CodeNoHistory))
	h.keeps(5)
	h.same("before anything is kept", h.recent(as("bob"), "r", nil), "[] 0 true")
	for n := range 7 { // numbers 5 to 11, after two of the joining and two messages
		h.wait(1e9)
		h.send("ann", chat.ToGroup("r"), string(rune('a'+n)))
	}
	h.same("a stranger", h.recent(as("cat"), "r", nil), fmt.Sprint(chat.CodeGroupNotAllowed))
	_, err := h.Group.Join(h.ctx, as("cat"), "r", "") // 12
	h.must(err)
	seq := func(n chat.Seq) *chat.Seq { return &n }
	third := h.clock().Unix() - 4 // c
	for what, c := range map[string]struct {
		change func(*message.HistoryQuery)
		want   string
	}{
		"all":               {nil, "[c d e f g] 0 true"},
		"the newest two":    {func(q *message.HistoryQuery) { q.Limit = 2 }, "[f g] 9 false"},
		"two before":        {func(q *message.HistoryQuery) { q.Limit, q.Before = 2, seq(10) }, "[d e] 7 false"},
		"one before, with":  {func(q *message.HistoryQuery) { q.Limit, q.Before, q.Inclusive = 1, seq(10), true }, "[f] 9 false"},
		"after":             {func(q *message.HistoryQuery) { q.Limit, q.After = 2, seq(8) }, "[e f] 8 false"},
		"after, to the end": {func(q *message.HistoryQuery) { q.After = seq(8) }, "[e f g] 8 true"},
		"after the end":     {func(q *message.HistoryQuery) { q.After = seq(99) }, "[] 0 true"},
		"from the first":    {func(q *message.HistoryQuery) { q.After, q.Limit = seq(0), 1 }, "[c] 0 false"},
		"between":           {func(q *message.HistoryQuery) { q.After, q.Before = seq(7), seq(10) }, "[d e] 7 true"},
		"around":            {func(q *message.HistoryQuery) { q.Around, q.Limit = seq(9), 3 }, "[d e f] 7 false"},
		"around the end":    {func(q *message.HistoryQuery) { q.Around, q.Limit = seq(99), 2 }, "[g] 10 false"},
		"before a time":     {func(q *message.HistoryQuery) { q.BeforeTime = &third }, "[] 0 true"},
		"from a time on":    {func(q *message.HistoryQuery) { q.AfterTime, q.Inclusive, q.Limit = &third, true, 2 }, "[c d] 0 false"},
		"no entries":        {func(q *message.HistoryQuery) { q.Limit = chat.NoEntries }, "[] 0 false"},
		"too few bytes":     {func(q *message.HistoryQuery) { q.MaxBytes = 1 }, "[g] 10 false"},
	} {
		h.same(what, h.recent(as("cat"), "r", c.change), c.want)
	}
	h.same("an administrator", h.recent(admin(), "r", nil), "[c d e f g] 0 true")
	h.must(h.Message.DeleteBySender(h.ctx, admin(), "r", "bob"))
	h.same("another's are deleted", h.recent(as("cat"), "r", nil), "[c d e f g] 0 true")
	h.must(h.Message.DeleteBySender(h.ctx, admin(), "r", "ann"))
	h.same("the sender's are deleted", h.recent(as("cat"), "r", nil), "[] 0 true")
	h.send("ann", chat.ToGroup("r"), "z")
	h.must(h.Group.Quit(h.ctx, as("cat"), "r"))
	h.same("one who left", h.recent(as("cat"), "r", nil), fmt.Sprint(chat.CodeGroupNotAllowed))
}

// A room that is made anew under an id has nothing of the one before.
func TestRecentMessagesEndWithTheRoom(t *testing.T) {
	h := open(t, nil)
	h.keeps(5)
	h.room("r", 2)
	h.must(h.Group.Destroy(h.ctx, as("ann"), "r"))
	h.same("a room that is gone", h.recent(as("bob"), "r", nil), fmt.Sprint(chat.CodeNoGroup))
	h.room("r", 0)
	h.same("made anew", h.recent(as("bob"), "r", nil), "[] 0 true")
	h.send("bob", chat.ToGroup("r"), "x")
	h.same("and spoken in", h.recent(as("bob"), "r", nil), "[x] 0 true")
}
