package push

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Bounds of pushes to many (spec/09 B1, C), in seconds where they are times.
const (
	maxLifeTime = 604800
	maxDataID   = 64  // bytes
	maxBatch    = 500 // accounts of timpush/batch
	randomFor   = 7 * 24 * 60 * 60
	// keptFor is how long the numbers of a task are known, and what it says: longer than
	// anything of it may wait.
	taskKeptFor = 30 * 24 * 60 * 60
	contentFor  = 9 * 24 * 60 * 60
	// noticeFor is how long a notice of a task waits for a device, our choice.
	noticeFor = 24 * 60 * 60
)

// Form is in which way a task reaches its users.
type Form uint8

// The forms.
const (
	// Passing is a one-to-one message for those who are online, which nothing keeps.
	Passing Form = iota + 1
	// Kept is one that waits so many seconds in the history for those who are away, and counts
	// as unread for nobody.
	Kept
	// Ordinary is one like any other, in the history and unread.
	Ordinary
	// Notification has no message: devices of those who are away get what OfflinePushInfo
	// says through their channels, those who are online an event.
	Notification
	// NotificationOnline is the event alone (PushFlag 1).
	NotificationOnline
)

// TaskDraft is a push to many as a backend asks for it.
type TaskDraft struct {
	Form   Form
	From   chat.UserID // "": the caller
	Random uint32      // the same within 7 days is the same task
	Body   json.RawMessage
	Cloud  string
	Push   json.RawMessage
	// LifeTime is how long a Kept message waits, seconds.
	LifeTime int64
	DataID   string // the backend's own word for it
	// Condition chooses among all accounts of the app; To names them instead.
	Condition *Condition
	To        []chat.UserID // nil: not a batch
}

// taskRow is a task: what it says is in its parts, how far it is stands here.
type taskRow struct {
	Form   Form
	From   chat.UserID
	Holder uint32 // of From's account when the task was made
	Made   int64  // Unix seconds
	Random uint32
	Life   int64
	DataID string
	Batch  bool
	Parts  int
	Sched  uint64 // the scheduled task that it is of, 0: none

	After  chat.UserID // those up to here are done
	Next   int         // of a batch: so many are done
	Users  int64       // how many users it was for
	Failed int64       // who could not be reached at all
	Done   int64       // Unix seconds, 0: it is under way

	ID string // TaskId
}

// What tasks have lies in the shard of the app. Tasks under way stand under "r" and their
// id, those that are over under "d"; parts under the id and a number.
var (
	tasks = ledger.Table(record.PushTask, func(f *record.Fields, k *taskRow) {
		record.Int(f, 1, &k.Form)
		record.Text(f, 2, &k.From)
		record.Int(f, 3, &k.Holder)
		record.Int(f, 4, &k.Made)
		record.Int(f, 5, &k.Random)
		record.Int(f, 6, &k.Life)
		record.Text(f, 7, &k.DataID)
		record.Bool(f, 8, &k.Batch)
		record.Int(f, 9, &k.Parts)
		record.Int(f, 10, &k.Sched)
		record.Text(f, 11, &k.After)
		record.Int(f, 12, &k.Next)
		record.Int(f, 13, &k.Users)
		record.Int(f, 14, &k.Failed)
		record.Int(f, 15, &k.Done)
	}).Named(func(k *taskRow, _ chat.Shard, key string) { k.ID = key[min(1, len(key)):] })
	taskParts = ledger.Table(record.PushTaskPart, func(f *record.Fields, p *part) { record.Raw(f, 1, &p.Bytes) })
	// taskIndex leads from a MsgRandom to its task, under its kind and the number; under "l"
	// is when the last push to many was.
	taskIndex = ledger.Table(record.PushTaskIndex, func(f *record.Fields, i *indexed) {
		record.Text(f, 1, &i.Task)
		record.Int(f, 2, &i.At)
	})
)

type part struct{ Bytes []byte }

type indexed struct {
	Task string
	At   int64
}

const (
	underWay    = "r"
	over        = "d"
	lastPush    = "l"
	ofPush      = "p"
	ofBatch     = "b"
	partBytes   = 4000
	tasksAtOnce = 100 // read at a time
)

// content is what a task says, and to which users: its parts put together.
type content struct {
	Body, Push json.RawMessage
	Cloud      string
	Condition  *Condition
	To         []chat.UserID
}

func contentFields(f *record.Fields, s *content) {
	record.Raw(f, 1, &s.Body)
	record.Raw(f, 2, &s.Push)
	record.Text(f, 3, &s.Cloud)
	record.One(f, 4, &s.Condition, conditionFields)
	record.Texts(f, 5, &s.To)
}

// putContent puts what a task says as parts, and tells how many they are.
func putContent(t *ledger.Turn, id string, s *content, expires int64) (parts int) {
	b := record.Encode(nil, s, contentFields)
	for ; len(b) > 0; parts++ {
		n := min(len(b), partBytes)
		taskParts.PutUntil(t, partKey(id, parts), &part{b[:n]}, expires)
		b = b[n:]
	}
	return parts
}

