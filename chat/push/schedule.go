package push

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Bounds of scheduled tasks: all are choices.
const (
	maxScheduled   = 1000   // of an app that wait
	maxListed      = 10_000 // looked at for one list, the newest
	maxScheduleTab = 100    // of one answer
	headBytes      = 1000   // of the title and the text that a list is searched by
)

// ScheduleStatus is how far a scheduled task is.
type ScheduleStatus uint8

// The states. A task goes from the first to the second in the commit that makes its push,
// and to the third in the one that ends it.
const (
	Pending ScheduleStatus = iota
	Dispatching
	Dispatched
)

// String is the word of the interface (spec/09 C).
func (s ScheduleStatus) String() string {
	return [...]string{"pending", "dispatching", "dispatched"}[min(s, Dispatched)]
}

// ScheduleType says which users a scheduled task is for.
type ScheduleType string

// The types.
const (
	ScheduleAll  ScheduleType = "All"
	ScheduleTag  ScheduleType = "Tag"  // by a condition
	ScheduleUser ScheduleType = "User" // by name
)

// Scheduled is a push that is made at a time.
type Scheduled struct {
	Type   ScheduleType
	At     int64 // Unix seconds
	Made   int64
	Status ScheduleStatus
	// Users and Failed count users the push was for and those not reached, once it is
	// Dispatched.
	Users, Failed int64
	Task          string // TaskId of the push, "" while it is Pending
	Title, Text   string // of its notice, cut
	Parts         int
	From          chat.UserID
	Holder        uint32

	ID uint64
	// Draft is its push; List and the stored row have none.
	Draft *TaskDraft
}

// schedules lie in the shard of the app under their ids. Those that are Pending are in the
// index of tasks too, under "w", their time and id.
var schedules = ledger.Table(record.PushSchedule, func(f *record.Fields, v *Scheduled) {
	record.Text(f, 1, &v.Type, ScheduleAll, ScheduleTag, ScheduleUser)
	record.Int(f, 2, &v.At)
	record.Int(f, 3, &v.Made)
	record.Int(f, 4, &v.Status)
	record.Int(f, 5, &v.Users)
	record.Int(f, 6, &v.Failed)
	record.Text(f, 7, &v.Task)
	record.Text(f, 8, &v.Title)
	record.Text(f, 9, &v.Text)
	record.Int(f, 10, &v.Parts)
	record.Text(f, 11, &v.From)
	record.Int(f, 12, &v.Holder)
}).Named(func(v *Scheduled, _ chat.Shard, key string) {
	if len(key) == 8 {
		v.ID = binary.BigEndian.Uint64([]byte(key))
	}
})

const (
	awaits = "w" // in the index
	lastID = "i" // in the index: the highest id
)

func number64(n uint64) string { return string(binary.BigEndian.AppendUint64(nil, n)) }

func waitKey(v *Scheduled) string { return awaits + number64(uint64(v.At)) + number64(v.ID) }

// contentID names the parts of a scheduled task.
func (v *Scheduled) contentID() string { return "sched\x01" + number64(v.ID) }

// Schedule makes a scheduled task of d at a time, Unix seconds, and returns its id. 90104 for
// what is wrong with any of it.
func (s *Tasks) Schedule(ctx context.Context, by chat.Actor, kind ScheduleType, at int64, d *TaskDraft) (uint64, error) {
	app, err := s.admin(by)
	if err != nil {
		return 0, err
	}
	holder, err := s.checkScheduled(ctx, app, by, kind, d)
	if err == nil {
		err = checkTime(at, s.ledger.NowSec())
	}
	if err != nil {
		return 0, wrongSchedule(err)
	}
	made := make(chan uint64, 1)
	err = s.ledger.Change(ctx, chat.AppShard(app.ID), 0, func(ctx context.Context, t *ledger.Turn) error {
		have, err := t.Read.Rows(ctx, t.Shard, chat.RowKind(record.PushTaskIndex), awaits, "", maxScheduled)
		if err != nil {
			return err
		}
		if len(have) == maxScheduled {
			return chat.Refuse(chat.CodeBadSchedule, "%d tasks wait already", maxScheduled)
		}
		last, err := taskIndex.Get(ctx, t.Read, t.Shard, lastID)
		if err != nil {
			return err
		}
		v := Scheduled{Type: kind, Made: t.Sec(), ID: uint64(t.Ms)}
		if last != nil {
			v.ID = max(v.ID, uint64(last.At)+1)
		}
		taskIndex.Put(t, lastID, &indexed{At: int64(v.ID)})
		v.plan(t, at, d, holder)
		replace(made, v.ID)
		return nil
	})
	if err != nil {
		return 0, err
	}
	s.lookAgain()
	return <-made, nil
}

