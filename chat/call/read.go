package call

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// find reads the call of an InviteID, open or over; 8010 when there is none.
func (s *Service) find(ctx context.Context, app chat.AppID, id string) (*row, chat.Conversation, error) {
	p, err := places.Get(ctx, s.ledger, chat.AppShard(app), atID+id)
	if err != nil {
		return nil, chat.Conversation{}, err
	}
	if p == nil {
		return nil, chat.Conversation{}, noCall()
	}
	conv := p.conv(app)
	c, err := callIn(ctx, s.ledger, conv.Shard(), id)
	if err == nil && c == nil {
		err = noCall()
	}
	return c, conv, err
}

// callIn reads a call of a conversation, nil when there is none.
func callIn(ctx context.Context, rows chat.RowReader, s chat.Shard, id string) (*row, error) {
	list, err := calls.Of(ctx, rows, []chat.RowAsk{calls.Ask(s, isOpen+id), calls.Ask(s, isOver+id)})
	if err != nil {
		return nil, err
	}
	if list[0] != nil {
		return list[0], nil
	}
	return list[1], nil
}

func noCall() error { return chat.Refuse(chat.CodeNoCall, "") }
