package ledger

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// lost are the points of the commit clock that clients may know and the store does not, because
// it was restored from a backup: those after one, up to the other.
type lost struct{ After, UpTo uint64 }

// losses has one row, with an empty key, in the shard of the server. After a second restore it
// stands for what lies in between too.
var losses = Table(record.Restored, func(f *record.Fields, l *lost) {
	record.Int(f, 1, &l.After)
	record.Int(f, 2, &l.UpTo)
})

// NoteLoss notes that a store was restored and has left out points of its commit clock: those
// after one, up to the other. Nobody else uses the store meanwhile.
func NoteLoss(ctx context.Context, store chat.Store, after, upTo uint64) error {
	before, err := losses.Get(ctx, store, chat.ServerShard, "")
	if err != nil {
		return err
	}
	if before != nil {
		after = min(after, before.After)
	}
	commit := &chat.Commit{Shard: chat.ServerShard, Rows: []chat.Row{losses.Row("", &lost{after, upTo})}}
	if err := store.Apply(ctx, []*chat.Commit{commit}); err != nil {
		return fmt.Errorf("note a restore: %w", err)
	}
	return nil
}

// Lost reports whether a client that names a point of the commit clock may know what is lost:
// the store was restored from an earlier moment.
func (r *Reader) Lost(ctx context.Context, clock uint64) (bool, error) {
	l, err := losses.Get(ctx, r, chat.ServerShard, "")
	if err != nil || l == nil {
		return false, err
	}
	return clock > l.After && clock <= l.UpTo, nil
}
