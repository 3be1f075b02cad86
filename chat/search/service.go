package search

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// View is what somebody sees of a conversation.
type View interface {
	// Message is one of its messages as it is now; nil when they do not see it.
	Message(ctx context.Context, seq chat.Seq) (*chat.Message, error)
}

// Options are what a Service is built from. Ledger and the functions are required.
type Options struct {
	Ledger *ledger.Ledger
	Shelf  Shelf        // nil: nothing is searched
	Full   func() error // why the disk takes no more; default: it does

	// View is what of ("" is by) sees of a conversation; it refuses by who may not ask.
	View func(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target) (View, error)
	// Rooms are the groups and topics that a user is in.
	Rooms func(ctx context.Context, app chat.AppID, u chat.UserID) ([]chat.GroupID, error)
	// Profiles are profiles as by may read them.
	Profiles func(ctx context.Context, by chat.Actor, list []chat.UserID, tags []chat.ProfileTag) ([]chat.ProfileResult, error)
	// Group finds a group; Groups pages all of an app, last is "" at the end.
	Group  func(ctx context.Context, app chat.AppID, id chat.GroupID) (*chat.Group, error)
	Groups func(ctx context.Context, app chat.AppID, after chat.GroupID, limit int) (page []*chat.Group, last chat.GroupID, err error)
}

// Service finds messages, users and groups.
type Service struct {
	Options
	read *ledger.Ledger
	log  *slog.Logger
	tap  *tap
	feed *ledger.Feed
	// began is a point of the commit clock: what came after it is noted.
	began uint64

	ctx    context.Context // of all goroutines; it ends with Close
	cancel context.CancelFunc
	// late ends when Close has no more time: until then what is noted is put.
	late   context.Context
	giveUp context.CancelFunc
	done   sync.WaitGroup
	turns  chan struct{} // one for each worker that goes through all of its app

	mu      sync.Mutex // guards all below
	closing bool
	workers map[chat.AppID]*worker
}

// goThrough is how many apps are gone through at the same time.
const goThrough = 2

// New starts to follow the log, unless there is no shelf. Close ends that.
func New(o Options) *Service {
	if o.Full == nil {
		o.Full = func() error { return nil }
	}
	s := &Service{
		Options: o, read: o.Ledger, log: o.Ledger.Log(), workers: map[chat.AppID]*worker{}, turns: make(chan struct{}, goThrough),
	}
	s.tap = newTap(s.serves)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.late, s.giveUp = context.WithCancel(context.Background())
	if o.Shelf != nil {
		if err := o.Shelf.Begin(); err != nil {
			s.log.Warn("indexes cannot be begun", "err", err)
		}
		s.feed = o.Ledger.Follow(s.tap.wants)
		s.began = o.Ledger.Clock()
		s.done.Add(1)
		go s.follow()
	}
	return s
}

// Start opens the indexes of the apps, in the background, and removes those of others. It
// is called once the apps are known.
func (s *Service) Start(apps []chat.AppID) {
	if s.Shelf == nil {
		return
	}
	kept, err := s.Shelf.Apps()
	if err != nil {
		s.log.Warn("indexes cannot be listed", "err", err)
	}
	for _, app := range kept {
		if !s.serves(app) {
			s.remove(app)
		}
	}
	for _, app := range apps {
		s.worker(app)
	}
}

// serves reports whether an app is searched.
func (s *Service) serves(app chat.AppID) bool {
	a := s.read.AppEvenDisabled(app)
	return a != nil && s.On(a)
}

// On reports whether an app is searched here.
func (s *Service) On(app *chat.App) bool { return s.Shelf != nil && !app.Switches.NoSearch }

func (s *Service) remove(app chat.AppID) {
	if err := s.Shelf.Remove(app); err != nil {
		s.log.Warn("index not removed", "app", app, "err", err)
	}
}

// follow wakes the workers whose apps have moved.
func (s *Service) follow() {
	defer s.done.Done()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.feed.Ready():
		}
		if _, lost := s.feed.Take(feedPage); lost {
			s.Lose()
		}
		for _, app := range s.tap.waiting() {
			if w := s.worker(app); w != nil {
				w.wake()
			}
		}
		select { // the workers gather too, and a wake for each message would cost more than it
		case <-s.ctx.Done():
			return
		case <-time.After(between):
		}
	}
}

// between is how long it is at least from one look at the feed to the next.
const between = 50 * time.Millisecond

// feedPage is how much of the feed is taken at a time; what has moved is noted beside it.
const feedPage = 1 << 20

func (s *Service) known() []chat.AppID {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []chat.AppID
	for app := range s.workers {
		list = append(list, app)
	}
	return list
}

// worker is that of an app, nil when the app is not searched.
func (s *Service) worker(app chat.AppID) *worker {
	if !s.serves(app) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.workers[app]
	if w == nil && !s.closing {
		w = newWorker(s, app)
		s.workers[app] = w
		s.done.Add(1)
		go w.run()
	}
	return w
}

// Look has the worker of an app look whether the app is searched still. It is called when an
// app's settings have changed; otherwise that is seen within a minute.
func (s *Service) Look(app chat.AppID) {
	s.mu.Lock()
	w := s.workers[app]
	s.mu.Unlock()
	if w != nil {
		w.wake()
	}
}

// Lose has every app looked at as if more had moved than is noted.
func (s *Service) Lose() {
	apps := s.known()
	s.tap.lose(apps)
	for _, app := range apps {
		s.Look(app)
	}
}

// retire forgets a worker that has ended.
func (s *Service) retire(w *worker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.workers[w.app] == w {
		delete(s.workers, w.app)
	}
}

// Close puts what is noted still, and closes the indexes. Nothing is committed any more
// when it is called, so that they lack nothing at the next start. When ctx ends they are closed
// as they are.
func (s *Service) Close(ctx context.Context) {
	if s.Shelf == nil {
		s.cancel()
		return
	}
	if ctx.Err() != nil {
		s.giveUp()
	}
	defer context.AfterFunc(ctx, s.giveUp)()
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return
	}
	s.closing = true
	for _, w := range s.workers {
		close(w.ended)
	}
	s.mu.Unlock()
	s.cancel()
	s.done.Wait()
	s.feed.Close()
	s.Shelf.Close()
}

// patience is how long a search waits for what was said before it.
const patience = 2 * time.Second

// index is the worker of an app whose index has all that came before the call. 60017: the app
// is not searched. 60040: the index is being made, or is behind.
func (s *Service) index(ctx context.Context, app chat.AppID) (*worker, error) {
	w := s.worker(app)
	switch {
	case w == nil && s.ctx.Err() != nil:
		return nil, chat.ErrClosed
	case w == nil:
		return nil, chat.Refuse(chat.CodeCommandDisabled, "nothing is searched here")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if s.read.Delivered() < s.read.Clock() { // somebody may have heard of more than is noted
		if err := s.read.Settle(ctx); err != nil {
			return nil, building(99)
		}
	}
	return w, w.settle(ctx)
}

// Settle waits until the index of an app has all that was told before; 60017 when the app
// is not searched.
func (s *Service) Settle(ctx context.Context, app chat.AppID) error {
	if err := s.read.Settle(ctx); err != nil {
		return err
	}
	for {
		w := s.worker(app)
		if w == nil {
			return errOff
		}
		err := w.wait(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, chat.ErrClosed), err == nil && w.percent.Load() == whole:
			return err
		}
	}
}

func building(percent int) error {
	return chat.Refuse(chat.CodeSearchBuilding, "the index is being made, %d %% are done", percent)
}
