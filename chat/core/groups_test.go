package core_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/chattest"
	"github.com/teahouse-im/teahouse/chat/core"
)

func TestStories(t *testing.T) {
	h := open(t, nil)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{chattest.Admin}})
	chattest.Run(t, chattest.Core(h.Core, app))
}

// audience writes down, in order, what devices are told about groups.
type audience struct {
	*ears
	mu   sync.Mutex
	told []string
}

func (a *audience) note(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told = append(a.told, fmt.Sprintf(format, args...))
}

func (a *audience) Deliver(m *chat.Message, _ uint64) {
	if m.Tip == nil {
		a.note("message %d", m.Seq)
		return
	}
	var who []string
	for _, p := range m.Tip.Members {
		who = append(who, string(p.User))
	}
	stored := "stored"
	if m.Clock == 0 {
		stored = "passing"
	}
	a.note("%s tip %d by %s on %s, %d in", stored, m.Tip.Kind, m.Tip.Operator.User, strings.Join(who, " "), m.Tip.MemberNum)
}

func (a *audience) UserEvent(e *chat.UserEvent) {
	a.note("notice %d to %s %q %d", e.Notice.Kind, e.User, e.Notice.Reason, e.Notice.MuteTime)
}

func (a *audience) Joined(_ chat.AppID, _ chat.GroupID, _ chat.GroupType, list []chat.UserID) {
	a.note("joined %v", list)
}

func (a *audience) Left(_ chat.AppID, _ chat.GroupID, list []chat.UserID) { a.note("left %v", list) }

func (a *audience) Gone(chat.AppID, chat.GroupID) { a.note("gone") }

// listen opens a house and writes down what devices are told.
func listen(t *testing.T) (*house, *audience) {
	t.Helper()
	h := open(t, nil)
	a := &audience{ears: h.ears}
	h.Attach(a)
	return h, a
}

// hears checks what devices were told about g since the last time. A step
// through the lane of g makes sure that what was told is told.
func (h *house) hears(a *audience, g chat.GroupID, want ...string) {
	h.Helper()
	_ = h.Group.Modify(h.ctx, admin(), g, chat.GroupPatch{})
	a.mu.Lock()
	defer a.mu.Unlock()
	if !slices.Equal(a.told, want) {
		h.Errorf("told\n     %s\nwant %s", strings.Join(a.told, "\n     "), strings.Join(want, "\n     "))
	}
	a.told = nil
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func TestJoinTipReachesJoiner(t *testing.T) {
	h, a := listen(t)
	g := h.group("ann", chat.Public, "cat")
	h.hears(a, g, "joined [ann cat]", `notice 6 to ann "" 0`, `notice 7 to cat "" 0`)
	_, err := h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"bob"}, false)
	h.must(err)
	h.hears(a, g, "joined [bob]", "stored tip 2 by admin on bob, 3 in", `notice 7 to bob "" 0`)
}

func TestKickedMemberGetsNoticeButNoTip(t *testing.T) {
	h, a := listen(t)
	g := h.group("ann", chat.Public, "bob", "cat")
	h.hears(a, g, "joined [ann bob cat]", `notice 6 to ann "" 0`, `notice 7 to bob "" 0`, `notice 7 to cat "" 0`)
	h.must(h.Group.RemoveMembers(h.ctx, as("ann"), g, []chat.UserID{"bob", "stranger", "bob"}, false, "noise"))
	h.hears(a, g, "left [bob]", "stored tip 4 by ann on bob, 2 in", `notice 4 to bob "noise" 0`)
	h.must(h.Group.RemoveMembers(h.ctx, as("ann"), g, []chat.UserID{"cat"}, true, ""))
	h.hears(a, g, "left [cat]", `notice 4 to cat "" 0`)
}

func TestSilentAddSendsNothing(t *testing.T) {
	h, a := listen(t)
	g := h.group("ann", chat.Public)
	h.hears(a, g, "joined [ann]", `notice 6 to ann "" 0`)
	_, err := h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"bob"}, true)
	h.must(err)
	h.hears(a, g, "joined [bob]")
}

func TestDestroyNotifiesMembersFirst(t *testing.T) {
	h, a := listen(t)
	g := h.group("ann", chat.Meeting, "bob")
	h.hears(a, g, "joined [ann bob]", `notice 6 to ann "" 0`, `notice 7 to bob "" 0`)
	h.must(h.Group.Destroy(h.ctx, as("ann"), g))
	h.hears(a, g, `notice 5 to ann "" 0`, `notice 5 to bob "" 0`, "gone")
}

