package webhook

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/sampled"
)

// Bounds of the questions under way. They are per app as well, so that an app
// whose server is slow leaves room for the others.
const (
	perAppQuestions = 64   // asked at once for one app
	allQuestions    = 1024 // asked at once; past it every app still has one
	perAppWaiting   = 4096 // waiting for one app; one more has failed
)

// GateOptions are what a Gate is built from; the zero value works.
type GateOptions struct {
	Client  *Client
	Now     chat.Clock
	Log     *slog.Logger
	Metrics *Metrics
}

// Gate asks apps before something happens. It implements [chat.Gate].
type Gate struct {
	client   *Client
	now      chat.Clock
	log      *slog.Logger
	metrics  *Metrics
	breakers breakers
	causes   sampled.Causes[cause]

	mu      sync.Mutex // guards what follows
	shut    bool
	desks   map[chat.AppID]*desk // of apps with questions under way
	running int
	done    sync.WaitGroup
}

// desk is where the questions of one app are handled.
type desk struct {
	running int
	waiting []question // in order
}

// cause is what failing questions have in common: the log gets one line of each in
// causeEvery.
type cause struct {
	app    chat.AppID
	kind   chat.EventKind
	why    outcome
	status int
}

const causeEvery = time.Minute

type question struct {
	chat.Question
	ctx   context.Context
	since time.Time
	done  func(chat.Verdict, error)
}

var _ chat.Gate = (*Gate)(nil)

// NewGate makes a Gate. Close it after the last question.
func NewGate(o GateOptions) *Gate {
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	if o.Client == nil {
		o.Client = NewClient(ClientOptions{Now: o.Now, Metrics: o.Metrics})
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Gate{
		client: o.Client, now: o.Now, log: o.Log, metrics: o.Metrics,
		causes:   sampled.Causes[cause]{Lines: 1, Window: causeEvery},
		breakers: breakers{log: o.Log}, desks: map[chat.AppID]*desk{},
	}
}

// Before implements [chat.Gate]. It returns at once; done is called from a
// goroutine of the Gate, within two seconds of the question, or right here when
// too many questions wait already: that is a webhook that failed.
func (g *Gate) Before(ctx context.Context, q chat.Question, done func(chat.Verdict, error)) {
	one := question{Question: q, ctx: ctx, since: g.now(), done: done}
	if !g.accept(one) {
		g.metrics.attempt(q.Kind, overloaded)
		g.failed(one, fail(overloaded, "more than %d questions wait", perAppWaiting))
	}
}

// accept finds a goroutine for the question or a place in its app's queue.
func (g *Gate) accept(q question) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return false
	}
	d := g.desks[q.App.ID]
	if d == nil {
		d = &desk{}
		g.desks[q.App.ID] = d
	}
	if d.running == 0 || d.running < perAppQuestions && g.running < allQuestions {
		d.running++
		g.running++
		g.done.Go(func() { g.serve(q.App.ID, d, q) })
		return true
	}
	if len(d.waiting) >= perAppWaiting {
		return false
	}
	d.waiting = append(d.waiting, q)
	return true
}

// serve handles a question and then those that wait, and ends with them.
func (g *Gate) serve(app chat.AppID, d *desk, q question) {
	for ok := true; ok; q, ok = g.next(app, d) {
		g.answer(q)
	}
}

func (g *Gate) next(app chat.AppID, d *desk) (question, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(d.waiting) > 0 {
		q := d.waiting[0]
		d.waiting[0] = question{}
		d.waiting = d.waiting[1:]
		return q, true
	}
	d.running--
	g.running--
	if d.running == 0 {
		delete(g.desks, app)
	}
	return question{}, false
}

// answer asks and tells the sender's side.
func (g *Gate) answer(q question) {
	v, err := g.ask(q)
	g.metrics.attempt(q.Kind, outcomeOfVerdict(err))
	g.metrics.before(q.Kind, g.now().Sub(q.since))
	if f := (*failure)(nil); errors.As(err, &f) {
		g.failed(q, err)
		return
	}
	q.done(v, err)
}

// outcomeOfVerdict counts a refusal as the answer it is.
func outcomeOfVerdict(err error) outcome {
	if f := (*failure)(nil); errors.As(err, &f) {
		return f.outcome
	}
	return answered
}

// ask makes the call. Time spent waiting is taken off its two seconds.
func (g *Gate) ask(q question) (chat.Verdict, error) {
	left := Timeout - g.now().Sub(q.since)
	if left <= 0 {
		return chat.Verdict{}, fail(overloaded, "waited %v for other questions", Timeout)
	}
	b, err := body(&fact{app: q.App, made: q.Made, Event: &chat.Event{
		App: q.App.ID, Kind: q.Kind, Time: g.now().UnixMilli(), By: q.By.User, Message: q.Message, Group: q.Group, Users: q.Users,
		Relation: q.Relation,
	}})
	if err != nil {
		return chat.Verdict{}, &failure{outcome: unsendable, err: err}
	}
	// the sender may be gone, the message is still to be decided
	ctx, cancel := context.WithTimeout(context.WithoutCancel(q.ctx), left)
	defer cancel()
	a, err := g.breakers.guard(q.App.Webhook.URL, func() (answer, error) {
		return g.client.ask(ctx, call{app: q.App, kind: q.Kind, ip: q.By.IP, platform: q.By.Platform, trace: q.By.Trace, body: b})
	})
	if err != nil {
		return chat.Verdict{}, err
	}
	return verdict(q.Question, a)
}

// failed applies the app's policy (spec/30 §4): deliver, or refuse.
func (g *Gate) failed(q question, err error) {
	c := cause{q.App.ID, q.Kind, outcomeOf(err), statusOf(err)}
	if more, say := g.causes.Take(c, g.now()); say {
		g.log.Info("before-webhook failed", q.By.Trace.Attrs("app", c.app, "command", c.kind, "why", c.why, "code", c.status, "more", more, "err", err)...)
	}
	if q.App.Webhook.FailStop {
		q.done(chat.Verdict{}, &chat.Error{Code: chat.CodeWebhookFailed, Msg: chat.CodeWebhookFailed.Meaning(), Err: err})
		return
	}
	q.done(chat.Verdict{}, nil)
}

// Close waits for the questions under way. Later ones are treated as failed.
func (g *Gate) Close() {
	g.mu.Lock()
	g.shut = true
	g.mu.Unlock()
	g.done.Wait()
}
