package memory

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// Pending implements chat.Outbox.
func (s *Store) Pending(_ context.Context, after string, limit int) ([]*chat.Event, error) {
	return s.events(s.outbox, after, limit), nil
}

// Dead implements chat.Outbox.
func (s *Store) Dead(_ context.Context, after string, limit int) ([]*chat.Event, error) {
	return s.events(s.dead, after, limit), nil
}

func (s *Store) events(from map[string]*chat.Event, after string, limit int) []*chat.Event {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []*chat.Event
	for _, id := range pageKeys(from, after, limit) {
		list = append(list, from[id])
	}
	return list
}

// Settle implements chat.Outbox.
func (s *Store) Settle(_ context.Context, ids []string) error {
	return s.write(func() {
		for _, id := range ids {
			delete(s.outbox, id)
		}
	})
}

// Bury implements chat.Outbox.
func (s *Store) Bury(_ context.Context, ids []string) error { return s.move(s.outbox, s.dead, ids) }

// Revive implements chat.Outbox. A revived event has its id and its place again.
func (s *Store) Revive(_ context.Context, ids []string) error { return s.move(s.dead, s.outbox, ids) }

func (s *Store) move(from, to map[string]*chat.Event, ids []string) error {
	return s.write(func() {
		for _, id := range ids {
			if e := from[id]; e != nil {
				delete(from, id)
				to[id] = e
			}
		}
	})
}
