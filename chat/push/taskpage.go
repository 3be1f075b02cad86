package push

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

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
