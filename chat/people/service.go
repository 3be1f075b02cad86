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
}

// New builds the room over a ledger. finish ends a deletion that was cut short,
// before anybody gets the name; it needs other rooms too.
func New(l *ledger.Ledger, finish func(ctx context.Context, app chat.AppID, u chat.UserID) error) *Service {
	return &Service{ledger: l, read: &l.Reader, tells: newTells(l), finish: finish}
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
