package archive

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// task is a file that somebody has asked for.
type task struct {
	app   chat.AppID
	hour  hour
	waits atomic.Int32  // callers
	done  chan struct{} // closed when the rest is set
	facts *Facts
	err   error
}

// maxTasks is how many files may wait: two kinds of every hour of a day.
const maxTasks = 48

// enqueue has a file made, once, however many ask for it meanwhile.
func (s *Service) enqueue(app chat.AppID, h hour) (*task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tasks {
		if t.app == app && t.hour.name() == h.name() {
			return t, nil
		}
	}
	if len(s.tasks) >= maxTasks {
		return nil, chat.Refuse(chat.CodeFileNotReady, "other files are being made, ask again")
	}
	t := &task{app: app, hour: h, done: make(chan struct{})}
	s.tasks = append(s.tasks, t)
	select {
	case s.wake <- struct{}{}:
	default: // it is awake
	}
	return t, nil
}

// next is the task that waits longest, nil when there is none.
func (s *Service) next() *task {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tasks) == 0 {
		return nil
	}
	return s.tasks[0]
}

// finished takes the first task off.
func (s *Service) finished(t *task) {
	s.mu.Lock()
	s.tasks = s.tasks[1:]
	s.mu.Unlock()
	close(t.done)
}

// cleanEvery is how often files that have expired are looked for.
const cleanEvery = time.Hour

// run makes one file after the other.
func (s *Service) run() {
	defer close(s.done)
	if s.Dir == "" {
		return
	}
	s.clean(true)
	tick := time.NewTicker(cleanEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
			s.clean(false)
		case <-s.wake:
			s.work()
		}
	}
}

// work makes the files that wait.
func (s *Service) work() {
	for t := s.next(); t != nil && s.ctx.Err() == nil; t = s.next() {
		if t.facts, t.err = s.factsOf(t.app, t.hour); t.facts == nil && t.err == nil { // not made a moment ago
			t.facts, t.err = s.make(s.ctx, t.app, t.hour)
		}
		if t.err != nil && t.waits.Load() == 0 { // who waits is told, and then it is logged there
			s.read.Log().Warn("history file not made", "app", t.app, "file", t.hour.name(), "err", t.err)
		}
		s.finished(t)
		s.clean(false)
	}
}

// make makes one file; of an hour without messages only its facts are kept.
func (s *Service) make(ctx context.Context, app chat.AppID, h hour) (*Facts, error) {
	w, err := s.create(app, h)
	if err != nil {
		return nil, fmt.Errorf("history file: %w", err)
	}
	defer w.abandon()
	if err := s.fill(ctx, w, app, h); err != nil {
		return nil, fmt.Errorf("history file: %w", err)
	}
	facts, err := w.finish()
	if err != nil {
		return nil, fmt.Errorf("history file: %w", err)
	}
	return facts, nil
}

// How much is read at a time, and how long the rest is after that: others come first.
const (
	convPage = 500
	msgPage  = 200
	msgBytes = 256 << 10
	restFor  = time.Millisecond
)

// rest lets others have the store. It ends the job when the service closes or the disk is full.
func (s *Service) rest(ctx context.Context) error {
	timer := time.NewTimer(restFor)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return s.Full()
	}
}

// fill walks the conversations of the app. Those in which nothing was said since the hour
// began cost nothing more.
func (s *Service) fill(ctx context.Context, w *writer, app chat.AppID, h hour) error {
	var after chat.Conversation
	for {
		page, err := s.read.Conversations(ctx, app, h.kind, after, convPage)
		if err != nil {
			return err
		}
		for _, c := range page {
			if c.Time < h.start*1000 {
				continue
			}
			if err := s.conversation(ctx, w, c.Conv, h); err != nil {
				return err
			}
		}
		if len(page) < convPage {
			return nil
		}
		after = page[len(page)-1].Conv
		if err := s.rest(ctx); err != nil {
			return err
		}
	}
}

// conversation writes what was said in a conversation in the hour. Messages that are lost
// are passed over: the store has said so in the log.
func (s *Service) conversation(ctx context.Context, w *writer, c chat.Conversation, h hour) error {
	from, err := s.read.SeqAtTime(ctx, c, h.start*1000)
	if err != nil {
		return err
	}
	for {
		page, err := s.read.Messages(ctx, c, from, false, msgPage, msgBytes)
		if hole := holeOf(err); hole != nil {
			from = max(from, hole.Last) + 1
			continue
		}
		if err != nil || len(page) == 0 {
			return err
		}
		for _, m := range page {
			if m.Time >= (h.start+hourSeconds)*1000 {
				return nil
			}
			if err := w.message(m); err != nil {
				return err
			}
		}
		from = page[len(page)-1].Seq + 1
		if err := s.rest(ctx); err != nil {
			return err
		}
	}
}
