package core_test

import (
	"context"
	"sync"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/message"
)

// askedGate keeps every question about a message until the test answers it.
type askedGate struct {
	asked chan question
}

type question struct {
	chat.Question
	answer func(chat.Verdict, error)
}

func (g *askedGate) Before(_ context.Context, q chat.Question, done func(chat.Verdict, error)) {
	if q.Message == nil {
		done(chat.Verdict{}, nil)
		return
	}
	g.asked <- question{q, done}
}

// gated opens a house whose app wants to be asked about everything.
func gated(t *testing.T) (*house, *askedGate) {
	g := &askedGate{asked: make(chan question, 100)}
	h := open(t, func(o *core.Options) { o.Gate = g })
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Webhook: chat.Webhook{URL: "http://app", All: true}})
	return h, g
}

func (h *house) sendAsync(from chat.UserID, to chat.Target, s string) <-chan error {
	answered := make(chan error, 1)
	h.Message.Send(h.ctx, as(from), chat.Draft{To: to, Body: text(s)}, func(_ chat.Receipt, err error) { answered <- err })
	return answered
}

func TestBeforeWebhookKeepsSenderOrder(t *testing.T) {
	h, g := gated(t)
	first := h.sendAsync("ann", chat.ToUser("bob"), "one")
	second := h.sendAsync("ann", chat.ToUser("bob"), "two")
	other := h.sendAsync("cat", chat.ToUser("bob"), "three")
	q1, q3 := <-g.asked, <-g.asked
	if q1.Message.From == "cat" {
		q1, q3 = q3, q1
	}
	if q3.Message.From != "cat" {
		t.Fatal("ann's second draft was asked about before the first was answered")
	}
	q3.answer(chat.Verdict{}, nil)
	h.wants(<-other, 0)
	q1.answer(chat.Verdict{}, nil)
	h.wants(<-first, 0)
	(<-g.asked).answer(chat.Verdict{}, nil)
	h.wants(<-second, 0)
	p, err := h.Message.History(h.ctx, as("ann"), message.HistoryQuery{Target: chat.ToUser("bob")})
	h.wants(err, 0)
	if len(p.Messages) != 2 || string(p.Messages[0].Body) != string(text("one")) {
		t.Errorf("history: %d messages, want one before two", len(p.Messages))
	}
}

func TestBeforeWebhookVerdicts(t *testing.T) {
	h, g := gated(t)
	cloud := "seen"
	for name, c := range map[string]struct {
		verdict chat.Verdict
		err     error
		want    chat.Code
		body    string // delivered; "" is none
	}{
		"rewritten":            {chat.Verdict{Body: text("better"), Cloud: &cloud}, nil, 0, string(text("better"))},
		"rewritten too long":   {chat.Verdict{Body: make([]byte, 13000)}, nil, chat.CodeMessageTooLong, ""},
		"dropped":              {chat.Verdict{Drop: true}, nil, 0, ""},
		"refused in its words": {chat.Verdict{}, chat.Refuse(120005, "quiet hours"), 120005, ""},
	} {
		before := len(h.heard())
		answered := h.sendAsync("ann", chat.ToUser("bob"), "x")
		(<-g.asked).answer(c.verdict, c.err)
		if got := chat.CodeOf(<-answered); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
		var heard []*chat.Message
		for _, m := range h.heard()[before:] {
			if m.VisibleTo("bob") {
				heard = append(heard, m)
			}
		}
		if c.body == "" && len(heard) != 0 || c.body != "" && (len(heard) != 1 || string(heard[0].Body) != c.body) {
			t.Errorf("%s: delivered %d messages", name, len(heard))
		}
	}
}

func TestRulesAreCheckedAfterBeforeWebhook(t *testing.T) {
	h, g := gated(t)
	id := h.group("ann", chat.Public, "bob")
	kicked := h.sendAsync("bob", chat.ToGroup(id), "still here?")
	q := <-g.asked
	h.wants(h.Group.RemoveMembers(h.ctx, as("ann"), id, []chat.UserID{"bob"}, false, ""), 0)
	q.answer(chat.Verdict{}, nil)
	h.wants(<-kicked, chat.CodeGroupNotAllowed)

	blocked := h.sendAsync("ann", chat.ToUser("bob"), "psst")
	q = <-g.asked
	_, err := h.People.BlockUsers(h.ctx, as("bob"), "bob", []chat.UserID{"ann"})
	h.wants(err, 0)
	q.answer(chat.Verdict{}, nil)
	h.wants(<-blocked, 0)
	if h.heard()[len(h.heard())-1].VisibleTo("bob") {
		t.Error("a message was delivered to somebody who had blocked its sender")
	}
}

func TestKickedMemberMayNotSend(t *testing.T) {
	h := open(t, nil)
	a := *h.apps.App(app)
	a.Limits = a.Limits.NoRates()
	h.apps.Set(a)
	id := h.group("ann", chat.Public, "bob")
	var all sync.WaitGroup
	stop := make(chan struct{})
	all.Add(1)
	go func() {
		defer all.Done()
		for {
			select {
			case <-stop:
				return
			default:
				_, _ = h.Message.SendWait(h.ctx, as("bob"), chat.Draft{To: chat.ToGroup(id), Body: text("noise")})
			}
		}
	}()
	h.wants(h.Group.RemoveMembers(h.ctx, as("ann"), id, []chat.UserID{"bob"}, false, ""), 0)
	atKick := h.send("ann", chat.ToGroup(id), "bob is gone").Seq
	close(stop)
	all.Wait()
	page, err := h.Message.History(h.ctx, as("ann"), message.HistoryQuery{Target: chat.ToGroup(id), After: at(atKick)})
	h.wants(err, 0)
	for _, m := range page.Messages {
		if m.From == "bob" {
			t.Fatalf("message %d of the kicked bob came after the kick was answered", m.Seq)
		}
	}
}
