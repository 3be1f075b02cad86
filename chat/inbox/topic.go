package inbox

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
)

// sinceJoining has a user's mark in a topic stand no lower than where they joined its
// community: unlike in a group, joining has written no mark there.
func (s *Service) sinceJoining(ctx context.Context, u chat.UserID, h *held) error {
	if h.Read.Seq >= h.JoinSeq || !h.Conv.Group().IsTopic() {
		return nil
	}
	if h.Read.Cleared >= h.JoinSeq { // it counts from there
		h.Read.Seq, h.Read.Time = h.JoinSeq, h.joined
		return nil
	}
	mark := chat.ReadMark{User: u, Seq: h.JoinSeq, Time: h.joined, Own: h.Read.Own, Deleted: h.Read.Deleted}
	var err error
	if mark.Deleted.Less, err = s.ledger.UnreadDeletions(ctx, h.Conv.Shard(), mark, h.JoinSeq); err != nil {
		return err
	}
	if mark.Counted, err = s.countedBefore(ctx, h.Conv, h.JoinSeq+1); err != nil {
		return err
	}
	said, err := s.ledger.Senders(ctx, []chat.Conversation{h.Conv}, u)
	if err != nil {
		return fmt.Errorf("read senders: %w", err)
	}
	if said[0].LastSeq <= h.JoinSeq { // else what they said before they left stands in the mark
		mark.Own = said[0].Counted
	}
	h.Read = mark
	return nil
}

// countedBefore is how many messages count before the first one from a number on that is
// kept; all when there is none.
func (s *Service) countedBefore(ctx context.Context, c chat.Conversation, from chat.Seq) (uint64, error) {
	next, err := s.ledger.Messages(ctx, c, from, false, 1, 1)
	if err != nil && !chat.IsHole(err) {
		return 0, fmt.Errorf("read messages: %w", err)
	}
	if err != nil || len(next) == 0 {
		head, err := s.ledger.Head(ctx, c.Shard())
		if err != nil {
			return 0, fmt.Errorf("read head: %w", err)
		}
		return head.Counted, nil
	}
	n := next[0].Counted
	if next[0].Countable() {
		n--
	}
	return n, nil
}
