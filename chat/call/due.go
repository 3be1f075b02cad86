package call

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// The worker sends the signal that a call was not answered in time. Which calls are open is
// read at the start; then each invitation puts its call in. How long one waits is measured
// by the clock that only runs forward, and never longer than its Timeout: a clock that was
// set back makes no call last.

// Bounds of the worker.
const (
	dueAtOnce = 500 // read at a time
	underWay  = 64  // signals sent at a time
	retryFor  = time.Second
	restFor   = time.Hour // when nothing is due
)

// entry is a call that is due at a time.
type entry struct {
	app chat.AppID
	id  string
	at  time.Time
}

// queue is a heap of entries, the next one first.
type queue []entry

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(entry)) }
func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

// watch has a call end when it is due, at Unix milliseconds, its Timeout being in seconds.
func (s *Service) watch(app chat.AppID, id string, due, timeout int64) {
	now := s.Now()
	rest := min(max(due-now.UnixMilli(), 0), timeout*1000)
	s.put(entry{app, id, now.Add(time.Duration(rest) * time.Millisecond)})
}

func (s *Service) put(e entry) {
	s.mu.Lock()
	heap.Push(&s.due, e)
	first := s.due[0] == e
	s.mu.Unlock()
	if first {
		s.nudge()
	}
}

// Start reads which calls of these apps are open, and ends those that are due from then
// on. It is called once, before anybody is let in.
func (s *Service) Start(ctx context.Context, apps []chat.AppID) error {
	var errs []error
	for _, app := range apps {
		if err := s.load(ctx, app); err != nil {
			errs = append(errs, fmt.Errorf("read open calls of app %d: %w", app, err))
		}
	}
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		s.run()
	}()
	return errors.Join(errs...)
}

func (s *Service) load(ctx context.Context, app chat.AppID) error {
	for after := ""; ; {
		list, keys, err := places.Page(ctx, s.ledger, chat.AppShard(app), atTime, after, dueAtOnce)
		if err != nil {
			return err
		}
		for i, p := range list {
			s.watch(app, keys[i][len(atTime)+8:], p.Due, p.Timeout)
		}
		if len(list) < dueAtOnce {
			return nil
		}
		after = keys[len(keys)-1]
	}
}

func (s *Service) run() {
	slots := make(chan struct{}, underWay)
	for {
		timer := time.NewTimer(s.work(slots))
		select {
		case <-s.ctx.Done():
			timer.Stop()
			for range underWay { // what is under way is finished
				slots <- struct{}{}
			}
			return
		case <-s.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// work ends the calls that are due and returns for how long the worker may rest.
func (s *Service) work(slots chan struct{}) time.Duration {
	for s.ctx.Err() == nil {
		e, rest := s.next()
		if rest > 0 {
			return rest
		}
		slots <- struct{}{}
		s.expire(e, func(err error) {
			s.expired(e, err)
			<-slots
		})
	}
	return restFor
}

// next takes out a call that is due, or says how long it is until one is.
func (s *Service) next() (entry, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.due) == 0 {
		return entry{}, restFor
	}
	if rest := s.due[0].at.Sub(s.Now()); rest > 0 {
		return entry{}, min(rest, restFor)
	}
	return heap.Pop(&s.due).(entry), 0
}

// expire sends the signal that a call was not answered in time, unless it is over. done
// is told once, on any goroutine.
func (s *Service) expire(e entry, done func(error)) {
	ctx := context.WithoutCancel(s.ctx)
	c, conv, err := s.find(ctx, e.app, e.id)
	switch {
	case chat.CodeOf(err) == chat.CodeNoCall:
		s.forget(ctx, e, done)
		return
	case err != nil || c.End != open:
		done(err)
		return
	}
	counts, err := s.counts(ctx, conv)
	if err != nil {
		s.giveUp(ctx, c, conv, err, done)
		return
	}
	body, err := c.body(conv, timeout, c.waits(), c.Data)
	if err != nil {
		done(err)
		return
	}
	by := chat.Actor{App: e.app, User: c.Inviter, Holder: c.Holder, Standing: chat.AsSystem}
	d := draft(conv.For(c.Inviter), body, quiet(conv, timeout, counts), c)
	d.Hidden, d.SkipBefore = c.Hidden, true
	d.With = func(ctx context.Context, rows chat.RowReader, to *chat.Commit) error {
		return move(ctx, rows, to, conv, e.id, by, timeout)
	}
	s.Send(ctx, by, d, func(r chat.Receipt, err error) {
		if err = sent(r, err); err == nil {
			s.count(timeout)
			done(nil)
			return
		}
		s.giveUp(ctx, c, conv, err, done)
	})
}

// giveUp ends a call whose signal is refused for good, without one: its inviter, or the
// group, is no more. After any other error it is tried again.
func (s *Service) giveUp(ctx context.Context, c *row, conv chat.Conversation, why error, done func(error)) {
	switch class := chat.CodeOf(why).Class(); {
	case chat.CodeOf(why) == chat.CodeNoCall: // somebody else was faster
		done(nil)
		return
	case class == chat.Fault || class == chat.Limited || class == chat.Unavailable || chat.CodeOf(why) == chat.CodeAppDisabled:
		done(why)
		return
	}
	id := c.ID
	err := s.ledger.Go(conv.Shard(), true, func(ctx context.Context, t *ledger.Turn) error {
		t.Commit.Rules = 0 // decided under no rule
		have, err := callIn(ctx, t.Read, t.Shard, id)
		if err != nil {
			return err
		}
		if have == nil { // the group is gone, and its rows with it
			closeMirrors(t.Commit, conv.App, c.Inviter, c.Due, id)
		} else if next, err := have.closed(timedOut); err == nil {
			next.keep(t.Commit, conv)
		}
		return nil
	}, done)
	if err != nil {
		done(err)
	}
}

// forget removes what leads to a call that has gone with its group.
func (s *Service) forget(ctx context.Context, e entry, done func(error)) {
	p, err := places.Get(ctx, s.ledger, chat.AppShard(e.app), atID+e.id)
	if err != nil || p == nil {
		done(err)
		return
	}
	err = s.ledger.Go(chat.AppShard(e.app), false, func(_ context.Context, t *ledger.Turn) error {
		t.Commit.Rules = 0 // decided under no rule
		closeMirrors(t.Commit, e.app, p.Inviter, p.Due, e.id)
		return nil
	}, done)
	if err != nil {
		done(err)
	}
}

// expired puts a call back that could not be ended.
func (s *Service) expired(e entry, err error) {
	if err == nil || chat.CodeOf(err) == chat.CodeNoCall || errors.Is(err, errAgain) || s.ledger.IsShut(e.app) {
		return
	}
	if s.ctx.Err() == nil {
		s.log.Warn("a call was not ended in time", "app", e.app, "err", err)
		e.at = s.Now().Add(retryFor)
		s.put(e)
	}
}

// Look has the worker look now; tests move the clock.
func (s *Service) Look() { s.nudge() }

func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default: // it is awake
	}
}