func TestMeetingSendsNoJoinAndLeaveTips(t *testing.T) {
	h, a := listen(t)
	g := h.group("ann", chat.Meeting)
	h.hears(a, g, "joined [ann]", `notice 6 to ann "" 0`)
	_, err := h.Group.Join(h.ctx, as("bob"), g, "")
	h.must(err)
	h.must(h.Group.MuteMembers(h.ctx, as("ann"), g, []chat.UserID{"bob"}, 60))
	h.must(h.Group.Quit(h.ctx, as("bob"), g))
	name := "renamed"
	h.must(h.Group.Modify(h.ctx, as("ann"), g, chat.GroupPatch{Name: &name}))
	h.hears(a, g, "joined [bob]", `notice 17 to bob "" 60`, "left [bob]", `notice 8 to bob "" 0`,
		"stored tip 7 by ann on , 0 in")
}

func TestRoleAndMuteChangesAreAnnounced(t *testing.T) {
	h, a := listen(t)
	g := h.group("ann", chat.Community, "bob")
	h.hears(a, g, "joined [ann bob]", `notice 6 to ann "" 0`, `notice 7 to bob "" 0`)
	boss, member, minute := chat.RoleAdmin, chat.RoleMember, uint32(60)
	h.must(h.Group.ModifyMember(h.ctx, as("ann"), g, "bob", chat.MemberPatch{Role: &boss}))
	h.must(h.Group.ModifyMember(h.ctx, as("ann"), g, "bob", chat.MemberPatch{Role: &boss}))
	h.must(h.Group.ModifyMember(h.ctx, as("ann"), g, "bob", chat.MemberPatch{Role: &member, Mute: &minute}))
	h.hears(a, g, "stored tip 5 by ann on bob, 0 in", `notice 9 to bob "" 0`,
		"stored tip 8 by ann on bob, 0 in", "stored tip 6 by ann on bob, 0 in",
		`notice 17 to bob "" 60`, `notice 10 to bob "" 0`)
}

func TestWorkGroupWithoutMessagesSendsNoTips(t *testing.T) {
	h, a := listen(t)
	g := h.group("ann", chat.Work)
	h.hears(a, g, "joined [ann]", `notice 6 to ann "" 0`)
	_, err := h.Group.AddMembers(h.ctx, as("ann"), g, []chat.UserID{"bob"}, false)
	h.must(err)
	h.must(h.Group.RemoveMembers(h.ctx, as("ann"), g, []chat.UserID{"bob"}, false, ""))
	h.hears(a, g, "joined [bob]", "left [bob]")
}

func TestInitialMembersOfWorkGroupAreToldBehindFirstMessage(t *testing.T) {
	h, a := listen(t)
	g := h.group("ann", chat.Work, "bob", "cat")
	h.hears(a, g, "joined [ann bob cat]", `notice 6 to ann "" 0`)
	h.must(h.Group.Quit(h.ctx, as("cat"), g))
	h.hears(a, g, "left [cat]", `notice 8 to cat "" 0`)
	_, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToGroup(g), Body: text("?"), Control: chat.OnlineOnly})
	h.must(err)
	h.hears(a, g, "message 0")
	h.send("ann", chat.ToGroup(g), "awake")
	h.hears(a, g, "message 1", `notice 7 to bob "" 0`)
	h.send("ann", chat.ToGroup(g), "again")
	h.hears(a, g, "message 2")
}

func TestNoticesNameTheOperator(t *testing.T) {
	h := open(t, nil)
	nick, face, card := "Ann", "http://x/a", "the boss"
	_, err := h.People.Import(h.ctx, admin(), []chat.Profile{{User: "ann", Nick: &nick, FaceURL: &face}})
	h.must(err)
	want := chat.Person{User: "ann", Nick: nick, FaceURL: face, Role: chat.RoleOwner}
	d := chat.GroupDraft{Type: chat.Work, Name: "g", Members: []chat.NewMember{{User: "bob"}}}
	work, err := h.Group.Create(h.ctx, as("ann"), d)
	h.must(err)
	h.send("ann", chat.ToGroup(work.ID), "awake")
	d.Type = chat.Public
	g, err := h.Group.Create(h.ctx, as("ann"), d)
	h.must(err)
	for i := range uint32(2) {
		h.must(h.Group.MuteMembers(h.ctx, as("ann"), g.ID, []chat.UserID{"bob"}, 60+i))
		h.must(h.Group.ModifyMember(h.ctx, as("ann"), g.ID, "ann", chat.MemberPatch{NameCard: &card}))
	}
	list, err := h.store.UserEvents(h.ctx, app, "bob", 0, 10)
	h.must(err)
	for i, kind := range []chat.NoticeKind{chat.NoticeAdded, chat.NoticeAdded, chat.NoticeMuted, chat.NoticeMuted} {
		if i == 3 {
			want.NameCard = card
		}
		if i >= len(list) || list[i].Notice.Kind != kind || list[i].Notice.Operator != want {
			t.Fatalf("event %d of %d: want notice %d by %+v, got %+v", i, len(list), kind, want, list[min(i, len(list)-1)].Notice)
		}
	}
}

