package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/chat/push"
	"github.com/teahouse-im/teahouse/storage/memory"
	"github.com/teahouse-im/teahouse/storage/storagetest/faulty"
)

// connected are ears of users of which some are online, and hear what users are told.
type connected struct {
	ears
	online map[chat.UserID]bool
	mu     sync.Mutex
	pushes []*chat.UserEvent
}

func (c *connected) Devices(_ chat.AppID, u chat.UserID) []chat.Device {
	if c.online[u] {
		return []chat.Device{{Client: "d"}}
	}
	return nil
}

func (c *connected) UserEvent(e *chat.UserEvent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.Kind == chat.UserPush {
		c.pushes = append(c.pushes, e)
	}
}

// got lists who has got a message, and how often that was.
func (c *connected) got() []string {
	c.ears.mu.Lock()
	defer c.ears.mu.Unlock()
	var list []string
	for _, m := range c.messages {
		list = append(list, string(m.Peer()))
	}
	slices.Sort(list)
	return list
}

// taskHouse is a house in which pushes to many are made.
type taskHouse struct {
	*house
	net *connected
}

func openTasks(t *testing.T, change func(*core.Options), online ...chat.UserID) *taskHouse {
	h := &taskHouse{open(t, change), &connected{online: map[chat.UserID]bool{}}}
	for _, u := range online {
		h.net.online[u] = true
	}
	h.Attach(h.net)
	return h
}

// work works on what is under way until it rests for longer than a moment.
func (h *taskHouse) work() {
	h.Helper()
	for range 10_000 {
		switch rest := h.Tasks.Work(h.ctx); {
		case rest >= 10*time.Second:
			h.settled()
			return
		case rest > 0:
			h.wait(rest)
		}
	}
	h.Fatal("the work does not end")
}

// settled waits until what was done is told.
func (h *taskHouse) settled() {
	h.Helper()
	if err := h.Ledger().Settle(h.ctx); err != nil {
		h.Fatal(err)
	}
}

func (h *taskHouse) make(d push.TaskDraft) string {
	h.Helper()
	id, err := h.Tasks.Make(h.ctx, admin(), &d)
	if err != nil {
		h.Fatalf("make: %v", err)
	}
	return id
}

func (h *taskHouse) tag(u chat.UserID, tags ...string) {
	h.Helper()
	if err := h.Labels.AddTags(h.ctx, admin(), []push.UserTags{{User: u, Tags: tags}}); err != nil {
		h.Fatal(err)
	}
}

func TestPushesReachThoseTheyAreFor(t *testing.T) {
	h := openTasks(t, func(o *core.Options) {}, "ann", "bob", "cat", "admin")
	h.tag("ann", "tea", "vip")
	h.tag("bob", "tea")
	h.tag("cat", "milk")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(h.Labels.SetAttrNames(h.ctx, admin(), map[int]string{0: "city", 3: "sex"}))
	must(h.Labels.SetAttrs(h.ctx, admin(), []push.UserAttrs{
		{User: "ann", Attrs: map[string]string{"city": "Bern", "sex": "f"}},
		{User: "bob", Attrs: map[string]string{"city": "Bern"}},
		{User: "cat", Attrs: map[string]string{"sex": "f"}},
	}))
	type attrs = map[string]string
	for i, c := range []struct {
		name string
		of   *push.Condition
		want string
	}{
		{"everybody but who sends it", nil, "ann bob cat"},
		{"an empty condition is none", &push.Condition{}, "ann bob cat"},
		{"one tag", &push.Condition{TagsOr: []string{"vip", "milk"}}, "ann cat"},
		{"all tags", &push.Condition{TagsAnd: []string{"tea", "vip"}}, "ann"},
		{"both parts", &push.Condition{TagsOr: []string{"vip", "milk"}, TagsAnd: []string{"tea"}}, "ann"},
		{"without a tag", &push.Condition{TagsNot: []string{"tea"}}, "cat"},
		{"without all tags", &push.Condition{TagsNot: []string{"tea", "vip"}}, "bob cat"},
		{"a tag and not another", &push.Condition{TagsOr: []string{"tea"}, TagsNot: []string{"vip"}}, "bob"},
		{"a tag that nobody has", &push.Condition{TagsAnd: []string{"none"}}, ""},
		{"one attribute", &push.Condition{AttrsOr: attrs{"city": "Bern", "sex": "m"}}, "ann bob"},
		{"all attributes", &push.Condition{AttrsAnd: attrs{"city": "Bern", "sex": "f"}}, "ann"},
		{"another value", &push.Condition{AttrsAnd: attrs{"city": "Genf"}}, ""},
	} {
		h.net.ears.messages = nil
		h.make(push.TaskDraft{Form: push.Passing, Random: uint32(i), Body: text("hi"), Condition: c.of})
		h.work()
		if got := strings.Join(h.net.got(), " "); got != c.want {
			t.Errorf("%s: %q got it, want %q", c.name, got, c.want)
		}
		h.wait(2 * time.Second)
	}
}

