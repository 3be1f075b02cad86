package inbox

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// Option is how a user wants the messages of a one-to-one conversation (spec/06), "" when
// they have not said.
func (s *Service) Option(ctx context.Context, c chat.Conversation, u chat.UserID) (chat.ReceiveOption, error) {
	v, err := s.setOf(ctx, c, u)
	if err != nil || v == nil {
		return "", err
	}
	return v.Option, nil
}

// UnreadOfAll is the sum over all conversations of a user, as conv.list has it (spec/00 §5).
func (s *Service) UnreadOfAll(ctx context.Context, app chat.AppID, u chat.UserID) (uint64, error) {
	all, err := s.all(ctx, chat.Actor{App: app, User: u})
	if err != nil {
		return 0, err
	}
	var total uint64
	for i := range all {
		total += all[i].unread
	}
	return total, nil
}
