package core_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/message"
)

func TestSizeLimits(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	many := func(n int) []chat.UserID { return slices.Repeat([]chat.UserID{"cat"}, n) }
	long := func(n int) *string { s := strings.Repeat("x", n); return &s }
	zero, huge := 0, 6001
	apply, invite := chat.JoinOption("Maybe"), chat.InviteOption("Maybe")
	owner, flag := chat.RoleOwner, chat.ReceiveOption("Maybe")
	fields := func(n int) map[string]string {
		m := map[string]string{}
		for i := range n {
			m[string(rune('a'+i))] = "v"
		}
		return m
	}
	modify := func(p chat.GroupPatch) error { return h.Group.Modify(h.ctx, admin(), g, p) }
	member := func(p chat.MemberPatch) error { return h.Group.ModifyMember(h.ctx, admin(), g, "bob", p) }
	create := func(d chat.GroupDraft) error {
		d.Name = "g"
		_, err := h.Group.Create(h.ctx, admin(), d)
		return err
	}
	add := func(list []chat.UserID) error {
		_, err := h.Group.AddMembers(h.ctx, admin(), g, list, true)
		return err
	}
	roles := func(list []chat.UserID) error { _, err := h.Group.Roles(h.ctx, admin(), g, list); return err }
	crowd := func(n int) (list []chat.NewMember) {
		for range n {
			list = append(list, chat.NewMember{User: "cat"})
		}
		return list
	}
	for _, c := range []struct {
		what string
		err  error
		want chat.Code
	}{
		{"a name of 30 bytes", modify(chat.GroupPatch{Name: long(30)}), 0},
		{"a name of 31 bytes", modify(chat.GroupPatch{Name: long(31)}), 10004},
		{"an empty name", modify(chat.GroupPatch{Name: long(0)}), 10004},
		{"an introduction of 240 bytes", modify(chat.GroupPatch{Introduction: long(240)}), 0},
		{"an introduction of 241 bytes", modify(chat.GroupPatch{Introduction: long(241)}), 10004},
		{"a notification of 300 bytes", modify(chat.GroupPatch{Notification: long(300)}), 0},
		{"a notification of 301 bytes", modify(chat.GroupPatch{Notification: long(301)}), 10004},
		{"a photo address of 100 bytes", modify(chat.GroupPatch{FaceURL: long(100)}), 0},
		{"a photo address of 101 bytes", modify(chat.GroupPatch{FaceURL: long(101)}), 10004},
		{"no room for anybody", modify(chat.GroupPatch{MaxMembers: &zero}), 10004},
		{"more room than the app allows", modify(chat.GroupPatch{MaxMembers: &huge}), 10004},
		{"an unknown join option", modify(chat.GroupPatch{ApplyJoin: &apply}), 10004},
		{"an unknown invite option", modify(chat.GroupPatch{InviteJoin: &invite}), 10004},
		{"10 custom fields", modify(chat.GroupPatch{Custom: fields(10)}), 0},
		{"11 custom fields", modify(chat.GroupPatch{Custom: fields(11)}), 10004},
		{"a custom key of 17 bytes", modify(chat.GroupPatch{Custom: map[string]string{*long(17): "v"}}), 10004},
		{"a custom key with a dash", modify(chat.GroupPatch{Custom: map[string]string{"a-b": "v"}}), 10004},
		{"a custom value of 513 bytes", modify(chat.GroupPatch{Custom: map[string]string{"a": *long(513)}}), 10004},
		{"a card of 50 bytes", member(chat.MemberPatch{NameCard: long(50)}), 0},
		{"a card of 51 bytes", member(chat.MemberPatch{NameCard: long(51)}), 10004},
		{"a card that is no text", member(chat.MemberPatch{NameCard: ptr("\xff")}), 10004},
		{"an unknown receive option", member(chat.MemberPatch{Flag: &flag}), 10004},
		{"an owner appointed", member(chat.MemberPatch{Role: &owner}), 10004},
		{"6 custom fields of a member", member(chat.MemberPatch{Custom: fields(6)}), 10004},
		{"a member's custom value of 65 bytes", member(chat.MemberPatch{Custom: map[string]string{"a": *long(65)}}), 10004},
		{"300 added", add(many(300)), 0},
		{"301 added", add(many(301)), 10005},
		{"nobody added", add(nil), 10004},
		{"501 kicked", h.Group.RemoveMembers(h.ctx, admin(), g, many(501), true, ""), 10005},
		{"500 kicked", h.Group.RemoveMembers(h.ctx, admin(), g, many(500), true, ""), 0},
		{"501 muted", h.Group.MuteMembers(h.ctx, admin(), g, many(501), 1), 10005},
		{"501 roles asked", roles(many(501)), 10005},
		{"500 roles asked", roles(many(500)), 0},
		{"101 first members", create(chat.GroupDraft{Type: chat.Public, Members: crowd(101)}), 10005},
		{"a first member twice", create(chat.GroupDraft{Type: chat.Public, Members: crowd(2)}), 0},
		{"more first members than fit", create(chat.GroupDraft{Type: chat.Public, MaxMembers: 1, Owner: "ann", Members: crowd(1)}), 10038},
		{"an admin in a Work group", create(chat.GroupDraft{Type: chat.Work, Members: []chat.NewMember{{User: "bob", Role: chat.RoleAdmin}}}), 10007},
		{"an unknown owner", create(chat.GroupDraft{Type: chat.Public, Owner: "stranger"}), 10019},
		{"an unknown type", create(chat.GroupDraft{Type: "BChatRoom"}), 10004},
		{"an id of 48 bytes", create(chat.GroupDraft{Type: chat.Public, ID: chat.GroupID(*long(48))}), 0},
		{"an id of 49 bytes", create(chat.GroupDraft{Type: chat.Public, ID: chat.GroupID(*long(49))}), 10015},
		{"an id in another script", create(chat.GroupDraft{Type: chat.Public, ID: "室"}), 10015},
		{"a Community's id", create(chat.GroupDraft{Type: chat.Community, ID: "@TGS#_town"}), 0},
		{"a Community's id of the server's", create(chat.GroupDraft{Type: chat.Community, ID: "@TGS#_@TGS#town"}), 10015},
		{"no group at all, and no owner", create(chat.GroupDraft{Type: chat.Public}), 0},
	} {
		if got := chat.CodeOf(c.err); got != c.want {
			t.Errorf("%s: got %d (%v), want %d", c.what, got, c.err, c.want)
		}
	}
}

