package core_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/group"
)

// judge is an app that answers at once.
type judge struct {
	asked   []string
	refuse  error
	leftOut []chat.UserID
}

func (j *judge) Before(_ context.Context, q chat.Question, done func(chat.Verdict, error)) {
	j.asked = append(j.asked, fmt.Sprintf("%s by %s about %s %q of %q with %v, %d",
		q.Kind, q.By.User, q.Group.Type, q.Group.ID, q.Group.Owner, q.Users, q.Made))
	done(chat.Verdict{Refused: j.leftOut}, j.refuse)
}

// judged is a house whose app is asked before everything.
func judged(t *testing.T) (*house, *judge) {
	t.Helper()
	j := &judge{}
	h := open(t, func(o *core.Options) { o.Gate = j })
	a := *h.apps.App(app)
	a.Webhook = chat.Webhook{URL: "http://127.0.0.1:1", All: true}
	h.apps.Set(a)
	return h, j
}

func TestAppIsAskedBeforeGroupsAreMade(t *testing.T) {
	h, j := judged(t)
	h.group("ann", chat.Public)
	h.group("ann", chat.Meeting)
	h.group("ann", chat.Public, "bob")
	want := []string{
		`Group.CallbackBeforeCreateGroup by admin about Public "" of "ann" with [], 0`,
		`Group.CallbackBeforeCreateGroup by admin about Meeting "" of "ann" with [], 0`,
		`Group.CallbackBeforeCreateGroup by admin about Public "" of "ann" with [bob], 1`,
	}
	if !slices.Equal(j.asked, want) {
		t.Errorf("asked %q", j.asked)
	}
	j.refuse = chat.Refuse(10105, "no")
	_, err := h.Group.Create(h.ctx, as("ann"), chat.GroupDraft{Type: chat.Public, Name: "g", ID: "new"})
	h.wants(err, 10105)
	_, err = h.Group.Find(h.ctx, app, "new")
	h.wants(err, chat.CodeNoGroup)
	asked := len(j.asked)
	_, err = h.Group.Create(h.ctx, as("ann"), chat.GroupDraft{Type: chat.Public, Name: ""})
	h.wants(err, chat.CodeGroupParameter)
	if len(j.asked) != asked {
		t.Error("the app is asked about what a rule refuses")
	}
}

func TestAppIsAskedBeforeSomebodyJoins(t *testing.T) {
	h, j := judged(t)
	for _, c := range []struct {
		kind  chat.GroupType
		apply chat.JoinOption
		asks  bool
		code  chat.Code
	}{
		{chat.Public, chat.JoinFree, true, 10105},
		{chat.Public, chat.JoinPermission, true, 10105},
		{chat.Public, chat.JoinDisabled, false, chat.CodeGroupNotAllowed},
		{chat.Work, "", false, chat.CodeGroupNotAllowed},
		{chat.AVChatRoom, "", true, 10105},
		{chat.Community, "", true, 10105},
	} {
		j.refuse = nil
		g, err := h.Group.Create(h.ctx, admin(), chat.GroupDraft{Type: c.kind, Name: "g", Owner: "ann", ApplyJoin: c.apply})
		h.wants(err, 0)
		j.asked, j.refuse = nil, chat.Refuse(10105, "no")
		_, err = h.Group.Join(h.ctx, as("bob"), g.ID, "")
		h.wants(err, c.code)
		if asked := len(j.asked) == 1; asked != c.asks {
			t.Errorf("%s, %s: asked %q", c.kind, c.apply, j.asked)
		}
		if role, err := h.Group.Standing(h.ctx, as("bob"), g); role != chat.NotMember || err != nil {
			t.Errorf("%s, %s: a refused user is in: %v, %v", c.kind, c.apply, role, err)
		}
		if !c.asks {
			continue
		}
		j.refuse = nil
		_, err = h.Group.Join(h.ctx, as("bob"), g.ID, "")
		h.wants(err, 0)
	}
}

func TestAppLeavesSomeOutOfAnInvitation(t *testing.T) {
	h, j := judged(t)
	g := h.group("ann", chat.Work)
	j.asked, j.leftOut = nil, []chat.UserID{"cat"}
	list, err := h.Group.AddMembers(h.ctx, as("ann"), g, []chat.UserID{"bob", "cat", "nobody", "ann"}, false)
	h.wants(err, 0)
	want := []group.AddResult{{User: "bob", Result: 1}, {User: "cat"}, {User: "nobody"}, {User: "ann", Result: 2}}
	if !slices.Equal(list, want) {
		t.Errorf("results %+v", list)
	}
	h.same("asked", j.asked, []string{`Group.CallbackBeforeInviteJoinGroup by ann about Work "` + string(g) + `" of "ann" with [bob cat], 0`})
	list, err = h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"cat"}, false)
	h.wants(err, 0) // all are left out: nobody is in, and that is no error
	if !slices.Equal(list, []group.AddResult{{User: "cat"}}) {
		t.Errorf("results %+v", list)
	}
	j.refuse = chat.Refuse(chat.CodeGroupRefused, "")
	_, err = h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"cat"}, false)
	h.wants(err, chat.CodeGroupRefused)
	asked := len(j.asked)
	list, err = h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"bob"}, false)
	h.wants(err, 0)
	if len(j.asked) != asked {
		t.Error("the app is asked about who is in already")
	}
	h.same("results", list, []group.AddResult{{User: "bob", Result: 2}})
}
