package core_test

import (
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// silence mutes everywhere; a negative time leaves it as it is.
func (h *house) silence(u chat.UserID, c2c, groups int64) error {
	asked := func(n int64) *uint32 {
		if n < 0 {
			return nil
		}
		s := uint32(n)
		return &s
	}
	return h.People.Silence(h.ctx, admin(), u, asked(c2c), asked(groups))
}

// A user who is muted everywhere sends nothing, also where nothing has been read for a
// message since the first; backends and administrators send in their name, and the mute ends
// by itself.
func TestSilencedUsersSendNothing(t *testing.T) {
	h := open(t, nil)
	g := h.group("bob", chat.Public, "ann")
	live := h.group("bob", chat.AVChatRoom)
	_, err := h.Group.Join(h.ctx, as("ann"), live, "")
	h.wants(err, 0)
	said := func(by chat.Actor, to chat.Target, control chat.Control) chat.Code {
		_, err := h.Message.SendWait(h.ctx, by, chat.Draft{From: "ann", To: to, Body: text("x"), Control: control})
		return chat.CodeOf(err)
	}
	bob, club, room := chat.ToUser("bob"), chat.ToGroup(g), chat.ToGroup(live)
	for _, c := range []struct {
		what              string
		do                func() error
		toBob, club, room chat.Code
	}{
		{"free", func() error { return nil }, 0, 0, 0},
		{"muted for others", func() error { return h.silence("ann", 60, -1) }, chat.CodeC2CMuted, 0, 0},
		{"and in groups", func() error { return h.silence("ann", -1, int64(chat.MuteForever)) }, chat.CodeC2CMuted, chat.CodeMuted, chat.CodeMuted},
		{"a second before", func() error { h.wait(59 * time.Second); return nil }, chat.CodeC2CMuted, chat.CodeMuted, chat.CodeMuted},
		{"over by itself", func() error { h.wait(time.Second); return nil }, 0, chat.CodeMuted, chat.CodeMuted},
		{"lifted", func() error { return h.silence("ann", -1, 0) }, 0, 0, 0},
	} {
		h.wants(c.do(), 0)
		for _, control := range []chat.Control{0, chat.OnlineOnly} {
			if got := [3]chat.Code{said(as("ann"), bob, control), said(as("ann"), club, control), said(as("ann"), room, control)}; got != [3]chat.Code{c.toBob, c.club, c.room} {
				t.Errorf("%s: %v", c.what, got)
			}
			if got := [2]chat.Code{said(admin(), bob, control), said(admin(), club, control)}; got != [2]chat.Code{} {
				t.Errorf("%s: an administrator in their name gets %v", c.what, got)
			}
		}
	}
}

// What is left of a mute is told, and it ends with the account.
func TestSilenceIsToldAndEndsWithTheAccount(t *testing.T) {
	h := open(t, nil)
	left := func(c2c, groups uint32) {
		t.Helper()
		a, b, err := h.People.Silenced(h.ctx, admin(), "ann")
		if h.wants(err, 0); a != c2c || b != groups {
			t.Errorf("%d and %d are left, want %d and %d", a, b, c2c, groups)
		}
	}
	left(0, 0)
	h.wants(h.silence("ann", 100, int64(chat.MuteForever)), 0)
	h.wait(30 * time.Second)
	left(70, chat.MuteForever)
	_, err := h.DeleteAccounts(h.ctx, admin(), []chat.UserID{"ann"})
	h.wants(err, 0)
	h.wants(h.silence("ann", 1, 1), chat.CodeNoAccount)
	_, err = h.People.Login(h.ctx, app, "ann", chat.Ticket{Issued: h.clock().Unix() + 1, Expires: h.clock().Unix() + 100})
	h.wants(err, 0)
	left(0, 0)
	h.wants(h.People.Silence(h.ctx, as("ann"), "bob", nil, nil), chat.CodeAccountNeedAdmin)
}

// The app is not asked about what a muted user says, and a message that it holds up
// meanwhile is refused.
func TestTheAppIsNotAskedForTheSilenced(t *testing.T) {
	h, gate := gated(t)
	g := h.group("bob", chat.Public, "ann")
	held := []<-chan error{h.sendAsync("ann", chat.ToUser("bob"), "held"), h.sendAsync("ann", chat.ToGroup(g), "held")}
	questions := []question{h.asked(gate), h.asked(gate)}
	h.wants(h.silence("ann", 60, 60), 0)
	h.wants(h.answered(h.sendAsync("ann", chat.ToUser("bob"), "late")), chat.CodeC2CMuted)
	h.wants(h.answered(h.sendAsync("ann", chat.ToGroup(g), "late")), chat.CodeMuted)
	for _, q := range questions {
		q.answer(chat.Verdict{}, nil)
	}
	h.wants(h.answered(held[0]), chat.CodeC2CMuted)
	h.wants(h.answered(held[1]), chat.CodeMuted)
	if n := len(gate.asked); n > 0 {
		t.Errorf("the app is asked %d times more", n)
	}
}

func (h *house) asked(g *askedGate) question {
	h.Helper()
	select {
	case q := <-g.asked:
		return q
	case <-time.After(10 * time.Second):
		h.Fatal("the app is not asked")
		return question{}
	}
}

func (h *house) answered(done <-chan error) error {
	h.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(10 * time.Second):
		h.Fatal("no answer")
		return nil
	}
}
