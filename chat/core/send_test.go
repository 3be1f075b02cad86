package core_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/message"
)

func TestMessagesAreNumberedFromOneAndDeliveredOnce(t *testing.T) {
	h := open(t, nil)
	for i, from := range []chat.UserID{"ann", "bob", "ann"} {
		peer := chat.ToUser("bob")
		if from == "bob" {
			peer = chat.ToUser("ann")
		}
		if r := h.send(from, peer, "hi"); r.Seq != chat.Seq(i+1) {
			t.Errorf("message %d got number %d", i+1, r.Seq)
		}
	}
	heard := h.heard()
	if len(heard) != 3 || heard[0].Seq != 1 || heard[2].Seq != 3 {
		t.Errorf("delivered %d messages, want 1, 2, 3", len(heard))
	}
}

func TestDuplicateGetsFirstReceipt(t *testing.T) {
	random, seq := uint32(7), uint32(9)
	for name, d := range map[string]chat.Draft{
		"by ClientMsgId":          {To: chat.ToUser("bob"), Body: text("x"), ClientMsgID: "c-1"},
		"by MsgRandom":            {To: chat.ToUser("bob"), Body: text("x"), Random: &random},
		"by MsgSeq and MsgRandom": {To: chat.ToUser("bob"), Body: text("x"), Random: &random, SenderSeq: &seq},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, nil)
			first, err := h.Message.SendWait(h.ctx, as("ann"), d)
			h.wants(err, 0)
			h.wait(time.Minute)
			again, err := h.Message.SendWait(h.ctx, as("ann"), d)
			h.wants(err, 0)
			if !again.Duplicate {
				t.Error("the second answer does not say that it is a duplicate's")
			}
			again.Duplicate = false
			if again != first {
				t.Errorf("got %+v, want the first answer %+v", again, first)
			}
			if n := len(h.heard()); n != 1 {
				t.Errorf("delivered %d times, want once", n)
			}
			if other, err := h.Message.SendWait(h.ctx, as("cat"), d); err != nil || other.Duplicate {
				t.Errorf("another sender's message counts as a duplicate: %+v %v", other, err)
			}
		})
	}
}

func TestMsgRandomDuplicateNeedsSameContent(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	random := uint32(7)
	send := func(s string) chat.Receipt {
		r, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToGroup(g), Body: text(s), Random: &random})
		h.wants(err, 0)
		return r
	}
	first := send("x")
	if r := send("y"); r.Seq == first.Seq {
		t.Error("other content in a group counts as a duplicate")
	}
}

func TestDuplicateOfMutedSenderGetsFirstReceipt(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	d := chat.Draft{To: chat.ToGroup(g), Body: text("x"), ClientMsgID: "c-1"}
	first, err := h.Message.SendWait(h.ctx, as("bob"), d)
	h.wants(err, 0)
	h.wants(h.Group.MuteMembers(h.ctx, as("ann"), g, []chat.UserID{"bob"}, 60), 0)
	again, err := h.Message.SendWait(h.ctx, as("bob"), d)
	h.wants(err, 0)
	if again.Seq != first.Seq || !again.Duplicate {
		t.Errorf("got %+v, want the first answer %+v", again, first)
	}
	d.ClientMsgID = "c-2"
	_, err = h.Message.SendWait(h.ctx, as("bob"), d)
	h.wants(err, chat.CodeMuted)
}

