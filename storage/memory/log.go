package memory

import (
	"context"
	"sort"

	"github.com/teahouse-im/teahouse/chat"
)

// Senders implements chat.Log.
func (s *Store) Senders(_ context.Context, convs []chat.Conversation, u chat.UserID) ([]chat.SenderStat, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	stats := make([]chat.SenderStat, len(convs))
	for i, c := range convs {
		stats[i] = s.shard(c.Shard()).senders[u]
	}
	return stats, nil
}

// Message implements chat.Log.
func (s *Store) Message(_ context.Context, c chat.Conversation, n chat.Seq) (*chat.Message, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.live(s.shard(c.Shard()), n), nil
}

// Seen implements chat.Log.
func (s *Store) Seen(_ context.Context, c chat.Conversation, k chat.DedupKey) (*chat.Message, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.seen(s.shard(c.Shard()), k), nil
}

// Messages implements chat.Log. The page comes in the order walked. A limit of
// zero or less gives nothing, maxBytes of zero or less does not bound.
func (s *Store) Messages(_ context.Context, c chat.Conversation, from chat.Seq, down bool, limit, maxBytes int) ([]*chat.Message, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	sh := s.shard(c.Shard())
	var page []*chat.Message
	bytes := 0
	n, step := max(from, 1), chat.Seq(1)
	if down {
		n, step = min(from, sh.head.Seq), ^chat.Seq(0) // minus one
	}
	for ; n >= 1 && n <= sh.head.Seq && len(page) < limit; n += step {
		m := s.live(sh, n)
		if m == nil {
			continue
		}
		bytes += len(m.Body)
		if len(page) > 0 && maxBytes > 0 && bytes > maxBytes {
			break
		}
		page = append(page, m)
	}
	return page, nil
}

// SeqAtTime implements chat.Log.
func (s *Store) SeqAtTime(_ context.Context, c chat.Conversation, ms int64) (chat.Seq, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.find(c, func(m *chat.Message) bool { return m.Time >= ms }), nil
}

// SeqsAtClock implements chat.Log.
func (s *Store) SeqsAtClock(_ context.Context, convs []chat.Conversation, clock uint64) ([]chat.Seq, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]chat.Seq, len(convs))
	for i, c := range convs {
		list[i] = s.find(c, func(m *chat.Message) bool { return m.Clock > clock })
	}
	return list, nil
}

// find returns the first message that after is true of and that has not
// expired; neither time nor clock falls, so after stays true.
func (s *Store) find(c chat.Conversation, after func(*chat.Message) bool) chat.Seq {
	msgs := s.shard(c.Shard()).msgs
	i := sort.Search(len(msgs), func(i int) bool { return after(msgs[i]) })
	for i < len(msgs) && s.lapsed(msgs[i].Expires) {
		i++
	}
	return chat.Seq(i + 1)
}