// Who is away gets what passes never, what is kept for as long as it is, and what is
// ordinary like any message.
func TestHowLongPushesAreKept(t *testing.T) {
	h := openTasks(t, nil, "bob")
	h.make(push.TaskDraft{Form: push.Passing, Random: 1, Body: text("passing")})
	h.work()
	h.same("passing", h.net.got(), []string{"bob"})
	h.same("history after passing", h.history(as("ann"), chat.ToUser("admin")), []chat.Seq{})

	h.wait(2 * time.Second)
	h.make(push.TaskDraft{Form: push.Kept, Random: 2, LifeTime: 60, Body: text("kept")})
	h.work()
	h.same("history of what is kept", h.history(as("ann"), chat.ToUser("admin")), []chat.Seq{1})
	n, err := h.Inbox.UnreadTotal(h.ctx, app, "ann")
	if err != nil || n != 0 {
		t.Errorf("%d unread, %v: what is kept is unread for nobody", n, err)
	}
	h.wait(61 * time.Second)
	h.same("history when it has expired", h.history(as("ann"), chat.ToUser("admin")), []chat.Seq{})

	h.make(push.TaskDraft{Form: push.Ordinary, Random: 3, Body: text("ordinary")})
	h.work()
	h.wait(24 * time.Hour)
	h.same("history of what is ordinary", h.history(as("ann"), chat.ToUser("admin")), []chat.Seq{2})
	if n, err = h.Inbox.UnreadTotal(h.ctx, app, "ann"); err != nil || n != 1 {
		t.Errorf("%d unread, %v, want 1", n, err)
	}
	h.same("the sender's own view", h.history(chat.Actor{App: app, User: "admin"}, chat.ToUser("ann")), []chat.Seq{})
	if has, err := h.Ledger().HasPeer(h.ctx, app, "admin", "ann"); err != nil || has {
		t.Errorf("the conversation is in the sender's list: %v, %v", has, err)
	}
}

// Messages that are kept for ever go out at their rate.
func TestOrdinaryPushesArePaced(t *testing.T) {
	h := openTasks(t, nil)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Limits: chat.Limits{PushRate: 2}})
	for i := range 150 {
		h.enter(chat.UserID(fmt.Sprintf("u%03d", i)))
	}
	h.make(push.TaskDraft{Form: push.Ordinary, Random: 3, Body: text("slow")})
	if rest := h.Tasks.Work(h.ctx); rest < 9*time.Second {
		t.Errorf("after a page of 100 users the work rests %s", rest)
	}
	h.settled()
	first := len(h.net.got())
	if h.Tasks.Work(h.ctx); len(h.net.got()) != first {
		t.Error("the next page came before its time")
	}
	h.wait(time.Minute)
	h.Tasks.Work(h.ctx)
	h.work()
	h.same("all have it", len(h.net.got()), 153)
}

func TestPushesAreBounded(t *testing.T) {
	h := openTasks(t, nil)
	d := push.TaskDraft{Form: push.Passing, Random: 1, Body: text("hi")}
	once := h.make(d)
	h.same("the same MsgRandom", h.make(d), once)
	d.Random = 2
	_, err := h.Tasks.Make(h.ctx, admin(), &d)
	h.wants(err, chat.CodePushTooSoon)
	for i := range 99 {
		h.wait(time.Second)
		d.Random = uint32(10 + i)
		h.make(d)
	}
	h.wait(time.Second)
	d.Random = 2
	_, err = h.Tasks.Make(h.ctx, admin(), &d)
	h.wants(err, chat.CodePushQuota)
	h.wait(7 * 24 * time.Hour)
	d.Random = 1
	if again := h.make(d); again == once {
		t.Error("a MsgRandom of 7 days ago is the same task yet")
	}
	h.wait(time.Second)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Switches: chat.Switches{NoPushToMany: true}})
	_, err = h.Tasks.Make(h.ctx, admin(), &d)
	h.wants(err, chat.CodePushOff)
	_, err = h.Tasks.Make(h.ctx, as("ann"), &d)
	h.wants(err, chat.CodeMsgNeedAdmin)
}