func TestDraftRefusals(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public)
	bob := chat.ToUser("bob")
	long := text(strings.Repeat("x", 12289-32)) // 32 bytes of names beside it
	minus := int64(-1)
	for name, c := range map[string]struct {
		draft chat.Draft
		want  chat.Code
	}{
		"12 KB passes":              {chat.Draft{To: bob, Body: long[1:][:0:0]}, chat.CodeBodyNotArray},
		"12 KB and one byte":        {chat.Draft{To: bob, Body: long}, chat.CodeMessageTooLong},
		"the same in a group":       {chat.Draft{To: chat.ToGroup(g), Body: long}, chat.CodeMessageTooLong},
		"12 KB with cloud data":     {chat.Draft{To: bob, Body: text("x"), Cloud: strings.Repeat("x", 12289)}, chat.CodeMessageTooLong},
		"an unknown element":        {chat.Draft{To: bob, Body: []byte(`[{"MsgType":"X","MsgContent":{}}]`)}, chat.CodeBadBody},
		"an unknown one in a group": {chat.Draft{To: chat.ToGroup(g), Body: []byte(`[{"MsgType":"X","MsgContent":{}}]`)}, chat.CodeGroupParameter},
		"a receiver nobody knows":   {chat.Draft{To: chat.ToUser("eve"), Body: text("x")}, chat.CodeToUnknown},
		"a receiver no one can be":  {chat.Draft{To: chat.ToUser(" "), Body: text("x")}, chat.CodeBadTo},
		"a group nobody knows":      {chat.Draft{To: chat.ToGroup("nope"), Body: text("x")}, chat.CodeNoGroup},
		"a group no one can make":   {chat.Draft{To: chat.ToGroup("n\x01"), Body: text("x")}, chat.CodeBadGroupID},
		"a negative life":           {chat.Draft{To: bob, Body: text("x"), LifeTime: &minus}, chat.CodeBadLifeTime},
		"somebody else's name":      {chat.Draft{To: bob, Body: text("x"), From: "cat"}, chat.CodeBadFrom},
		"a long ClientMsgId":        {chat.Draft{To: bob, Body: text("x"), ClientMsgID: strings.Repeat("x", 65)}, chat.CodeBadBody},
		"31 mentions":               {chat.Draft{To: chat.ToGroup(g), Body: text("x"), At: make([]chat.UserID, 31)}, chat.CodeTooManyMentions},
		"a mention of no one":       {chat.Draft{To: chat.ToGroup(g), Body: text("x"), At: []chat.UserID{"bob", " "}}, chat.CodeGroupParameter},
		"a quote of nothing":        {chat.Draft{To: bob, Body: text("x"), Quote: []byte(`{}`)}, chat.CodeBadBody},
		"the same in a group, too":  {chat.Draft{To: chat.ToGroup(g), Body: text("x"), Quote: []byte(`{}`)}, chat.CodeGroupParameter},
		"a merged one of nothing":   {chat.Draft{To: bob, Body: relay(`1`)}, chat.CodeBadElement},
		"and in a group":            {chat.Draft{To: chat.ToGroup(g), Body: relay(`1`)}, chat.CodeGroupParameter},
	} {
		_, err := h.Message.SendWait(h.ctx, as("ann"), c.draft)
		if got := chat.CodeOf(err); got != c.want {
			t.Errorf("%s: got %d (%v), want %d", name, got, err, c.want)
		}
	}
	if _, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: bob, Body: long[:0:0]}); chat.CodeOf(err) != chat.CodeBodyNotArray {
		t.Errorf("no body: got %v", err)
	}
	exactly := text(strings.Repeat("x", 12288-32))
	if _, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: bob, Body: exactly}); err != nil {
		t.Errorf("12 KB to the byte: %v", err)
	}
}

func TestBlockedSenderSeesSuccess(t *testing.T) {
	h := open(t, nil)
	if _, err := h.People.BlockUsers(h.ctx, as("bob"), "bob", []chat.UserID{"ann"}); err != nil {
		t.Fatal(err)
	}
	if r := h.send("ann", chat.ToUser("bob"), "psst"); r.Seq != 1 || r.DropReason != "" {
		t.Errorf("got %+v, want a plain success", r)
	}
	if n := len(h.sees("bob")); n != 0 {
		t.Errorf("%d messages delivered, want none", n)
	}
	h.send("bob", chat.ToUser("ann"), "I may")
	_, err := h.Message.SendWait(h.ctx, admin(), chat.Draft{To: chat.ToUser("bob"), From: "ann", Body: text("so may the app")})
	h.wants(err, 0)
	a := *h.apps.App(app)
	a.Switches.ShowBlocked = true
	h.apps.Set(a)
	_, err = h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToUser("bob"), Body: text("x")})
	h.wants(err, chat.CodeBlocked)
}