func ptr[T any](v T) *T { return &v }

func TestAppSwitches(t *testing.T) {
	h := open(t, nil)
	public, meeting := h.group("ann", chat.Public), h.group("ann", chat.Meeting)
	for _, g := range []chat.GroupID{public, meeting} {
		h.send("ann", chat.ToGroup(g), "before")
		_, err := h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"bob"}, true)
		h.must(err)
	}
	reads := func(g chat.GroupID) int {
		p, err := h.Message.History(h.ctx, as("bob"), message.HistoryQuery{Target: chat.ToGroup(g)})
		h.must(err)
		return len(p.Messages)
	}
	if p, m := reads(public), reads(meeting); p != 0 || m != 1 {
		t.Errorf("by default: %d and %d messages from before, want 0 and 1", p, m)
	}
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Limits: chat.Limits{GroupsPerUser: 2}, Switches: chat.Switches{
		EarlierHistory:   map[chat.GroupType]bool{chat.Public: true},
		NoEarlierHistory: map[chat.GroupType]bool{chat.Meeting: true},
		NoCommunity:      true,
	}})
	if p, m := reads(public), reads(meeting); p != 1 || m != 0 {
		t.Errorf("switched: %d and %d messages from before, want 1 and 0", p, m)
	}
	_, err := h.Group.Create(h.ctx, as("cat"), chat.GroupDraft{Type: chat.Community, Name: "c"})
	h.wants(err, 11000)
	_, err = h.Group.Create(h.ctx, as("ann"), chat.GroupDraft{Type: chat.Public, Name: "third"})
	h.wants(err, 10037)
	_, err = h.Group.Create(h.ctx, as("ann"), chat.GroupDraft{Type: chat.AVChatRoom, Name: "live"})
	h.wants(err, 0)
	third := h.group("cat", chat.Meeting)
	_, err = h.Group.Join(h.ctx, as("bob"), third, "")
	h.wants(err, 10037)
	_, err = h.Group.AddMembers(h.ctx, admin(), third, []chat.UserID{"bob"}, true)
	h.wants(err, 10037)
}

