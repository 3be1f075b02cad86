package core

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// RestoredValue returns what a row of a backup is to be in the store that is made of it; changed
// is false for most, which stay as they are. leap is how many numbers are left out; see
// NoteRestore.
func RestoredValue(s chat.Shard, r chat.Row, leap uint64) (value []byte, changed bool) {
	return group.LeapLive(s, r, chat.Seq(leap))
}

// NoteRestore tells a store that it was made of a backup, and which points of the commit clock
// it has left out: those after one, up to the other. Nobody else uses it meanwhile.
func NoteRestore(ctx context.Context, store chat.Store, after, upTo uint64) error {
	return ledger.NoteLoss(ctx, store, after, upTo)
}