// checkScheduled checks what a scheduled task does, and returns whose name From is.
func (s *Tasks) checkScheduled(ctx context.Context, app *chat.App, by chat.Actor, kind ScheduleType, d *TaskDraft) (uint32, error) {
	if d.From == "" {
		d.From = by.User
	}
	switch {
	case kind == ScheduleAll && (d.Condition != nil || d.To != nil),
		kind == ScheduleTag && (d.Condition == nil || d.To != nil),
		kind == ScheduleUser && (d.Condition != nil || d.To == nil):
		return 0, chat.Refuse(chat.CodeBadSchedule, "Content does not fit Type %s", kind)
	}
	return s.check(ctx, app, d)
}

func checkTime(at, now int64) error {
	if at < now {
		return chat.Refuse(chat.CodeBadSchedule, "SchedAt is past")
	}
	return nil
}

// wrongSchedule gives what is wrong with a request the one code that scheduled tasks have.
func wrongSchedule(err error) error {
	code, info := chat.Outward(err)
	switch {
	case chat.IsFault(err):
		return chat.Internal(chat.CodeScheduleInternal, err)
	case code.Class() == chat.Malformed || code == chat.CodeBadFrom:
		return chat.Refuse(chat.CodeBadSchedule, "%s", info)
	}
	return err
}

// plan puts a task that waits, and what it says.
func (v *Scheduled) plan(t *ledger.Turn, at int64, d *TaskDraft, holder uint32) {
	v.At = at
	if d != nil {
		v.From, v.Holder = d.From, holder
		p := chat.ReadPush(d.Push)
		v.Title, v.Text = cutText(p.Title, headBytes), cutText(p.Desc, headBytes)
	}
	taskIndex.Put(t, waitKey(v), &indexed{At: at})
	if d != nil {
		// It is copied when it is dispatched, which may be long after its time.
		v.Parts = putContent(t, v.contentID(), &content{Push: d.Push, Condition: d.Condition, To: d.To}, 0)
	}
	schedules.Put(t, number64(v.ID), v)
}

// dropContent removes what a scheduled task says.
func (v *Scheduled) dropContent(t *ledger.Turn) {
	for i := range v.Parts {
		taskParts.Remove(t, partKey(v.contentID(), i))
	}
}

// Reschedule changes a scheduled task that waits: its time, unless that is 0, and its push,
// unless that is nil. 90106 and 90107 when it does not wait any more; 90104 when there is
// none, or it is of another type.
func (s *Tasks) Reschedule(ctx context.Context, by chat.Actor, id uint64, kind ScheduleType, at int64, d *TaskDraft) error {
	app, err := s.admin(by)
	if err != nil {
		return err
	}
	var holder uint32
	if d != nil {
		holder, err = s.checkScheduled(ctx, app, by, kind, d)
	}
	if err == nil && at != 0 {
		err = checkTime(at, s.ledger.NowSec())
	}
	if err != nil {
		return wrongSchedule(err)
	}
	err = s.ledger.Change(ctx, chat.AppShard(app.ID), 0, func(ctx context.Context, t *ledger.Turn) error {
		v, err := stillWaits(ctx, t, id, kind)
		if err != nil {
			return err
		}
		taskIndex.Remove(t, waitKey(v))
		if d != nil {
			v.dropContent(t)
		}
		when := v.At
		if at != 0 {
			when = at
		}
		v.plan(t, when, d, holder)
		return nil
	})
	s.lookAgain()
	return err
}

