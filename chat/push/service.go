package push

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Options are what a Service is built from. Ledger and the functions of other rooms are
// required.
type Options struct {
	Ledger   *ledger.Ledger
	Channels Channels // default: none is configured
	// WebPushKey is the public VAPID key of an app in base64url, "": it has none. Default:
	// no app has.
	WebPushKey func(app chat.AppID) string
	// Hold is how long a message waits before it is pushed, so that what is read at once is
	// not: default 5 s; negative: not at all.
	Hold time.Duration
	// Concurrent is how many notices are under way to a channel at a time, default 64; Rate
	// how many it is handed a second, default 2,000.
	Concurrent, Rate int

	// Members pages the members of a group, or of the community of a topic, in byte order of
	// UserID after one ("" first).
	Members func(ctx context.Context, app chat.AppID, g chat.GroupID, after chat.UserID, limit int) ([]*chat.Member, error)
	// MembersNamed are the members among users, in the order asked, nil for others.
	MembersNamed func(ctx context.Context, app chat.AppID, g chat.GroupID, list []chat.UserID) ([]*chat.Member, error)
	// Flags are how members want the messages of a group or topic, in the order asked.
	Flags func(ctx context.Context, app chat.AppID, g chat.GroupID, list []*chat.Member) ([]chat.ReceiveOption, error)
	// Group is a group or topic, nil when there is none.
	Group func(ctx context.Context, app chat.AppID, g chat.GroupID) (*chat.Group, error)
	// Option is how a user wants the messages of a one-to-one conversation.
	Option func(ctx context.Context, c chat.Conversation, u chat.UserID) (chat.ReceiveOption, error)
	// Blocked reports whether owner has blocked peer.
	Blocked func(ctx context.Context, app chat.AppID, owner, peer chat.UserID) (bool, error)
	// Unread is the number for a user's badge.
	Unread func(ctx context.Context, app chat.AppID, u chat.UserID) (uint64, error)

	// After is time.After, for tests.
	After func(time.Duration) <-chan time.Time
}

// Service pushes messages to users who have no connection.
type Service struct {
	Options
	ledger *ledger.Ledger
	read   *ledger.Reader
	log    *slog.Logger
	figures

	holders  holders
	follower follower

	mu       sync.Mutex
	couriers map[place]*courier
	loader   Loader
	settled  func(*ledger.Turn, []Settlement)
	begun    bool // Start was called

	stop    context.Context // ends when nothing more is to be begun
	end     func()
	cut     context.Context // ends when what is under way is cut off
	cutOff  func()
	running sync.WaitGroup
}

// place is a channel of an app.
type place struct {
	app     chat.AppID
	channel ChannelName
}

// New builds a Service. Until Start nothing is sent.
func New(o Options) *Service {
	if o.Channels == nil {
		o.Channels = func(chat.AppID, ChannelName) Channel { return nil }
	}
	if o.WebPushKey == nil {
		o.WebPushKey = func(chat.AppID) string { return "" }
	}
	if o.Hold == 0 {
		o.Hold = 5 * time.Second
	}
	if o.Concurrent == 0 {
		o.Concurrent = 64
	}
	if o.Rate == 0 {
		o.Rate = 2000
	}
	if o.After == nil {
		o.After = time.After
	}
	s := &Service{
		Options: o, ledger: o.Ledger, read: &o.Ledger.Reader, log: o.Ledger.Log(),
		couriers: map[place]*courier{},
	}
	s.stop, s.end = context.WithCancel(context.Background())
	s.cut, s.cutOff = context.WithCancel(context.Background())
	s.follower.apps = map[chat.AppID]*following{}
	s.follower.floor = s.ledger.Delivered()
	s.follower.feed = s.ledger.Follow(s.wants)
	return s
}

// Start begins to follow the log and to send what waits of these apps; apps that come later are
// followed too.
func (s *Service) Start(apps []chat.AppID) {
	s.mu.Lock()
	s.begun = true
	for _, c := range s.couriers {
		s.run(c.work)
	}
	s.mu.Unlock()
	s.run(func() { s.follow(apps) })
}

// run runs something until Close.
func (s *Service) run(do func()) {
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		do()
	}()
}

// Close stops: what is under way to providers is waited for until ctx ends, and then cut
// off. What was not sent is sent after the next start.
func (s *Service) Close(ctx context.Context) {
	s.end()
	s.follower.feed.Close()
	over := make(chan struct{})
	go func() {
		s.running.Wait()
		close(over)
	}()
	select {
	case <-over:
	case <-ctx.Done():
		s.cutOff()
		<-over
	}
	s.cutOff()
}

// LoadTasks sets who gives the notices of tasks. It is called before Start.
func (s *Service) LoadTasks(l Loader) { s.loader = l }

// OnSettled has do called in the turn, of the app's shard, in which it becomes durable what
// became of some pushes, so that they are counted in the same commit. It is called before Start.
func (s *Service) OnSettled(do func(*ledger.Turn, []Settlement)) { s.settled = do }

// Key is the public key of an app for subscriptions to Web Push, "": there is none.
func (s *Service) Key(app chat.AppID) string { return s.WebPushKey(app) }

// Serves reports whether an app has any channel.
func (s *Service) Serves(app chat.AppID) bool {
	for _, c := range ChannelNames {
		if s.Channels(app, c) != nil {
			return true
		}
	}
	return false
}

func (s *Service) channels(app chat.AppID, c ChannelName) Channel { return s.Options.Channels(app, c) }