// queued is what a task has put into the queue for devices.
type queued struct {
	mu   sync.Mutex
	list []push.Target
}

// withDevices gives a house tasks of its own, for users with a device each.
func (h *taskHouse) withDevices(q *queued, users ...chat.UserID) {
	h.Tasks = push.NewTasks(push.TasksOptions{
		Ledger: h.Ledger(), Apps: h.apps, Send: h.Message.Send,
		Devices: func(_ context.Context, _ chat.AppID, list []chat.UserID) (all []*push.Device, err error) {
			for _, u := range list {
				if slices.Contains(users, u) {
					all = append(all, &push.Device{User: u, Client: "phone", Channel: push.FCM})
				}
			}
			return all, nil
		},
		Enqueue: func(_ *ledger.Turn, to []push.Target, _, _ string, _ int64) {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.list = append(q.list, to...)
		},
	})
}

func TestNotificationsGoToDevicesOfThoseWhoAreAway(t *testing.T) {
	h := openTasks(t, nil, "bob")
	q := &queued{}
	h.withDevices(q, "ann", "bob")
	id := h.make(push.TaskDraft{Form: push.Notification, Random: 1, Push: []byte(`{"Title":"T","Desc":"D","Ext":"{}"}`)})
	h.work()
	h.same("devices", q.list, []push.Target{{User: "ann", Client: "phone", Channel: push.FCM}})
	if len(h.net.pushes) != 1 || h.net.pushes[0].User != "bob" || *h.net.pushes[0].Detail.Push != (chat.PushShown{ID: id, From: "admin", Title: "T", Text: "D", Ext: "{}"}) {
		t.Errorf("told online: %+v", h.net.pushes)
	}
	n, err := h.Tasks.Notice(h.ctx, app, id)
	if err != nil || n.Title != "T" || n.Text != "D" || n.TaskID != id {
		t.Errorf("the notice is %+v, %v", n, err)
	}

	h.wait(time.Second)
	h.make(push.TaskDraft{Form: push.NotificationOnline, Random: 2, Push: []byte(`{"PushFlag":1,"Ext":"x"}`)})
	h.work()
	h.same("devices after one for those online", len(q.list), 1)
	h.same("told online", len(h.net.pushes), 2)

	h.make(push.TaskDraft{Form: push.Notification, Random: 3, Push: []byte(`{"Desc":"D"}`), To: []chat.UserID{"ann", "cat"}})
	h.work()
	h.same("devices after a batch", len(q.list), 2)
}

var errDown = errors.New("the machine is down")

