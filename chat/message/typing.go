package message

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// Typing tells a peer that the caller is typing, or not any more. Nothing is
// stored; a peer who has blocked the caller is not told, nor a stranger where friends alone may
// write.
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
	if app.Switches.FriendsOnly {
		if friends, err := s.areFriends(ctx, by, peer); err != nil || !friends {
			return err
		}
	}
	s.ledger.Deliverer().Typing(by.App, by.User, peer, on)
	return nil
}

func (s *Service) areFriends(ctx context.Context, by chat.Actor, peer chat.UserID) (bool, error) {
	acc, err := s.ledger.Account(ctx, by.App, peer)
	if err != nil || acc == nil {
		return false, err
	}
	err = s.people.MayWrite(ctx, by.App, &chat.Account{User: by.User, Holder: by.Holder}, acc)
	if chat.IsFault(err) {
		return false, err
	}
	return err == nil, nil
}