// stillWaits is a copy of a scheduled task that waits.
func stillWaits(ctx context.Context, t *ledger.Turn, id uint64, kind ScheduleType) (*Scheduled, error) {
	old, err := schedules.Get(ctx, t.Read, t.Shard, number64(id))
	switch {
	case err != nil:
		return nil, err
	case old == nil:
		return nil, noSchedule()
	case old.Type != kind:
		return nil, chat.Refuse(chat.CodeBadSchedule, "the Type of the task is %s", old.Type)
	case old.Status == Dispatching:
		return nil, chat.Refuse(chat.CodeDispatching, "")
	case old.Status == Dispatched:
		return nil, chat.Refuse(chat.CodeDispatched, "")
	}
	v := *old // stored values are shared and never changed
	return &v, nil
}

func noSchedule() error { return chat.Refuse(chat.CodeBadSchedule, "there is no such task") }

// Unschedule removes a scheduled task that waits; its refusals are those of Reschedule.
func (s *Tasks) Unschedule(ctx context.Context, by chat.Actor, id uint64, kind ScheduleType) error {
	app, err := s.admin(by)
	if err != nil {
		return err
	}
	return s.ledger.Change(ctx, chat.AppShard(app.ID), 0, func(ctx context.Context, t *ledger.Turn) error {
		v, err := stillWaits(ctx, t, id, kind)
		if err != nil {
			return err
		}
		v.dropContent(t)
		taskIndex.Remove(t, waitKey(v))
		schedules.Remove(t, number64(id))
		return nil
	})
}

// ScheduledTask is a scheduled task with its push; 90104 when there is none. It is known for
// 30 days after it is over; then its push is not known any more, and Draft nil.
func (s *Tasks) ScheduledTask(ctx context.Context, by chat.Actor, id uint64) (*Scheduled, error) {
	app, err := s.admin(by)
	if err != nil {
		return nil, err
	}
	v, err := schedules.Get(ctx, s.ledger, chat.AppShard(app.ID), number64(id))
	if err == nil && v == nil {
		err = noSchedule()
	}
	if err != nil {
		return nil, err
	}
	return s.whole(ctx, app.ID, v)
}

// whole is a copy of a scheduled task with its push.
func (s *Tasks) whole(ctx context.Context, app chat.AppID, v *Scheduled) (*Scheduled, error) {
	id, parts := v.contentID(), v.Parts
	if v.Task != "" { // what it said went on to its push
		id = v.Task
	}
	what, err := readContent(ctx, s.ledger, app, id, parts)
	if err != nil {
		return nil, err
	}
	out := *v
	if what != nil {
		out.Draft = &TaskDraft{Form: FormOf(what.Push), From: v.From, Push: what.Push, Condition: what.Condition, To: what.To}
	}
	return &out, nil
}

// FormOf is the form of a push without a message.
func FormOf(push []byte) Form {
	if chat.ReadPush(push).PushFlag == 1 {
		return NotificationOnline
	}
	return Notification
}

// ScheduleQuery asks for a list of scheduled tasks.
type ScheduleQuery struct {
	Offset, Limit int  // at most 100, which 0 means too
	ByTime        bool // in the order of their times, not of when they were made
	Ascending     bool
	Begin, End    int64  // of what they are ordered by, Unix seconds; 0: open
	Keyword       string // in the title or the text
}

// ScheduledTasks lists scheduled tasks, the newest 10,000 of the app being looked at, and
// tells how many there are in all.
func (s *Tasks) ScheduledTasks(ctx context.Context, by chat.Actor, q ScheduleQuery) (list []*Scheduled, total int, err error) {
	app, err := s.admin(by)
	if err != nil {
		return nil, 0, err
	}
	all, err := s.schedulesOf(ctx, app.ID, q)
	if err != nil {
		return nil, 0, err
	}
	total = len(all)
	all = all[min(max(q.Offset, 0), len(all)):]
	most := q.Limit
	if most <= 0 || most > maxScheduleTab {
		most = maxScheduleTab
	}
	for _, v := range all[:min(most, len(all))] {
		v, err := s.whole(ctx, app.ID, v)
		if err != nil {
			return nil, 0, err
		}
		list = append(list, v)
	}
	return list, total, nil
}

