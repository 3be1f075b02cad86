package badger

import (
	"context"
	"fmt"
	"strconv"

	"github.com/teahouse-im/teahouse/chat"
)

// idOf prints a serial so that ids sort as serials do.
func idOf(serial uint64) string { return fmt.Sprintf("%016x", serial) }

// serialOf reads an id; ok is false for what idOf never prints.
func serialOf(id string) (serial uint64, ok bool) {
	n, err := strconv.ParseUint(id, 16, 64)
	return n, err == nil && idOf(n) == id
}

// stageOutbox stages events, but for those of a message that turned out to be
// a duplicate.
func (b *batch) stageOutbox(c *chat.Commit) error {
	for _, e := range c.Outbox {
		if e.Message != nil && e.Message.Duplicate != nil {
			continue
		}
		b.counters.serial++
		e.ID = idOf(b.counters.serial)
		value := b.keep(encodeEvent(b.space(), e))
		if err := b.put(outboxKey(keyOutbox, b.counters.serial), value, 0); err != nil {
			return err
		}
	}
	return nil
}

// Pending implements chat.Outbox.
func (s *Store) Pending(_ context.Context, after string, limit int) ([]*chat.Event, error) {
	return s.events(keyOutbox, after, limit)
}

// Dead implements chat.Outbox.
func (s *Store) Dead(_ context.Context, after string, limit int) ([]*chat.Event, error) {
	return s.events(keyDead, after, limit)
}

func (s *Store) events(prefix byte, after string, limit int) ([]*chat.Event, error) {
	from := []byte{prefix}
	if after != "" {
		serial, ok := serialOf(after)
		if !ok {
			return nil, fmt.Errorf("no event id: %q", after)
		}
		from = outboxKey(prefix, serial+1)
	}
	v := s.view()
	defer v.discard()
	return page(v, []byte{prefix}, from, limit, func(key *keyReader, value []byte) (*chat.Event, bool, error) {
		e, err := decodeEvent(idOf(key.number()), value)
		return e, true, err
	})
}

// Settle implements chat.Outbox. Ids that are not there are passed over.
func (s *Store) Settle(_ context.Context, ids []string) error {
	return s.eachEvent(ids, func(b *batch, serial uint64) error {
		return b.del(outboxKey(keyOutbox, serial))
	})
}

// Bury implements chat.Outbox.
func (s *Store) Bury(_ context.Context, ids []string) error {
	return s.eachEvent(ids, func(b *batch, serial uint64) error {
		return b.moveEvent(keyOutbox, keyDead, serial)
	})
}

// Revive implements chat.Outbox. A revived event has its id and its place again.
func (s *Store) Revive(_ context.Context, ids []string) error {
	return s.eachEvent(ids, func(b *batch, serial uint64) error {
		return b.moveEvent(keyDead, keyOutbox, serial)
	})
}

func (b *batch) moveEvent(from, to byte, serial uint64) error {
	value, err := b.view().copied(outboxKey(from, serial))
	if err != nil || value == nil {
		return err
	}
	if err := b.del(outboxKey(from, serial)); err != nil {
		return err
	}
	return b.put(outboxKey(to, serial), value, 0)
}

func (s *Store) eachEvent(ids []string, do func(*batch, uint64) error) error {
	return eachEdit(s, ids, func(b *batch, id string) error {
		serial, ok := serialOf(id)
		if !ok {
			return nil
		}
		return do(b, serial)
	})
}

// eachEdit calls do on the committer for every item, a bounded number in one
// step; do stages at most two entries.
func eachEdit[T any](s *Store, list []T, do func(*batch, T) error) error {
	for len(list) > 0 {
		n := min(len(list), editEntries/2)
		some := list[:n]
		list = list[n:]
		err := s.edit(func(b *batch) error {
			for _, t := range some {
				if err := do(b, t); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
