package chattest

import (
	"context"
	"errors"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Ban blocks an account in a store, as an operator will one day by a command.
func Ban(ctx context.Context, store chat.Store, apps *chat.Apps, app chat.AppID, u chat.UserID) error {
	l := ledger.New(ledger.Options{Store: store, Apps: apps})
	err := l.Change(ctx, chat.UserShard(app, u), 0, func(ctx context.Context, t *ledger.Turn) error {
		acc, err := t.Read.Account(ctx, app, u)
		if err != nil {
			return err
		}
		blocked := *acc
		blocked.Blocked = true
		t.PutAccount(&blocked)
		return nil
	})
	return errors.Join(err, l.Close(ctx))
}
