package core_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/record"
)

// notices are those of u about approvals, oldest first, as texts.
func (h *house) notices(u chat.UserID) []string {
	h.Helper()
	list, err := h.store.UserEvents(h.ctx, app, u, 0, 1000)
	h.must(err)
	told := []string{}
	for _, e := range list {
		n := e.Notice
		switch n.Kind {
		case chat.NoticeJoinRequest, chat.NoticeAccepted, chat.NoticeRefused,
			chat.NoticeInviteWaits, chat.NoticeInviteAccepted, chat.NoticeInviteRefused:
			told = append(told, fmt.Sprintf("%d by %s %q %q named %t", n.Kind, n.Operator.User, n.Request, n.Reason, n.JoinRequest != ""))
		}
	}
	return told
}

func (h *house) isTold(u chat.UserID, want ...string) {
	h.Helper()
	if got := h.notices(u); !slices.Equal(got, want) {
		h.Errorf("%s is told\n %s\nwant\n %s", u, strings.Join(got, "\n "), strings.Join(want, "\n "))
	}
}

func (h *house) applies(u chat.UserID, g chat.GroupID, text string) {
	h.Helper()
	joined, err := h.Group.Join(h.ctx, as(u), g, text)
	h.must(err)
	if joined {
		h.Errorf("%s came in without being asked about", u)
	}
}

func (h *house) requests(by chat.Actor, g chat.GroupID) []chat.JoinRequestView {
	h.Helper()
	list, _, err := h.Group.JoinRequests(h.ctx, by, g, 0, "")
	h.must(err)
	return list
}

func of(g chat.GroupID, u chat.UserID) chat.JoinRequestRef {
	return chat.JoinRequestRef{Group: g, Applicant: u}
}

func TestJoinRequestNotifiesApprovers(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "cat")
	admin := chat.RoleAdmin
	h.must(h.Group.ModifyMember(h.ctx, as("ann"), g, "cat", chat.MemberPatch{Role: &admin}))
	h.applies("bob", g, "let me in")
	h.applies("bob", g, "please")
	h.isTold("ann", `1 by bob "let me in" "" named true`)
	h.isTold("cat", `1 by bob "let me in" "" named true`)
	list := h.requests(as("ann"), g)
	if len(list) != 1 || list[0].Text != "please" || list[0].GroupName != "g" || !list[0].Open() {
		t.Fatalf("the list shows %+v", list)
	}
	h.must(h.Group.Approve(h.ctx, as("cat"), chat.JoinRequestRef{ID: list[0].ID}, false, "not now"))
	h.applies("bob", g, "again")
	h.must(h.Group.Approve(h.ctx, as("ann"), of(g, "bob"), true, "welcome"))
	h.isTold("bob", `3 by cat "" "not now" named true`, `2 by ann "" "welcome" named true`)
	h.isTold("ann", `1 by bob "let me in" "" named true`, `1 by bob "again" "" named true`)
}

func TestApprovedMemberJoinsAsWithoutApproval(t *testing.T) {
	h, ears := listen(t)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Webhook: chat.Webhook{
		URL: "http://app", Events: map[string]bool{string(chat.AfterMemberJoin): true},
	}})
	g := h.group("ann", chat.Public)
	h.hears(ears, g, "joined [ann]", `notice 6 to ann "" 0`)
	h.applies("bob", g, "")
	h.hears(ears, g, `notice 1 to ann "" 0`)
	h.must(h.Group.Approve(h.ctx, as("ann"), of(g, "bob"), true, ""))
	h.hears(ears, g, "joined [bob]", "stored tip 1 by bob on bob, 2 in", `notice 2 to bob "" 0`)
	events, err := h.store.Pending(h.ctx, "", 10)
	h.must(err)
	if len(events) != 1 || events[0].Way != "Apply" || events[0].By != "bob" || !slices.Equal(events[0].Users, []chat.UserID{"bob"}) {
		t.Errorf("the app is told %+v", events)
	}
	h.wants(h.Group.Approve(h.ctx, as("ann"), of(g, "bob"), true, ""), 10024)
	v, err := h.Group.Get(h.ctx, as("bob"), g)
	h.must(err)
	if v.Members != 2 {
		t.Errorf("%d members, want 2", v.Members)
	}
}

