package badger

import (
	"bytes"
	"errors"
	"math"
	"sync"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
)

// dropAtOnce is how many entries of a shard go in the transaction of its drop.
const dropAtOnce = 1000

// shardPrefixes are where everything of a shard lies, but for its head. Rows
// come first, so that a drop that takes several steps begins with what others decide by.
func shardPrefixes(s chat.Shard) [][]byte {
	list := [][]byte{putShard(nil, keyRow, s)}
	if u := s.User(); u != "" {
		return append(list, putUser(nil, keyUserEvent, s.App, u), putUser(nil, keySession, s.App, u))
	}
	if c := s.Conv(); c != (chat.Conversation{}) {
		for _, prefix := range []byte{keySender, keyDedup, keyMessage, keyRevision} {
			list = append(list, putConv(nil, prefix, c))
		}
	}
	return list
}

// stageDrop removes a shard. Its head and its first entries go in this
// transaction; when there are more, a marker goes with it that says that the rest must
// follow (sweep), and until then no other commit of the shard is staged. Of the head only the
// revision of the rules stays. What the commit says is told to devices and the app,
// but leaves no history: messages and events get numbers and are not stored.
func (b *batch) stageDrop(r *request, c *chat.Commit, h headState) error {
	if b.staged() { // what is staged of the shard must be on disk to be found
		if err := b.renew(); err != nil {
			return err
		}
	}
	if err := b.numberLast(c, &h); err != nil {
		return err
	}
	more, err := b.dropFirst(c.Shard)
	if err != nil {
		return err
	}
	if more {
		if err := b.put(putShard(nil, keySweep, c.Shard), encodeNumber(nil, 1), 0); err != nil {
			return err
		}
		b.sweeping[c.Shard] = true
		r.sweep = true
	}
	after := headState{Head: chat.Head{Rules: h.Rules + 1}}
	b.heads[c.Shard] = after
	if conv := c.Shard.Conv(); conv != (chat.Conversation{}) {
		b.forgets = append(b.forgets, func() { b.s.tail.drop(conv) })
	}
	if err := b.stageElsewhere(c, &after); err != nil {
		return err
	}
	// Nothing may follow in this transaction: until it is written, memory still has the
	// dropped shard's senders, dedup keys and messages, and they would count for the next commit.
	return b.renew()
}

// numberLast gives the last messages and events of a shard their numbers.
func (b *batch) numberLast(c *chat.Commit, h *headState) error {
	for _, m := range c.Messages {
		if err := b.number(m, h); err != nil {
			return err
		}
	}
	for _, e := range c.Events {
		b.leapEvents(h)
		h.Rev++
		b.counters.clock++
		e.Rev, e.Clock = h.Rev, b.counters.clock
	}
	clear(b.senders) // all of this conversation: stageDrop began a new transaction
	return nil
}

// dropFirst removes the first entries of a shard, and reports whether there
// are more.
func (b *batch) dropFirst(s chat.Shard) (more bool, err error) {
	var keys [][]byte
	for _, prefix := range shardPrefixes(s) {
		err := b.view().scan(prefix, nil, func(key []byte, _ *engine.Item) (bool, error) {
			more = len(keys) == dropAtOnce
			if !more {
				keys = append(keys, bytes.Clone(key))
			}
			return !more, nil
		})
		if err != nil {
			return false, err
		}
		if more {
			break
		}
	}
	for _, key := range keys {
		if err := b.drop(key); err != nil {
			return false, err
		}
	}
	return more, nil
}

// drop removes an entry of a dropped shard, from memory too.
func (b *batch) drop(key []byte) error {
	if key[0] == keySender {
		r := readKey(key[1:])
		k := senderKey{r.shard(r.app()).Conv(), chat.UserID(r.text())}
		if r.err() != nil {
			return r.err()
		}
		b.forgets = append(b.forgets, func() { b.s.senders.forget(k) })
	}
	return b.del(key)
}

// sweep removes what a drop has left, in steps that let others' commits
// between them, and then the marker.
func (s *Store) sweep(shard chat.Shard) error {
	marker := putShard(nil, keySweep, shard)
	dropped, err := s.versionOf(marker)
	if err != nil {
		return err
	}
	for _, prefix := range shardPrefixes(shard) {
		if err := s.deleteAll(prefix, dropped); err != nil {
			return err
		}
	}
	return s.edit(func(b *batch) error {
		delete(b.sweeping, shard)
		return b.del(marker)
	})
}

// lateDrops are shards whose sweep lacked room.
type lateDrops struct {
	mu     sync.Mutex // guards shards
	shards []chat.Shard
}

func (l *lateDrops) add(shard chat.Shard) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shards = append(l.shards, shard)
}

func (l *lateDrops) take() []chat.Shard {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.shards
	l.shards = nil
	return list
}

// sweepOrLater sweeps, or leaves that for when there is room.
func (s *Store) sweepOrLater(shard chat.Shard) error {
	err := s.sweep(shard)
	if errors.Is(err, ErrFull) {
		s.late.add(shard)
		return nil
	}
	return err
}

// sweepLate sweeps what has lacked room. Another failure ends the store's writing, or
// comes from its end: the next start finishes it.
func (s *Store) sweepLate() {
	for _, shard := range s.late.take() {
		_ = s.sweepOrLater(shard)
	}
}

// versionOf is the transaction that wrote an entry; 0 when there is none.
func (s *Store) versionOf(key []byte) (uint64, error) {
	v := s.view()
	defer v.discard()
	item, err := v.item(key)
	if err != nil || item == nil {
		return 0, err
	}
	return item.Version(), nil
}

// finishSweeps does what a crash has left undone.
func (s *Store) finishSweeps() error {
	shards, err := s.sweeps()
	for _, shard := range shards {
		if err == nil {
			err = s.sweep(shard)
		}
	}
	return err
}

func (s *Store) sweeps() ([]chat.Shard, error) {
	v := s.view()
	defer v.discard()
	return page(v, []byte{keySweep}, nil, math.MaxInt, func(key *keyReader, _ []byte) (chat.Shard, bool, error) {
		return key.shard(key.app()), true, nil
	})
}

// deleteAll removes every key under prefix that was written before transaction
// dropped, a bounded number at a time.
func (s *Store) deleteAll(prefix []byte, dropped uint64) error {
	v := s.view()
	defer v.discard()
	var keys [][]byte
	run := func() error {
		some := keys
		keys = nil
		if len(some) == 0 {
			return nil
		}
		return s.edit(func(b *batch) error {
			for _, k := range some {
				if err := b.drop(k); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := v.scan(prefix, nil, func(key []byte, item *engine.Item) (bool, error) {
		if item.Version() >= dropped { // the drop's own commit put it
			return true, nil
		}
		keys = append(keys, bytes.Clone(key))
		if len(keys) < editEntries {
			return true, nil
		}
		return true, run()
	})
	if err != nil {
		return err
	}
	return run()
}
