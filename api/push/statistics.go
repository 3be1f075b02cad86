package push

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	corepush "github.com/teahouse-im/teahouse/chat/push"
)

// statisticsRate is how many calls a second the statistics take, and maxTasksAsked how many
// tasks they are asked about (spec/02 §5, spec/09 C).
const (
	statisticsRate = 1
	maxTasksAsked  = 5
)

func statisticsRows() []*api.Command {
	return []*api.Command{
		api.Row(api.TIMPushService, "all_member_push_statistics", "", api.Admins, taskStatistics).AtMost(statisticsRate).
			Takes("TaskID", 0, maxTasksAsked),
		api.Row(api.TIMPushService, "normal_push_statistics", "", api.Admins, normalStatistics).AtMost(statisticsRate),
		api.Row(api.TIMPushService, "normal_push_trace", "", api.Admins, trace).AtMost(statisticsRate),
	}
}

// pushNumbers count pushes.
type pushNumbers struct {
	Total     int64 `json:"TotalCount"`
	Sent      int64 `json:"SentCount"`
	Delivered int64 `json:"DeliveredCount"`
	Clicked   int64 `json:"ClickCount"`
}

func numbersOf(n corepush.PushNumbers) pushNumbers { return pushNumbers(n) }

type platformNumbers struct {
	Event    int `json:"EventType"`
	Platform int `json:"PushPlatform"`
	pushNumbers
}

func platformsOf(list []corepush.PlatformStatistics) []platformNumbers {
	all := make([]platformNumbers, len(list))
	for i, p := range list {
		all[i] = platformNumbers{p.EventType, p.Platform, numbersOf(p.PushNumbers)}
	}
	return all
}

// success is the ErrorInfo of the original's statistics, with its spelling (spec/09 C).
const success = "sucess"

type taskStatisticsQuery struct {
	Start int64    `wire:"!StartTime"`
	End   int64    `wire:"!EndTime"`
	Tasks []string `wire:"TaskID"`
}

type taskNumbers struct {
	Task string `json:"TaskID"`
	pushNumbers
	Platforms []platformNumbers `json:"PlatformStatistics"`
}

type tasksCounted struct {
	Results []taskNumbers `json:"Results"`
}

// ErrorInfo is that of the original.
func (*tasksCounted) ErrorInfo() string { return success }

func taskStatistics(ctx context.Context, c *api.Call, r *taskStatisticsQuery) (*tasksCounted, error) {
	list, err := c.Core.Tasks.TaskStatistics(ctx, c.By, r.Start, r.End, r.Tasks)
	if err != nil {
		return nil, err
	}
	answer := tasksCounted{Results: make([]taskNumbers, len(list))}
	for i, one := range list {
		answer.Results[i] = taskNumbers{one.Task, numbersOf(one.PushNumbers), platformsOf(one.Platforms)}
	}
	return &answer, nil
}

type normalQuery struct {
	Start int64 `wire:"!StartTime"`
	End   int64 `wire:"!EndTime"`
}

type normalNumbers struct {
	pushNumbers
	Platforms []platformNumbers `json:"PlatformStatistics"`
}

// ErrorInfo is that of the original.
func (*normalNumbers) ErrorInfo() string { return success }

func normalStatistics(ctx context.Context, c *api.Call, r *normalQuery) (*normalNumbers, error) {
	all, err := c.Core.Tasks.NormalStatistics(ctx, c.By, r.Start, r.End)
	if err != nil {
		return nil, err
	}
	return &normalNumbers{numbersOf(all.PushNumbers), platformsOf(all.Platforms)}, nil
}

type traceQuery struct {
	ID string `wire:"!PushID"`
}

// instanceTrace is what became of a push on one device; the names of its members are ours.
type instanceTrace struct {
	To       chat.UserID `json:"To_Account"`
	Device   string      `json:"DeviceId"`
	Platform int         `json:"PushPlatform"`
	Stage    int         `json:"PushStage"`
	Code     int         `json:"ErrCode"`
	Info     string      `json:"ErrInfo"`
	Time     int64       `json:"EventTime"`
	Clicked  int64       `json:"ClickTime"`
}

type traced struct {
	List []instanceTrace `json:"InstanceTrace"`
}

// ErrorInfo is that of the original.
func (*traced) ErrorInfo() string { return success }

// mostTraced is how many devices an answer has at most, our choice.
const mostTraced = 1000

func trace(ctx context.Context, c *api.Call, r *traceQuery) (*traced, error) {
	if r.ID == "" || len(r.ID) > chat.MaxRowKey/4 {
		return nil, chat.Refuse(chat.CodeBadJSON, "PushID is no id of a push")
	}
	return api.Fitting(c.Room, mostTraced, func(most int) (*traced, int, int, error) {
		list, _, err := c.Core.Push.Trace(ctx, c.By.App, r.ID, "", most)
		if err != nil {
			return nil, 0, 0, err
		}
		answer := &traced{List: make([]instanceTrace, len(list))}
		for i, t := range list {
			answer.List[i] = instanceTrace{t.User, t.Client, t.Channel.Number(), int(t.Stage), t.Code, t.Info, t.Time, t.Clicked}
		}
		const entry = 200 // bytes of one without its texts, at most
		bytes := 0
		for _, t := range answer.List {
			bytes += entry + 2*len(t.Device) + 2*len(t.Info) + len(t.To)
		}
		return answer, len(list), bytes, nil
	})
}