func TestInvitationsThatNeedApproval(t *testing.T) {
	h, ears := listen(t)
	d := chat.GroupDraft{
		Type: chat.Community, Name: "g", Owner: "ann", InviteJoin: chat.InvitePermission,
		Members: []chat.NewMember{{User: "bob"}},
	}
	made, err := h.Group.Create(h.ctx, admin(), d)
	h.must(err)
	g := made.ID
	h.people(3)
	h.hears(ears, g, "joined [ann bob]", `notice 6 to ann "" 0`, `notice 7 to bob "" 0`)
	invite := func(u ...chat.UserID) {
		t.Helper()
		results, err := h.Group.AddMembers(h.ctx, as("bob"), g, u, false)
		h.must(err)
		for _, r := range results {
			if r.Result != 3 {
				t.Errorf("%s: result %d, want 3", r.User, r.Result)
			}
		}
	}
	invite("cat")
	invite("cat")
	invite("u0000", "u0001")
	h.hears(ears, g, `notice 24 to ann "" 0`, `notice 24 to ann "" 0`)
	h.isTold("ann", `24 by bob "" "" named true`, `24 by bob "" "" named false`)
	list := h.requests(as("ann"), g)
	if len(list) != 3 || list[0].Newcomer != "cat" || list[0].Applicant != "bob" || list[0].Kind != chat.InviteToJoin {
		t.Fatalf("the list shows %+v", list)
	}
	h.must(h.Group.Approve(h.ctx, as("ann"), chat.JoinRequestRef{ID: list[0].ID}, true, "good choice"))
	h.hears(ears, g, "joined [cat]", "stored tip 2 by bob on cat, 3 in", `notice 13 to bob "good choice" 0`, `notice 7 to cat "" 0`)
	h.must(h.Group.Approve(h.ctx, as("ann"), chat.JoinRequestRef{ID: list[1].ID}, false, "who?"))
	h.isTold("bob", `13 by ann "" "good choice" named true`, `14 by ann "" "who?" named true`)
	h.wants(h.Group.Approve(h.ctx, as("ann"), chat.JoinRequestRef{ID: list[1].ID}, true, ""), 10024)
	results, err := h.Group.AddMembers(h.ctx, as("ann"), g, []chat.UserID{"u0002"}, false) // who decides is not asked
	h.must(err)
	if results[0].Result != 1 {
		t.Errorf("the owner's invitation: result %d, want 1", results[0].Result)
	}
}

func TestJoinRequestsExpire(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public)
	h.applies("bob", g, "")
	h.wait(4 * 24 * time.Hour)
	h.applies("cat", g, "")
	h.wait(3 * 24 * time.Hour)
	h.wants(h.Group.Approve(h.ctx, as("ann"), of(g, "bob"), true, ""), 10004)
	h.must(h.Group.Approve(h.ctx, as("ann"), of(g, "cat"), true, ""))
	h.applies("bob", g, "still interested")
	h.isTold("ann", `1 by cat "" "" named true`, `1 by bob "still interested" "" named true`) // the first has lapsed too
	h.must(h.Group.Approve(h.ctx, as("ann"), of(g, "bob"), true, ""))
}

func TestJoinRequestIsAnsweredOnce(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public)
	h.applies("bob", g, "")
	codes := make(chan chat.Code)
	for i := range 8 {
		go func() { codes <- chat.CodeOf(h.Group.Approve(h.ctx, as("ann"), of(g, "bob"), i%2 == 0, "")) }()
	}
	answered := 0
	for range 8 {
		switch c := <-codes; c {
		case 0:
			answered++
		case chat.CodeAlreadyHandled:
		default:
			t.Errorf("got %d", c)
		}
	}
	if answered != 1 || len(h.notices("bob")) != 1 {
		t.Errorf("%d answers counted, bob was told %q", answered, h.notices("bob"))
	}
}

