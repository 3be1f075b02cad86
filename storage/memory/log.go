package memory

import (
	"context"
	"sort"

	"github.com/teahouse-im/teahouse/chat"
)

// Heads implements chat.Log.
func (s *Store) Heads(_ context.Context, convs []chat.Conversation) ([]chat.Head, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	heads := make([]chat.Head, len(convs))
	for i, c := range convs {
		if row := s.convs[c]; row != nil {
			heads[i] = row.head
		}
	}
	return heads, nil
}

// Sender implements chat.Log.
func (s *Store) Sender(_ context.Context, c chat.Conversation, u chat.UserID) (chat.SenderStat, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if row := s.convs[c]; row != nil {
		return row.senders[u], nil
	}
	return chat.SenderStat{}, nil
}

// Message implements chat.Log.
func (s *Store) Message(_ context.Context, c chat.Conversation, n chat.Seq) (*chat.Message, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.live(s.convs[c], n), nil
}

// Seen implements chat.Log.
func (s *Store) Seen(_ context.Context, c chat.Conversation, k chat.DedupKey) (*chat.Message, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if row := s.convs[c]; row != nil {
		return s.seen(row, k), nil
	}
	return nil, nil
}

// Messages implements chat.Log. The page comes in the order walked. A limit of
// zero or less gives nothing, maxBytes of zero or less does not bound.
func (s *Store) Messages(_ context.Context, c chat.Conversation, from chat.Seq, down bool, limit, maxBytes int) ([]*chat.Message, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	row := s.convs[c]
	if row == nil {
		return nil, nil
	}
	var page []*chat.Message
	bytes := 0
	n, step := max(from, 1), chat.Seq(1)
	if down {
		n, step = min(from, row.head.Seq), ^chat.Seq(0) // minus one
	}
	for ; n >= 1 && n <= row.head.Seq && len(page) < limit; n += step {
		m := s.live(row, n)
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
	return s.find(c, func(m *chat.Message) bool { return m.Time >= ms })
}

// SeqAtClock implements chat.Log.
func (s *Store) SeqAtClock(_ context.Context, c chat.Conversation, clock uint64) (chat.Seq, error) {
	return s.find(c, func(m *chat.Message) bool { return m.Clock > clock })
}

// find returns the first message that after is true of and that has not
// expired; neither time nor clock falls, so after stays true.
func (s *Store) find(c chat.Conversation, after func(*chat.Message) bool) (chat.Seq, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	row := s.convs[c]
	if row == nil {
		return 1, nil
	}
	i := sort.Search(len(row.msgs), func(i int) bool { return after(row.msgs[i]) })
	for i < len(row.msgs) && s.lapsed(row.msgs[i].Expires) {
		i++
	}
	return chat.Seq(i + 1), nil
}

// ConvEvents implements chat.Log.
func (s *Store) ConvEvents(_ context.Context, c chat.Conversation, after uint64, limit int) ([]*chat.ConvEvent, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	row := s.convs[c]
	if row == nil {
		return nil, nil
	}
	return pageEvents(s, row.events, after, limit, func(e *chat.ConvEvent) int64 { return e.Expires }), nil
}

// UserEvents implements chat.Log.
func (s *Store) UserEvents(_ context.Context, app chat.AppID, u chat.UserID, after uint64, limit int) ([]*chat.UserEvent, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	row := s.users[userKey{app, u}]
	if row == nil {
		return nil, nil
	}
	return pageEvents(s, row.events, after, limit, func(e *chat.UserEvent) int64 { return e.Expires }), nil
}

func pageEvents[E any](s *Store, list []E, after uint64, limit int, expires func(E) int64) []E {
	var page []E
	for i := after; i < uint64(len(list)) && len(page) < limit; i++ {
		if !s.lapsed(expires(list[i])) {
			page = append(page, list[i])
		}
	}
	return page
}

// UserEventSeq implements chat.Log.
func (s *Store) UserEventSeq(_ context.Context, app chat.AppID, u chat.UserID) (uint64, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if row := s.users[userKey{app, u}]; row != nil {
		return uint64(len(row.events)), nil
	}
	return 0, nil
}

// maxListed bounds the lists of a user's groups and conversations (chat.Log).
const maxListed = 10_000

// Conversations implements chat.Log.
func (s *Store) Conversations(_ context.Context, app chat.AppID, u chat.UserID) ([]chat.UserConv, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	row := s.users[userKey{app, u}]
	if row == nil {
		return nil, nil
	}
	var list []chat.UserConv
	for _, g := range pageKeys(row.groups, "", maxListed) {
		one, _ := row.conversation(chat.GroupOf(app, g), u)
		list = append(list, one)
	}
	for c := range row.marks {
		if c.Kind == chat.C2C && len(list) < maxListed {
			one, _ := row.conversation(c, u)
			list = append(list, one)
		}
	}
	return list, nil
}

// Conversation implements chat.Log.
func (s *Store) Conversation(_ context.Context, c chat.Conversation, u chat.UserID) (chat.UserConv, bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	row := s.users[userKey{c.App, u}]
	if row == nil {
		return chat.UserConv{Conv: c, Read: chat.ReadMark{User: u}}, false, nil
	}
	one, ok := row.conversation(c, u)
	return one, ok, nil
}

func (row *user) conversation(c chat.Conversation, u chat.UserID) (chat.UserConv, bool) {
	one := chat.UserConv{Conv: c, Read: chat.ReadMark{User: u}}
	mark, marked := row.marks[c]
	if marked {
		one.Read = mark
	}
	if c.Kind == chat.C2C {
		one.Joined = marked
		return one, marked
	}
	m, joined := row.groups[c.Group()]
	one.Joined, one.JoinSeq = joined, m.JoinSeq
	return one, joined
}
