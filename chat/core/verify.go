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
