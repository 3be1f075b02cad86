package badger

import (
	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
)

// countReach bounds how many messages are looked at, in either direction, to
// find what a user had sent up to one of them.
const countReach = 2000

// numbers are what a row's Late is called with: the counters of the commit's
// conversation at row.At. h is the head after the messages of the commit.
func (b *batch) numbers(c chat.Conversation, h *headState, row *chat.Row) (chat.Numbers, error) {
	if h.Seq == 0 {
		return chat.Numbers{}, nil
	}
	if row.At == 0 || row.At >= h.Seq {
		st, err := b.sender(h, c, row.By)
		return chat.Numbers{Seq: h.Seq, Counted: h.Counted, Own: st.Counted}, err
	}
	n := chat.Numbers{Seq: row.At}
	m, err := b.messageBelow(c, row.At)
	if err != nil || m == nil {
		return n, err
	}
	n.Counted = m.Counted
	n.Own, err = b.ownAt(h, m, row.By)
	return n, err
}

// messageBelow returns message n, or the next lower one when n has expired or was left
// out; nil when there is none within reach.
func (b *batch) messageBelow(c chat.Conversation, n chat.Seq) (*chat.Message, error) {
	now := b.now.Unix()
	for range nearby {
		m, err := b.s.message(b.view(), c, n, now)
		if err != nil || m != nil {
			return m, err
		}
		if n--; n == 0 {
			return nil, nil
		}
	}
	return b.durableBelow(c, n, now)
}

// durableBelow walks the messages on disk from n down.
func (b *batch) durableBelow(c chat.Conversation, n chat.Seq, now int64) (*chat.Message, error) {
	v := b.s.view()
	defer v.discard()
	prefix := putConv(nil, keyMessage, c)
	it, err := v.iterator(engine.IteratorOptions{Prefix: prefix, Reverse: true})
	if err != nil {
		return nil, err
	}
	defer it.Close()
	it.Seek(putMessageKey(nil, c, n))
	for range countReach {
		if !it.Valid() {
			return nil, nil
		}
		r := readKey(it.Item().Key()[len(prefix):])
		at := chat.Seq(r.number())
		if r.err() != nil {
			return nil, r.err()
		}
		value, err := it.Item().ValueCopy(nil)
		if err != nil {
			return nil, err
		}
		m, err := decodeMessage(c, at, value)
		if err != nil || !lapsed(m.Expires, now) {
			return m, err
		}
		it.Next()
	}
	return nil, nil
}

// ownAt counts the countable messages of u up to and with m.
func (b *batch) ownAt(h *headState, m *chat.Message, u chat.UserID) (uint64, error) {
	switch {
	case u == m.From:
		return m.Own, nil
	case m.Conv.Has(u):
		return m.Counted - m.Own, nil // all others are of the only other user
	}
	st, err := b.sender(h, m.Conv, u)
	if err != nil || st.LastSeq <= m.Seq {
		return st.Counted, err
	}
	next, err := b.nextOf(m.Conv, m.Seq+1, u)
	switch {
	case err != nil:
		return 0, err
	case next == nil:
		return st.Counted, nil
	case next.Countable():
		return next.Own - 1, nil
	}
	return next.Own, nil
}

// nextOf finds the first message of u from number n on: among the recent ones
// in memory, on disk, and last in this transaction.
func (b *batch) nextOf(c chat.Conversation, n chat.Seq, u chat.UserID) (*chat.Message, error) {
	end := n + countReach + chat.Seq(b.leap.numbers) // what was left out has no messages
	wanted := func(m *chat.Message) bool { return m.From == u && !lapsed(m.Expires, b.now.Unix()) }
	m, n := b.s.tail.next(c, n, end, wanted)
	if m != nil {
		return m, nil
	}
	if h, ok := b.s.heads.get(c.Shard()); !ok || n <= h.Seq {
		if m, err := b.durableNext(c, n, end, wanted); m != nil || err != nil {
			return m, err
		}
	}
	for _, m := range b.appended {
		if m.Conv == c && m.Seq >= n && m.Seq < end && wanted(m) {
			return m, nil
		}
	}
	return nil, nil
}

// durableNext walks the messages on disk from n on. The iterator is that of a
// reader: one of the transaction would sort all that is staged.
func (b *batch) durableNext(c chat.Conversation, n, end chat.Seq, wanted func(*chat.Message) bool) (found *chat.Message, err error) {
	v := b.s.view()
	defer v.discard()
	prefix, looked := putConv(nil, keyMessage, c), 0
	err = v.scan(prefix, putMessageKey(nil, c, n), func(key []byte, item *engine.Item) (bool, error) {
		r := readKey(key[len(prefix):])
		at := chat.Seq(r.number())
		if looked++; r.err() != nil || at >= end || looked > countReach {
			return false, r.err()
		}
		value, err := item.ValueCopy(nil)
		if err != nil {
			return false, err
		}
		m, err := decodeMessage(c, at, value)
		if err != nil || !wanted(m) {
			return err == nil, err
		}
		found = m
		return false, nil
	})
	return found, err
}