// However often the store fails under it, a task reaches everybody once, by what is in the
// history, and is over once.
func TestPushesGoOnAfterACrashAtEveryStep(t *testing.T) {
	for step := 1; ; step++ {
		now := time.Unix(1_700_000_000, 0)
		clock := func() time.Time { return now }
		store := memory.New(memory.Options{Now: clock})
		failing := faulty.New(store)
		apps := &chat.Apps{}
		apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Webhook: chat.Webhook{URL: "http://x", All: true}})
		begin := func(s chat.Store) *core.Core {
			return core.New(core.Options{Store: s, Apps: apps, Lanes: 1, Now: clock, Fatal: func(error) {}})
		}
		c := begin(failing)
		for i := range 12 {
			if _, err := c.People.Login(t.Context(), app, chat.UserID(fmt.Sprint("u", i)), chat.Ticket{}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.People.Login(t.Context(), app, "admin", chat.Ticket{}); err != nil {
			t.Fatal(err)
		}
		before := failing.Calls("Apply")
		failing.Fail("Apply", step, errDown)
		pages := func(c *core.Core) {
			tasks := push.NewTasks(push.TasksOptions{Ledger: c.Ledger(), Apps: apps, Send: c.Message.Send, Page: 5})
			for range 8 {
				tasks.Work(t.Context())
			}
		}
		d := push.TaskDraft{Form: push.Ordinary, Random: 1, Body: text("once")}
		_, err := c.Tasks.Make(t.Context(), admin(), &d)
		if err == nil {
			for range 3 {
				pages(c)
			}
		}
		broken := failing.Calls("Apply") >= before+step
		closed, end := context.WithTimeout(context.Background(), 5*time.Second)
		_ = c.Close(closed) // as a kill would: what is not in the store is lost
		end()

		now = now.Add(10 * time.Minute) // a repeated MsgRandom is forgotten
		c = begin(store)
		id, err := c.Tasks.Make(t.Context(), admin(), &d) // the caller repeats a call that failed
		if err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
		for range 4 {
			pages(c)
		}
		for i := range 12 {
			u := chat.UserID(fmt.Sprint("u", i))
			page, err := c.Message.History(t.Context(), as(u), message.HistoryQuery{Target: chat.ToUser("admin")})
			if err != nil || len(page.Messages) != 1 {
				t.Errorf("step %d: %s has it %d times, %v", step, u, len(page.Messages), err)
			}
		}
		stats, err := c.Tasks.TaskStatistics(t.Context(), admin(), now.Unix()-60, now.Unix(), []string{id})
		if err != nil || stats[0].Total != 12 || stats[0].Sent != 12 {
			t.Errorf("step %d: %+v, %v", step, stats, err)
		}
		told := map[chat.UserID]int{}
		events, err := store.Pending(t.Context(), "", 100)
		for _, e := range events {
			for _, p := range e.Pushes {
				told[p.To]++
			}
		}
		if err != nil || len(told) != 12 || told["u3"] != 1 {
			t.Errorf("step %d: told of %v, %v", step, told, err)
		}
		if err := errors.Join(c.Close(context.Background()), store.Close()); err != nil {
			t.Fatal(err)
		}
		if !broken {
			if step < 5 {
				t.Errorf("the task has %d steps", step)
			}
			return
		}
	}
}

// A scheduled push is made at its time, once, also when two machines look; until then it can
// be changed, afterwards not.
func TestScheduledPushesAreMadeOnce(t *testing.T) {
	h := openTasks(t, nil)
	q := &queued{}
	h.withDevices(q, "ann", "bob")
	now := h.clock().Unix()
	draft := func(to ...chat.UserID) *push.TaskDraft {
		return &push.TaskDraft{Form: push.Notification, Push: []byte(`{"Title":"T"}`), To: to}
	}
	plan := func(at int64, to ...chat.UserID) uint64 {
		t.Helper()
		id, err := h.Tasks.Schedule(h.ctx, admin(), push.ScheduleUser, at, draft(to...))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	early, late, gone := plan(now+60, "ann"), plan(now+300, "ann"), plan(now+60, "bob")
	h.wants(h.Tasks.Reschedule(h.ctx, admin(), late, push.ScheduleUser, now+30, draft("bob", "ann", "nobody")), 0)
	h.wants(h.Tasks.Reschedule(h.ctx, admin(), late, push.ScheduleAll, 0, nil), chat.CodeBadSchedule)
	h.wants(h.Tasks.Unschedule(h.ctx, admin(), gone, push.ScheduleUser), 0)
	h.wants(h.Tasks.Unschedule(h.ctx, admin(), gone, push.ScheduleUser), chat.CodeBadSchedule)
	state := func(id uint64) *push.Scheduled {
		t.Helper()
		v, err := h.Tasks.ScheduledTask(h.ctx, admin(), id)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	h.Tasks.Work(h.ctx)
	h.same("before its time", len(q.list), 0)
	h.same("state", state(late).Status, push.Pending)

	other := push.NewTasks(h.Tasks.TasksOptions)
	h.wait(31 * time.Second)
	for range 3 {
		h.Tasks.Work(h.ctx)
		other.Work(h.ctx)
	}
	h.same("devices", len(q.list), 2)
	v := state(late)
	if v.Status != push.Dispatched || v.Users != 2 || v.Failed != 1 || v.Task == "" || v.Draft == nil || len(v.Draft.To) != 3 {
		t.Errorf("it is %+v", v)
	}
	h.wants(h.Tasks.Reschedule(h.ctx, admin(), late, push.ScheduleUser, now+300, nil), chat.CodeDispatched)
	h.wants(h.Tasks.Unschedule(h.ctx, admin(), late, push.ScheduleUser), chat.CodeDispatched)

	// Its push is made in the commit that says so, and has not begun yet.
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Switches: chat.Switches{NoPushToMany: true}})
	h.wait(time.Minute)
	h.Tasks.Work(h.ctx)
	h.same("while pushes to many are off", len(q.list), 2)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}})
	h.wait(time.Minute)
	ctx, end := context.WithCancel(h.ctx)
	slow := h.Tasks.TasksOptions
	slow.Devices = func(context.Context, chat.AppID, []chat.UserID) ([]*push.Device, error) {
		end()
		return nil, context.Canceled
	}
	push.NewTasks(slow).Work(ctx)
	h.same("state of the early one", state(early).Status, push.Dispatching)
	h.wants(h.Tasks.Unschedule(h.ctx, admin(), early, push.ScheduleUser), chat.CodeDispatching)
	h.work()
	h.same("state in the end", state(early).Status, push.Dispatched)
	h.same("devices in the end", len(q.list), 3)

	list, total, err := h.Tasks.ScheduledTasks(h.ctx, admin(), push.ScheduleQuery{ByTime: true, Ascending: true, Limit: 1})
	if err != nil || total != 2 || list[0].ID != late {
		t.Errorf("the list begins with %+v of %d, %v", list, total, err)
	}
	h.wait(31 * 24 * time.Hour)
	_, err = h.Tasks.ScheduledTask(h.ctx, admin(), early)
	h.wants(err, chat.CodeBadSchedule)
}

