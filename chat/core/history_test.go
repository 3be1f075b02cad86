package core_test

import (
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/message"
)

func numbers(list []*chat.Message) []chat.Seq {
	seqs := make([]chat.Seq, len(list))
	for i, m := range list {
		seqs[i] = m.Seq
	}
	return seqs
}

func same(a, b []chat.Seq) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func span(from, to chat.Seq) (list []chat.Seq) {
	for ; from <= to; from++ {
		list = append(list, from)
	}
	return list
}

func at(n chat.Seq) *chat.Seq { return &n }

func TestHistoryPages(t *testing.T) {
	h := open(t, nil)
	for range 30 { // one a second, from :00 on
		h.send("ann", chat.ToUser("bob"), "x")
		h.wait(time.Second)
	}
	begin := int64(1_700_000_000)
	for name, c := range map[string]struct {
		query    message.HistoryQuery
		want     []chat.Seq
		finished bool
	}{
		"the newest":                   {message.HistoryQuery{Limit: 5}, span(26, 30), false},
		"by default 20":                {message.HistoryQuery{}, span(11, 30), false},
		"all":                          {message.HistoryQuery{Limit: 100}, span(1, 30), true},
		"exactly all":                  {message.HistoryQuery{Limit: 30}, span(1, 30), true},
		"before 10":                    {message.HistoryQuery{Before: at(10), Limit: 3}, span(7, 9), false},
		"before 10, inclusive":         {message.HistoryQuery{Before: at(10), Limit: 3, Inclusive: true}, span(8, 10), false},
		"before 3":                     {message.HistoryQuery{Before: at(3), Limit: 5}, span(1, 2), true},
		"before 1":                     {message.HistoryQuery{Before: at(1), Limit: 5}, nil, true},
		"before what will be":          {message.HistoryQuery{Before: at(1000), Limit: 2}, span(29, 30), false},
		"after 10":                     {message.HistoryQuery{After: at(10), Limit: 3}, span(11, 13), false},
		"after 10, inclusive":          {message.HistoryQuery{After: at(10), Limit: 3, Inclusive: true}, span(10, 12), false},
		"after 28":                     {message.HistoryQuery{After: at(28), Limit: 5}, span(29, 30), true},
		"after the end":                {message.HistoryQuery{After: at(30), Limit: 5}, nil, true},
		"between, from above":          {message.HistoryQuery{After: at(5), Before: at(9), Limit: 2}, span(7, 8), false},
		"before a time":                {message.HistoryQuery{BeforeTime: new(begin + 4), Limit: 2}, span(3, 4), false},
		"before a time, inclusive":     {message.HistoryQuery{BeforeTime: new(begin + 4), Limit: 2, Inclusive: true}, span(4, 5), false},
		"after a time":                 {message.HistoryQuery{AfterTime: new(begin + 4), Limit: 2}, span(6, 7), false},
		"after a time, inclusive":      {message.HistoryQuery{AfterTime: new(begin + 4), Limit: 2, Inclusive: true}, span(5, 6), false},
		"around 10":                    {message.HistoryQuery{Around: at(10), Limit: 5}, span(8, 12), false},
		"around the end":               {message.HistoryQuery{Around: at(30), Limit: 5}, span(28, 30), false},
		"before 0":                     {message.HistoryQuery{Before: at(0), Limit: 3}, nil, true},
		"before 0, inclusive":          {message.HistoryQuery{Before: at(0), Limit: 3, Inclusive: true}, nil, true},
		"after 0":                      {message.HistoryQuery{After: at(0), Limit: 3}, span(1, 3), false},
		"after 0, inclusive":           {message.HistoryQuery{After: at(0), Limit: 3, Inclusive: true}, span(1, 3), false},
		"after 0, before 3":            {message.HistoryQuery{After: at(0), Before: at(3)}, span(1, 2), true},
		"around 0":                     {message.HistoryQuery{Around: at(0), Limit: 3}, span(1, 3), false},
		"before time 0":                {message.HistoryQuery{BeforeTime: new(int64(0)), Limit: 3}, nil, true},
		"after time 0":                 {message.HistoryQuery{AfterTime: new(int64(0)), Limit: 3}, span(1, 3), false},
		"after a time before all time": {message.HistoryQuery{AfterTime: new(int64(-5)), Limit: 3}, span(1, 3), false},
		"no entries":                   {message.HistoryQuery{Limit: chat.NoEntries}, nil, false},
		"no entries after the end":     {message.HistoryQuery{After: at(30), Limit: chat.NoEntries}, nil, true},
		"no entries around 10":         {message.HistoryQuery{Around: at(10), Limit: chat.NoEntries}, nil, false},
		"small pages by size of texts": {message.HistoryQuery{MaxBytes: 2 * len(text("x"))}, span(29, 30), false},
	} {
		c.query.Target = chat.ToUser("bob")
		p, err := h.Message.History(h.ctx, as("ann"), c.query)
		if err != nil || !same(numbers(p.Messages), c.want) || p.Finished != c.finished {
			t.Errorf("%s: got %v finished %v %v, want %v %v", name, numbers(p.Messages), p.Finished, err, c.want, c.finished)
		}
	}
	p, err := h.Message.History(h.ctx, as("ann"), message.HistoryQuery{Target: chat.ToUser("bob"), Around: at(30), Limit: 5})
	h.wants(err, 0)
	if p.FinishedBefore || !p.FinishedAfter {
		t.Errorf("around the end: finished before %v after %v, want false true", p.FinishedBefore, p.FinishedAfter)
	}
}

