package core_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
)

// quotas sets how many groups a user makes a day, AVChatRooms among them, and how many
// of those they own.
func (h *house) quotas(perDay, roomsPerDay, owned int) {
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Limits: chat.Limits{
		GroupsMadePerDay: perDay, LiveRoomsMadePerDay: roomsPerDay, LiveRoomsOwned: owned,
	}})
}

// makes has a user make a group and returns its id.
func (h *house) makes(by chat.Actor, t chat.GroupType, want chat.Code) chat.GroupID {
	h.Helper()
	g, err := h.Group.Create(h.ctx, by, chat.GroupDraft{Type: t, Name: "g"})
	if h.wants(err, want); err != nil {
		return ""
	}
	return g.ID
}

func TestGroupsMadeADay(t *testing.T) {
	h := open(t, nil)
	h.quotas(3, 2, -1)
	h.makes(as("ann"), chat.AVChatRoom, 0)
	h.makes(as("ann"), chat.AVChatRoom, 0)
	h.makes(as("ann"), chat.AVChatRoom, chat.CodeGroupFrequency)
	h.makes(as("ann"), chat.Public, 0)
	h.makes(as("ann"), chat.Work, chat.CodeGroupFrequency)
	h.makes(as("bob"), chat.Work, 0)
	for range 5 {
		h.makes(admin(), chat.AVChatRoom, 0)
	}
	for range 5 { // what a backend makes for users is not counted
		if _, err := h.Group.Create(h.ctx, admin(), chat.GroupDraft{Type: chat.Public, Name: "g", Owner: "ann"}); err != nil {
			t.Error(err)
		}
	}
	now := h.clock()
	h.wait(now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(now)) // midnight
	h.makes(as("ann"), chat.AVChatRoom, 0)
}

// A group that is refused is not counted.
func TestRefusedGroupIsNotCounted(t *testing.T) {
	h := open(t, nil)
	h.quotas(2, 2, 2)
	mine, theirs := chat.GroupDraft{ID: "mine", Type: chat.AVChatRoom, Name: "g"}, chat.GroupDraft{ID: "theirs", Type: chat.AVChatRoom, Name: "g"}
	if _, err := h.Group.Create(h.ctx, as("bob"), theirs); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Group.Create(h.ctx, as("ann"), mine); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		_, err := h.Group.Create(h.ctx, as("ann"), theirs)
		h.wants(err, chat.CodeGroupIDTaken)
		_, err = h.Group.Create(h.ctx, as("ann"), mine)
		h.wants(err, chat.CodeGroupIDYours)
	}
	h.makes(as("ann"), chat.AVChatRoom, 0)
	h.quotas(-1, -1, 2)
	h.makes(as("ann"), chat.AVChatRoom, chat.CodeTooManyLiveRooms)
}

func TestLiveRoomsOwned(t *testing.T) {
	h := open(t, nil)
	h.quotas(-1, -1, 2)
	first := h.makes(as("ann"), chat.AVChatRoom, 0)
	h.makes(as("ann"), chat.AVChatRoom, 0)
	h.makes(as("ann"), chat.AVChatRoom, chat.CodeTooManyLiveRooms)
	h.makes(as("ann"), chat.Public, 0)
	if err := h.Group.Destroy(h.ctx, as("ann"), first); err != nil {
		t.Fatal(err)
	}
	h.makes(as("ann"), chat.AVChatRoom, 0)
	h.makes(as("ann"), chat.AVChatRoom, chat.CodeTooManyLiveRooms)

	full := h.makes(as("bob"), chat.AVChatRoom, 0)
	h.makes(as("bob"), chat.AVChatRoom, 0)
	// A backend makes as many as it likes; they count for their owner.
	if _, err := h.Group.Create(h.ctx, admin(), chat.GroupDraft{Type: chat.AVChatRoom, Name: "g", Owner: "bob"}); err != nil {
		t.Error(err)
	}
	if err := h.Group.Destroy(h.ctx, as("bob"), full); err != nil {
		t.Fatal(err)
	}
	h.makes(as("bob"), chat.AVChatRoom, chat.CodeTooManyLiveRooms)
}

