package ledger

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// accounts are kept under their users. They stand here, below people, because
// the rules of groups ask for them too, and the two rooms do not know each other.
var accounts = Table(record.Account, func(f *record.Fields, a *chat.Account) {
	record.Text(f, 1, &a.Nick)
	record.Text(f, 2, &a.FaceURL)
	record.Int(f, 3, &a.Created)
	record.Int(f, 4, &a.KickedAt)
	record.Bool(f, 5, &a.Blocked)
}).Named(func(a *chat.Account, s chat.Shard, _ string) { a.App, a.User = s.App, s.User() })

// Account returns an account, nil when there is none.
func (r *Reader) Account(ctx context.Context, app chat.AppID, u chat.UserID) (*chat.Account, error) {
	return accounts.Get(ctx, r, chat.UserShard(app, u), "")
}

// Accounts returns many accounts, in the order asked, nil for those that are
// not there.
func (r *Reader) Accounts(ctx context.Context, app chat.AppID, list []chat.UserID) ([]*chat.Account, error) {
	asks := make([]chat.RowAsk, len(list))
	for i, u := range list {
		asks[i] = accounts.Ask(chat.UserShard(app, u), "")
	}
	return accounts.Of(ctx, r, asks)
}

// PutAccount puts the account of the user whose turn it is.
func (t *Turn) PutAccount(a *chat.Account) { accounts.Put(t, "", a) }
