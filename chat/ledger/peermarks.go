package ledger

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// PeerMarks is how far the other party has read each of u's one-to-one
// conversations, in the order asked; nothing yet is a mark at 0.
func (r *Reader) PeerMarks(ctx context.Context, convs []chat.Conversation, u chat.UserID) ([]chat.ReadMark, error) {
	asks := make([]chat.RowAsk, len(convs))
	for i, c := range convs {
		asks[i] = marks.Ask(c.Shard(), string(c.Peer(u)))
	}
	found, err := marks.Of(ctx, r, asks)
	if err != nil {
		return nil, err
	}
	list := make([]chat.ReadMark, len(convs))
	for i, m := range found {
		list[i].User = convs[i].Peer(u)
		if m != nil {
			list[i] = *m
		}
	}
	return list, nil
}
