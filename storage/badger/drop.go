package badger

import (
	"bytes"
	"math"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
)

// dropAtOnce is how many members go in the same transaction as their group;
// each costs three entries.
const dropAtOnce = 1000

// stageDrop removes a group. Its row, head and first members go in this
// transaction, with a marker that says the rest must follow (sweep). What the
// commit says is told to devices and the app, but leaves no history: messages
// and events get numbers and are not stored.
func (b *batch) stageDrop(c *chat.Commit) error {
	if b.count > 0 { // what is staged of the conversation must be on disk to be found by the sweep
		if err := b.renew(); err != nil {
			return err
		}
	}
	if err := b.numberLast(c); err != nil {
		return err
	}
	app, id := c.Conv.App, c.Conv.Group()
	old, err := b.view().group(app, id)
	if err != nil {
		return err
	}
	if old != nil {
		if err := b.moveType(app, id, old, nil); err != nil {
			return err
		}
	}
	if err := b.del(putOne(nil, keyGroup, app, id)); err != nil {
		return err
	}
	if err := b.dropMembers(c.Conv); err != nil {
		return err
	}
	if err := b.put(putConv(nil, keySweep, c.Conv), fields(nil), 0); err != nil {
		return err
	}
	b.heads[c.Conv] = headState{} // dropped: stageNumbers deletes it
	b.forgets = append(b.forgets, func() { b.s.tail.drop(c.Conv) })
	return b.stageTold(c)
}

// numberLast gives the last messages and events of a group their numbers.
func (b *batch) numberLast(c *chat.Commit) error {
	h, err := b.head(c.Conv)
	if err != nil {
		return err
	}
	for _, m := range c.Messages {
		if err := b.number(m, &h); err != nil {
			return err
		}
	}
	for _, e := range c.Events {
		h.Rev++
		e.Rev = h.Rev
	}
	clear(b.senders) // all of this conversation: stageDrop began a new transaction
	return nil
}

// dropMembers removes the first members of a group.
func (b *batch) dropMembers(c chat.Conversation) error {
	prefix := putOne(nil, keyMember, c.App, c.Group())
	var users []chat.UserID
	err := b.view().scan(prefix, nil, func(key []byte, _ *engine.Item) (bool, error) {
		r := readKey(key[len(prefix):])
		users = append(users, chat.UserID(r.text()))
		return len(users) < dropAtOnce, r.err()
	})
	if err != nil {
		return err
	}
	for _, u := range users {
		if err := b.delMember(c, u); err != nil {
			return err
		}
	}
	return nil
}

// sweep removes what a dropped group has left, in steps that let others'
// commits between them, and then the marker.
func (s *Store) sweep(c chat.Conversation) error {
	members := putOne(nil, keyMember, c.App, c.Group())
	err := s.deleteAll(members, func(b *batch, key []byte) error {
		r := readKey(key[len(members):])
		u := chat.UserID(r.text())
		if r.err() != nil {
			return r.err()
		}
		return b.delMember(c, u)
	})
	if err != nil {
		return err
	}
	senders := putConv(nil, keySender, c)
	err = s.deleteAll(senders, func(b *batch, key []byte) error {
		r := readKey(key[len(senders):])
		k := senderKey{c, chat.UserID(r.text())}
		b.forgets = append(b.forgets, func() { s.senders.forget(k) })
		return b.del(key)
	})
	if err != nil {
		return err
	}
	for _, prefix := range [][]byte{
		putConv(nil, keyMessage, c),
		putConv(nil, keyDedup, c),
		putConv(nil, keyRevision, c),
		putConv(nil, keyReceipt, c),
		putConv(nil, keyReceiptCount, c),
		putOne(nil, keyMute, c.App, c.Group()),
		putOne(nil, keyApplication, c.App, c.Group()),
	} {
		if err := s.deleteAll(prefix, (*batch).del); err != nil {
			return err
		}
	}
	return s.edit(func(b *batch) error { return b.del(putConv(nil, keySweep, c)) })
}

// finishSweeps does what a crash has left undone.
func (s *Store) finishSweeps() error {
	convs, err := s.sweeps()
	for _, c := range convs {
		if err == nil {
			err = s.sweep(c)
		}
	}
	return err
}

func (s *Store) sweeps() ([]chat.Conversation, error) {
	v := s.view()
	defer v.discard()
	return page(v, []byte{keySweep}, nil, math.MaxInt, func(key *keyReader, _ []byte) (chat.Conversation, bool, error) {
		return key.conv(key.app()), true, nil
	})
}

// deleteAll calls del on the committer for every key under prefix, a bounded
// number at a time; del stages at most three rows for one key.
func (s *Store) deleteAll(prefix []byte, del func(b *batch, key []byte) error) error {
	v := s.view()
	defer v.discard()
	var keys [][]byte
	run := func() error {
		if len(keys) == 0 {
			return nil
		}
		some := keys
		keys = nil
		return s.edit(func(b *batch) error {
			for _, k := range some {
				if err := del(b, k); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := v.scan(prefix, nil, func(key []byte, _ *engine.Item) (bool, error) {
		keys = append(keys, bytes.Clone(key))
		if len(keys) < editRows/3 {
			return true, nil
		}
		return true, run()
	})
	if err != nil {
		return err
	}
	return run()
}
