package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// SaveSessions implements chat.Sessions.
func (s *Store) SaveSessions(_ context.Context, list []*chat.SessionState) error {
	return s.write(func() {
		for _, st := range list {
			kept := *st
			kept.Data = slices.Clone(st.Data)
			s.made(chat.UserShard(st.App, st.User)).sessions[st.Client] = &kept
		}
	})
}

// Session implements chat.Sessions.
func (s *Store) Session(_ context.Context, app chat.AppID, u chat.UserID, client string) (*chat.SessionState, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	st := s.shard(chat.UserShard(app, u)).sessions[client]
	if st == nil || s.lapsed(st.Expires) {
		return nil, nil
	}
	return st, nil
}

// DeleteSession implements chat.Sessions.
func (s *Store) DeleteSession(_ context.Context, app chat.AppID, u chat.UserID, client string) error {
	return s.write(func() { delete(s.made(chat.UserShard(app, u)).sessions, client) })
}

// AllSessions implements chat.Sessions.
func (s *Store) AllSessions(_ context.Context, after *chat.SessionState, limit int) ([]*chat.SessionState, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []*chat.SessionState
	for _, sh := range s.shards {
		for _, st := range sh.sessions {
			if !s.lapsed(st.Expires) && (after == nil || order(after, st) < 0) {
				list = append(list, st)
			}
		}
	}
	slices.SortFunc(list, order)
	return list[:max(0, min(limit, len(list)))], nil
}

func order(a, b *chat.SessionState) int {
	return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.User, b.User), cmp.Compare(a.Client, b.Client))
}
