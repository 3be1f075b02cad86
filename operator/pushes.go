package operator

import (
	"context"
	"strconv"

	"github.com/teahouse-im/teahouse/chat/push"

	room "github.com/teahouse-im/teahouse/chat/operator"
)

func (h *Handler) pushRoutes() []route {
	return []route{
		{method: get, path: "apps/{app}/push", role: room.Read, do: h.pushChannels},
		{method: get, path: "apps/{app}/push/tasks", role: room.Read, do: h.pushTasks},
		{method: get, path: "apps/{app}/push/scheduled", role: room.Read, do: h.scheduled},
		{method: remove, path: "apps/{app}/push/scheduled/{task}", role: room.Write, act: "push.cancel", do: h.unschedule},
	}
}

// channelView is how a channel of pushes stands.
type channelView struct {
	Channel push.ChannelName `json:"channel"`
	On      bool             `json:"on"`
	Waiting int64            `json:"waiting"`
	Oldest  int64            `json:"oldest_at"`
	Paused  bool             `json:"paused"`
}

func (h *Handler) pushChannels(_ context.Context, c *call) (any, error) {
	on := map[push.ChannelName]bool{}
	for _, name := range channelsOf(&h.Apps.App(c.app).Push) {
		on[name] = true
	}
	backlog := map[push.ChannelName]push.Backlog{}
	for _, b := range h.Core.Push.Backlogs() {
		if b.App == c.app {
			backlog[b.Channel] = b
		}
	}
	list := []channelView{}
	for _, name := range push.ChannelNames {
		b := backlog[name]
		list = append(list, channelView{name, on[name], b.Waiting, b.Oldest, b.Paused})
	}
	return map[string]any{"channels": list}, nil
}

// taskView is a push to many.
type taskView struct {
	Task      string `json:"task"`
	State     string `json:"state"` // running or done
	From      string `json:"from"`
	Kind      string `json:"kind"` // message or notice
	Batch     bool   `json:"batch"`
	Scheduled string `json:"scheduled"`
	Made      int64  `json:"at"`
	Done      int64  `json:"done_at"`
	Users     int64  `json:"users"`
	Failed    int64  `json:"failed"`
}

func (h *Handler) pushTasks(ctx context.Context, c *call) (any, error) {
	var after string
	limit, err := c.pageFrom(&after)
	if err != nil {
		return nil, err
	}
	found, next, err := h.Core.Tasks.States(ctx, c.app, after, limit)
	if err != nil {
		return nil, err
	}
	var items []taskView
	for _, k := range found {
		v := taskView{
			Task: k.ID, State: "running", From: string(k.From), Kind: "message", Batch: k.Batch,
			Made: k.Made * 1000, Done: k.Done * 1000, Users: k.Users, Failed: k.Failed,
		}
		if k.Done > 0 {
			v.State = "done"
		}
		if k.Form >= push.Notification {
			v.Kind = "notice"
		}
		if k.Scheduled > 0 {
			v.Scheduled = strconv.FormatUint(k.Scheduled, 10)
		}
		items = append(items, v)
	}
	if next != "" {
		next = cursorOf(next)
	}
	return listOf(items, next), nil
}

// scheduledView is a push that is made at a time.
type scheduledView struct {
	Task   string `json:"task"`
	State  string `json:"state"` // pending, dispatching or dispatched
	Kind   string `json:"kind"`  // All, Tag or User
	Title  string `json:"title"`
	Text   string `json:"text"`
	At     int64  `json:"at"`
	Made   int64  `json:"made_at"`
	Push   string `json:"push"` // the push that it has become
	Users  int64  `json:"users"`
	Failed int64  `json:"failed"`
}

func (h *Handler) scheduled(ctx context.Context, c *call) (any, error) {
	var offset int
	limit, err := c.pageFrom(&offset)
	if err != nil {
		return nil, err
	}
	by, err := c.admin()
	if err != nil {
		return nil, err
	}
	found, total, err := h.Core.Tasks.ScheduledTasks(ctx, by, push.ScheduleQuery{Offset: max(0, offset), Limit: limit})
	if err != nil {
		return nil, err
	}
	var items []scheduledView
	for _, v := range found {
		items = append(items, scheduledView{
			strconv.FormatUint(v.ID, 10), v.Status.String(), string(v.Type), v.Title, v.Text, v.At * 1000, v.Made * 1000, v.Task, v.Users, v.Failed,
		})
	}
	next := ""
	if offset += len(found); len(found) > 0 && offset < total {
		next = cursorOf(offset)
	}
	return listOf(items, next), nil
}

func (h *Handler) unschedule(ctx context.Context, c *call) (any, error) {
	c.object = c.r.PathValue("task")
	id, err := strconv.ParseUint(c.object, 10, 64)
	if err != nil {
		return nil, notFound("there is no task %q", c.object)
	}
	by, err := c.admin()
	if err != nil {
		return nil, err
	}
	v, err := h.Core.Tasks.ScheduledTask(ctx, by, id)
	if err != nil {
		return nil, err
	}
	return empty{}, h.Core.Tasks.Unschedule(ctx, by, id, v.Type)
}
