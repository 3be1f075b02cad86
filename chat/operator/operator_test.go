package operator_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/operator"
	"github.com/teahouse-im/teahouse/storage/memory"
)

const password = "correct horse"

// house is a room with a clock.
type house struct {
	*operator.Service
	now time.Time
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{now: time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return h.now }
	l := ledger.New(ledger.Options{Store: memory.New(memory.Options{Now: clock}), Apps: new(chat.Apps), Now: clock})
	t.Cleanup(func() { _ = l.Close(context.Background()) })
	h.Service = operator.New(l)
	return h
}

// first makes ann, the first operator.
func (h *house) first(t *testing.T) operator.Session {
	t.Helper()
	token, err := h.FirstLink(t.Context())
	if err != nil || token == "" {
		t.Fatalf("first link: %q, %v", token, err)
	}
	s, err := h.Redeem(t.Context(), token, "ann", password, operator.Origin{Address: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// join makes another operator.
func (h *house) join(t *testing.T, name string, role operator.Role) operator.Session {
	t.Helper()
	token, _, err := h.Invite(t.Context(), "ann", "", role)
	if err != nil {
		t.Fatal(err)
	}
	s, err := h.Redeem(t.Context(), token, name, password, operator.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func wants(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestFirstLinkIsGoodOnceAndUntilThereIsAnOperator(t *testing.T) {
	h := newHouse(t)
	old, err := h.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := h.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Link(t.Context(), old)
	wants(t, "a link that a newer one replaced", err, operator.ErrLinkGone)
	_, err = h.Redeem(t.Context(), fresh, "Ann", password, operator.Origin{})
	wants(t, "a bad name", err, operator.ErrName)
	_, err = h.Redeem(t.Context(), fresh, "ann", "short", operator.Origin{})
	wants(t, "a short password", err, operator.ErrPassword)
	s, err := h.Redeem(t.Context(), fresh, "ann", password, operator.Origin{})
	if err != nil || s.Role != operator.Write || s.Operator != "ann" {
		t.Fatalf("%+v, %v", s, err)
	}
	_, err = h.Redeem(t.Context(), fresh, "eve", password, operator.Origin{})
	wants(t, "a used link", err, operator.ErrLinkGone)
	if token, err := h.FirstLink(t.Context()); token != "" || err != nil {
		t.Errorf("a first link beside an operator: %q, %v", token, err)
	}
}

func TestLinksEnd(t *testing.T) {
	h := newHouse(t)
	token, err := h.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h.now = h.now.Add(operator.LinkTime)
	_, err = h.Redeem(t.Context(), token, "ann", password, operator.Origin{})
	wants(t, "a link after a day", err, operator.ErrLinkGone)
}

func TestInvitedOperatorHasRoleOfInvitation(t *testing.T) {
	h := newHouse(t)
	h.first(t)
	if s := h.join(t, "bob", operator.Read); s.Role != operator.Read {
		t.Errorf("role %q, want read", s.Role)
	}
	_, _, err := h.Invite(t.Context(), "ann", "bob", operator.Read)
	wants(t, "an invitation for a name that is taken", err, operator.ErrTaken)
	_, _, err = h.Invite(t.Context(), "ann", "", "root")
	wants(t, "a role that is none", err, operator.ErrRole)
}

func TestLogin(t *testing.T) {
	h := newHouse(t)
	first := h.first(t)
	s, err := h.Login(t.Context(), "ann", password, operator.Origin{Address: "::1", Agent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if s.Token == first.Token || s.CSRF() == first.CSRF() {
		t.Error("a login has the tokens of an earlier one")
	}
	for _, c := range [][2]string{{"ann", "wrong horse!"}, {"eve", password}, {"", ""}, {"ann", ""}} {
		_, err := h.Login(t.Context(), c[0], c[1], operator.Origin{})
		wants(t, c[0]+" with "+c[1], err, operator.ErrWrongLogin)
	}
	if found, err := h.Session(t.Context(), s.Token); err != nil || found.Operator != "ann" || found.Role != operator.Write {
		t.Errorf("%+v, %v", found, err)
	}
	if err := h.Logout(t.Context(), s.Token); err != nil {
		t.Fatal(err)
	}
	_, err = h.Session(t.Context(), s.Token)
	wants(t, "a session that was logged out", err, operator.ErrNotFound)
}

func TestSessionsEndWithoutUseAndAtLast(t *testing.T) {
	h := newHouse(t)
	s := h.first(t)
	for range 11 { // in use all the time
		h.now = h.now.Add(operator.IdleTime - time.Minute)
		if _, err := h.Session(t.Context(), s.Token); err != nil {
			t.Fatalf("after %s: %v", h.now, err)
		}
	}
	h.now = h.now.Add(operator.LongestUse - 11*(operator.IdleTime-time.Minute))
	_, err := h.Session(t.Context(), s.Token)
	wants(t, "a session after a day", err, operator.ErrNotFound)

	s, err = h.Login(t.Context(), "ann", password, operator.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	h.now = h.now.Add(operator.IdleTime)
	_, err = h.Session(t.Context(), s.Token)
	wants(t, "an idle session", err, operator.ErrNotFound)
}

// A page that asks by itself does not keep its session.
func TestLookingIsNoUseOfASession(t *testing.T) {
	h := newHouse(t)
	s := h.first(t)
	for left := operator.IdleTime - 10*time.Minute; left > 0; left -= 10 * time.Minute {
		h.now = h.now.Add(10 * time.Minute)
		found, err := h.Look(t.Context(), s.Token)
		if err != nil || found.Idle() != s.Idle() || found.Operator != "ann" || found.Role != operator.Write {
			t.Fatalf("%s before its end: %+v, %v", left, found, err)
		}
	}
	h.now = h.now.Add(10 * time.Minute)
	_, err := h.Look(t.Context(), s.Token)
	wants(t, "a session that was only looked at", err, operator.ErrNotFound)
}

func TestPasswordChangeEndsOtherSessions(t *testing.T) {
	h := newHouse(t)
	other := h.first(t)
	mine, err := h.Login(t.Context(), "ann", password, operator.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	wants(t, "with a wrong old one", h.SetPassword(t.Context(), "ann", "wrong", "battery staple", mine.Token), operator.ErrWrongLogin)
	wants(t, "to the name", h.SetPassword(t.Context(), "ann", password, "ann", mine.Token), operator.ErrPassword)
	if err := h.SetPassword(t.Context(), "ann", password, "battery staple", mine.Token); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Session(t.Context(), mine.Token); err != nil {
		t.Errorf("the session that changed it: %v", err)
	}
	_, err = h.Session(t.Context(), other.Token)
	wants(t, "another session", err, operator.ErrNotFound)
	_, err = h.Login(t.Context(), "ann", password, operator.Origin{})
	wants(t, "the old password", err, operator.ErrWrongLogin)
}

func TestLastWriterStays(t *testing.T) {
	h := newHouse(t)
	h.first(t)
	reader := h.join(t, "bob", operator.Read)
	yes, read, write := true, operator.Read, operator.Write
	_, err := h.Modify(t.Context(), "ann", operator.Patch{Role: &read})
	wants(t, "to role read", err, operator.ErrLast)
	_, err = h.Modify(t.Context(), "ann", operator.Patch{Disabled: &yes})
	wants(t, "disabled", err, operator.ErrLast)
	wants(t, "removed", h.Remove(t.Context(), "ann"), operator.ErrLast)
	if _, err := h.Modify(t.Context(), "bob", operator.Patch{Role: &write}); err != nil {
		t.Fatal(err)
	}
	if s, err := h.Session(t.Context(), reader.Token); err != nil || s.Role != operator.Write {
		t.Errorf("a session after its operator's role has changed: %+v, %v", s, err)
	}
	if err := h.Remove(t.Context(), "ann"); err != nil {
		t.Error(err)
	}
}

func TestDisabledAndRemovedOperatorsHaveNoSession(t *testing.T) {
	h := newHouse(t)
	h.first(t)
	bob, eve := h.join(t, "bob", operator.Write), h.join(t, "eve", operator.Read)
	yes, no := true, false
	for _, disabled := range []*bool{&yes, &no} { // enabled again, old sessions stay over
		if _, err := h.Modify(t.Context(), "bob", operator.Patch{Disabled: disabled}); err != nil {
			t.Fatal(err)
		}
		_, err := h.Session(t.Context(), bob.Token)
		wants(t, "bob's session", err, operator.ErrNotFound)
	}
	if err := h.Remove(t.Context(), "eve"); err != nil {
		t.Fatal(err)
	}
	h.join(t, "eve", operator.Write) // another one of the name
	_, err := h.Session(t.Context(), eve.Token)
	wants(t, "the session of an earlier eve", err, operator.ErrNotFound)
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	h := newHouse(t)
	ann := h.first(t)
	bob := h.join(t, "bob", operator.Read)
	list, next, err := h.Sessions(t.Context(), "", "", 1)
	if err != nil || len(list) != 1 || next == "" {
		t.Fatalf("%+v, %q, %v", list, next, err)
	}
	more, _, err := h.Sessions(t.Context(), "", next, 10)
	if err != nil || len(more) != 1 || more[0].ID == list[0].ID || list[0].Token != "" {
		t.Fatalf("%+v, %v", more, err)
	}
	_, err = h.End(t.Context(), ann.ID, "bob")
	wants(t, "another's session", err, operator.ErrNotFound)
	if who, err := h.End(t.Context(), bob.ID, ""); err != nil || who != "bob" {
		t.Fatal(who, err)
	}
	_, err = h.Session(t.Context(), bob.Token)
	wants(t, "an ended session", err, operator.ErrNotFound)
}

func TestAuditIsReadNewestFirst(t *testing.T) {
	h := newHouse(t)
	for _, e := range []operator.Entry{
		{Actor: "ann", Action: "app.create", App: 1}, {Actor: "bob", Action: "user.kick", Object: "alice", App: 1}, {Actor: "ann", Action: "user.mute", Object: "bob", App: 2},
	} {
		h.now = h.now.Add(time.Second)
		if err := h.Note(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	start := h.now.Add(-3 * time.Second).UnixMilli()
	for _, c := range []struct {
		what string
		q    operator.AuditQuery
		want string
	}{
		{"all", operator.AuditQuery{}, "user.mute user.kick app.create"},
		{"an operator's", operator.AuditQuery{Actor: "ann"}, "user.mute app.create"},
		{"what begins with user.", operator.AuditQuery{Action: "user."}, "user.mute user.kick"},
		{"an app's", operator.AuditQuery{App: 1}, "user.kick app.create"},
		{"about alice", operator.AuditQuery{Object: "alice"}, "user.kick"},
		{"until a time", operator.AuditQuery{To: start + 2000}, "user.kick app.create"},
		{"from a time", operator.AuditQuery{From: start + 2000}, "user.mute user.kick"},
	} {
		got, next := "", ""
		for {
			list, more, err := h.Audit(t.Context(), c.q, next, 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range list {
				if got != "" {
					got += " "
				}
				got += e.Action
			}
			if next = more; next == "" {
				break
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}
