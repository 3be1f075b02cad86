package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/message"
)

// onMessage names a message whose extensions are asked about.
func onMessage(to chat.Target, seq chat.Seq) message.ExtensionTarget {
	return message.ExtensionTarget{Target: to, Ref: chat.MessageRef{Seq: seq}}
}

func (h *house) sendExtensible(from chat.UserID, to chat.Target) chat.Seq {
	h.Helper()
	r, err := h.Message.SendWait(h.ctx, as(from), chat.Draft{To: to, Body: text("poll"), Control: chat.Extensible})
	h.must(err)
	return r.Seq
}

// extend sets "key=value@seq".
func (h *house) extend(by chat.Actor, to chat.Target, seq chat.Seq, op message.ExtensionOp, entries ...string) (string, error) {
	var list []chat.Extension
	for _, s := range entries {
		var e chat.Extension
		s, at, _ := strings.Cut(s, "@")
		e.Key, e.Value, _ = strings.Cut(s, "=")
		_, _ = fmt.Sscan(at, &e.Seq)
		list = append(list, e)
	}
	results, err := h.Message.Extend(h.ctx, by, onMessage(to, seq), op, list)
	var told []string
	for _, r := range results {
		told = append(told, fmt.Sprintf("%d %s=%s@%d", r.Code, r.Key, r.Value, r.Seq))
	}
	return strings.Join(told, ", "), err
}

func (h *house) extended(by chat.Actor, to chat.Target, seq chat.Seq, from uint64, most int) string {
	h.Helper()
	p, err := h.Message.Extensions(h.ctx, by, onMessage(to, seq), from, most)
	h.must(err)
	return fmt.Sprint(p.List, p.Complete, p.Latest, p.Clear)
}

func TestExtensions(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	to := chat.ToGroup(g)
	seq := h.sendExtensible("ann", to)
	does := func(by chat.Actor, op message.ExtensionOp, want string, entries ...string) {
		h.Helper()
		got, err := h.extend(by, to, seq, op, entries...)
		h.must(err)
		h.same("results", got, want)
	}
	h.same("at first", h.extended(as("bob"), to, seq, 0, 0), "[] true 0 0")
	does(as("bob"), message.SetExtensions, "0 a=1@1, 0 b=2@2", "a=1@0", "b=2@0")
	does(as("ann"), message.SetExtensions, "23001 a=1@1, 0 b=3@3", "a=9@0", "b=3@2")
	does(as("ann"), message.SetExtensions, "0 b=3@3", "b=3@3") // no change
	does(admin(), message.SetExtensions, "0 c=4@4", "c=4")     // asked for no Seq
	h.same("then", h.extended(as("bob"), to, seq, 0, 0), "[{a 1 1} {b 3 3} {c 4 4}] true 4 0")
	h.same("from 3 on", h.extended(as("bob"), to, seq, 3, 1), "[{b 3 3}] false 4 0")
	does(as("bob"), message.DeleteExtensions, "0 a=@5, 0 z=@5", "a", "z")
	does(as("bob"), message.ClearExtensions, "")
	h.same("in the end", h.extended(as("bob"), to, seq, 0, 0), "[] true 5 5")
	does(as("bob"), message.SetExtensions, "0 a=7@6", "a=7@0")
	var told []string
	for _, e := range h.events() {
		told = append(told, fmt.Sprint(e.Kind, e.Rev, " ", e.Detail.Extension.Set, e.Detail.Extension.Deleted))
	}
	h.same("told", strings.Join(told, "; "), "extension1 [{a 1 1} {b 2 2}] []; extension2 [{b 3 3}] []; extension3 [{c 4 4}] []; "+
		"extension4 [] [a]; extension5 [] [b c]; extension6 [{a 7 6}] []")
}

func TestExtensionsAreRefused(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	to := chat.ToGroup(g)
	seq := h.sendExtensible("ann", to)
	plain := h.send("ann", to, "x").Seq
	for _, c := range []struct {
		by    chat.Actor
		seq   chat.Seq
		op    message.ExtensionOp
		entry string
		want  chat.Code
	}{
		{as("ann"), plain, message.SetExtensions, "a=1", chat.CodeNotExtensible},
		{as("ann"), 99, message.SetExtensions, "a=1", chat.CodeExtensionMessage},
		{as("cat"), seq, message.SetExtensions, "a=1", chat.CodeGroupNotAllowed},
		{as("ann"), seq, 9, "a=1", chat.CodeGroupParameter},
		{as("ann"), seq, message.SetExtensions, "=1", chat.CodeGroupParameter},
		{as("ann"), seq, message.SetExtensions, strings.Repeat("k", 101) + "=1", chat.CodeGroupParameter},
		{as("ann"), seq, message.SetExtensions, "k=" + strings.Repeat("v", 1001), chat.CodeGroupParameter},
		{as("ann"), seq, message.SetExtensions, strings.Repeat("k", 100) + "=" + strings.Repeat("v", 1000), 0},
	} {
		_, err := h.extend(c.by, to, c.seq, c.op, c.entry)
		if got := chat.CodeOf(err); got != c.want {
			t.Errorf("%d %.20s: got %d, want %d", c.op, c.entry, got, c.want)
		}
	}
	_, err := h.extend(as("ann"), to, seq, message.SetExtensions, "a=1", "a=2")
	h.wants(err, chat.CodeGroupParameter)
	_, err = h.extend(as("ann"), to, seq, message.SetExtensions)
	h.wants(err, chat.CodeGroupParameter)
	_, err = h.Message.Extensions(h.ctx, as("cat"), onMessage(to, seq), 0, 0)
	h.wants(err, chat.CodeGroupNotAllowed)
	_, err = h.extend(admin(), chat.ToGroup(h.group("ann", chat.AVChatRoom)), 1, message.SetExtensions, "a=1")
	h.wants(err, chat.CodeGroupNotAllowed)
}