func partKey(id string, n int) string {
	return string(binary.BigEndian.AppendUint16([]byte(id+"\x00"), uint16(n)))
}

// readContent puts together what a task says; nil when it is not known any more.
func readContent(ctx context.Context, r chat.RowReader, app chat.AppID, id string, parts int) (*content, error) {
	asks := make([]chat.RowAsk, parts)
	for i := range asks {
		asks[i] = taskParts.Ask(chat.AppShard(app), partKey(id, i))
	}
	list, err := taskParts.Of(ctx, r, asks)
	if err != nil {
		return nil, err
	}
	var b []byte
	for _, p := range list {
		if p == nil {
			return nil, nil
		}
		b = append(b, p.Bytes...)
	}
	s := new(content)
	return s, record.Decode(b, s, contentFields)
}

// Make makes a task, which is worked on from then on, and returns its TaskId. A MsgRandom
// that was used within 7 days for the same command gives the task of that time, and nothing
// is made.
func (s *Tasks) Make(ctx context.Context, by chat.Actor, d *TaskDraft) (string, error) {
	app, err := s.admin(by)
	if err != nil {
		return "", err
	}
	if d.From == "" {
		d.From = by.User
	}
	holder, err := s.check(ctx, app, d)
	if err != nil {
		return "", err
	}
	made := make(chan string, 1)
	err = s.ledger.Change(ctx, chat.AppShard(app.ID), 0, func(ctx context.Context, t *ledger.Turn) error {
		id, err := makeTask(ctx, t, app, d, holder)
		replace(made, id)
		return err
	})
	if err != nil {
		return "", err
	}
	s.nudge()
	return <-made, nil
}

// MakeBatch is Make for users who are named. failures are those who have no account; when
// nobody has one it is 90048.
func (s *Tasks) MakeBatch(ctx context.Context, by chat.Actor, d *TaskDraft) (id string, failures []chat.ItemResult, err error) {
	if _, err := s.admin(by); err != nil {
		return "", nil, err
	}
	if err := checkBatch(d.To); err != nil {
		return "", nil, err
	}
	accounts, err := s.ledger.Accounts(ctx, by.App, d.To)
	if err != nil {
		return "", nil, err
	}
	to := make([]chat.UserID, 0, len(d.To))
	for i, a := range accounts {
		switch u := d.To[i]; {
		case a == nil:
			failures = append(failures, chat.ItemResult{User: u, Code: chat.CodeAccountUnknown})
		case !slices.Contains(to, u):
			to = append(to, u)
		}
	}
	if len(to) == 0 {
		return "", failures, chat.Refuse(chat.CodeAccountUnknown, "nobody in To_Account has an account")
	}
	named := *d
	named.To = to
	id, err = s.Make(ctx, by, &named)
	return id, failures, err
}

// replace puts v into a channel of capacity one in place of what it holds, since a turn may be
// prepared more than once.
func replace[T any](c chan T, v T) {
	select {
	case <-c:
	default:
	}
	c <- v
}

// admin returns the app of an administrator who may push to many.
func (s *Tasks) admin(by chat.Actor) (*chat.App, error) {
	app, err := s.ledger.App(by.App)
	switch {
	case err != nil:
		return nil, err
	case !by.Admin():
		return nil, chat.Refuse(chat.CodeMsgNeedAdmin, "")
	case app.Switches.NoPushToMany:
		return nil, chat.Refuse(chat.CodePushOff, "")
	}
	return app, nil
}

// check checks the form of a draft, and returns whose name From is.
func (s *Tasks) check(ctx context.Context, app *chat.App, d *TaskDraft) (holder uint32, err error) {
	if err := checkForm(app, d); err != nil {
		return 0, err
	}
	if d.Condition != nil {
		names, err := declaredNames(ctx, s.ledger, app.ID)
		if err != nil {
			return 0, err
		}
		if err := d.Condition.check(names); err != nil {
			return 0, err
		}
	}
	acc, err := s.ledger.Account(ctx, app.ID, d.From)
	if err != nil {
		return 0, err
	}
	if acc == nil {
		return 0, chat.Refuse(chat.CodeBadFrom, "From_Account is not registered")
	}
	return acc.Holder, nil
}

func checkForm(app *chat.App, d *TaskDraft) error {
	if len(d.Push) > 0 {
		if err := chat.CheckPush(d.Push); err != nil {
			return err
		}
	}
	switch {
	case len(d.DataID) > maxDataID || !utf8.ValidString(d.DataID) || chat.HasControl(d.DataID):
		return chat.Refuse(chat.CodeBadJSON, "DataId is no text of at most %d bytes", maxDataID)
	case d.Form == Notification || d.Form == NotificationOnline:
		if len(d.Push) == 0 {
			return chat.Refuse(chat.CodeBadPushInfo, "OfflinePushInfo is missing")
		}
	default:
		if err := chat.CheckFits(&app.Limits, d.Body, d.Cloud); err != nil {
			return err
		}
		if err := chat.CheckBody(d.Body); err != nil {
			return err
		}
	}
	if d.LifeTime < 0 || d.LifeTime > maxLifeTime {
		return chat.Refuse(chat.CodeBadLifeTime, "MsgLifeTime is from 0 to %d", maxLifeTime)
	}
	if d.To != nil {
		return checkBatch(d.To)
	}
	return nil
}