func TestOnlineOnlyMessagesAreNotStored(t *testing.T) {
	h := open(t, nil)
	zero := int64(0)
	r, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToUser("bob"), Body: text("now"), LifeTime: &zero})
	h.wants(err, 0)
	if r.Seq != 0 || len(h.heard()) != 1 {
		t.Errorf("number %d, %d delivered; want 0 and 1", r.Seq, len(h.heard()))
	}
	p, err := h.Message.History(h.ctx, as("bob"), message.HistoryQuery{Target: chat.ToUser("ann")})
	h.wants(err, 0)
	if len(p.Messages) != 0 {
		t.Errorf("history has %d messages, want none", len(p.Messages))
	}
}

func TestGroupRateRefusal(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	for range 40 {
		if r := h.send("ann", chat.ToGroup(g), "x"); r.DropReason != "" {
			t.Fatal("dropped within the rate")
		}
	}
	if r := h.send("ann", chat.ToGroup(g), "x"); r.DropReason != chat.DroppedByRate || r.Seq != 0 {
		t.Errorf("got %+v, want %s", r, chat.DroppedByRate)
	}
	h.wait(time.Second)
	if r := h.send("ann", chat.ToGroup(g), "x"); r.DropReason != "" {
		t.Error("dropped in the next second")
	}
}

func TestBatchSendSharesMsgKey(t *testing.T) {
	h := open(t, nil)
	r, failed, err := h.Message.SendMany(h.ctx, admin(), chat.Draft{Body: text("news")}, []chat.UserID{"ann", "eve", "bob"})
	h.wants(err, 0)
	if len(failed) != 1 || failed[0].User != "eve" || failed[0].Code != chat.CodeNoAccount {
		t.Errorf("failures: %+v, want eve with 70107", failed)
	}
	for _, m := range h.heard() {
		if m.Key() != r.Key {
			t.Errorf("a copy has key %s, want %s", m.Key(), r.Key)
		}
	}
	_, _, err = h.Message.SendMany(h.ctx, admin(), chat.Draft{Body: text("news")}, []chat.UserID{"eve"})
	h.wants(err, chat.CodeToUnknown)
	_, _, err = h.Message.SendMany(h.ctx, as("ann"), chat.Draft{Body: text("news")}, []chat.UserID{"bob"})
	h.wants(err, chat.CodeMsgNeedAdmin)
}

// watchedStore says when an Apply begins and lets the test decide how it ends.
type watchedStore struct {
	chat.Store
	armed    atomic.Bool // until then commits pass
	applying chan struct{}
	release  chan error
}

func (w *watchedStore) Apply(ctx context.Context, c []*chat.Commit) error {
	if !w.armed.Load() {
		return w.Store.Apply(ctx, c)
	}
	w.applying <- struct{}{}
	if err := <-w.release; err != nil {
		return err
	}
	return w.Store.Apply(ctx, c)
}

func TestSendIsAnsweredAfterCommit(t *testing.T) {
	var w *watchedStore
	h := open(t, func(o *core.Options) {
		w = &watchedStore{Store: o.Store, applying: make(chan struct{}, 8), release: make(chan error, 8)}
		o.Store = w
	})
	w.armed.Store(true)
	defer w.armed.Store(false) // the figures are written at the end
	answered := make(chan error, 1)
	h.Message.Send(h.ctx, as("ann"), chat.Draft{To: chat.ToUser("bob"), Body: text("x")}, func(_ chat.Receipt, err error) { answered <- err })
	<-w.applying
	select {
	case <-answered:
		t.Fatal("answered while the commit was under way")
	default:
	}
	if len(h.ears.messages) != 0 { // the lane is in the commit: nobody writes
		t.Fatal("delivered while the commit was under way")
	}
	w.release <- nil
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
}