func TestExtensionsAreBounded(t *testing.T) {
	h := open(t, nil)
	to := chat.ToUser("bob")
	seq := h.sendExtensible("ann", to)
	for n := range 15 {
		if n == 10 {
			_, err := h.extend(as("ann"), to, seq, message.SetExtensions, "one=more")
			h.wants(err, chat.CodeExtensionRate)
			h.wait(time.Minute)
		}
		var list []string
		for i := range 20 {
			list = append(list, fmt.Sprintf("k%d=v", 20*n+i))
		}
		_, err := h.extend(as("ann"), to, seq, message.SetExtensions, list...)
		h.must(err)
	}
	got, err := h.extend(as("ann"), to, seq, message.SetExtensions, "one=more")
	h.must(err)
	h.same("one more", got, "10004 one=@0")
	p, err := h.Message.Extensions(h.ctx, as("bob"), onMessage(chat.ToUser("ann"), seq), 0, 0)
	h.must(err)
	h.same("page", []any{len(p.List), p.Complete, p.List[199].Seq}, "[200 false 200]")
	_, err = h.extend(as("bob"), chat.ToUser("ann"), seq, message.ClearExtensions)
	h.wants(err, 0)
	h.same("cleared", h.extended(as("ann"), to, seq, 0, 0), "[] true 300 300")
}

func TestPins(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	to := chat.ToGroup(g)
	for range 12 {
		h.send("ann", to, "x")
	}
	pin := func(u chat.UserID, seq chat.Seq, on bool) error { return h.Message.Pin(h.ctx, as(u), to, seq, on) }
	pinned := func() string {
		h.Helper()
		page, err := h.Message.Pins(h.ctx, as("bob"), to)
		h.must(err)
		var list []chat.Seq
		for _, m := range page.Messages {
			list = append(list, m.Seq)
		}
		return fmt.Sprint(list, page.Before)
	}
	h.wants(pin("bob", 1, true), chat.CodeGroupNotAllowed)
	h.wants(pin("ann", 99, true), chat.CodeGroupNoMessage)
	h.must(pin("ann", 3, true))
	h.must(pin("ann", 2, true))
	h.must(pin("ann", 2, true))
	h.same("pinned", pinned(), "[2 3] [1 2]")
	page, err := h.Message.History(h.ctx, as("bob"), message.HistoryQuery{Target: to, Limit: 1})
	h.must(err)
	h.same("in the history", page.Pinned, "[2 3]")
	h.must(pin("ann", 3, false))
	h.must(pin("ann", 3, false))
	var told []string
	for _, e := range h.events() {
		told = append(told, fmt.Sprint(e.Kind, e.Rev, " ", e.Seq, " ", e.Detail.Pin.Pinned, " ", e.Detail.Pin.Operator.User, e.Detail.Pin.Operator.Role))
	}
	h.same("told", told, "[pin1 3 true annOwner pin2 2 true annOwner pin3 3 false annOwner]")
	for seq := chat.Seq(3); seq <= 11; seq++ {
		h.must(pin("ann", seq, true))
	}
	h.wants(pin("ann", 12, true), chat.CodeTooManyPins)
	_, err = h.Message.Recall(h.ctx, as("ann"), "", to, chat.MessageRef{Seq: 5}, "")
	h.must(err)
	h.must(pin("ann", 12, true)) // instead of the one recalled
	h.same("pinned", pinned(), "[2 3 4 6 7 8 9 10 11 12] [1 2 3 5 6 7 8 9 10 11]")
	_, err = h.Message.Pins(h.ctx, as("cat"), to)
	h.wants(err, chat.CodeGroupNotAllowed)
	h.wants(h.Message.Pin(h.ctx, as("ann"), chat.ToUser("bob"), 1, true), chat.CodeConvParameter)
}
