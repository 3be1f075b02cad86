package push

import (
	"context"
	"encoding/json"
	"time"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	corepush "github.com/teahouse-im/teahouse/chat/push"
	"github.com/teahouse-im/teahouse/wire"
)

// scheduleRate is how many calls a second the commands of scheduled pushes take (spec/09 C).
const scheduleRate = 5

func scheduleRows() []*api.Command {
	return []*api.Command{
		api.Row(api.TIMPushService, "add_sched_task", "", api.Admins, addTask).AtMost(scheduleRate),
		api.Row(api.TIMPushService, "modify_sched_task", "", api.Admins, modifyTask).AtMost(scheduleRate),
		api.Row(api.TIMPushService, "delete_sched_task", "", api.Admins, deleteTask).AtMost(scheduleRate),
		api.Row(api.TIMPushService, "get_sched_task", "", api.Admins, getTask).AtMost(scheduleRate),
		api.Row(api.TIMPushService, "list_sched_task", "", api.Admins, listTasks).AtMost(scheduleRate),
	}
}

// utc is a time as the commands write it, "YYYY-MM-DD hh:mm:ss" in UTC; in Unix seconds.
type utc int64

// ReadWire reads the value; "" is none.
func (u *utc) ReadWire(value []byte) bool {
	text, ok := wire.ReadText(value)
	if !ok || text == "" {
		return ok
	}
	at, err := time.Parse(time.DateTime, text)
	*u = utc(at.Unix())
	return err == nil
}

// MarshalJSON writes it.
func (u utc) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Unix(int64(u), 0).UTC().Format(time.DateTime))
}

// Shape implements api.Shaped.
func (*utc) Shape() any { return "" }

// TypeInJSON is for help.
func (*utc) TypeInJSON() string { return "text" }

// Wanted is for who has sent something else.
func (*utc) Wanted() string { return "a time in UTC, as YYYY-MM-DD hh:mm:ss" }

// scheduleType says which users a scheduled push is for.
type scheduleType corepush.ScheduleType

// ReadWire reads the value.
func (t *scheduleType) ReadWire(value []byte) bool {
	text, ok := wire.ReadText(value)
	*t = scheduleType(text)
	switch corepush.ScheduleType(text) {
	case corepush.ScheduleAll, corepush.ScheduleTag, corepush.ScheduleUser:
		return ok
	}
	return false
}

// Words implements api.Worded.
func (*scheduleType) Words() []string {
	return []string{string(corepush.ScheduleAll), string(corepush.ScheduleTag), string(corepush.ScheduleUser)}
}

// pushOrder is what a list of scheduled pushes is ordered by.
type pushOrder string

// ReadWire reads the value.
func (o *pushOrder) ReadWire(value []byte) bool {
	text, ok := wire.ReadText(value)
	*o = pushOrder(text)
	return ok && (text == byMade || text == byTime)
}

const (
	byMade = "createat"
	byTime = "schedat"
)

// Words implements api.Worded.
func (*pushOrder) Words() []string { return []string{byMade, byTime} }

// flag is yes or no as true and false.
type flag bool

// ReadWire reads the value.
func (f *flag) ReadWire(value []byte) bool {
	*f = string(value) == "true"
	return bool(*f) || string(value) == "false"
}

// Shape implements api.Shaped.
func (*flag) Shape() any { return false }

// TypeInJSON is for help.
func (*flag) TypeInJSON() string { return "true or false" }

// Wanted is for who has sent something else.
func (*flag) Wanted() string { return "true or false" }

// scheduleContent is the push of a scheduled task.
type scheduleContent struct {
	From      chat.UserID   `wire:"!From_Account" code:"90104" json:"From_Account"`
	Condition *condition    `wire:"Condition" code:"90104" json:"Condition,omitempty"`
	To        []chat.UserID `wire:"To_Account" code:"90104" json:"To_Account,omitempty"`
	Info      pushInfo      `wire:"!OfflinePushInfo" code:"90104" json:"OfflinePushInfo"`
}

func (s *scheduleContent) draft() *corepush.TaskDraft {
	if s == nil {
		return nil
	}
	return &corepush.TaskDraft{
		Form: corepush.FormOf(json.RawMessage(s.Info)), From: s.From, Push: json.RawMessage(s.Info), Condition: s.Condition.core(), To: s.To,
	}
}

// ofApp refuses a request that names another app.
func ofApp(c *api.Call, app uint32) error {
	if chat.AppID(app) != c.By.App {
		return chat.Refuse(chat.CodeBadSchedule, "Sdkappid is another than that of the call")
	}
	return nil
}

type taskAddition struct {
	App     uint32           `wire:"!Sdkappid" code:"90104"`
	Type    scheduleType     `wire:"!Type" code:"90104"`
	At      utc              `wire:"!SchedAt" code:"90104"`
	Content *scheduleContent `wire:"!Content" code:"90104"`
}

type taskNumber struct {
	ID uint64 `json:"TaskID"`
}

// scheduleFault gives faults of ours the code that these commands have for them.
func scheduleFault(err error) error {
	if chat.IsFault(err) {
		return chat.Internal(chat.CodeScheduleInternal, err)
	}
	return err
}

