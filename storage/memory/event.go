package memory

import (
	"context"
	"fmt"
	"maps"

	"github.com/teahouse-im/teahouse/chat"
)

// happen numbers and keeps events of a conversation.
func (s *Store) happen(sh *shard, list []*chat.ConvEvent) {
	for _, e := range list {
		sh.head.Rev++
		s.clock++
		sh.head.EventClock = s.clock
		e.Rev, e.Clock = sh.head.Rev, s.clock
		kept := *e
		sh.events = append(sh.events, &kept)
	}
}

// notify numbers and keeps what single users are told.
func (s *Store) notify(list []*chat.UserEvent) {
	for _, e := range list {
		u := s.made(chat.UserShard(e.App, e.User))
		u.head.EventSeq++
		e.Seq = u.head.EventSeq
		kept := *e
		u.notices = append(u.notices, &kept)
	}
}

// post keeps what the app is told; events of a message that turned out to be a
// duplicate are dropped.
func (s *Store) post(list []*chat.Event) {
	for _, e := range list {
		if e.Message != nil && e.Message.Duplicate != nil {
			continue
		}
		s.serial++
		e.ID = fmt.Sprintf("%016x", s.serial)
		kept := *e
		kept.Group = copyGroup(e.Group)
		s.outbox[e.ID] = &kept
	}
}

func copyGroup(g *chat.Group) *chat.Group {
	if g == nil {
		return nil
	}
	kept := *g
	kept.Custom = maps.Clone(g.Custom)
	return &kept
}

// ConvEvents implements chat.Log.
func (s *Store) ConvEvents(_ context.Context, c chat.Conversation, after uint64, limit int) ([]*chat.ConvEvent, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := s.shard(c.Shard()).events
	return pageEvents(s, list, after, limit, func(e *chat.ConvEvent) int64 { return e.Expires }), nil
}

// UserEvents implements chat.Log.
func (s *Store) UserEvents(_ context.Context, app chat.AppID, u chat.UserID, after uint64, limit int) ([]*chat.UserEvent, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := s.shard(chat.UserShard(app, u)).notices
	return pageEvents(s, list, after, limit, func(e *chat.UserEvent) int64 { return e.Expires }), nil
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