func TestHistoryNeedsMembership(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	h.send("ann", chat.ToGroup(g), "hi")
	_, err := h.Message.History(h.ctx, as("cat"), message.HistoryQuery{Target: chat.ToGroup(g)})
	h.wants(err, chat.CodeGroupNotAllowed)
	_, err = h.Message.History(h.ctx, as("bob"), message.HistoryQuery{Target: chat.ToUser("cat"), Of: "ann"})
	h.wants(err, chat.CodeBadFrom)
	p, err := h.Message.History(h.ctx, admin(), message.HistoryQuery{Target: chat.ToGroup(g)})
	h.wants(err, 0)
	if len(p.Messages) != 1 {
		t.Errorf("the administrator reads %d messages, want 1", len(p.Messages))
	}
}

func TestTargetedMessageVisibility(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob", "cat")
	h.send("ann", chat.ToGroup(g), "all")
	_, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToGroup(g), Body: text("bob only"), Only: []chat.UserID{"bob"}})
	h.wants(err, 0)
	for u, want := range map[chat.UserID]int{"ann": 2, "bob": 2, "cat": 1} {
		p, err := h.Message.History(h.ctx, as(u), message.HistoryQuery{Target: chat.ToGroup(g)})
		if err != nil || len(p.Messages) != want {
			t.Errorf("%s sees %d messages (%v), want %d", u, len(p.Messages), err, want)
		}
	}
}

func TestRoamPagesBackwards(t *testing.T) {
	h := open(t, nil)
	for range 25 {
		h.send("ann", chat.ToUser("bob"), "x")
	}
	var got []chat.Seq
	q := message.RoamQuery{Of: "bob", Peer: "ann", MinTime: 1, MaxTime: 2_000_000_000, Max: 10}
	for page := 0; ; page++ {
		p, err := h.Message.Roam(h.ctx, admin(), q)
		h.wants(err, 0)
		got = append(numbers(p.Messages), got...)
		if p.Complete {
			break
		}
		if page == 3 {
			t.Fatal("does not end")
		}
		q.LastKey, q.MaxTime = p.LastKey, p.LastTime
	}
	if !same(got, span(1, 25)) {
		t.Errorf("got %v, want 1 to 25", got)
	}
}

