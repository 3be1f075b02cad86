package core

import (
	"context"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// VerifyRows reads all rows of a store that nobody else uses meanwhile, and
// reports where something does not fit together, and what: values that cannot be read,
// counters, mirrors. It stands here because it needs the nouns of every room.
func VerifyRows(ctx context.Context, store chat.RowReader, each ledger.EachRow, now time.Time, report func(where, what string)) error {
	return ledger.Verify(ctx, store, each, now, report)
}

// RowsBut are all rows but those of some apps: of one that is being erased half is there.
func RowsBut(each ledger.EachRow, apps map[chat.AppID]bool) ledger.EachRow {
	return func(ctx context.Context, use func(chat.Shard, chat.Row) error) error {
		return each(ctx, func(s chat.Shard, r chat.Row) error {
			if apps[s.App] {
				return nil
			}
			return use(s, r)
		})
	}
}
