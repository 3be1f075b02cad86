package message

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/people"
)

// Options are what a Service is built from. All but Gate are required.
type Options struct {
	Ledger *ledger.Ledger
	Groups *group.Service
	People *people.Service
	Gate   chat.Gate // default: no app is asked
	// UnreadTotal counts a user's unread C2C messages. Room inbox knows it, which
	// stands above this one. It is called only for apps that take the webhook after
	// C2C messages.
	UnreadTotal func(ctx context.Context, app chat.AppID, u chat.UserID) (uint64, error)
}

// Service sends messages, takes them back, and shows them.
type Service struct {
	ledger      *ledger.Ledger
	groups      *group.Service
	people      *people.Service
	gate        chat.Gate
	unreadTotal func(ctx context.Context, app chat.AppID, u chat.UserID) (uint64, error)
	rates       *rates
	asking      *asking
	pairs       *pairs
	broadcasts  *broadcasts
	recents     *recents
	copies      *copies
}

// New builds a Service.
func New(o Options) *Service {
	return &Service{
		ledger: o.Ledger, groups: o.Groups, people: o.People, gate: o.Gate, unreadTotal: o.UnreadTotal,
		rates: newRates(), asking: newAsking(), pairs: newPairs(), broadcasts: newBroadcasts(),
		recents: newRecents(), copies: newCopies(),
	}
}

// Close refuses further questions to the app. Those under way still get their
// answers. Call it before the ledger is closed.
func (s *Service) Close() { s.asking.close() }
