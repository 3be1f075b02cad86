package message

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// Typing tells a peer that the caller is typing, or not any more. Nothing is
// stored; a peer who has blocked the caller is not told.
func (s *Service) Typing(ctx context.Context, by chat.Actor, peer chat.UserID, on bool) error {
	app, err := s.ledger.App(by.App)
	if err != nil {
		return err
	}
	conv, err := s.ConversationOf(ctx, app, by.User, chat.ToUser(peer))
	if err != nil {
		return err
	}
	blocked, err := s.blocked(ctx, app, conv, by.User)
	if err != nil || blocked {
		return err
	}
	s.ledger.Deliverer().Typing(by.App, by.User, peer, on)
	return nil
}