// A room that is gone, or was set aside by a call that ended before it was made, is
// passed over once it cannot come any more.
func TestStaleRoomsAreNotCounted(t *testing.T) {
	h := open(t, nil)
	h.quotas(-1, -1, 1)
	lost := h.makes(as("ann"), chat.AVChatRoom, 0)
	err := h.store.Apply(h.ctx, []*chat.Commit{{Shard: chat.GroupShard(app, lost), Drop: true}})
	if err != nil {
		t.Fatal(err)
	}
	h.makes(as("ann"), chat.AVChatRoom, 0)
	h.makes(as("ann"), chat.AVChatRoom, chat.CodeTooManyLiveRooms)
}

// Two cores over one store together let a user make no more than one would, and the
// counts survive both.
func TestQuotasHoldAtOnceAndAfterARestart(t *testing.T) {
	eachTwins(t, func(w *twins) {
		limits := chat.Limits{GroupsMadePerDay: 7, LiveRoomsMadePerDay: 5, LiveRoomsOwned: 3}
		apps := &chat.Apps{}
		apps.Set(chat.App{ID: app, Limits: limits})
		open := func() *core.Core { return core.New(core.Options{Store: w.store, Apps: apps}) }
		cores := []*core.Core{open(), open()}
		made := createMany(w, cores, chat.AVChatRoom, 8)
		if made != 3 {
			w.Errorf("%d AVChatRooms were made, want 3", made)
		}
		if made = createMany(w, cores, chat.Public, 12); made != 4 {
			w.Errorf("%d groups were made beside them, want 4", made)
		}
		for _, c := range cores {
			if err := c.Close(context.Background()); err != nil {
				w.Error(err)
			}
		}
		again := open()
		defer again.Close(context.Background())
		_, err := again.Group.Create(w.Context(), as("ann"), chat.GroupDraft{Type: chat.AVChatRoom, Name: "g"})
		if chat.CodeOf(err) != chat.CodeTooManyLiveRooms {
			w.Errorf("after a restart: %v", err)
		}
		_, err = again.Group.Create(w.Context(), as("ann"), chat.GroupDraft{Type: chat.Public, Name: "g"})
		if chat.CodeOf(err) != chat.CodeGroupFrequency {
			w.Errorf("after a restart: %v", err)
		}
	})
}

// createMany has ann make groups all at once, and returns how many there are.
func createMany(w *twins, cores []*core.Core, t chat.GroupType, n int) int {
	w.Helper()
	var all sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		all.Go(func() {
			_, errs[i] = cores[i%len(cores)].Group.Create(w.Context(), as("ann"), chat.GroupDraft{Type: t, Name: "g"})
		})
	}
	all.Wait()
	made := 0
	for _, err := range errs {
		code := chat.CodeOf(err)
		if !slices.Contains([]chat.Code{0, chat.CodeTooManyLiveRooms, chat.CodeGroupFrequency}, code) {
			w.Errorf("create: %v", err)
		}
		if code == 0 {
			made++
		}
	}
	return made
}

// The app grows by so many groups a day, by all users together; what is disbanded makes room
// (spec/41 §3). Imported groups count and are not refused.
func TestAppGrowsByLimitedGroupsADay(t *testing.T) {
	h := open(t, nil)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Limits: chat.Limits{GroupGrowthPerDay: 3}})
	first := h.makes(as("ann"), chat.Public, 0)
	h.makes(admin(), chat.Work, 0)
	second, err := h.Group.Import(h.ctx, admin(), chat.GroupDraft{Type: chat.Public, Name: "g"}, 0)
	h.wants(err, 0)
	h.makes(admin(), chat.Public, chat.CodeGroupFrequency)
	h.makes(as("bob"), chat.AVChatRoom, chat.CodeGroupFrequency)
	_, err = h.Group.Import(h.ctx, admin(), chat.GroupDraft{Type: chat.Public, Name: "g"}, 0)
	h.wants(err, 0)
	h.wants(h.Group.Destroy(h.ctx, admin(), first), 0)
	h.makes(as("ann"), chat.Public, chat.CodeGroupFrequency)
	h.wants(h.Group.Destroy(h.ctx, admin(), second.ID), 0)
	h.makes(as("ann"), chat.Public, 0)
	h.makes(as("ann"), chat.Public, chat.CodeGroupFrequency)
	now := h.clock()
	h.wait(now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(now)) // midnight
	h.makes(as("ann"), chat.Public, 0)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Limits: chat.Limits{GroupGrowthPerDay: -1}})
	for range 5 {
		h.makes(as("ann"), chat.Public, 0)
	}
}

