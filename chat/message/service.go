package message

import (
	"context"
	"encoding/json"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/people"
)

// Options are what a Service is built from. All but Gate, Item and Words are required.
type Options struct {
	Ledger *ledger.Ledger
	Groups *group.Service
	People *people.Service
	Gate   chat.Gate // default: no app is asked
	// UnreadTotal counts a user's unread C2C messages. Room inbox knows it, which
	// stands above this one. It is called only for apps that take the webhook after
	// C2C messages.
	UnreadTotal func(ctx context.Context, app chat.AppID, u chat.UserID) (uint64, error)
	// Item says what a user's list shows of a conversation: room inbox knows that, too.
	// Default: nobody is told.
	Item ItemOf
	// Words holds a MsgBody against the words that the app has blocked: 80001, or the body
	// that is to be in its place, nil when it may stay (spec/09 §E). Room moderation knows
	// them. Default: there are none.
	Words func(ctx context.Context, app chat.AppID, body json.RawMessage) (json.RawMessage, error)
	Media Media // default: there are no files of ours
}

// Service sends messages, takes them back, and shows them.
type Service struct {
	ledger      *ledger.Ledger
	groups      *group.Service
	people      *people.Service
	gate        chat.Gate
	unreadTotal func(ctx context.Context, app chat.AppID, u chat.UserID) (uint64, error)
	words       func(ctx context.Context, app chat.AppID, body json.RawMessage) (json.RawMessage, error)
	item        ItemOf
	rates       *rates
	asking      *asking
	pairs       *pairs
	broadcasts  *broadcasts
	recents     *recents
	copies      *copies
	media       Media
}

// New builds a Service.
func New(o Options) *Service {
	if o.Words == nil {
		o.Words = func(context.Context, chat.AppID, json.RawMessage) (json.RawMessage, error) { return nil, nil }
	}
	if o.Media == nil {
		o.Media = noMedia{}
	}
	if o.Item == nil {
		o.Item = func(context.Context, chat.AppID, chat.UserID, chat.Target) (*chat.ConvItem, error) {
			return nil, chat.Refuse(chat.CodeNoMessage, "")
		}
	}
	return &Service{
		ledger: o.Ledger, groups: o.Groups, people: o.People, gate: o.Gate, unreadTotal: o.UnreadTotal,
		words: o.Words, item: o.Item,
		rates: newRates(), asking: newAsking(), pairs: newPairs(), broadcasts: newBroadcasts(),
		recents: newRecents(), copies: newCopies(), media: o.Media,
	}
}

// Close refuses further questions to the app. Those under way still get their
// answers. Call it before the ledger is closed.
func (s *Service) Close() { s.asking.close() }
