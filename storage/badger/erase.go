package badger

import (
	"bytes"
	"context"
	"fmt"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
)

// erasePage is how many entries of an app go in one step.
const erasePage = editEntries

// Erase implements chat.Eraser. Keys begin with their app, but for those of events that wait to be
// told: these are all looked at. What is removed leaves the files of the engine as it merges
// its tables.
func (s *Store) Erase(ctx context.Context, app chat.AppID, removed func(int)) error {
	for _, row := range layout {
		var err error
		switch {
		case row.parts[0] == partApp:
			err = s.eraseUnder(ctx, putApp(nil, row.prefix, app), nil, removed)
		case row.prefix == keyOutbox || row.prefix == keyDead:
			err = s.eraseUnder(ctx, []byte{row.prefix}, ofApp(app), removed)
		}
		if err != nil {
			return fmt.Errorf("erase app %d: %w", app, err)
		}
	}
	return nil
}

// ofApp reports whether an entry of the outbox is about an app.
func ofApp(app chat.AppID) func(key []byte, item *engine.Item) (bool, error) {
	return func(key []byte, item *engine.Item) (is bool, err error) {
		err = item.Value(func(value []byte) error {
			e, err := decodeEvent(idOf(readKey(key[1:]).number()), bytes.Clone(value))
			is = err == nil && e.App == app
			return err
		})
		return is, err
	}
}

// eraseUnder removes the entries under a prefix, or those of them that fit, in steps. A view is
// held for one of them: the engine keeps what an older one may read.
func (s *Store) eraseUnder(ctx context.Context, prefix []byte, fits func([]byte, *engine.Item) (bool, error), removed func(int)) error {
	for from := prefix; from != nil; {
		keys, next, err := s.erasable(prefix, from, fits)
		if err != nil {
			return err
		}
		if len(keys) > 0 {
			if err := s.edit(func(b *batch) error { return b.erase(keys) }); err != nil {
				return err
			}
			removed(len(keys))
		}
		if from = next; from != nil && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// erasable looks at no more than a step's entries from a key on: those to remove, and where to go
// on, nil at the end.
func (s *Store) erasable(prefix, from []byte, fits func([]byte, *engine.Item) (bool, error)) (keys [][]byte, next []byte, err error) {
	v := s.view()
	defer v.discard()
	seen := 0
	err = v.scan(prefix, from, func(key []byte, item *engine.Item) (bool, error) {
		if seen++; seen > erasePage {
			next = bytes.Clone(key)
			return false, nil
		}
		if fits != nil {
			if is, err := fits(key, item); err != nil || !is {
				return true, err
			}
		}
		keys = append(keys, bytes.Clone(key))
		return true, nil
	})
	return keys, next, err
}

// erase removes entries, and once that is durable what memory has of them.
func (b *batch) erase(keys [][]byte) error {
	var last chat.Conversation
	for _, key := range keys {
		if err := b.drop(key); err != nil {
			return err
		}
		r := readKey(key[1:])
		switch key[0] {
		case keyHead:
			shard := r.shard(r.app())
			delete(b.heads, shard)
			b.forgets = append(b.forgets, func() { b.s.heads.forget(shard) })
		case keyMessage:
			if conv := r.shard(r.app()).Conv(); conv != last {
				last = conv
				b.forgets = append(b.forgets, func() { b.s.tail.drop(conv) })
			}
		case keySweep: // what waited for its end goes on
			delete(b.sweeping, r.shard(r.app()))
		}
		if r.bad {
			return errKey
		}
	}
	return nil
}
