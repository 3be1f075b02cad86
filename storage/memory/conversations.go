package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// Conversations implements chat.Log.
func (s *Store) Conversations(_ context.Context, app chat.AppID, k chat.Kind, after chat.Conversation, limit int) ([]chat.LastSaid, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []chat.LastSaid
	for shard, sh := range s.shards {
		c := chat.Conversation(shard)
		if c.App == app && c.Kind == k && sh.head.Seq > 0 && compare(c, after) > 0 {
			list = append(list, chat.LastSaid{Conv: c, Time: sh.head.Time, Moved: sh.head.Moved()})
		}
	}
	slices.SortFunc(list, func(a, b chat.LastSaid) int { return compare(a.Conv, b.Conv) })
	return list[:max(0, min(limit, len(list)))], nil
}

// Users implements chat.Log.
func (s *Store) Users(_ context.Context, app chat.AppID, after chat.UserID, limit int) ([]chat.UserID, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []chat.UserID
	for shard := range s.shards {
		if u := shard.User(); shard.App == app && u > after {
			list = append(list, u)
		}
	}
	slices.Sort(list)
	return list[:max(0, min(limit, len(list)))], nil
}

// compare orders conversations of one kind.
func compare(a, b chat.Conversation) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) }