func checkBatch(to []chat.UserID) error {
	switch {
	case len(to) == 0:
		return chat.Refuse(chat.CodeTargetsEmpty, "")
	case len(to) > maxBatch:
		return chat.Refuse(chat.CodeTooManyTargets, "more than %d accounts", maxBatch)
	}
	for _, u := range to {
		if !u.Valid() {
			return chat.Refuse(chat.CodeBadTo, "an entry of To_Account is no account")
		}
	}
	return nil
}

// makeTask makes a task in a turn of its app, if a day may have one more.
func makeTask(ctx context.Context, t *ledger.Turn, app *chat.App, d *TaskDraft, holder uint32) (string, error) {
	kind := ofPush
	if d.To != nil {
		kind = ofBatch
	}
	random := kind + string(binary.BigEndian.AppendUint32(nil, d.Random))
	first, err := taskIndex.Get(ctx, t.Read, t.Shard, random)
	if err != nil {
		return "", err
	}
	if first != nil {
		return first.Task, nil
	}
	if kind == ofPush {
		if err := countPush(ctx, t, app); err != nil {
			return "", err
		}
	}
	id := fmt.Sprintf("%d_%d_%d", app.ID, d.Random, t.Sec())
	if kind == ofBatch {
		id = "batch_" + id
	}
	taskIndex.PutUntil(t, random, &indexed{Task: id, At: t.Sec()}, t.Sec()+randomFor)
	putTask(t, id, d, holder, 0)
	return id, nil
}

// putTask puts a task that is under way, with what it says.
func putTask(t *ledger.Turn, id string, d *TaskDraft, holder uint32, sched uint64) {
	row := taskRow{
		Form: d.Form, From: d.From, Holder: holder, Made: t.Sec(), Random: d.Random, Life: d.LifeTime,
		DataID: d.DataID, Batch: d.To != nil, Sched: sched,
	}
	row.Parts = putContent(t, id, &content{Body: d.Body, Push: d.Push, Cloud: d.Cloud, Condition: d.Condition, To: d.To}, t.Sec()+contentFor)
	tasks.Put(t, underWay+id, &row)
}

// countPush refuses a push to many beyond those of a day (UTC), and one within a second of
// the last (spec/09 B1).
func countPush(ctx context.Context, t *ledger.Turn, app *chat.App) error {
	last, err := taskIndex.Get(ctx, t.Read, t.Shard, lastPush)
	if err != nil {
		return err
	}
	if last != nil && t.Ms-last.At < 1000 {
		return chat.Refuse(chat.CodePushTooSoon, "")
	}
	day := dayKey(t.Sec())
	n, err := pushCounts.Get(ctx, t.Read, t.Shard, day)
	if err != nil {
		return err
	}
	if most := app.Limits.PushesPerDay; most >= 0 && n >= int64(most) {
		return chat.Refuse(chat.CodePushQuota, "")
	}
	pushCounts.AddUntil(t, day, 1, t.Sec()+2*24*60*60)
	taskIndex.PutUntil(t, lastPush, &indexed{At: t.Ms}, t.Sec()+60)
	return nil
}

// Notice is what a task says, for those who send it to devices: a [Loader].
func (s *Tasks) Notice(ctx context.Context, app chat.AppID, id string) (*Notice, error) {
	k, err := s.task(ctx, app, id)
	if err != nil || k == nil {
		return nil, err
	}
	what, err := readContent(ctx, s.ledger, app, id, k.Parts)
	if err != nil || what == nil {
		return nil, err
	}
	p := chat.ReadPush(what.Push)
	n := &Notice{
		PushID: id, TaskID: id, Title: p.Title, SubTitle: p.Apns.SubTitle, Text: p.Desc, Ext: p.Ext,
		Sound: p.Apns.Sound, Image: p.Apns.Image, MutableContent: p.Apns.MutableContent == 1, Android: p.Android,
		From: k.From, Time: k.Made,
	}
	return n, nil
}

// task finds a task; see findTask.
func (s *Tasks) task(ctx context.Context, app chat.AppID, id string) (*taskRow, error) {
	return findTask(ctx, s.ledger, chat.AppShard(app), id)
}

// findTask finds a task, whether it is under way or over; nil when there is none.
func findTask(ctx context.Context, r chat.RowReader, shard chat.Shard, id string) (*taskRow, error) {
	for _, state := range []string{underWay, over, underWay} { // it may end in between
		k, err := tasks.Get(ctx, r, shard, state+id)
		if err != nil || k != nil {
			return k, err
		}
	}
	return nil, nil
}
