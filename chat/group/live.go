package group

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// setAside is how far the numbers of an AVChatRoom may go before the next mark
// is on disk. Its messages are not stored, but a client drops what does not count up,
// also after a restart of the server (spec/00 §6): numbers then go on behind the mark.
type setAside struct {
	UpTo chat.Seq
}

// liveNumbers has one row, with an empty key, in the shard of each AVChatRoom.
var liveNumbers = ledger.Table(record.LiveNumbers, func(f *record.Fields, v *setAside) {
	record.Int(f, 1, &v.UpTo)
})

// liveBlock is how many numbers are set aside at once: one message in so many
// waits for the disk, and a restart leaves at most so many out.
const liveBlock = 10_000

// nextLive numbers one more message of an AVChatRoom. mark is the row that the
// message's commit has to put, nil for most.
func (r reader) nextLive(ctx context.Context, in chat.RowReader, c chat.Conversation) (n chat.Seq, mark *chat.Row, err error) {
	kept, err := liveNumbers.Get(ctx, in, c.Shard(), "")
	if err != nil {
		return 0, nil, err
	}
	if kept == nil {
		kept = &setAside{}
	}
	n = r.rooms.Next(c, kept.UpTo)
	if n <= kept.UpTo {
		return n, nil, nil
	}
	row := liveNumbers.Row("", &setAside{UpTo: n + liveBlock})
	return n, &row, nil
}

// LeapLive returns the value of a row of liveNumbers that sets more numbers aside: for a store that
// was restored, and may have given them already. ok is false for other rows.
func LeapLive(s chat.Shard, r chat.Row, leap chat.Seq) (value []byte, ok bool) {
	if r.Kind != chat.RowKind(record.LiveNumbers) {
		return nil, false
	}
	v, err := liveNumbers.Read(s, r)
	if err != nil {
		return nil, false
	}
	return liveNumbers.Row(r.Key, &setAside{UpTo: v.UpTo + leap}).Value, true
}