func TestGroupSizeLimitWithoutAppLimits(t *testing.T) {
	h := open(t, nil)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Limits: chat.Limits{GroupMembers: -1, GroupsPerUser: -1}})
	d := chat.GroupDraft{Type: chat.Meeting, Name: "g", Owner: "ann"}
	wide, err := h.Group.Create(h.ctx, admin(), d)
	h.must(err)
	d.MaxMembers = 100_000
	bounded, err := h.Group.Create(h.ctx, admin(), d)
	h.must(err)
	h.must(h.Group.Modify(h.ctx, admin(), bounded.ID, chat.GroupPatch{MaxMembers: ptr(1)}))
	_, err = h.Group.Join(h.ctx, as("bob"), wide.ID, "")
	h.wants(err, 0)
	_, err = h.Group.Join(h.ctx, as("bob"), bounded.ID, "")
	h.wants(err, 10014)
}

func TestTipNamesSystemAsOperator(t *testing.T) {
	h, a := listen(t)
	g := h.group("ann", chat.Public, "bob")
	h.hears(a, g, "joined [ann bob]", `notice 6 to ann "" 0`, `notice 7 to bob "" 0`)
	system := chat.Actor{App: app, Standing: chat.AsSystem}
	h.must(h.Group.RemoveMembers(h.ctx, system, g, []chat.UserID{"bob"}, false, ""))
	h.hears(a, g, "left [bob]", "stored tip 4 by @TIM#SYSTEM on bob, 1 in", `notice 4 to bob "" 0`)
}

func TestTipsCarryProfiles(t *testing.T) {
	h := open(t, nil)
	_, err := h.People.Import(h.ctx, admin(), []chat.Profile{{User: "bob", Nick: ptr("Bobby"), FaceURL: ptr("http://b")}})
	h.must(err)
	g := h.group("ann", chat.Public, "bob")
	h.must(h.Group.ModifyMember(h.ctx, as("bob"), g, "bob", chat.MemberPatch{NameCard: ptr("the bob")}))
	h.must(h.Group.Modify(h.ctx, as("ann"), g, chat.GroupPatch{Name: ptr("renamed"), MuteAll: ptr(true), Introduction: ptr("")}))
	h.must(h.Group.MuteMembers(h.ctx, as("ann"), g, []chat.UserID{"bob"}, 90))
	list, err := h.store.Messages(h.ctx, chat.GroupOf(app, g), 1, false, 10, 1<<20)
	h.must(err)
	if len(list) != 2 {
		t.Fatalf("%d tips, want 2", len(list))
	}
	change := list[0].Tip.Change
	if change == nil || change.Name == nil || *change.Name != "renamed" || change.Introduction != nil || change.MuteAll != nil {
		t.Errorf("change: %+v, want the name alone: mute-all is not told, the introduction is as it was", change)
	}
	want := chat.Person{User: "bob", Nick: "Bobby", FaceURL: "http://b", NameCard: "the bob", Role: chat.RoleMember, MuteTime: 90}
	if got := list[1].Tip.Members; len(got) != 1 || got[0] != want {
		t.Errorf("muted: %+v, want %+v", got, want)
	}
	if op := list[1].Tip.Operator; op.User != "ann" || op.Role != chat.RoleOwner {
		t.Errorf("operator: %+v", op)
	}
}

