package push

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Bounds of a courier. A row that was handed to its channel is settled in the commit after;
// one whose answer a crash has lost is sent once more, with the same Collapse.
const (
	pageRows   = 128
	sendLimit  = 20 * time.Second
	firstRetry = 2 * time.Second
	lastRetry  = 10 * time.Minute
	// allFail is after how many failures in a row the channel itself is taken to be the
	// cause: then it rests, and one notice at a time is tried.
	allFail     = 5
	firstPause  = time.Second
	lastPause   = 5 * time.Minute
	credentials = 5 * time.Minute // between attempts with credentials that are wrong
	longestWait = time.Hour       // of a RetryAfter
	maxInfo     = 200
)

// courier hands the notices of one channel of one app to the provider. It pages through what
// waits, so that a provider that is gone costs disk and no memory.
type courier struct {
	s    *Service
	at   place
	wake chan struct{}

	// What follows is its goroutine's.
	last    Channel // whose the pause is
	fails   int     // in a row
	paused  int64   // until then, Unix milliseconds
	sampled int64   // when a failure was logged last, Unix milliseconds
	// owed is a page that was handed over and is not settled, because the store takes no
	// writes: nothing is sent until it is.
	owed []item
}

// courier is the one for a channel; it is made when there is something for it.
func (s *Service) courier(app chat.AppID, channel ChannelName) *courier {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := place{app, channel}
	c := s.couriers[at]
	if c == nil {
		c = &courier{s: s, at: at, wake: make(chan struct{}, 1)}
		s.couriers[at] = c
		if s.begun && s.stop.Err() == nil {
			s.run(c.work)
		}
	}
	return c
}

// nudge has it look at the queue.
func (c *courier) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// work is its goroutine.
func (c *courier) work() {
	for c.s.stop.Err() == nil {
		next, err := c.pass()
		now := c.s.read.NowMs()
		if err != nil {
			if c.s.stop.Err() == nil && c.sampling(now) {
				c.s.log.Warn("queue of pushes waits", "app", c.at.app, "channel", string(c.at.channel), "err", err)
			}
			next = now + time.Second.Milliseconds()
		}
		var timer <-chan time.Time
		if next > 0 {
			timer = c.s.After(time.Duration(max(next-now, 1)) * time.Millisecond)
		}
		select {
		case <-c.s.stop.Done():
		case <-timer:
		case <-c.wake:
			if c.paused > now { // what is new waits with the rest
				select {
				case <-c.s.stop.Done():
				case <-c.s.After(min(time.Duration(c.paused-now)*time.Millisecond, time.Second)):
				}
			}
		}
	}
}

// pass goes through the queue once. next is when something is due, Unix milliseconds; 0:
// nothing waits.
func (c *courier) pass() (next int64, err error) {
	app := chat.AppShard(c.at.app)
	var waiting, over, oldest int64
	if err := c.settle(); err != nil {
		return 0, err
	}
	for after := ""; c.s.stop.Err() == nil; {
		now := c.s.read.NowMs()
		channel := c.s.channels(c.at.app, c.at.channel)
		if app := c.s.read.AppEvenDisabled(c.at.app); app == nil || app.Disabled {
			channel = nil
		}
		if channel != c.last {
			c.last, c.fails, c.paused = channel, 0, 0
		}
		if channel == nil {
			c.paused = now + time.Minute.Milliseconds()
		}
		if c.paused > now {
			return c.later(c.paused)
		}
		rows, err := c.s.read.Rows(c.s.stop, app, chat.RowKind(record.PushWaiting), prefixOf(c.at.channel), after, pageRows)
		if err != nil || len(rows) == 0 {
			c.note(waiting-over, oldest, false)
			return next, err
		}
		var due []item
		for i := range rows {
			after = rows[i].Key
			w, err := waits.Read(app, rows[i])
			if err != nil {
				return 0, err
			}
			waiting++
			if oldest == 0 || w.At < oldest {
				oldest = w.At
			}
			if w.Due > now {
				next = sooner(next, w.Due)
				continue
			}
			due = append(due, item{key: rows[i].Key, w: w})
		}
		if len(due) == 0 {
			continue
		}
		if c.fails >= allFail { // one alone is tried, and the rest after it
			due = due[:1]
			after = due[0].key
		}
		began := time.Now()
		c.handOver(channel, due)
		c.owed = due
		if err := c.settle(); err != nil {
			return 0, err
		}
		for i := range due {
			if due[i].due > 0 {
				next = sooner(next, due[i].due)
			} else {
				over++
			}
		}
		if rest := time.Duration(len(due))*time.Second/time.Duration(c.s.Rate) - time.Since(began); rest > 0 {
			select {
			case <-c.s.stop.Done():
			case <-c.s.After(rest):
			}
		}
	}
	return next, nil
}