func TestGroupWebhookEvents(t *testing.T) {
	h := open(t, nil)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Webhook: chat.Webhook{URL: "http://app", All: true}})
	g := h.group("ann", chat.Public, "cat")
	_, err := h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"bob"}, true)
	h.must(err)
	h.must(h.Group.RemoveMembers(h.ctx, as("ann"), g, []chat.UserID{"bob"}, true, ""))
	h.must(h.Group.Quit(h.ctx, as("cat"), g))
	h.must(h.Group.Destroy(h.ctx, as("ann"), g))
	list, err := h.store.Pending(h.ctx, "", 100)
	h.must(err)
	want := []string{
		"Group.CallbackAfterCreateGroup by admin  [cat] 2 in",
		"Group.CallbackAfterNewMemberJoin by admin Invited [bob] 3 in",
		"Group.CallbackAfterMemberExit by ann Kicked [bob] 2 in",
		"Group.CallbackAfterMemberExit by cat Quit [cat] 1 in",
		"Group.CallbackAfterGroupDestroyed by ann  [ann] 1 in",
	}
	for i, e := range list {
		got := fmt.Sprintf("%s by %s %s %v %d in", e.Kind, e.By, e.Way, e.Users, e.Group.Members)
		if i >= len(want) || got != want[i] {
			t.Errorf("event %d: %s", i, got)
		}
		if e.Key != chat.GroupOf(app, g).String() || e.Time == 0 || e.Group.ID != g {
			t.Errorf("event %d: key %s, time %d, group %s", i, e.Key, e.Time, e.Group.ID)
		}
	}
	if len(list) != len(want) {
		t.Errorf("got %d events, want %d", len(list), len(want))
	}
}

func TestOnlySubscribedWebhookEventsAreQueued(t *testing.T) {
	h := open(t, nil)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Webhook: chat.Webhook{
		URL: "http://app", Events: map[string]bool{string(chat.AfterDestroy): true},
	}})
	h.must(h.Group.Destroy(h.ctx, admin(), h.group("ann", chat.Community, "bob")))
	list, err := h.store.Pending(h.ctx, "", 100)
	h.must(err)
	if len(list) != 1 || list[0].Kind != chat.AfterDestroy || list[0].Users != nil {
		t.Errorf("got %+v, want one AfterDestroy that names no members of a Community", list)
	}
}

func TestNewMembersHaveNothingUnread(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public)
	for range 3 {
		h.send("ann", chat.ToGroup(g), "before")
	}
	_, err := h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"bob"}, false)
	h.must(err)
	unread := func() uint64 {
		v, err := h.Inbox.Conversation(h.ctx, as("bob"), chat.ToGroup(g))
		h.must(err)
		return v.Unread
	}
	if n := unread(); n != 0 {
		t.Errorf("after joining: %d unread, want 0", n)
	}
	h.send("ann", chat.ToGroup(g), "after")
	if n := unread(); n != 1 {
		t.Errorf("after a message: %d unread, want 1", n)
	}
}

func TestGroupLimitUnderConcurrentJoins(t *testing.T) {
	h := open(t, nil)
	d := chat.GroupDraft{Type: chat.Meeting, Name: "small", Owner: "ann", MaxMembers: 5}
	g, err := h.Group.Create(h.ctx, admin(), d)
	h.must(err)
	users := h.people(20)
	var done sync.WaitGroup
	codes := make([]chat.Code, len(users))
	for i, u := range users {
		done.Go(func() {
			_, err := h.Group.Join(h.ctx, as(u), g.ID, "")
			codes[i] = chat.CodeOf(err)
		})
	}
	done.Wait()
	in := 0
	for _, c := range codes {
		switch c {
		case 0:
			in++
		case chat.CodeGroupFull:
		default:
			t.Errorf("got %d", c)
		}
	}
	_, total, _, err := h.Group.Members(h.ctx, admin(), g.ID, chat.MemberQuery{})
	h.must(err)
	if in != 4 || total != 5 {
		t.Errorf("%d came in, %d members, want 4 and 5", in, total)
	}
}

