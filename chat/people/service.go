package people

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Service is what doors and other rooms call. Each method takes the caller and
// decides alone what they may do. Methods that change something wait until it is
// durable.
type Service struct {
	ledger *ledger.Ledger
	read   *ledger.Reader
}

// New builds the room over a ledger.
func New(l *ledger.Ledger) *Service { return &Service{ledger: l, read: &l.Reader} }

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
