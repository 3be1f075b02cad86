package message

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
)

// ConversationOf names the conversation that u means by t and checks that they
// may have it: with a registered peer, or one that was, or a group they are in.
func (s *Service) ConversationOf(ctx context.Context, app *chat.App, u chat.UserID, t chat.Target) (chat.Conversation, error) {
	conv := t.Of(app.ID, u)
	if conv.Kind == chat.InGroup {
		g, err := s.groups.Find(ctx, app.ID, t.Group())
		if err != nil {
			return conv, err
		}
		_, err = s.groups.SeesFrom(ctx, app, g, u)
		return conv, err
	}
	if !t.User().Valid() {
		return conv, chat.Refuse(chat.CodeBadTo, "")
	}
	acc, err := s.ledger.Account(ctx, app.ID, t.User())
	if err != nil || acc != nil {
		return conv, err
	}
	// Messages stay in the history of a deleted account's peers (spec/03 §3).
	head, err := s.ledger.Head(ctx, conv.Shard())
	if err != nil {
		return conv, fmt.Errorf("read head: %w", err)
	}
	mark, err := s.ledger.Mark(ctx, conv, u)
	if err != nil {
		return conv, err
	}
	if head.Seq == mark.From { // nothing is u's to see
		return conv, chat.Refuse(chat.CodeToUnknown, "")
	}
	return conv, nil
}

// OnBehalf returns whose conversation is meant: the caller's own, or, for
// administrators, that of the user they name. kind is the conversation's.
func OnBehalf(by chat.Actor, of chat.UserID, kind chat.Kind) (chat.UserID, error) {
	switch {
	case of == "" || of == by.User:
		return by.User, nil
	case by.Admin():
		return of, nil
	case kind == chat.InGroup:
		return "", chat.Refuse(chat.CodeGroupNotAllowed, "")
	}
	return "", chat.Refuse(chat.CodeBadFrom, "another user is named")
}
