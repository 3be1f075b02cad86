package webhook

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// recentKept is how many calls of each app are remembered.
const recentKept = 100

// Result is how a call has ended, for operators.
type Result struct {
	Time    time.Time // when it began
	Command chat.EventKind
	EventID string // "" of questions
	Outcome string // ok, timeout, unreachable, status, malformed, …
	Status  int    // of the answer; 0: there was none
	Took    time.Duration
	Message string // what was wrong, without the address
	Answer  []byte // of Test: how the answer's body begins
}

// recent remembers the last calls of each app, in memory.
type recent struct {
	mu  sync.Mutex
	all map[chat.AppID]*ring
}

type ring struct {
	list []Result
	next int // where the next one goes, once the ring is full
}

// note remembers a call.
func (r *recent) note(app chat.AppID, one Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[chat.AppID]*ring{}
	}
	at := r.all[app]
	if at == nil {
		at = new(ring)
		r.all[app] = at
	}
	if len(at.list) < recentKept {
		at.list = append(at.list, one)
		return
	}
	at.list[at.next] = one
	at.next = (at.next + 1) % recentKept
}

// Recent are the last calls of an app, newest first.
func (c *Client) Recent(app chat.AppID) []Result {
	c.recent.mu.Lock()
	defer c.recent.mu.Unlock()
	at := c.recent.all[app]
	if at == nil {
		return nil
	}
	n := len(at.list)
	list := make([]Result, n)
	for i := range list {
		list[i] = at.list[(at.next+n-1-i)%n]
	}
	return list
}

// ended remembers a call that was made, and returns how it went.
func (c *Client) ended(q *call, began time.Time, err error) Result {
	one := Result{
		Time: began, Command: q.kind, EventID: q.eventID, Outcome: string(outcomeOf(err)), Status: statusOf(err), Took: c.now().Sub(began),
	}
	if err == nil { // no other status is well
		one.Status = http.StatusOK
	}
	if f := (*failure)(nil); errors.As(err, &f) {
		one.Message = f.err.Error()
	}
	c.recent.note(q.app.ID, one)
	c.metrics.called(q.kind.Asks(), one.Took)
	return one
}

// Test calls an app's server about a made-up event: somebody of no account has logged in. Whether
// the app wants such events does not matter.
func (c *Client) Test(ctx context.Context, app *chat.App) Result {
	now := c.now()
	e := &chat.Event{
		ID: "test", App: app.ID, Kind: chat.StateChange, Time: now.UnixMilli(), By: "test", Users: []chat.UserID{"test"}, From: chat.PlatformREST,
		Action: "Login", Reason: "Register",
	}
	q := call{app: app, kind: e.Kind, platform: e.From, eventID: e.ID}
	var err error
	if q.body, err = Body(app, e); err != nil {
		return c.ended(&q, now, &failure{outcome: unsendable, err: err})
	}
	one, body, _ := c.told(ctx, q)
	one.Answer = body[:min(len(body), shownAnswer)]
	return one
}

// shownAnswer is how much of an answer Test shows, in bytes.
const shownAnswer = 512