// later is the answer of pass when the channel rests.
func (c *courier) later(until int64) (int64, error) {
	rows, err := c.s.read.Rows(c.s.stop, chat.AppShard(c.at.app), chat.RowKind(record.PushWaiting), prefixOf(c.at.channel), "", 1)
	if err != nil || len(rows) == 0 {
		c.note(0, 0, false)
		return 0, err
	}
	c.note(1, 0, true)
	return until, nil
}

func sooner(a, b int64) int64 {
	if a == 0 || b < a {
		return b
	}
	return a
}

// item is a row of the queue that is being sent.
type item struct {
	key    string
	w      *waiting
	device *Device
	notice *Notice // nil: it is dropped, or waits

	reason string // why it is dropped
	result Result
	due    int64 // when it is tried again, Unix milliseconds; 0: it is over
}

// handOver sends what is due, some at a time, and fills in what became of each.
func (c *courier) handOver(channel Channel, due []item) {
	var all sync.WaitGroup
	room := make(chan struct{}, c.s.Concurrent)
	for i := range due {
		it := &due[i]
		if c.s.stop.Err() != nil {
			it.due = it.w.Due
			continue
		}
		room <- struct{}{}
		all.Add(1)
		go func() {
			defer all.Done()
			c.one(channel, it)
			<-room
		}()
	}
	all.Wait()
	for i := range due {
		c.judge(&due[i])
	}
}

// one sends one notice, if it is still to be sent.
func (c *courier) one(channel Channel, it *item) {
	ctx, cancel := context.WithTimeout(c.s.cut, sendLimit)
	defer cancel()
	var err error
	it.device, it.notice, it.reason, err = c.s.present(ctx, c.at, it.w)
	if err != nil {
		it.result = Result{Outcome: Retry, Info: "the server could not read it"}
		if ctx.Err() == nil {
			c.s.log.Warn("push not prepared", "app", c.at.app, "user", it.w.User, "err", err)
		}
		return
	}
	if it.notice == nil {
		return
	}
	it.result = c.send(ctx, channel, it)
	it.result.Info = cutText(it.result.Info, maxInfo)
	if c.s.cut.Err() != nil && it.result.Outcome != Sent {
		it.result = Result{Outcome: Retry, Info: "cut off"}
	}
}

// send keeps a channel that panics from taking the others along.
func (c *courier) send(ctx context.Context, channel Channel, it *item) (r Result) {
	defer func() {
		if p := recover(); p != nil {
			c.s.log.Error("push channel failed", "channel", string(c.at.channel), "panic", p)
			r = Result{Outcome: Refused, Info: "fault of the channel"}
		}
	}()
	return channel.Send(ctx, it.device, it.notice)
}

// judge says what comes of a result: for the row, and for the channel.
func (c *courier) judge(it *item) {
	now := c.s.read.NowMs()
	if it.notice == nil && it.reason != "" || it.due != 0 {
		return
	}
	switch it.result.Outcome {
	case Sent, Gone, Refused:
		c.fails = 0
		return
	case Credentials:
		c.paused = max(c.paused, now+credentials.Milliseconds())
		c.sample(now, it)
		it.due = now
	default:
		it.w.Tries++
		it.due = now + backoff(firstRetry, lastRetry, int(it.w.Tries)-1).Milliseconds()
		after := min(it.result.RetryAfter, longestWait).Milliseconds()
		switch {
		case c.at.channel == WebPush: // each device has named a service of its own
			it.due = max(it.due, now+after)
		case after > 0:
			c.fails++
			c.paused, it.due = max(c.paused, now+after), now+after
		default:
			if c.fails++; c.fails >= allFail {
				c.paused = max(c.paused, now+backoff(firstPause, lastPause, c.fails-allFail).Milliseconds())
				it.due = min(it.due, c.paused)
			}
		}
		c.sample(now, it)
	}
	if it.due >= it.w.Expires*1000 {
		it.due, it.reason = 0, reasonExpired
	}
	c.s.count(c.at, CountRetried, it.result.Outcome.String())
}

// sample logs a failure after which it is tried again, one a minute.
func (c *courier) sample(now int64, it *item) {
	if !c.sampling(now) {
		return
	}
	r := it.result
	attrs := []any{"app", c.at.app, "channel", string(c.at.channel), "outcome", r.Outcome.String(), "code", r.Code, "info", r.Info}
	if it.notice != nil {
		attrs = it.notice.Trace.Attrs(attrs...)
	}
	c.s.log.Warn("push not sent", attrs...)
}

// sampling reports whether a failure is logged now.
func (c *courier) sampling(now int64) bool {
	if now < c.sampled+60_000 && c.sampled != 0 {
		return false
	}
	c.sampled = now
	return true
}

// backoff doubles from first to last, less up to a quarter by chance.
func backoff(first, last time.Duration, times int) time.Duration {
	d := last
	if times < 20 && first<<times < last {
		d = first << times
	}
	return d - rand.N(d/4+1)
}