func addTask(ctx context.Context, c *api.Call, r *taskAddition) (*taskNumber, error) {
	if err := ofApp(c, r.App); err != nil {
		return nil, err
	}
	id, err := c.Core.Tasks.Schedule(ctx, c.By, corepush.ScheduleType(r.Type), int64(r.At), r.Content.draft())
	if err != nil {
		return nil, scheduleFault(err)
	}
	return &taskNumber{id}, nil
}

type taskModification struct {
	App     uint32           `wire:"!Sdkappid" code:"90104"`
	ID      uint64           `wire:"!TaskID" code:"90104"`
	Type    scheduleType     `wire:"!Type" code:"90104"`
	At      utc              `wire:"SchedAt" code:"90104"`
	Content *scheduleContent `wire:"Content" code:"90104"`
}

func modifyTask(ctx context.Context, c *api.Call, r *taskModification) (*taskNumber, error) {
	err := ofApp(c, r.App)
	if err == nil {
		err = c.Core.Tasks.Reschedule(ctx, c.By, r.ID, corepush.ScheduleType(r.Type), int64(r.At), r.Content.draft())
	}
	if err != nil {
		return nil, scheduleFault(err)
	}
	return &taskNumber{r.ID}, nil
}

type taskDeletion struct {
	App  uint32       `wire:"!Sdkappid" code:"90104"`
	ID   uint64       `wire:"!TaskID" code:"90104"`
	Type scheduleType `wire:"!Type" code:"90104"`
}

func deleteTask(ctx context.Context, c *api.Call, r *taskDeletion) (*taskNumber, error) {
	err := ofApp(c, r.App)
	if err == nil {
		err = c.Core.Tasks.Unschedule(ctx, c.By, r.ID, corepush.ScheduleType(r.Type))
	}
	if err != nil {
		return nil, scheduleFault(err)
	}
	return &taskNumber{r.ID}, nil
}

type taskQuery struct {
	App uint32 `wire:"!Sdkappid" code:"90104"`
	ID  uint64 `wire:"!TaskID" code:"90104"`
}

// taskInfo is a scheduled task. DispatchSuccess and DispatchErr are how many users its push
// was for and could not reach (our choice).
type taskInfo struct {
	ID      uint64                `json:"TaskID"`
	App     chat.AppID            `json:"Sdkappid"`
	Made    utc                   `json:"CreateAt"`
	Type    corepush.ScheduleType `json:"Type"`
	At      utc                   `json:"SchedAt"`
	Content *scheduleContent      `json:"Content,omitempty"`
	Title   string                `json:"Title"`
	Text    string                `json:"Desc"`
	Status  string                `json:"Status"`
	Users   int64                 `json:"DispatchSuccess"`
	Failed  int64                 `json:"DispatchErr"`
	Task    string                `json:"PushTaskID"`
}

func taskInfoOf(c *api.Call, v *corepush.Scheduled) taskInfo {
	one := taskInfo{
		ID: v.ID, App: c.By.App, Made: utc(v.Made), Type: v.Type, At: utc(v.At), Title: v.Title, Text: v.Text,
		Status: v.Status.String(), Users: v.Users, Failed: v.Failed, Task: v.Task,
	}
	if d := v.Draft; d != nil {
		one.Content = &scheduleContent{From: d.From, Condition: conditionOf(d.Condition), To: d.To, Info: pushInfo(d.Push)}
	}
	return one
}

type taskFound struct {
	Info taskInfo `json:"TaskInfo"`
}

func getTask(ctx context.Context, c *api.Call, r *taskQuery) (*taskFound, error) {
	if err := ofApp(c, r.App); err != nil {
		return nil, err
	}
	v, err := c.Core.Tasks.ScheduledTask(ctx, c.By, r.ID)
	if err != nil {
		return nil, scheduleFault(err)
	}
	return &taskFound{taskInfoOf(c, v)}, nil
}

type tasksQuery struct {
	App     uint32    `wire:"!Sdkappid" code:"90104"`
	Offset  uint32    `wire:"Offset" code:"90104"`
	Want    uint32    `wire:"Want" code:"90104"`
	Order   pushOrder `wire:"OrderBy" code:"90104"`
	Rising  flag      `wire:"Asc" code:"90104"`
	Begin   utc       `wire:"BeginTime" code:"90104"`
	End     utc       `wire:"EndTime" code:"90104"`
	Keyword string    `wire:"Keyword" code:"90104"`
}

type tasksFound struct {
	Total int        `json:"TotalCount"`
	List  []taskInfo `json:"TaskInfos"`
}

func listTasks(ctx context.Context, c *api.Call, r *tasksQuery) (*tasksFound, error) {
	if err := ofApp(c, r.App); err != nil {
		return nil, err
	}
	return api.Fitting(c.Room, int(min(r.Want, 100)), func(most int) (*tasksFound, int, int, error) {
		list, total, err := c.Core.Tasks.ScheduledTasks(ctx, c.By, corepush.ScheduleQuery{
			Offset: int(r.Offset), Limit: most, ByTime: r.Order == byTime, Ascending: bool(r.Rising),
			Begin: int64(r.Begin), End: int64(r.End), Keyword: r.Keyword,
		})
		if err != nil {
			return nil, 0, 0, scheduleFault(err)
		}
		answer := &tasksFound{Total: total, List: make([]taskInfo, len(list))}
		for i, v := range list {
			answer.List[i] = taskInfoOf(c, v)
		}
		text, err := json.Marshal(answer)
		return answer, len(list), len(text), err
	})
}
