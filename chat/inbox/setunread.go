package inbox

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// SetUnread sets how many messages of a group a member has not read, for groups that
// come from elsewhere (spec/22a §18): at most as many as there are. Nobody is told. In
// groups that count no unread messages it does nothing.
func (s *Service) SetUnread(ctx context.Context, by chat.Actor, id chat.GroupID, u chat.UserID, n uint64) error {
	app, err := s.ledger.App(by.App)
	if err != nil {
		return err
	}
	if !by.Admin() {
		return chat.Refuse(chat.CodeGroupNotAllowed, "app administrators only")
	}
	g, err := s.groups.Find(ctx, by.App, id)
	if err != nil {
		return err
	}
	if !grouptype.Of(g.Type).Counts(app) {
		return nil
	}
	conv, member := g.Conv(), s.groups.Member
	return s.ledger.Change(ctx, conv.Shard(), 0, func(ctx context.Context, t *ledger.Turn) error {
		m, err := member(ctx, by.App, id, u)
		if err == nil && m == nil {
			err = chat.Refuse(chat.CodeGroupNotAllowed, "%q is not a member", u)
		}
		if err != nil {
			return err
		}
		old, err := t.Read.Mark(ctx, conv, u)
		if err != nil {
			return err
		}
		sent, err := t.Read.Senders(ctx, []chat.Conversation{conv}, u)
		if err != nil {
			return fmt.Errorf("read sender: %w", err)
		}
		t.PutUnread(old, n, sent[0])
		return nil
	})
}