func TestPagesOfMembers(t *testing.T) {
	h := open(t, nil)
	d := chat.GroupDraft{Type: chat.Public, Name: "g", Owner: "u0000"}
	users := h.people(6)
	for i, u := range users[1:] {
		role := chat.RoleMember
		if i%2 == 0 {
			role = chat.RoleAdmin
		}
		d.Members = append(d.Members, chat.NewMember{User: u, Role: role})
	}
	g, err := h.Group.Create(h.ctx, admin(), d)
	h.must(err)
	page := func(q chat.MemberQuery) (string, chat.UserID) {
		list, total, next, err := h.Group.Members(h.ctx, as("u0003"), g.ID, q)
		h.must(err)
		if total != 6 {
			t.Errorf("total %d, want 6", total)
		}
		var names []string
		for _, m := range list {
			names = append(names, string(m.User)[4:])
		}
		return strings.Join(names, ""), next
	}
	for _, c := range []struct {
		what string
		q    chat.MemberQuery
		want string
		next chat.UserID
	}{
		{"all", chat.MemberQuery{}, "012345", ""},
		{"the first two", chat.MemberQuery{Limit: 2}, "01", "u0001"},
		{"two after the second", chat.MemberQuery{After: "u0001", Limit: 2}, "23", "u0003"},
		{"the last two exactly", chat.MemberQuery{After: "u0003", Limit: 2}, "45", ""},
		{"two from the fourth on", chat.MemberQuery{Offset: 4, Limit: 5}, "45", ""},
		{"past the end", chat.MemberQuery{Offset: 9}, "", ""},
		{"the admins", chat.MemberQuery{Roles: []chat.Role{chat.RoleAdmin}}, "135", ""},
		{"the second admin", chat.MemberQuery{Roles: []chat.Role{chat.RoleAdmin}, Offset: 1, Limit: 1}, "3", "u0003"},
		{"owner and members", chat.MemberQuery{Roles: []chat.Role{chat.RoleOwner, chat.RoleMember}}, "024", ""},
	} {
		if got, next := page(c.q); got != c.want || next != c.next {
			t.Errorf("%s: got %s, next %q; want %s, %q", c.what, got, next, c.want, c.next)
		}
	}
	roles, err := h.Group.Roles(h.ctx, as("u0003"), g.ID, []chat.UserID{"u0000", "ann", "u0001", "u0002"})
	h.must(err)
	if !slices.Equal(roles, []chat.Role{chat.RoleOwner, chat.NotMember, chat.RoleAdmin, chat.RoleMember}) {
		t.Errorf("roles: %v", roles)
	}
}

func TestMemberView(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	h.send("bob", chat.ToGroup(g), "one")
	h.send("ann", chat.ToGroup(g), "two")
	h.must(h.Inbox.MarkRead(h.ctx, as("bob"), "", chat.ToGroup(g), 2))
	h.must(h.Group.MuteMembers(h.ctx, as("ann"), g, []chat.UserID{"bob"}, 60))
	h.must(h.Group.ModifyMember(h.ctx, as("bob"), g, "bob", chat.MemberPatch{
		NameCard: ptr("Bob"), Flag: ptr(chat.Discard), Custom: map[string]string{"k": "v"},
	}))
	look := func(by chat.Actor) chat.MemberView {
		list, _, _, err := h.Group.Members(h.ctx, by, g, chat.MemberQuery{After: "ann"})
		h.must(err)
		return list[0]
	}
	m := look(admin())
	if m.User != "bob" || m.ReadSeq != 2 || m.LastSend != 1_700_000_000 || m.MuteUntil != 1_700_000_060 ||
		m.NameCard != "Bob" || m.Flag != chat.Discard || m.Custom["k"] != "v" || m.Joined != 1_700_000_000 {
		t.Errorf("to administrators: %+v %+v", m, m.Member)
	}
	if m := look(as("ann")); m.LastSend != 0 {
		t.Errorf("members see when bob last sent a message: %d", m.LastSend)
	}
	h.wants(h.Group.ModifyMember(h.ctx, as("ann"), g, "bob", chat.MemberPatch{Flag: ptr(chat.AcceptAndNotify)}), 10007)
	h.must(h.Group.ModifyMember(h.ctx, admin(), g, "bob", chat.MemberPatch{Flag: ptr(chat.AcceptAndNotify)}))
	h.wants(h.Group.ModifyMember(h.ctx, admin(), g, "cat", chat.MemberPatch{NameCard: ptr("Cat")}), 10007)
}

func TestNonMembersSeePublicProfile(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public)
	h.must(h.Group.Modify(h.ctx, as("ann"), g, chat.GroupPatch{
		Notification: ptr("for members"), Introduction: ptr("for all"), Custom: map[string]string{"k": "v"},
	}))
	h.send("ann", chat.ToGroup(g), "hi")
	v, err := h.Group.Get(h.ctx, as("bob"), g)
	h.must(err)
	if v.Name != "g" || v.Introduction != "for all" || v.Owner != "ann" || v.Members != 1 {
		t.Errorf("an outsider misses %+v", v.Group)
	}
	if v.Notification != "" || v.Custom != nil || v.Head.Seq != 0 {
		t.Errorf("an outsider sees %+v %+v", v.Group, v.Head)
	}
	if v, err := h.Group.Get(h.ctx, admin(), g); err != nil || v.Notification == "" || v.Head.LastSeq == 0 {
		t.Errorf("an administrator sees %+v, %v", v, err)
	}
}

