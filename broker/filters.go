package broker

import (
	"context"
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/sessions"
	"github.com/teahouse-im/teahouse/topics"
)

// Filters implements hooks.Session.
func (s *session) Filters() *topics.Set { return s.filters.Load() }

// Subscribe implements hooks.Session.
func (s *session) Subscribe(subs []topics.Subscription) error {
	have := s.filters.Load()
	var rows []chat.Row
	if s.id != (sessions.ID{}) {
		expires := s.filtersExpire(s.b.opt.Now())
		for _, sub := range subs {
			if old, ok := have.Get(sub.Filter.String()); !ok || old.QoS != sub.QoS {
				rows = append(rows, s.rows().Filter(sessions.Filter{Text: sub.Filter.String(), QoS: sub.QoS}, expires))
			}
		}
	}
	return s.change(rows, func(have *topics.Set) *topics.Set { return have.With(subs...) }, func() {
		if s.link != nil {
			s.watches(byName(subs), byFilter)
		}
	})
}

// Unsubscribe implements hooks.Session.
func (s *session) Unsubscribe(filters []string) error {
	var rows []chat.Row
	if s.id != (sessions.ID{}) {
		for _, f := range filters {
			rows = append(rows, s.rows().NoFilter(f))
		}
	}
	return s.change(rows, func(have *topics.Set) *topics.Set { return have.Without(filters...) }, s.unnamed)
}

// change makes rows durable, then changes the filters, and does what else has to be done
// with mu held.
func (s *session) change(rows []chat.Row, next func(*topics.Set) *topics.Set, then func()) error {
	if len(rows) > 0 {
		err := s.b.store.Apply(context.WithoutCancel(s.b.ctx), []*chat.Commit{{Shard: s.rows().Shard(), Rows: rows}})
		if err != nil {
			return fmt.Errorf("keep filters: %w", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	had := s.filters.Load()
	s.filters.Store(next(had))
	s.listen()
	then()
	if had.Len() == 0 { // all rows are new
		s.renewAt = at(s.b.opt.Now().Add(s.b.opt.MaxSessionExpiry))
	}
	return nil
}

// filtersExpire is when a filter's row that is written now expires: after twice the
// longest life of a session. When half of that is gone, the rows are written again.
func (s *session) filtersExpire(now time.Time) int64 {
	return now.Add(2 * s.b.opt.MaxSessionExpiry).Unix()
}

// renewal is all filters as rows that are good for long. mu is held.
func (s *session) renewal(now time.Time) []chat.Row {
	s.renewAt = at(now.Add(s.b.opt.MaxSessionExpiry))
	var rows []chat.Row
	expires := s.filtersExpire(now)
	for _, sub := range s.filters.Load().All() {
		rows = append(rows, s.rows().Filter(sessions.Filter{Text: sub.Filter.String(), QoS: sub.QoS}, expires))
	}
	return rows
}
