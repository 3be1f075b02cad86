package push

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// TasksOptions are what Tasks are built from. Ledger and Apps are required, and Send for
// forms that are messages.
type TasksOptions struct {
	Ledger *ledger.Ledger
	Apps   *chat.Apps
	// Send sends a message and calls done once, from any goroutine.
	Send func(ctx context.Context, by chat.Actor, d chat.Draft, done func(chat.Receipt, error))
	// Devices lists where pushes to users go, connected or not. Default: nowhere.
	Devices func(ctx context.Context, app chat.AppID, list []chat.UserID) ([]*Device, error)
	// Enqueue puts the notice of a task into the queue for devices, in a turn of the app's
	// shard; Queued is called when the turn is over.
	Enqueue func(t *ledger.Turn, to []Target, taskID, pushID string, expires int64)
	Queued  func(app chat.AppID)
	// Settle is how long tasks for those who are online wait after a start, until users have
	// come back: default 15 s.
	Settle time.Duration
	// Page is how many accounts are looked at in one step: default 500.
	Page int
}

// Tasks are the pushes to many of all apps: at once (Make) or at a time (schedule.go), worked
// on page by page.
type Tasks struct {
	TasksOptions
	ledger *ledger.Ledger

	ctx    context.Context // the worker's life
	cancel context.CancelFunc
	done   chan struct{}
	wake   chan struct{}

	started int64 // Unix milliseconds

	look atomic.Bool // soon is to be forgotten

	mu      sync.Mutex             // held while a round is worked on
	due     map[taskPlace]int64    // Unix milliseconds: when its next page may be, where that is not now
	content map[taskPlace]*content // of tasks under way
	paced   map[chat.AppID]int64   // Unix milliseconds: when the next page of messages that are kept may be
	soon    map[chat.AppID]int64   // Unix milliseconds: when scheduled tasks of the app have to be looked at
}

type taskPlace struct {
	app chat.AppID
	id  string
}