func TestRecall(t *testing.T) {
	h := open(t, nil)
	bob := chat.ToUser("bob")
	mine := h.send("ann", bob, "oops")
	theirs := h.send("bob", chat.ToUser("ann"), "ha")
	named, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: bob, Body: text("x"), ClientMsgID: "a-b-c"})
	h.wants(err, 0)
	old := h.send("ann", bob, "old")

	recall := func(by chat.Actor, t chat.Target, ref chat.MessageRef) error {
		_, err := h.Message.Recall(h.ctx, by, "", t, ref, "because")
		return err
	}
	h.wants(recall(as("ann"), bob, chat.MessageRef{Seq: mine.Seq}), 0)
	h.wants(recall(as("ann"), bob, chat.MessageRef{Seq: mine.Seq}), chat.CodeRecalledAlready)
	h.wants(recall(as("ann"), bob, chat.MessageRef{Seq: theirs.Seq}), chat.CodeNoMessage)
	h.wants(recall(as("ann"), bob, chat.MessageRef{Seq: 99}), chat.CodeNoMessage)
	h.wants(recall(as("ann"), bob, chat.MessageRef{}), chat.CodeNoMessage)
	h.wants(recall(as("ann"), bob, chat.MessageRef{Key: "1_2"}), chat.CodeBadMsgKey)
	h.wants(recall(as("ann"), bob, chat.MessageRef{ID: named.ID}), 0)
	h.wants(recall(as("bob"), chat.ToUser("ann"), chat.MessageRef{ID: theirs.ID}), 0)
	h.wait(2*time.Minute + time.Second)
	h.wants(recall(as("ann"), bob, chat.MessageRef{Key: old.Key}), chat.CodeRecallTooLate)
	_, err = h.Message.Recall(h.ctx, admin(), "ann", bob, chat.MessageRef{Key: old.Key}, "")
	h.wants(err, 0)

	p, err := h.Message.History(h.ctx, as("bob"), message.HistoryQuery{Target: chat.ToUser("ann")})
	h.wants(err, 0)
	for _, m := range p.Messages {
		if m.Recall == nil {
			t.Errorf("message %d is not marked as recalled", m.Seq)
		}
	}
	if n := len(h.events()); n != 4 {
		t.Errorf("%d recall events, want 4", n)
	}
	for i, e := range h.events() {
		if e.Rev != uint64(i+1) || e.Kind != chat.EventRecall {
			t.Errorf("event %d: Rev %d kind %s", i+1, e.Rev, e.Kind)
		}
	}
}

func TestRecallInAGroupFollowsRank(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob", "cat")
	role := chat.RoleAdmin
	h.wants(h.Group.ModifyMember(h.ctx, as("ann"), g, "bob", chat.MemberPatch{Role: &role}), 0)
	say := func(u chat.UserID) chat.MessageRef { return chat.MessageRef{Seq: h.send(u, chat.ToGroup(g), "x").Seq} }
	recall := func(u chat.UserID, ref chat.MessageRef) error {
		_, err := h.Message.Recall(h.ctx, as(u), "", chat.ToGroup(g), ref, "")
		return err
	}
	h.wants(recall("bob", say("cat")), 0)
	h.wants(recall("bob", say("ann")), chat.CodeGroupNotAllowed)
	h.wants(recall("cat", say("bob")), chat.CodeGroupNotAllowed)
	h.wants(recall("ann", say("bob")), 0)
	mine := say("cat")
	h.wants(recall("cat", mine), 0)
	h.wants(recall("cat", mine), 0) // safe to repeat
	h.wants(recall("cat", chat.MessageRef{Seq: 999}), chat.CodeGroupNoMessage)
	h.wants(recall("eve", say("cat")), chat.CodeGroupNotAllowed)
	live := h.group("ann", chat.AVChatRoom)
	_, err := h.Message.Recall(h.ctx, as("ann"), "", chat.ToGroup(live), chat.MessageRef{Seq: 1}, "")
	h.wants(err, chat.CodeRecallUnsupported)
}

func TestHistoryWithDeletedAccount(t *testing.T) {
	h := open(t, nil)
	h.send("ann", chat.ToUser("bob"), "hi")
	_, err := h.DeleteAccounts(h.ctx, admin(), []chat.UserID{"bob"})
	h.wants(err, 0)
	p, err := h.Message.History(h.ctx, as("ann"), message.HistoryQuery{Target: chat.ToUser("bob")})
	h.wants(err, 0)
	if len(p.Messages) != 1 {
		t.Errorf("%d messages, want the one that was said", len(p.Messages))
	}
	_, err = h.Message.History(h.ctx, as("cat"), message.HistoryQuery{Target: chat.ToUser("bob")})
	h.wants(err, chat.CodeToUnknown)
	_, err = h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToUser("bob"), Body: text("x")})
	h.wants(err, chat.CodeToUnknown)
}