func TestApprovalChecksApplicantsGroupLimit(t *testing.T) {
	h := open(t, nil)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Limits: chat.Limits{GroupsPerUser: 1}})
	g := h.group("ann", chat.Public)
	h.applies("bob", g, "")
	h.group("bob", chat.Public)
	h.wants(h.Group.Approve(h.ctx, as("ann"), of(g, "bob"), true, ""), 10037)
	h.must(h.Group.Approve(h.ctx, as("ann"), of(g, "bob"), false, ""))
	_, err := h.Group.Join(h.ctx, as("bob"), g, "")
	h.wants(err, 10037)
}

func TestJoinRequestsArePaged(t *testing.T) {
	h := open(t, nil)
	groups := []chat.GroupID{h.group("ann", chat.Public), h.group("ann", chat.Public)}
	users := h.people(60)
	for _, u := range users {
		h.applies(u, groups[0], "")
		h.applies(u, groups[1], "")
	}
	h.must(h.Group.Approve(h.ctx, as("ann"), of(groups[0], users[3]), false, ""))
	_, err := h.Group.AddMembers(h.ctx, admin(), groups[0], users[5:7], true) // these wait no longer
	h.must(err)
	seen := map[string]int{}
	next, pages := "", 0
	for {
		list, more, err := h.Group.JoinRequests(h.ctx, as("ann"), "", 0, next)
		h.must(err)
		if len(list) > 50 {
			t.Fatalf("a page of %d", len(list))
		}
		for _, a := range list {
			seen[string(a.Group)+" "+string(a.Newcomer)]++
		}
		pages++
		if next = more; next == "" {
			break
		}
	}
	if len(seen) != 118 || pages != 3 {
		t.Errorf("%d join requests on %d pages, want 118 on 3", len(seen), pages)
	}
	for a, n := range seen {
		if n != 1 {
			t.Errorf("%s is listed %d times", a, n)
		}
	}
	one, more, err := h.Group.JoinRequests(h.ctx, as("ann"), groups[1], 7, "")
	h.must(err)
	if len(one) != 7 || more == "" {
		t.Errorf("got %d of one group, next %q", len(one), more)
	}
	_, _, err = h.Group.JoinRequests(h.ctx, as("ann"), groups[0], 7, more)
	h.wants(err, 10004)
	one, next, err = h.Group.JoinRequests(h.ctx, as("ann"), groups[1], chat.NoEntries, more)
	h.must(err)
	if len(one) != 0 || next != more {
		t.Errorf("a page of none has %d and goes on at %q, want %q", len(one), next, more)
	}
	_, _, err = h.Group.JoinRequests(h.ctx, as("bob"), groups[1], chat.NoEntries, "")
	h.wants(err, 10007)
	_, _, err = h.Group.JoinRequests(h.ctx, as("ann"), groups[1], chat.NoEntries, "?")
	h.wants(err, 10004)
}

func TestJoinRequestNotifiesAtMost20Approvers(t *testing.T) {
	h := open(t, nil)
	d := chat.GroupDraft{Type: chat.Public, Name: "g", Owner: "ann"}
	for _, u := range h.people(40) {
		d.Members = append(d.Members, chat.NewMember{User: u, Role: chat.RoleAdmin})
	}
	g, err := h.Group.Create(h.ctx, admin(), d)
	h.must(err)
	h.applies("bob", g.ID, "")
	told := len(h.notices("ann"))
	for _, m := range d.Members {
		told += len(h.notices(m.User))
	}
	if told != 20 || len(h.notices("ann")) != 1 {
		t.Errorf("%d were told, the owner %d times", told, len(h.notices("ann")))
	}
}

// turningStore does something once a page of members has been read.
type turningStore struct {
	chat.Store
	then func()
}

