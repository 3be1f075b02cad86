package ledger

import (
	"context"
	"slices"

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
	record.Int(f, 6, &a.Holder)
	record.Int(f, 7, &a.State)
	record.List(f, 8, &a.Revoked, func(f *record.Fields, r *chat.RevokedTicket) {
		hash := string(r.Hash[:])
		record.Text(f, 1, &hash)
		copy(r.Hash[:], hash)
		record.Int(f, 2, &r.Expires)
	})
	record.Int(f, 20, &a.SilentC2C)
	record.Int(f, 21, &a.SilentGroups)
}).Named(func(a *chat.Account, s chat.Shard, _ string) { a.App, a.User = s.App, s.User() })

// Account returns an account, nil when there is none.
func (r *Reader) Account(ctx context.Context, app chat.AppID, u chat.UserID) (*chat.Account, error) {
	a, err := r.AccountRow(ctx, app, u)
	if a != nil && a.State != chat.AccountLive {
		return nil, err
	}
	return a, err
}

// AccountRow is Account, and what is left of a deleted one; see its State.
func (r *Reader) AccountRow(ctx context.Context, app chat.AppID, u chat.UserID) (*chat.Account, error) {
	return accounts.Get(ctx, r, chat.UserShard(app, u), "")
}

// Holder counts who has had a UserID; see chat.Account.
func Holder(ctx context.Context, r chat.RowReader, app chat.AppID, u chat.UserID) (uint32, error) {
	a, err := accounts.Get(ctx, r, chat.UserShard(app, u), "")
	if a == nil {
		return 0, err
	}
	return a.Holder, nil
}

// Accounts returns many accounts, in the order asked, nil for those that are
// not there.
func (r *Reader) Accounts(ctx context.Context, app chat.AppID, list []chat.UserID) ([]*chat.Account, error) {
	asks := make([]chat.RowAsk, len(list))
	for i, u := range list {
		asks[i] = accounts.Ask(chat.UserShard(app, u), "")
	}
	found, err := accounts.Of(ctx, r, asks)
	for i, a := range found {
		if a != nil && a.State != chat.AccountLive {
			found[i] = nil
		}
	}
	return found, err
}

// EveryAccount pages the accounts of an app in byte order of UserID, after the given one (""
// is the beginning), for those who go through all of them and are in no hurry. A page may have
// fewer than limit, or none, though more follow: last is where the next begins, "" at the
// end.
func (r *Reader) EveryAccount(ctx context.Context, app chat.AppID, after chat.UserID, limit int) (page []*chat.Account, last chat.UserID, err error) {
	users, err := r.Users(ctx, app, after, limit)
	if err != nil || len(users) == 0 {
		return nil, "", err
	}
	found, err := r.Accounts(ctx, app, users)
	if err != nil {
		return nil, "", err
	}
	return slices.DeleteFunc(found, func(a *chat.Account) bool { return a == nil }), users[len(users)-1], nil
}

// PutAccount puts the account of the user whose turn it is.
func (t *Turn) PutAccount(a *chat.Account) { accounts.Put(t, "", a) }

// DropAccount removes everything of the user whose turn it is, and leaves a in
// the place of the account.
func (t *Turn) DropAccount(a *chat.Account) {
	t.Commit.Drop = true
	t.Mirror(t.Shard, accounts.Row("", a))
}