// people registers users u00, u01 and so on.
func (h *house) people(n int) []chat.UserID {
	h.Helper()
	var list []chat.UserID
	for i := range n {
		list = append(list, chat.UserID(fmt.Sprintf("u%04d", i)))
		if _, err := h.People.Login(h.ctx, app, list[i], chat.Ticket{}); err != nil {
			h.Fatal(err)
		}
	}
	return list
}

func TestDestroyNotifiesAllMembersOfLargeGroup(t *testing.T) {
	h, a := listen(t)
	g := h.group("ann", chat.Community)
	users := h.people(1100)
	for part := range slices.Chunk(users, 300) {
		_, err := h.Group.AddMembers(h.ctx, admin(), g, part, true)
		h.must(err)
	}
	v, err := h.Group.Get(h.ctx, admin(), g)
	h.must(err)
	if v.Members != 1101 {
		t.Fatalf("%d members, want 1101", v.Members)
	}
	h.must(h.Group.Destroy(h.ctx, admin(), g))
	_ = h.Group.Modify(h.ctx, admin(), g, chat.GroupPatch{})
	a.mu.Lock()
	defer a.mu.Unlock()
	told := 0
	for _, s := range a.told {
		if strings.HasPrefix(s, "notice 5 ") {
			told++
		}
	}
	if told != 1101 || a.told[len(a.told)-1] != "gone" {
		t.Errorf("%d were told, last %q; want 1101, gone", told, a.told[len(a.told)-1])
	}
}

func TestGeneratedGroupIDRetriesOnCollision(t *testing.T) {
	throws := 0
	h := open(t, func(o *core.Options) {
		o.Random = func() uint32 { // two numbers make an id: the first three ids are the same
			throws++
			return uint32(max(0, throws-6))
		}
	})
	d := chat.GroupDraft{Type: chat.Public, Name: "g"}
	one, err := h.Group.Create(h.ctx, as("ann"), d)
	h.must(err)
	two, err := h.Group.Create(h.ctx, as("bob"), d)
	h.must(err)
	if one.ID == two.ID || !strings.HasPrefix(string(two.ID), "@TGS#") {
		t.Errorf("got %s and %s", one.ID, two.ID)
	}
	d.Type = chat.Community
	three, err := h.Group.Create(h.ctx, as("ann"), d)
	h.must(err)
	if !strings.HasPrefix(string(three.ID), "@TGS#_@TGS#") {
		t.Errorf("a Community got %s", three.ID)
	}
}

func TestProfileChangesRaiseInfoSeq(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public)
	before, err := h.Group.Get(h.ctx, as("ann"), g)
	h.must(err)
	h.wait(time.Minute)
	name := "g" // as it is
	h.must(h.Group.Modify(h.ctx, as("ann"), g, chat.GroupPatch{Name: &name}))
	same, err := h.Group.Get(h.ctx, as("ann"), g)
	h.must(err)
	if same.InfoSeq != before.InfoSeq || same.InfoTime != before.InfoTime {
		t.Errorf("a change to the same name counts: %d → %d", before.InfoSeq, same.InfoSeq)
	}
	name = "other"
	h.must(h.Group.Modify(h.ctx, as("ann"), g, chat.GroupPatch{Name: &name, Custom: map[string]string{"k": "v"}}))
	after, err := h.Group.Get(h.ctx, as("ann"), g)
	h.must(err)
	if after.InfoSeq != before.InfoSeq+1 || after.InfoTime != before.InfoTime+60 || after.Custom["k"] != "v" {
		t.Errorf("after a change: %+v", after.Group)
	}
	h.must(h.Group.Modify(h.ctx, as("ann"), g, chat.GroupPatch{Custom: map[string]string{"k": ""}}))
	if v, _ := h.Group.Get(h.ctx, as("ann"), g); len(v.Custom) != 0 || after.Custom["k"] != "v" {
		t.Errorf("after deleting the field: %v; the row read before: %v", v.Custom, after.Custom)
	}
}