func (s *turningStore) Rows(ctx context.Context, sh chat.Shard, k chat.RowKind, prefix, after string, limit int) ([]chat.Row, error) {
	page, err := s.Store.Rows(ctx, sh, k, prefix, after, limit)
	if k != chat.RowKind(record.Member) {
		return page, err
	}
	if then := s.then; then != nil {
		s.then = nil
		then()
	}
	return page, err
}

func TestDemotedAdminGetsNoJoinRequestNotice(t *testing.T) {
	var s *turningStore
	h := open(t, func(o *core.Options) {
		s = &turningStore{Store: o.Store}
		o.Store = s
	})
	g := h.group("ann", chat.Public, "cat")
	role := chat.RoleAdmin
	h.must(h.Group.ModifyMember(h.ctx, as("ann"), g, "cat", chat.MemberPatch{Role: &role}))
	s.then = func() {
		role := chat.RoleMember
		h.must(h.Group.ModifyMember(h.ctx, as("ann"), g, "cat", chat.MemberPatch{Role: &role}))
	}
	h.applies("bob", g, "")
	h.isTold("ann", `1 by bob "" "" named true`)
	h.isTold("cat")
}

func TestJoinRequestInGroupWithoutOwner(t *testing.T) {
	h, ears := listen(t)
	g := h.group("", chat.Public)
	h.applies("bob", g, "")
	h.hears(ears, g)
	if n, err := h.store.Head(h.ctx, chat.UserShard(app, "")); err != nil || n.EventSeq != 0 {
		t.Errorf("%+v notices to nobody, %v", n, err)
	}
	h.must(h.Group.Approve(h.ctx, admin(), of(g, "bob"), true, ""))
	h.isTold("bob", `2 by admin "" "" named true`)
}

func TestJoinRequestPagesSearch500Groups(t *testing.T) {
	h := open(t, nil)
	var last chat.GroupID
	for range 501 {
		last = max(last, h.group("ann", chat.Public))
	}
	h.applies("bob", last, "")
	list, next, err := h.Group.JoinRequests(h.ctx, as("ann"), "", 0, "")
	h.must(err)
	if len(list) != 0 || next == "" {
		t.Fatalf("500 groups were searched: got %d, next %q", len(list), next)
	}
	list, next, err = h.Group.JoinRequests(h.ctx, as("ann"), "", 0, next)
	h.must(err)
	if len(list) != 1 || list[0].Group != last || next != "" {
		t.Errorf("the last group was searched: got %d, next %q", len(list), next)
	}
}

func TestLongJoinRequestTextsAreRefused(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public)
	long := strings.Repeat("x", 1001)
	_, err := h.Group.Join(h.ctx, as("bob"), g, long)
	h.wants(err, 10004)
	h.applies("bob", g, long[1:])
	h.wants(h.Group.Approve(h.ctx, as("ann"), of(g, "bob"), true, long), 10004)
}

func TestApproveRefusesOtherRequestIDs(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public)
	h.applies("bob", g, "")
	id := h.requests(as("ann"), g)[0].ID
	for i := range id {
		for _, c := range "A_9" {
			other := id[:i] + string(c) + id[i+1:]
			if other == id {
				continue
			}
			if err := h.Group.Approve(h.ctx, as("ann"), chat.JoinRequestRef{ID: other}, true, ""); err == nil {
				t.Errorf("%q is answered, the join request is %q", other, id)
			}
		}
		if err := h.Group.Approve(h.ctx, as("ann"), chat.JoinRequestRef{ID: id[:i]}, true, ""); err == nil {
			t.Errorf("%q is answered, the join request is %q", id[:i], id)
		}
	}
	for _, other := range []string{"A", "AAAAAAA", "AAAAAAAA", "AAAAAAD_", "AwAAAAADYm9iZw", "!"} {
		h.wants(h.Group.Approve(h.ctx, as("ann"), chat.JoinRequestRef{ID: other}, true, ""), 10004)
	}
	h.must(h.Group.Approve(h.ctx, as("ann"), chat.JoinRequestRef{ID: id}, true, ""))
}