func TestMutesExpire(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob", "cat")
	h.must(h.Group.MuteMembers(h.ctx, as("ann"), g, []chat.UserID{"bob"}, 60))
	h.must(h.Group.MuteMembers(h.ctx, as("ann"), g, []chat.UserID{"cat"}, chat.MuteForever))
	speak := func(u chat.UserID) error {
		_, err := h.Message.SendWait(h.ctx, as(u), chat.Draft{To: chat.ToGroup(g), Body: text("?")})
		return err
	}
	h.wait(59 * time.Second)
	h.wants(speak("bob"), 10017)
	h.wait(time.Second)
	h.wants(speak("bob"), 0)
	h.wait(100 * 365 * 24 * time.Hour / 2)
	h.wants(speak("cat"), 10017)
	list, err := h.Group.MutedMembers(h.ctx, as("ann"), g)
	h.must(err)
	if len(list) != 1 || list[0].User != "cat" || list[0].Until != math.MaxUint32 {
		t.Errorf("muted: %v, want cat until the end of 32 bits", list)
	}
	_, err = h.Group.MutedMembers(h.ctx, as("bob"), g)
	h.wants(err, 10007)
	work := h.group("ann", chat.Work)
	list, err = h.Group.MutedMembers(h.ctx, admin(), work)
	if err != nil || len(list) != 0 {
		t.Errorf("muted in Work: %v, %v, want nobody", list, err)
	}
}

func TestGroupsOfAUser(t *testing.T) {
	h := open(t, nil)
	public, work := h.group("ann", chat.Public, "bob"), h.group("ann", chat.Work, "bob")
	live := h.group("ann", chat.AVChatRoom)
	_, err := h.Group.Join(h.ctx, as("bob"), live, "")
	h.must(err)
	list := func(by chat.Actor, u chat.UserID, q group.JoinedQuery) (ids []chat.GroupID, total int) {
		groups, total, err := h.Group.Joined(h.ctx, by, u, q)
		h.must(err)
		for _, g := range groups {
			if g.Self.User != u {
				t.Errorf("%s of %s shows %s", g.ID, u, g.Self.User)
			}
			ids = append(ids, g.ID)
		}
		return ids, total
	}
	for _, c := range []struct {
		what string
		by   chat.Actor
		u    chat.UserID
		q    group.JoinedQuery
		want []chat.GroupID
	}{
		{"what is awake", as("bob"), "bob", group.JoinedQuery{}, []chat.GroupID{public}},
		{"what is asleep, to its owner", as("ann"), "ann", group.JoinedQuery{}, []chat.GroupID{public, work}},
		{"what is asleep, to a backend", admin(), "ann", group.JoinedQuery{}, []chat.GroupID{public}},
		{"what is asleep, on demand", admin(), "bob", group.JoinedQuery{WithInactive: true}, []chat.GroupID{public, work}},
		{"what is watched", as("bob"), "bob", group.JoinedQuery{WithLive: true}, []chat.GroupID{public, live}},
		{"one type", as("bob"), "bob", group.JoinedQuery{Type: chat.AVChatRoom, WithLive: true}, []chat.GroupID{live}},
		{"what a stranger is in", admin(), "stranger", group.JoinedQuery{}, nil},
	} {
		got, total := list(c.by, c.u, c.q)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) || total != len(c.want) {
			t.Errorf("%s: got %v of %d, want %v", c.what, got, total, c.want)
		}
	}
	all := group.JoinedQuery{WithInactive: true, WithLive: true}
	whole, _ := list(admin(), "bob", all)
	all.Offset, all.Limit = 1, 1
	if got, total := list(admin(), "bob", all); total != 3 || !slices.Equal(got, whole[1:2]) {
		t.Errorf("the second of %v: got %v of %d", whole, got, total)
	}
	_, _, err = h.Group.Joined(h.ctx, as("cat"), "bob", group.JoinedQuery{})
	h.wants(err, 10007)
	_, _, err = h.Group.List(h.ctx, as("ann"), "", "", 10)
	h.wants(err, 10007)
	ids, total, err := h.Group.List(h.ctx, admin(), chat.Work, "", 10)
	if err != nil || total != 1 || !slices.Equal(ids, []chat.GroupID{work}) {
		t.Errorf("all Work groups: %v of %d, %v", ids, total, err)
	}
}