// NewTasks builds Tasks. Until Start nothing is worked on.
func NewTasks(o TasksOptions) *Tasks {
	if o.Devices == nil {
		o.Devices = func(context.Context, chat.AppID, []chat.UserID) ([]*Device, error) { return nil, nil }
	}
	if o.Enqueue == nil {
		o.Enqueue = func(*ledger.Turn, []Target, string, string, int64) {}
	}
	if o.Queued == nil {
		o.Queued = func(chat.AppID) {}
	}
	if o.Settle == 0 {
		o.Settle = 15 * time.Second
	}
	if o.Page == 0 {
		o.Page = 500
	}
	s := &Tasks{
		TasksOptions: o, ledger: o.Ledger, wake: make(chan struct{}, 1),
		due: map[taskPlace]int64{}, content: map[taskPlace]*content{}, soon: map[chat.AppID]int64{}, paced: map[chat.AppID]int64{},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Start begins to work on what is under way, from where it stood.
func (s *Tasks) Start() {
	if s.done != nil {
		return
	}
	s.done = make(chan struct{})
	s.started = s.ledger.NowMs()
	go s.run()
}

// Close ends the work after the step under way. What is left is done after the next start.
func (s *Tasks) Close() {
	s.cancel()
	if s.done != nil {
		<-s.done
	}
}

// nudge has the worker look.
func (s *Tasks) nudge() {
	select {
	case s.wake <- struct{}{}:
	default: // it is awake
	}
}

// How long the worker rests: when there is nothing to do, and after a fault.
const (
	idleFor  = 10 * time.Second
	faultFor = 2 * time.Second
)

func (s *Tasks) run() {
	defer close(s.done)
	for {
		timer := time.NewTimer(s.Work(s.ctx))
		select {
		case <-s.ctx.Done():
			timer.Stop()
			return
		case <-s.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Work does one round: what is due of scheduled tasks, and one page of each task under way
// whose time has come. It returns after how long the next round has something to do; 0: at once.
func (s *Tasks) Work(ctx context.Context) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.look.Swap(false) {
		clear(s.soon)
	}
	rest := idleFor
	for _, app := range s.Apps.All() {
		if app.Disabled || ctx.Err() != nil {
			continue
		}
		wait, err := s.workOn(ctx, app)
		if err != nil && ctx.Err() == nil {
			s.ledger.Log().Warn("pushes to many rest", "app", app.ID, "err", err)
			wait = faultFor
		}
		rest = min(rest, wait)
	}
	return rest
}

func (s *Tasks) workOn(ctx context.Context, app *chat.App) (time.Duration, error) {
	rest, err := s.dispatchDue(ctx, app)
	if err != nil {
		return 0, err
	}
	for after := ""; ctx.Err() == nil; {
		list, keys, err := tasks.Page(ctx, s.ledger, chat.AppShard(app.ID), underWay, after, tasksAtOnce)
		if err != nil {
			return 0, err
		}
		for _, k := range list {
			rest = min(rest, s.advance(ctx, app, k))
		}
		if len(list) < tasksAtOnce {
			break
		}
		after = keys[len(keys)-1]
	}
	return rest, nil
}

// advance does one page of a task if its time has come, and returns after how long the next
// one may be.
func (s *Tasks) advance(ctx context.Context, app *chat.App, k *taskRow) time.Duration {
	place := taskPlace{app.ID, k.ID}
	s.meet(place, k)
	now := s.ledger.NowMs()
	due := s.due[place]
	if k.Form == Ordinary { // they share the rate of the app, one after the other
		due = max(due, s.paced[app.ID])
	}
	if due > now || ctx.Err() != nil {
		return time.Duration(max(0, due-now)) * time.Millisecond
	}
	n, over, err := s.page(ctx, app, k)
	switch {
	case over && err == nil, errors.Is(err, errMoved): // of one that has moved on what is known is old
		delete(s.due, place)
		delete(s.content, place)
	case err != nil:
		s.ledger.Log().Warn("a push to many rests", "app", app.ID, "task", k.ID, "err", err)
		s.due[place] = now + faultFor.Milliseconds()
		return faultFor
	}
	if k.Form != Ordinary {
		return 0
	}
	rest := pace(app, n)
	s.paced[app.ID] = now + rest
	return time.Duration(rest) * time.Millisecond
}

// meet has a task of before the start wait until users are back, if it is for those who are
// online.
func (s *Tasks) meet(place taskPlace, k *taskRow) {
	if _, met := s.due[place]; met {
		return
	}
	s.due[place] = 0
	if k.Made < s.started/1000 && k.Form != Kept && k.Form != Ordinary {
		s.due[place] = s.started + s.Settle.Milliseconds()
	}
}

// pace is for how many milliseconds messages that the history keeps rest after a page for n
// users: they go out at a rate of their own (spec/09 C).
func pace(app *chat.App, n int) int64 {
	if rate := app.Limits.PushRate; rate > 0 {
		return int64(n) * 1000 / int64(rate)
	}
	return 0
}

// errMoved is the outcome of a page that somebody else has done meanwhile.
var errMoved = errors.New("the task has moved on")

// step is one page of a task: from where to where, for whom, and what becomes of it. It is
// made durable as a whole.
type step struct {
	app   *chat.App
	id    string
	after chat.UserID // where the task stood
	next  int

	newAfter chat.UserID
	newNext  int
	over     bool

	users   int64
	failed  int64
	counts  counts
	told    []chat.PushTold
	targets []Target
	notices []*chat.UserEvent
}

// page works on one page of a task; it returns how many it was for, and whether the task is
// over.
func (s *Tasks) page(ctx context.Context, app *chat.App, k *taskRow) (n int, over bool, err error) {
	what, err := s.contentOf(ctx, app.ID, k)
	if err != nil {
		return 0, false, err
	}
	st := &step{app: app, id: k.ID, after: k.After, next: k.Next, newAfter: k.After, newNext: k.Next, counts: counts{}}
	if what == nil { // it has waited for longer than what it says is kept
		st.over = true
		return 0, true, s.settle(ctx, st)
	}
	list, err := s.users(ctx, k, what, st)
	if err != nil {
		return 0, false, err
	}
	switch k.Form {
	case Notification, NotificationOnline:
		err = s.notify(ctx, k, what, list, st)
	default:
		err = s.send(ctx, k, what, list, st)
	}
	if err != nil {
		return 0, false, err
	}
	st.users = int64(len(list))
	return len(list), st.over, s.settle(ctx, st)
}

// contentsKept is of how many tasks under way it is remembered what they say, some 20 KB each.
const contentsKept = 64

// contentOf is what a task says, read once.
func (s *Tasks) contentOf(ctx context.Context, app chat.AppID, k *taskRow) (*content, error) {
	place := taskPlace{app, k.ID}
	if what := s.content[place]; what != nil {
		return what, nil
	}
	what, err := readContent(ctx, s.ledger, app, k.ID, k.Parts)
	if err == nil && what != nil {
		if len(s.content) >= contentsKept {
			clear(s.content)
		}
		s.content[place] = what
	}
	return what, err
}

// pageOrdinary is how many accounts a page has whose messages are paced.
const pageOrdinary = 100

// users are the accounts of the next page that a task is for; it notes in st where the page
// ends.
func (s *Tasks) users(ctx context.Context, k *taskRow, what *content, st *step) ([]*chat.Account, error) {
	app, most := st.app.ID, s.Page
	if k.Form == Ordinary {
		most = min(most, pageOrdinary)
	}
	var list []*chat.Account
	var err error
	if k.Batch {
		to := what.To[min(k.Next, len(what.To)):]
		to = to[:min(most, len(to))]
		st.newNext = k.Next + len(to)
		st.over = st.newNext >= len(what.To)
		if list, err = s.ledger.Accounts(ctx, app, to); err != nil {
			return nil, err
		}
		all := len(list)
		list = slices.DeleteFunc(list, func(a *chat.Account) bool { return a == nil })
		st.failed = int64(all - len(list))
	} else if list, st.newAfter, err = s.ledger.EveryAccount(ctx, app, k.After, most); err != nil {
		return nil, err
	} else if st.newAfter == "" {
		st.newAfter, st.over = k.After, true
	}
	chosen := list[:0]
	for _, a := range list {
		met, err := what.Condition.met(ctx, s.ledger, chat.UserShard(app, a.User))
		if err != nil {
			return nil, err
		}
		if met && (a.User != k.From || k.Form >= Notification) { // nobody writes to themselves
			chosen = append(chosen, a)
		}
	}
	return chosen, nil
}

// online reports whether a user has a connection.
func (s *Tasks) online(app chat.AppID, u chat.UserID) bool {
	return slices.ContainsFunc(s.ledger.Deliverer().Devices(app, u), func(d chat.Device) bool { return !d.Leaving })
}

// send sends a task's message to users, all at the same time, and waits for what becomes of
// each. A message that is kept carries the id of the task, so that it is sent once however
// often the page is done; a device knows a passing one by it.
func (s *Tasks) send(ctx context.Context, k *taskRow, what *content, list []*chat.Account, st *step) error {
	if k.Form == Passing {
		list = slices.DeleteFunc(list, func(a *chat.Account) bool { return !s.online(st.app.ID, a.User) })
	}
	by := chat.Actor{App: st.app.ID, User: k.From, Holder: k.Holder, Standing: chat.AsSystem, Platform: chat.PlatformREST}
	outcomes := make([]error, len(list))
	var all sync.WaitGroup
	all.Add(len(list))
	for i, a := range list {
		s.Send(ctx, by, k.draft(what, a.User), func(_ chat.Receipt, err error) {
			outcomes[i] = err
			all.Done()
		})
	}
	all.Wait()
	now := s.ledger.NowSec()
	for i, a := range list {
		stage, code, info := StageSent, chat.Code(0), ""
		if err := outcomes[i]; err != nil {
			if code, info = chat.Outward(err); chat.IsFault(err) || code.Class() == chat.Unavailable || code == chat.CodeBusy {
				return fmt.Errorf("send to %s: %w", a.User, err) // the page is done again
			}
			stage = StageFailed
			st.failed++
		}
		st.counts.add(eventOnline, 0, countTotal, 1)
		if stage == StageSent {
			st.counts.add(eventOnline, 0, countSent, 1)
		}
		st.told = append(st.told, chat.PushTold{
			Task: k.ID, TaskTime: k.Made, Time: now, Online: true, To: a.User, Stage: int(stage), Code: int(code), Info: info, Data: k.DataID,
		})
	}
	return nil
}

// draft is a task's message to one user. No webhook is called for it but the task's own, and
// the sender's own view does not have it (our choices).
func (k *taskRow) draft(what *content, to chat.UserID) chat.Draft {
	random := k.Random
	d := chat.Draft{
		To: chat.ToUser(to), From: k.From, Body: what.Body, Cloud: what.Cloud, Push: what.Push,
		ClientMsgID: k.ID, Random: &random,
		NoSenderCopy: true, SkipBefore: true, SkipAfter: true, Checked: true, Uncut: true,
	}
	switch k.Form {
	case Passing:
		d.Control |= chat.OnlineOnly
	case Kept:
		d.Control |= chat.NoUnread
		d.Expires = k.Made + k.Life
	}
	return d
}

// notify tells those who are online by an event, and enqueues the notice for the devices of
// the others.
func (s *Tasks) notify(ctx context.Context, k *taskRow, what *content, list []*chat.Account, st *step) error {
	p := chat.ReadPush(what.Push)
	shown := &chat.PushShown{ID: k.ID, From: k.From, Title: p.Title, Text: p.Desc, Ext: p.Ext}
	ms := s.ledger.NowMs()
	var away []chat.UserID
	for _, a := range list {
		if !s.online(st.app.ID, a.User) {
			away = append(away, a.User)
			continue
		}
		st.notices = append(st.notices, &chat.UserEvent{
			App: st.app.ID, User: a.User, Time: ms, Kind: chat.UserPush, Detail: &chat.UserDetail{Push: shown},
		})
		st.counts.add(eventOnline, 0, countTotal, 1)
		st.counts.add(eventOnline, 0, countSent, 1)
		st.told = append(st.told, chat.PushTold{
			Task: k.ID, TaskTime: k.Made, Time: ms / 1000, Online: true, To: a.User, Stage: int(StageSent), Data: k.DataID,
		})
	}
	if k.Form == NotificationOnline {
		return nil
	}
	devices, err := s.Devices(ctx, st.app.ID, away)
	if err != nil {
		return err
	}
	for _, d := range devices {
		st.targets = append(st.targets, Target{User: d.User, Client: d.Client, Channel: d.Channel, Holder: d.Holder})
		st.counts.add(eventOffline, d.Channel.Number(), countTotal, 1)
	}
	return nil
}

// settle makes a step durable, if the task still stands where the step began.
func (s *Tasks) settle(ctx context.Context, st *step) error {
	enqueue := s.Enqueue
	err := s.ledger.Share(ctx, chat.AppShard(st.app.ID), 0, 256+128*len(st.targets)+128*len(st.told), func(ctx context.Context, t *ledger.Turn) error {
		return settleStep(ctx, t, st, enqueue)
	})
	if err == nil && len(st.targets) > 0 {
		s.Queued(st.app.ID)
	}
	return err
}

func settleStep(ctx context.Context, t *ledger.Turn, st *step, enqueue func(*ledger.Turn, []Target, string, string, int64)) error {
	old, err := tasks.Get(ctx, t.Read, t.Shard, underWay+st.id)
	if err != nil {
		return err
	}
	if old == nil || old.After != st.after || old.Next != st.next {
		return errMoved
	}
	k := *old // stored values are shared and never changed
	k.After, k.Next = st.newAfter, st.newNext
	k.Users += st.users
	k.Failed += st.failed
	if st.over {
		k.Done = t.Sec()
		tasks.Remove(t, underWay+st.id)
		tasks.PutUntil(t, over+st.id, &k, t.Sec()+taskKeptFor)
		if err := scheduledOver(ctx, t, &k); err != nil {
			return err
		}
	} else {
		tasks.Put(t, underWay+st.id, &k)
	}
	st.counts.put(t, st.id)
	tellPushes(t, st.app, st.told)
	enqueue(t, st.targets, st.id, st.id, t.Sec()+noticeFor)
	t.Commit.PassingNotices = append(t.Commit.PassingNotices, st.notices...)
	return nil
}

// eventsTold is how many events one webhook carries at most (spec/30 §6.5).
const eventsTold = 100

// tellPushes tells the app's server what became of pushes to many.
func tellPushes(t *ledger.Turn, app *chat.App, list []chat.PushTold) {
	if len(list) == 0 || !t.Wants(app, chat.AllMemberPush) {
		return
	}
	for some := range slices.Chunk(list, eventsTold) {
		t.AddWebhook(app, &chat.Event{
			App: app.ID, Kind: chat.AllMemberPush, Key: "push/" + some[0].Task, Time: t.Ms, Pushes: slices.Clone(some),
		})
	}
}
