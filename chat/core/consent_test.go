package core_test

import (
	"slices"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// consenting opens a house in which invitees of Work and Public groups are asked.
func consenting(t *testing.T) *house {
	t.Helper()
	h := open(t, nil)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Switches: chat.Switches{
		InviteeConsent: map[chat.GroupType]bool{chat.Work: true, chat.Public: true},
	}})
	return h
}

// invites invites one user and returns the result.
func (h *house) invites(by chat.Actor, g chat.GroupID, u chat.UserID) int {
	h.Helper()
	results, err := h.Group.AddMembers(h.ctx, by, g, []chat.UserID{u}, false)
	h.must(err)
	return results[0].Result
}

// hasNotices checks the kinds of all notices of u.
func (h *house) hasNotices(u chat.UserID, want ...chat.NoticeKind) {
	h.Helper()
	list, err := h.store.UserEvents(h.ctx, app, u, 0, 100)
	h.must(err)
	kinds := []chat.NoticeKind{}
	for _, e := range list {
		kinds = append(kinds, e.Notice.Kind)
	}
	if !slices.Equal(kinds, want) {
		h.Errorf("%s is told %v, want %v", u, kinds, want)
	}
}

func TestInviteesAreAskedWhereTheAppWantsIt(t *testing.T) {
	h := consenting(t)
	g := h.group("ann", chat.Work)
	h.send("ann", chat.ToGroup(g), "awake")
	for range 2 {
		if got := h.invites(as("ann"), g, "bob"); got != 3 {
			t.Fatalf("bob: result %d, want 3", got)
		}
	}
	for _, where := range []chat.GroupID{"", g} {
		list := h.requests(as("bob"), where)
		if len(list) != 1 || list[0].Kind != chat.AskInvitee || list[0].Applicant != "ann" || list[0].Newcomer != "bob" {
			t.Fatalf("bob is shown %+v in %q", list, where)
		}
		if list := h.requests(as("ann"), where); len(list) != 0 {
			t.Errorf("ann is shown %+v in %q", list, where)
		}
	}
	q := chat.JoinRequestRef{ID: h.requests(as("bob"), "")[0].ID}
	h.wants(h.Group.Approve(h.ctx, as("ann"), q, true, ""), 10007)
	h.wants(h.Group.Approve(h.ctx, as("cat"), q, true, ""), 10007)
	h.must(h.Group.Approve(h.ctx, as("bob"), chat.JoinRequestRef{Group: g, Applicant: "ann"}, false, "no"))
	h.wants(h.Group.Approve(h.ctx, as("bob"), q, true, ""), 10024)
	h.invites(as("ann"), g, "bob")
	q.ID = h.requests(as("bob"), g)[0].ID
	h.must(h.Group.Approve(h.ctx, as("bob"), q, true, "yes"))
	m, err := h.Group.Member(h.ctx, app, g, "bob")
	h.must(err)
	if m == nil {
		t.Error("bob has agreed and is not in")
	}
	h.hasNotices("bob", 12, 12, 7)
	h.hasNotices("ann", 6, 14, 13)
	if got := h.invites(admin(), g, "cat"); got != 1 {
		t.Errorf("a backend adds cat: result %d, want 1", got)
	}
}

func TestInviteesAreAskedAfterTheApprovers(t *testing.T) {
	h := consenting(t)
	d := chat.GroupDraft{Type: chat.Public, Name: "g", InviteJoin: chat.InvitePermission, Members: []chat.NewMember{{User: "bob"}}}
	g, err := h.Group.Create(h.ctx, as("ann"), d)
	h.must(err)
	if got := h.invites(as("bob"), g.ID, "cat"); got != 3 {
		t.Fatalf("cat: result %d, want 3", got)
	}
	if list := h.requests(as("cat"), ""); len(list) != 0 {
		t.Errorf("cat is asked before the owner: %+v", list)
	}
	list := h.requests(as("ann"), g.ID)
	h.must(h.Group.Approve(h.ctx, as("ann"), chat.JoinRequestRef{ID: list[0].ID}, true, ""))
	if m, _ := h.Group.Member(h.ctx, app, g.ID, "cat"); m != nil {
		t.Error("cat is in before they agreed")
	}
	asked := h.requests(as("cat"), "")
	if len(asked) != 1 || asked[0].Applicant != "bob" || asked[0].GroupName != "g" {
		t.Fatalf("cat is shown %+v", asked)
	}
	h.must(h.Group.Approve(h.ctx, as("cat"), chat.JoinRequestRef{ID: asked[0].ID}, true, ""))
	h.hasNotices("bob", 7, 13)
	h.hasNotices("cat", 12, 7)
}

// Invitations come in one list with the requests that one decides about, page by page.
func TestInvitationsPageWithRequests(t *testing.T) {
	h := consenting(t)
	for _, id := range []chat.GroupID{"a", "c"} {
		h.founds(id, chat.Work, string(id))
		if got := h.invites(as("ann"), id, "bob"); got != 3 {
			t.Fatalf("%s: result %d, want 3", id, got)
		}
	}
	_, err := h.Group.Create(h.ctx, as("bob"), chat.GroupDraft{ID: "b", Type: chat.Public, Name: "b"})
	h.must(err)
	h.applies("cat", "b", "")
	h.applies("ann", "b", "")
	var got []string
	next := ""
	for range 10 {
		list, more, err := h.Group.JoinRequests(h.ctx, as("bob"), "", 1, next)
		h.must(err)
		for _, q := range list {
			got = append(got, string(q.Group)+" "+string(q.Newcomer))
		}
		if next = more; next == "" {
			break
		}
	}
	if want := []string{"a bob", "b ann", "b cat", "c bob"}; !slices.Equal(got, want) {
		t.Errorf("bob is shown %q, want %q", got, want)
	}
}
