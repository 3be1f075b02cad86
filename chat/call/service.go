package call

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
	Ledger *ledger.Ledger
	Now    chat.Clock // default: time.Now
	// Servers are the servers of media; see [Servers].
	Servers Servers

	// Send sends a message and calls done once, from any goroutine.
	Send func(ctx context.Context, by chat.Actor, d chat.Draft, done func(chat.Receipt, error))
	// Group finds a group or topic: 10010 when there is none.
	Group func(ctx context.Context, app chat.AppID, g chat.GroupID) (*chat.Group, error)
	// Standing is by's rank in a group.
	Standing func(ctx context.Context, by chat.Actor, g *chat.Group) (chat.Role, error)
	// MaySpeak refuses a user who may not speak in a group now.
	MaySpeak func(ctx context.Context, by chat.Actor, u chat.UserID, g *chat.Group) error
	// Members are the members among users, in the order asked, nil for others.
	Members func(ctx context.Context, app chat.AppID, g chat.GroupID, list []chat.UserID) ([]*chat.Member, error)
}

// Service is the room of calls.
type Service struct {
	Options
	ledger *ledger.Ledger
	log    *slog.Logger
	servers
	figures

	ctx     context.Context // the worker's life
	cancel  context.CancelFunc
	running sync.WaitGroup
	wake    chan struct{}

	mu  sync.Mutex
	due queue // calls that are open, or were when they were put in
}

// New builds a Service. Until Start no invitation ends by itself.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{Options: o, ledger: o.Ledger, log: o.Ledger.Log(), wake: make(chan struct{}, 1)}
	s.servers.set = o.Servers
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Close ends the worker. Calls that are due then end after the next start.
func (s *Service) Close() {
	s.cancel()
	s.running.Wait()
}