// What became of pushes is counted by task and by hour, and told in pieces of 100.
func TestPushesAreCountedAndTold(t *testing.T) {
	h := openTasks(t, nil)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Webhook: chat.Webhook{URL: "http://x", All: true}})
	var many []chat.UserID
	for i := range 250 {
		u := chat.UserID(fmt.Sprintf("u%03d", i))
		h.enter(u)
		h.net.online[u] = true
		many = append(many, u)
	}
	q := &queued{}
	h.withDevices(q, "ann", "bob")
	id := h.make(push.TaskDraft{Form: push.Notification, Random: 1, Push: []byte(`{"Desc":"D"}`), DataID: "mine"})
	h.work()
	err := h.Ledger().Share(h.ctx, chat.AppShard(app), 0, 1, func(_ context.Context, t *ledger.Turn) error {
		h.Tasks.Settled(t, []push.Settlement{
			{User: "ann", Channel: push.FCM, TaskID: id, Stage: push.StageSent, Time: t.Sec()},
			{User: "bob", Channel: push.FCM, TaskID: id, Stage: push.StageFailed, Code: 404, Time: t.Sec()},
			{User: "ann", Channel: push.FCM, TaskID: id, Stage: push.StageClicked, Time: t.Sec()},
			{User: "cat", Channel: push.APNs, Stage: push.StageSent, Time: t.Sec()},
		})
		return nil
	})
	h.wants(err, 0)
	now := h.clock().Unix()
	want := push.Statistics{
		Task: id, PushNumbers: push.PushNumbers{Total: 252, Sent: 251, Delivered: 1, Clicked: 1},
		Platforms: []push.PlatformStatistics{
			{EventType: 1, Platform: 2, PushNumbers: push.PushNumbers{Total: 2, Sent: 1, Delivered: 1, Clicked: 1}},
			{EventType: 2, PushNumbers: push.PushNumbers{Total: 250, Sent: 250}},
		},
	}
	got, err := h.Tasks.TaskStatistics(h.ctx, admin(), now-60, now, []string{id, "none"})
	h.wants(err, 0)
	h.same("of the task", got, []push.Statistics{want, {Task: "none"}})
	got, err = h.Tasks.TaskStatistics(h.ctx, admin(), now-60, now, nil)
	want.Task = ""
	h.wants(err, 0)
	h.same("of all", got, []push.Statistics{want})
	got, err = h.Tasks.TaskStatistics(h.ctx, admin(), now-7200, now-3600, nil)
	h.wants(err, 0)
	h.same("of the hour before", got, []push.Statistics{{}})
	normal, err := h.Tasks.NormalStatistics(h.ctx, admin(), now-60, now)
	h.wants(err, 0)
	h.same("of messages", normal.PushNumbers, push.PushNumbers{Total: 1, Sent: 1, Delivered: 1})

	events, err := h.store.Pending(h.ctx, "", 1000)
	h.wants(err, 0)
	var sizes []int
	told := map[chat.UserID]int{}
	for _, e := range events {
		if e.Kind != chat.AllMemberPush {
			continue
		}
		sizes = append(sizes, len(e.Pushes))
		for _, p := range e.Pushes {
			if told[p.To]++; p.Data != "mine" || p.Task != id || p.TaskTime != now {
				t.Errorf("told %+v", p)
			}
		}
	}
	h.same("told at once", sizes, []int{100, 100, 50, 3})
	for _, u := range many {
		if told[u] != 1 {
			t.Errorf("%s is told %d times", u, told[u])
		}
	}
}