func TestFailedCommitFailsSend(t *testing.T) {
	var w *watchedStore
	died := make(chan error, 1)
	h := open(t, func(o *core.Options) {
		w = &watchedStore{Store: o.Store, applying: make(chan struct{}, 8), release: make(chan error, 8)}
		o.Store, o.Fatal = w, func(err error) { died <- err }
	})
	w.armed.Store(true)
	defer w.armed.Store(false) // the figures are written at the end
	broken := errors.New("disk on fire")
	w.release <- broken
	_, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToUser("bob"), Body: text("x")})
	h.wants(err, chat.CodeInternal)
	if !errors.Is(<-died, broken) {
		t.Error("the program was not told to stop")
	}
	if len(h.heard()) != 0 {
		t.Error("a message that is not stored was delivered")
	}
}

func TestFullLaneIsCodeBusy(t *testing.T) {
	var w *watchedStore
	h := open(t, func(o *core.Options) {
		w = &watchedStore{Store: o.Store, applying: make(chan struct{}, 64), release: make(chan error, 64)}
		o.Store, o.Lanes, o.Queue = w, 1, 4
	})
	w.armed.Store(true)
	defer w.armed.Store(false) // the figures are written at the end
	answers := make(chan error, 64)
	send := func() {
		h.Message.Send(h.ctx, as("ann"), chat.Draft{To: chat.ToUser("bob"), Body: text("x")}, func(_ chat.Receipt, err error) { answers <- err })
	}
	send()
	<-w.applying
	for range 6 {
		send()
	}
	busy := 0
	for range 64 {
		w.release <- nil
	}
	for range 7 {
		if errors.Is(<-answers, chat.ErrBusy) {
			busy++
		}
	}
	if busy != 2 {
		t.Errorf("%d refused as busy, want the 2 beyond the queue of 4", busy)
	}
}

func TestCloseFinishesQueuedSends(t *testing.T) {
	h := open(t, nil)
	var all sync.WaitGroup
	stored := make(chan error, 100)
	for range 100 {
		all.Add(1)
		h.Message.Send(h.ctx, as("ann"), chat.Draft{To: chat.ToUser("bob"), Body: text("x")}, func(_ chat.Receipt, err error) {
			stored <- err
			all.Done()
		})
	}
	if err := h.Core.Close(h.ctx); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	for range 100 {
		if err := <-stored; err != nil {
			t.Fatalf("a queued message was lost: %v", err)
		}
	}
	_, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToUser("bob"), Body: text("x")})
	h.wants(err, chat.CodeShutdown)
}

// relay is the body of a merged message with such entries.
func relay(entries string) []byte {
	return []byte(`[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"t","MsgNum":1,"AbstractList":["ann: hi"],"MsgList":[` + entries + `]}}]`)
}

// Merged messages and quotes go through every kind of group as they came, and as between
// two users.
func TestMergedAndQuotedEverywhere(t *testing.T) {
	h := open(t, nil)
	to := []chat.Target{chat.ToUser("bob")}
	for _, kind := range []chat.GroupType{chat.Work, chat.Public, chat.Meeting, chat.AVChatRoom, chat.Community} {
		to = append(to, chat.ToGroup(h.group("ann", kind)))
	}
	body := relay(`{"From_Account":"cat","GroupId":"g","MsgSeq":1,"MsgBody":` + string(text("hi")) + `}`)
	quote := []byte(`{"MsgId":"cat-1","MsgSeq":1,"MsgTime":3}`)
	for _, target := range to {
		_, err := h.Message.SendWait(h.ctx, admin(), chat.Draft{To: target, Body: body, Quote: quote})
		h.wants(err, 0)
	}
	n := 0
	for _, m := range h.heard() {
		if m.Tip != nil {
			continue
		}
		if n++; string(m.Body) != string(body) || string(m.Quote) != string(quote) {
			t.Errorf("%s: delivered %s quoting %s", m.Conv, m.Body, m.Quote)
		}
	}
	if n != len(to) {
		t.Errorf("%d of %d were delivered", n, len(to))
	}
}
