package people

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Service is what doors and other rooms call. Each method takes the caller and
// decides alone what they may do. Methods that change something wait until it is
// durable.
type Service struct {
	ledger *ledger.Ledger
	read   *ledger.Reader
	tells  *tells
	gate   chat.Gate // nil: nobody is asked
	finish func(ctx context.Context, app chat.AppID, u chat.UserID) error
	pushes Pushes
}

// Pushes is what room push knows of users.
type Pushes struct {
	// Reached says by which platforms each of some users is reached by pushes, and until
	// when, were they not connected.
	Reached func(ctx context.Context, app chat.AppID, list []chat.UserID) ([][]chat.Pushed, error)
	// Forget ends the pushes to all devices of a user.
	Forget func(ctx context.Context, app chat.AppID, u chat.UserID) error
}

// Pushing sets who pushes to users. It is called before anything else.
func (s *Service) Pushing(p Pushes) *Service {
	s.pushes = p
	return s
}

// New builds the room over a ledger. finish ends a deletion that was cut short,
// before anybody gets the name; it needs other rooms too.
func New(l *ledger.Ledger, finish func(ctx context.Context, app chat.AppID, u chat.UserID) error) *Service {
	return &Service{
		ledger: l, read: &l.Reader, tells: newTells(l), finish: finish,
		pushes: Pushes{
			Reached: func(_ context.Context, _ chat.AppID, list []chat.UserID) ([][]chat.Pushed, error) {
				return make([][]chat.Pushed, len(list)), nil
			},
			Forget: func(context.Context, chat.AppID, chat.UserID) error { return nil },
		},
	}
}

// Asking sets who asks apps before something happens. It is called before anything else.
func (s *Service) Asking(gate chat.Gate) *Service {
	s.gate = gate
	return s
}

// admin admits app administrators to the account commands.
func (s *Service) admin(by chat.Actor) error {
	if _, err := s.read.App(by.App); err != nil {
		return err
	}
	if !by.Admin() {
		return chat.Refuse(chat.CodeAccountNeedAdmin, "")
	}
	return nil
}

func resultOf(u chat.UserID, err error) chat.ItemResult {
	code, info := chat.Outward(err)
	return chat.ItemResult{User: u, Code: code, Info: info}
}