// The next holder of a name has no tags and attributes, and the tags of the app are counted
// without them.
func TestTagsEndWithTheAccount(t *testing.T) {
	h := openTasks(t, nil)
	h.tag("ann", "tea")
	h.tag("bob", "tea", "milk")
	h.wants(h.Labels.SetAttrNames(h.ctx, admin(), map[int]string{0: "city"}), 0)
	h.wants(h.Labels.SetAttrs(h.ctx, admin(), []push.UserAttrs{{User: "bob", Attrs: map[string]string{"city": "Bern"}}}), 0)
	h.renew("bob")
	tags, err := h.Labels.Tags(h.ctx, admin(), []chat.UserID{"ann", "bob"})
	h.wants(err, 0)
	h.same("tags", tags, []push.UserTags{{User: "ann", Tags: []string{"tea"}}, {User: "bob", Tags: []string{}}})
	attrs, err := h.Labels.Attrs(h.ctx, admin(), []chat.UserID{"bob"})
	h.wants(err, 0)
	h.same("attributes", attrs, []push.UserAttrs{{User: "bob"}})
}

// A user has at most 100 tags, an app 1000 different ones.
func TestTagsAreBounded(t *testing.T) {
	h := openTasks(t, nil)
	give := func(u chat.UserID, from, to int) error {
		one := push.UserTags{User: u, Replace: true}
		for i := from; i < to; i++ {
			one.Tags = append(one.Tags, fmt.Sprint("t", i))
		}
		return h.Labels.AddTags(h.ctx, admin(), []push.UserTags{one})
	}
	for i := range 10 {
		u := chat.UserID(fmt.Sprint("u", i))
		h.enter(u)
		h.wants(give(u, 100*i, 100*i+100), 0)
	}
	add := func(u chat.UserID, tag string) error {
		return h.Labels.AddTags(h.ctx, admin(), []push.UserTags{{User: u, Tags: []string{tag}}})
	}
	h.wants(add("u0", "t0"), 0)                      // it has it
	h.wants(add("u0", "t100"), chat.CodeTooManyTags) // of the user
	h.wants(add("ann", "new"), chat.CodeTooManyTags) // of the app
	h.wants(add("ann", "t1"), 0)
	h.wants(give("u0", 1, 100), 0) // nobody has the first any more
	h.wants(add("ann", "new"), 0)
}

// What a task puts into the queue reaches devices through their channels, and what becomes of
// it is counted and traced.
func TestNotificationsGoThroughTheQueue(t *testing.T) {
	p := openPush(t, nil)
	id, err := p.Tasks.Make(p.ctx, admin(), &push.TaskDraft{Form: push.Notification, Random: 1, Push: []byte(`{"Title":"T","Desc":"D","Ext":"e"}`)})
	p.wants(err, 0)
	now := p.clock().Unix()
	numbers := func() push.PushNumbers {
		list, err := p.Tasks.TaskStatistics(p.ctx, admin(), now-60, now, []string{id})
		p.wants(err, 0)
		return list[0].PushNumbers
	}
	if !eventually(func() bool { return numbers() == push.PushNumbers{Total: 2, Sent: 2, Delivered: 2} }) {
		t.Errorf("the numbers are %+v", numbers())
	}
	var to []string
	for _, one := range p.all() {
		to = append(to, one.to)
		if n := one.notice; n.TaskID != id || n.PushID != id || n.Title != "T" || n.Text != "D" || n.Ext != "e" {
			t.Errorf("%s is handed %+v", one.to, n)
		}
	}
	slices.Sort(to)
	p.same("devices", to, []string{"bob/phone", "cat/phone"})
	p.wants(p.Push.Clicked(p.ctx, phone("bob", "phone"), id), 0)
	p.wants(p.Push.Clicked(p.ctx, phone("bob", "phone"), id), 0) // a click is counted once
	p.same("clicks", numbers().Clicked, 1)
	list, _, err := p.Push.Trace(p.ctx, app, id, "", 10)
	p.wants(err, 0)
	p.same("traced", len(list), 2)
}
