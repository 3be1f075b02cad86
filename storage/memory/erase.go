package memory

import (
	"context"
	"maps"

	"github.com/teahouse-im/teahouse/chat"
)

// Erase implements chat.Eraser: a shard at a time, and then the events.
func (s *Store) Erase(ctx context.Context, app chat.AppID, removed func(int)) error {
	for {
		n := 0
		if err := s.write(func() { n = s.eraseOne(app) }); err != nil || n == 0 {
			return err
		}
		removed(n)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// eraseOne removes one shard of an app, or its events when it has no shard; it returns how many
// entries that were.
func (s *Store) eraseOne(app chat.AppID) int {
	for k, sh := range s.shards {
		if k.App == app {
			delete(s.shards, k)
			return sh.entries()
		}
	}
	before := len(s.outbox) + len(s.dead)
	of := func(_ string, e *chat.Event) bool { return e.App == app }
	maps.DeleteFunc(s.outbox, of)
	maps.DeleteFunc(s.dead, of)
	return before - len(s.outbox) - len(s.dead)
}

// entries is how much there is in a shard, its head included.
func (sh *shard) entries() int {
	n := 1 + len(sh.msgs) + len(sh.events) + len(sh.senders) + len(sh.first) + len(sh.notices) + len(sh.sessions)
	for _, rows := range sh.rows {
		n += len(rows.list)
	}
	return n
}
