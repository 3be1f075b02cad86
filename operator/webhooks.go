package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/operator"
	"github.com/teahouse-im/teahouse/webhook"
)

// Webhooks is what is known of calls to the apps' servers.
type Webhooks interface {
	State(ctx context.Context, app chat.AppID) (webhook.State, error)
	Recent(app chat.AppID) []webhook.Result
	Dead(ctx context.Context, app chat.AppID, after string, limit int) (list []*chat.Event, next string, err error)
	DeadLetter(ctx context.Context, app chat.AppID, id string) (*chat.Event, error) // nil: there is none
	Replay(ctx context.Context, app chat.AppID) (int, error)
	ReplayOne(ctx context.Context, app chat.AppID, id string) (bool, error) // false: there is none
	Test(ctx context.Context, app *chat.App) webhook.Result
}

func (h *Handler) webhookRoutes() []route {
	const at = "apps/{app}/webhooks"
	return []route{
		{method: get, path: at, role: room.Read, do: h.webhooks},
		{method: get, path: at + "/results", role: room.Read, do: h.results},
		{method: get, path: at + "/dead", role: room.Read, do: h.deadLetters},
		{method: get, path: at + "/dead/{event}", role: room.Read, act: "webhook.read", do: h.deadLetter},
		{method: post, path: at + "/replay", role: room.Write, act: "webhook.replay", do: h.replay},
		{method: post, path: at + "/test", role: room.Write, act: "webhook.test", do: h.testWebhook},
	}
}

// webhookState is how an app's server stands.
type webhookState struct {
	On          bool     `json:"on"`
	URL         string   `json:"url"`
	Events      []string `json:"events"`
	All         bool     `json:"all"`
	Queue       int      `json:"queue"`
	Oldest      int64    `json:"oldest_at"`
	PausedUntil int64    `json:"paused_until_at"`
	Failures    int      `json:"failures"`
	Answered    int64    `json:"answered_at"`
	Dead        int      `json:"dead"`
	DeadMore    bool     `json:"dead_more"`
}

// deadCounted is how many dead letters are counted.
const deadCounted = 1000

func at(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func (h *Handler) webhooks(ctx context.Context, c *call) (any, error) {
	app := h.Apps.App(c.app)
	s, err := h.Webhooks.State(ctx, c.app)
	if err != nil {
		return nil, err
	}
	v := webhookState{
		On: app.Webhook.URL != "", URL: app.Webhook.URL, Events: []string{}, All: app.Webhook.All, Queue: s.Queue, Oldest: s.Oldest,
		PausedUntil: at(s.PausedUntil), Failures: s.Failures, Answered: at(s.Answered),
	}
	for e, on := range app.Webhook.Events {
		if on {
			v.Events = append(v.Events, e)
		}
	}
	slices.Sort(v.Events)
	dead, next, err := h.Webhooks.Dead(ctx, c.app, "", deadCounted)
	v.Dead, v.DeadMore = len(dead), next != ""
	return v, err
}

// resultView is how a call has ended.
type resultView struct {
	Time    int64  `json:"at"`
	Command string `json:"command"`
	EventID string `json:"event_id"`
	Outcome string `json:"outcome"`
	Status  int    `json:"status"`
	Took    int64  `json:"took_ms"`
	Message string `json:"message"`
	Answer  string `json:"answer,omitempty"` // of a test: how its body begins
}

func resultOf(r *webhook.Result) resultView {
	return resultView{at(r.Time), string(r.Command), r.EventID, r.Outcome, r.Status, r.Took.Milliseconds(), r.Message, strings.ToValidUTF8(string(r.Answer), "\uFFFD")}
}

func (h *Handler) results(_ context.Context, c *call) (any, error) {
	var skip int
	limit, err := c.pageFrom(&skip)
	if err != nil {
		return nil, err
	}
	all := h.Webhooks.Recent(c.app)
	all = all[min(max(skip, 0), len(all)):]
	var items []resultView
	for i := range all[:min(limit, len(all))] {
		items = append(items, resultOf(&all[i]))
	}
	next := ""
	if len(all) > limit {
		next = cursorOf(skip + limit)
	}
	return listOf(items, next), nil
}

// deadView is an event that was given up.
type deadView struct {
	ID      string `json:"id"`
	Command string `json:"command"`
	Time    int64  `json:"at"`
	Key     string `json:"key"`
}

func (h *Handler) deadLetters(ctx context.Context, c *call) (any, error) {
	var after string
	limit, err := c.pageFrom(&after)
	if err != nil {
		return nil, err
	}
	found, next, err := h.Webhooks.Dead(ctx, c.app, after, limit)
	if err != nil {
		return nil, err
	}
	var items []deadView
	for _, e := range found {
		items = append(items, deadView{e.ID, string(e.Kind), e.Time, e.Key})
	}
	if next != "" {
		next = cursorOf(next)
	}
	return listOf(items, next), nil
}

// deadDetail is an event that was given up, with what its receiver was told.
type deadDetail struct {
	deadView
	Body  json.RawMessage `json:"body"`  // null: none can be made
	Fault string          `json:"fault"` // why not
}

func (h *Handler) deadLetter(ctx context.Context, c *call) (any, error) {
	c.object = c.r.PathValue("event")
	e, err := h.Webhooks.DeadLetter(ctx, c.app, c.object)
	if err == nil && e == nil {
		err = noDeadLetter(c.object)
	}
	if err != nil {
		return nil, err
	}
	v := deadDetail{deadView: deadView{e.ID, string(e.Kind), e.Time, e.Key}}
	if v.Body, err = webhook.Body(h.Apps.App(c.app), e); err != nil { // it is a dead letter because of that
		v.Body, v.Fault = nil, err.Error()
	}
	return v, nil
}

func noDeadLetter(id string) error { return notFound("the app has no dead letter %q", id) }

// replayOrder says which dead letters are told again.
type replayOrder struct {
	Event string `json:"event"` // "": all of the app
}

func (h *Handler) replay(ctx context.Context, c *call) (any, error) {
	var r replayOrder
	if err := c.read(&r); err != nil {
		return nil, err
	}
	if c.object = r.Event; r.Event == "" {
		n, err := h.Webhooks.Replay(ctx, c.app)
		c.detail = fmt.Sprintf("replayed=%d", n)
		return map[string]int{"replayed": n}, err
	}
	found, err := h.Webhooks.ReplayOne(ctx, c.app, r.Event)
	if err == nil && !found {
		err = noDeadLetter(r.Event)
	}
	return map[string]int{"replayed": 1}, err
}

func (h *Handler) testWebhook(ctx context.Context, c *call) (any, error) {
	app, err := c.someApp()
	if err != nil {
		return nil, err
	}
	if app.Webhook.URL == "" {
		return nil, conflict("the app has no webhook")
	}
	r := h.Webhooks.Test(ctx, app)
	c.detail = "outcome=" + r.Outcome
	return resultOf(&r), nil
}