func (s *Tasks) schedulesOf(ctx context.Context, app chat.AppID, q ScheduleQuery) ([]*Scheduled, error) {
	var all []*Scheduled
	for after := ""; ; {
		page, keys, err := schedules.Page(ctx, s.ledger, chat.AppShard(app), "", after, 500)
		if err != nil {
			return nil, err
		}
		for _, v := range page {
			if at := v.ordered(q); at >= q.Begin && (q.End == 0 || at <= q.End) && strings.Contains(v.Title+"\x00"+v.Text, q.Keyword) {
				all = append(all, v)
			}
		}
		all = all[max(0, len(all)-maxListed):]
		if len(page) < 500 {
			break
		}
		after = keys[len(keys)-1]
	}
	slices.SortStableFunc(all, func(a, b *Scheduled) int {
		if q.Ascending {
			return cmp.Compare(a.ordered(q), b.ordered(q))
		}
		return cmp.Compare(b.ordered(q), a.ordered(q))
	})
	return all, nil
}

// ordered is what a list is ordered by.
func (v *Scheduled) ordered(q ScheduleQuery) int64 {
	if q.ByTime {
		return v.At
	}
	return v.Made
}

// lookAgain has the worker look when the next scheduled task is due.
func (s *Tasks) lookAgain() {
	s.look.Store(true)
	s.nudge()
}

// dispatchDue makes the pushes of scheduled tasks whose time has come, and returns after how
// long the next one is due.
func (s *Tasks) dispatchDue(ctx context.Context, app *chat.App) (time.Duration, error) {
	now := s.ledger.NowMs()
	if soon := s.soon[app.ID]; soon > now {
		return time.Duration(soon-now) * time.Millisecond, nil
	}
	if app.Switches.NoPushToMany { // they wait until it is on again
		return idleFor, nil
	}
	for {
		list, keys, err := taskIndex.Page(ctx, s.ledger, chat.AppShard(app.ID), awaits, "", 1)
		if err != nil {
			return 0, err
		}
		rest := idleFor
		if len(list) > 0 {
			at := list[0].At * 1000
			if at <= now {
				if err := s.dispatch(ctx, app, keys[0]); err != nil {
					return 0, err
				}
				continue
			}
			rest = min(rest, time.Duration(at-now)*time.Millisecond)
		}
		s.soon[app.ID] = now + rest.Milliseconds()
		return rest, nil
	}
}

// dispatch makes the push of a scheduled task, in the commit that says so.
func (s *Tasks) dispatch(ctx context.Context, app *chat.App, key string) error {
	return s.ledger.Change(ctx, chat.AppShard(app.ID), 0, func(ctx context.Context, t *ledger.Turn) error {
		return dispatch(ctx, t, app, key)
	})
}

func dispatch(ctx context.Context, t *ledger.Turn, app *chat.App, key string) error {
	if has, err := taskIndex.Has(ctx, t.Read, t.Shard, key); err != nil || !has {
		return err // somebody else was faster
	}
	taskIndex.Remove(t, key)
	old, err := schedules.Get(ctx, t.Read, t.Shard, key[len(key)-8:])
	if err != nil || old == nil {
		return err
	}
	v := *old // stored values are shared and never changed
	what, err := readContent(ctx, t.Read, app.ID, v.contentID(), v.Parts)
	if err != nil {
		return err
	}
	v.dropContent(t)
	v.Status, v.Task = Dispatched, fmt.Sprintf("sched_%d_%d_%d", app.ID, v.ID, t.Sec())
	if what != nil {
		v.Status = Dispatching
		putTask(t, v.Task, &TaskDraft{
			Form: FormOf(what.Push), From: v.From, Push: what.Push, Condition: what.Condition, To: what.To,
		}, v.Holder, v.ID)
	}
	schedules.Put(t, number64(v.ID), &v)
	return nil
}

// scheduledOver notes in the scheduled task of a push that it is over.
func scheduledOver(ctx context.Context, t *ledger.Turn, k *taskRow) error {
	if k.Sched == 0 {
		return nil
	}
	old, err := schedules.Get(ctx, t.Read, t.Shard, number64(k.Sched))
	if err != nil || old == nil {
		return err
	}
	v := *old
	v.Status, v.Users, v.Failed = Dispatched, k.Users, k.Failed
	schedules.PutUntil(t, number64(v.ID), &v, t.Sec()+taskKeptFor)
	return nil
}
