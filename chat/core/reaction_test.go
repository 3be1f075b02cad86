package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// reactionsTo prints the reactions to a message as u sees them.
func (h *house) reactionsTo(u chat.UserID, to chat.Target, seq chat.Seq) string {
	h.Helper()
	list, err := h.Message.Reactions(h.ctx, as(u), to, []chat.Seq{seq}, 10)
	h.wants(err, 0)
	var b strings.Builder
	for _, m := range list {
		for _, r := range m.List {
			fmt.Fprintf(&b, "%s %d mine=%v", r.ID, r.Count, r.Mine)
			for _, p := range r.Users {
				fmt.Fprintf(&b, " %s", p.User)
			}
			b.WriteString("; ")
		}
	}
	return b.String()
}

func (h *house) react(u chat.UserID, to chat.Target, seq chat.Seq, id string, on bool) error {
	return h.Message.React(h.ctx, as(u), to, seq, id, on)
}

func TestReactions(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	to := chat.ToGroup(g)
	r := h.send("ann", to, "tea?")
	h.wants(h.react("bob", to, r.Seq, "tea", true), 0)
	h.wants(h.react("ann", to, r.Seq, "tea", true), 0)
	h.wants(h.react("bob", to, r.Seq, "tea", true), 0) // no second effect
	h.wants(h.react("bob", to, r.Seq, "cup", true), 0)
	if got, want := h.reactionsTo("bob", to, r.Seq), "cup 1 mine=true bob; tea 2 mine=true ann bob; "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	h.wants(h.react("bob", to, r.Seq, "tea", false), 0)
	h.wants(h.react("bob", to, r.Seq, "tea", false), 0)
	if got, want := h.reactionsTo("bob", to, r.Seq), "cup 1 mine=true bob; tea 1 mine=false ann; "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var told []string
	for _, e := range h.events() {
		if e.Kind == chat.EventReaction {
			c := e.Detail.Reactions[0]
			told = append(told, fmt.Sprintf("%d %s %s %d %d", e.Rev, e.By, c.ID, c.Count, len(c.Users)))
		}
	}
	want := "[1 bob tea 1 1 2 ann tea 2 2 3 bob cup 1 1 4 bob tea 1 1]"
	if got := fmt.Sprint(told); got != want {
		t.Errorf("events: got %s, want %s", got, want)
	}
	list, next, err := h.Message.Reactors(h.ctx, as("ann"), to, r.Seq, "cup", "", 1)
	if err != nil || len(list) != 1 || list[0].User != "bob" || next != "" {
		t.Errorf("reactors: %v %q %v", list, next, err)
	}
	if _, _, err := h.Message.Reactors(h.ctx, as("cat"), to, r.Seq, "cup", "", 1); chat.CodeOf(err) != chat.CodeGroupNotAllowed {
		t.Errorf("an outsider asks: %v", err)
	}
}

func TestReactionsAreRefused(t *testing.T) {
	h := open(t, nil)
	to := chat.ToUser("bob")
	r := h.send("ann", to, "tea?")
	for id, want := range map[string]chat.Code{
		"":                           chat.CodeBadBody,
		strings.Repeat("x", 65):      chat.CodeBadBody,
		"a\x00b":                     chat.CodeBadBody,
		"\xff":                       chat.CodeBadBody,
		strings.Repeat("\u4f60", 21): 0,
	} {
		h.wants(h.react("ann", to, r.Seq, id, true), want)
	}
	h.wants(h.react("ann", to, r.Seq+1, "tea", true), chat.CodeNoMessage)
	for n := range 19 {
		h.wants(h.react("ann", to, r.Seq, fmt.Sprint(n), true), 0)
	}
	h.wants(h.react("ann", to, r.Seq, "one more kind", true), chat.CodeBadBody)
	h.wants(h.react("bob", chat.ToUser("ann"), r.Seq, "0", true), 0) // of a kind that is there
	_, err := h.Message.Recall(h.ctx, as("ann"), "", to, chat.MessageRef{Seq: r.Seq}, "")
	h.wants(err, 0)
	h.wants(h.react("bob", chat.ToUser("ann"), r.Seq, "0", false), chat.CodeNoMessage)
}

// Reactions go with their message, and with their group.
func TestReactionsExpire(t *testing.T) {
	h := open(t, nil)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Retention: time.Hour})
	to := chat.ToUser("bob")
	r := h.send("ann", to, "tea?")
	h.wants(h.react("bob", chat.ToUser("ann"), r.Seq, "tea", true), 0)
	if got := h.reactionsTo("ann", to, r.Seq); got == "" {
		t.Error("there is no reaction")
	}
	h.wait(2 * time.Hour)
	if got := h.reactionsTo("ann", to, r.Seq); got != "" {
		t.Errorf("after the message: %s", got)
	}
}