// The app is told once a day that more than 70% of its groups are made (spec/30 §6.4).
func TestAppIsToldThatFewGroupsAreLeft(t *testing.T) {
	h := hooked(t, func(a *chat.App) { a.Limits.GroupGrowthPerDay = 10 })
	from := ""
	for n := 1; n <= 12; n++ {
		want := []string(nil)
		if n == 8 {
			want = []string{`{"CallbackCommand":"Group.CallbackOnDailyGroupQuotaAlarm","QuotaUsed":8,"Quota":10,"EventTime":1700000000000}`}
		}
		code := chat.Code(0)
		if n > 10 {
			code = chat.CodeGroupFrequency
		}
		h.makes(as("ann"), chat.Public, code)
		var got []string
		got, from = h.bodies(from, chat.GroupQuota)
		h.same(strconv.Itoa(n), got, want)
	}
}

// The app is not asked about a group that no rule lets be made.
func TestAppIsNotAskedAboutWhatIsRefusedAnyway(t *testing.T) {
	for what, c := range map[string]struct {
		limits chat.Limits
		draft  chat.GroupDraft
		want   chat.Code
	}{
		"groups of the user's day": {chat.Limits{GroupsMadePerDay: 1}, chat.GroupDraft{Type: chat.Public, Name: "g"}, chat.CodeGroupFrequency},
		"rooms of the user's day":  {chat.Limits{LiveRoomsMadePerDay: 1}, chat.GroupDraft{Type: chat.AVChatRoom, Name: "g"}, chat.CodeGroupFrequency},
		"rooms the user owns":      {chat.Limits{LiveRoomsOwned: 1}, chat.GroupDraft{Type: chat.AVChatRoom, Name: "g"}, chat.CodeTooManyLiveRooms},
		"groups of the app's day":  {chat.Limits{GroupGrowthPerDay: 1}, chat.GroupDraft{Type: chat.Public, Name: "g"}, chat.CodeGroupFrequency},
		"an id of their own":       {chat.Limits{}, chat.GroupDraft{Type: chat.Public, Name: "g", ID: "g"}, chat.CodeGroupIDYours},
	} {
		h, j := judged(t)
		a := *h.apps.App(app)
		a.Limits = c.limits
		h.apps.Set(a)
		_, err := h.Group.Create(h.ctx, as("ann"), chat.GroupDraft{Type: chat.AVChatRoom, Name: "g", ID: "g"})
		h.wants(err, 0)
		j.asked = nil
		_, err = h.Group.Create(h.ctx, as("ann"), c.draft)
		h.wants(err, c.want)
		h.same(what, j.asked, []string(nil))
	}
	h, j := judged(t)
	found(t, h.Core, "bob")
	topic(t, h.Core, green)
	j.asked = nil
	_, err := h.Group.CreateTopic(h.ctx, as("ann"), chat.TopicDraft{Community: community, ID: green, Name: "T"})
	h.wants(err, chat.CodeGroupIDYours)
	h.same("a topic that is there", j.asked, []string(nil))
}

// Nor is it asked about joins and invitations that are refused anyway.
func TestAppIsNotAskedAboutJoinsThatAreRefusedAnyway(t *testing.T) {
	h, j := judged(t)
	a := *h.apps.App(app)
	a.Limits.GroupsPerUser = 1
	h.apps.Set(a)
	h.group("bob", chat.Public)
	other, small := h.group("", chat.Public), chat.GroupID("small")
	_, err := h.Group.Create(h.ctx, admin(), chat.GroupDraft{ID: small, Type: chat.Public, Name: "g", Owner: "ann", MaxMembers: 1})
	h.wants(err, 0)
	j.asked = nil
	_, err = h.Group.Join(h.ctx, as("bob"), other, "")
	h.wants(err, chat.CodeTooManyGroups)
	_, err = h.Group.Join(h.ctx, as("cat"), small, "")
	h.wants(err, chat.CodeGroupFull)
	_, err = h.Group.AddMembers(h.ctx, admin(), small, []chat.UserID{"cat"}, true)
	h.wants(err, chat.CodeGroupFull)
	_, err = h.Group.AddMembers(h.ctx, admin(), other, []chat.UserID{"bob"}, true)
	h.wants(err, chat.CodeTooManyGroups)
	h.same("asked", j.asked, []string(nil))
}
