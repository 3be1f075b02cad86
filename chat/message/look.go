package message

import (
	"context"
	"errors"

	"github.com/teahouse-im/teahouse/chat"
)

// lookBytes bounds the bodies of one Look, about.
const lookBytes = 1 << 20

// Look pages the messages of a conversation as they are stored, newest first, for operators: from a
// number down, 0 being the newest, or, if ms is not 0, from what was said last up to then (Unix
// milliseconds). Messages for some users alone, and those that users have deleted, are among them.
// next is where the next page begins, 0 at the end. Messages that are lost are passed over.
func (s *Service) Look(ctx context.Context, by chat.Actor, conv chat.Conversation, from chat.Seq, ms int64, limit int) (list []*chat.Message, next chat.Seq, err error) {
	if !by.Admin() {
		return nil, 0, chat.Refuse(chat.CodeNeedAdmin, "")
	}
	head, err := s.ledger.Head(ctx, conv.Shard())
	if err != nil {
		return nil, 0, err
	}
	if from == 0 || from > head.Seq {
		from = head.Seq
	}
	if ms > 0 {
		first, err := s.ledger.SeqAtTime(ctx, conv, ms+1)
		if err != nil {
			return nil, 0, err
		}
		from = min(from, first-1)
	}
	for from > 0 {
		list, err = s.ledger.Messages(ctx, conv, from, true, limit, lookBytes)
		var hole *chat.Hole
		if !errors.As(err, &hole) {
			break
		}
		from, err = hole.First-1, nil
	}
	if err != nil || len(list) == 0 {
		return nil, 0, err
	}
	return list, list[len(list)-1].Seq - 1, nil
}
