package badger

import (
	"bytes"
	"time"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
)

// headState is the row of a conversation's head. The two senders of a C2C
// conversation stand in it, which saves a row for each message.
type headState struct {
	chat.Head
	own    [2]chat.SenderStat // C2C: of A and of B
	listed bool               // C2C: both users are known to have their rows; not stored
}

// ownOf returns the place of u's statistics, nil where they have a row of
// their own: in groups, and for a stranger in a C2C conversation.
func (h *headState) ownOf(c chat.Conversation, u chat.UserID) *chat.SenderStat {
	switch {
	case c.Kind != chat.C2C:
		return nil
	case string(u) == c.A:
		return &h.own[0]
	case string(u) == c.B:
		return &h.own[1]
	}
	return nil
}

// dedupRef names a dedup key of a conversation.
type dedupRef struct {
	conv chat.Conversation
	key  chat.DedupKey
}

// batch is what becomes one transaction. It belongs to the committer: numbers
// move here first and reach the caches, and so the readers, when they are on disk.
type batch struct {
	s   *Store
	txn *engine.Txn
	now time.Time
	counters
	schemaWritten bool

	heads   map[chat.Conversation]headState
	senders map[senderKey]chat.SenderStat
	users   map[userKey]uint64
	fresh   map[dedupRef]*chat.Message // keys of messages in this transaction

	appended []*chat.Message
	edited   []*chat.Message
	forgets  []func() // caches to clear when this is durable
	waiting  []*request

	// Entries and their bytes belong to the engine until the transaction is
	// written, then they are used again.
	entries  [][]engine.Entry // slabs
	used     int              // entries of them
	bytes    []byte
	count    int64 // entries in the transaction
	size     int64 // bytes in it
	maxCount int64
	maxSize  int64
}

// Part of the engine's limits that is left for heads and counters, which are
// written last.
const reserve = 10 // one tenth

// entrySlab is how many entries are made at a time, byteSlab how many bytes;
// an array with less than byteRest left is not begun, so that few keys and
// values have to move while they are appended.
const (
	entrySlab = 512
	byteSlab  = 256 << 10
	byteRest  = 4 << 10
)

func newBatch(s *Store) *batch {
	return &batch{
		s:       s,
		heads:   map[chat.Conversation]headState{},
		senders: map[senderKey]chat.SenderStat{},
		users:   map[userKey]uint64{},
		fresh:   map[dedupRef]*chat.Message{},

		maxCount: s.db.MaxBatchCount() - s.db.MaxBatchCount()/reserve,
		maxSize:  s.db.MaxBatchSize() - s.db.MaxBatchSize()/reserve,
	}
}

// begin opens a transaction over the newest state.
func (b *batch) begin() {
	b.now = b.s.now()
	b.txn = b.s.db.NewTransactionAt(b.s.at.Load(), true)
}

// view reads what is staged and what is on disk; it is the batch's to discard.
func (b *batch) view() view { return view{txn: b.txn} }

// cost is about what something adds to a transaction, rather too much.
type cost struct{ entries, bytes int }

// smallChange is the cost of a change of rows; edits keep to it.
var smallChange = cost{entries: editRows, bytes: editRows * 256}

// editRows bounds the rows of one edit.
const editRows = 1024

// room makes sure that c fits into the transaction, writing what is staged if
// it does not.
func (b *batch) room(c cost) error {
	if b.count == 0 || b.fits(c) {
		return nil
	}
	return b.renew()
}

// numberBytes is about what one of the rows of stageNumbers takes.
const numberBytes = 256

// fits reports whether c and the rows that flush adds stay within the engine's
// limits.
func (b *batch) fits(c cost) bool {
	numbers := int64(len(b.heads) + len(b.senders) + len(b.users) + 2)
	return b.count+numbers+int64(c.entries) < b.maxCount &&
		b.size+numbers*numberBytes+int64(c.bytes) < b.maxSize
}

// renew writes what is staged and goes on with a new transaction.
func (b *batch) renew() error {
	if err := b.flush(); err != nil {
		return err
	}
	b.txn.Discard()
	b.begin()
	return nil
}

// space is room to append a key or a value to; the result goes through keep to
// put or del.
func (b *batch) space() []byte {
	if cap(b.bytes)-len(b.bytes) < byteRest {
		b.bytes = make([]byte, 0, byteSlab) // the full array stays with the transaction
	}
	return b.bytes[len(b.bytes):]
}

// keep makes what was appended to space the batch's own. What outgrew the
// space has an array of its own.
func (b *batch) keep(p []byte) []byte {
	if len(p) <= cap(b.bytes)-len(b.bytes) {
		b.bytes = b.bytes[:len(b.bytes)+len(p)]
	}
	return p[:len(p):len(p)]
}

// put stages a row. expires is in Unix seconds, 0 never. Only a commit that is
// beyond the limits by itself is split here: see Apply.
func (b *batch) put(key, value []byte, expires int64) error {
	if b.count > 0 && !b.fits(cost{1, len(key) + len(value)}) {
		key, value = bytes.Clone(key), bytes.Clone(value) // renew gives their space back
		if err := b.renew(); err != nil {
			return err
		}
	}
	return b.set(key, value, expires)
}

// set is put for rows whose room is already taken into account.
func (b *batch) set(key, value []byte, expires int64) error {
	e := b.entry()
	*e = engine.Entry{Key: key, Value: value, ExpiresAt: uint64(max(expires, 0))}
	b.grow(key, value)
	return b.txn.SetEntry(e)
}

func (b *batch) del(key []byte) error {
	if b.count > 0 && !b.fits(cost{1, len(key)}) {
		key = bytes.Clone(key)
		if err := b.renew(); err != nil {
			return err
		}
	}
	return b.unset(key)
}

func (b *batch) unset(key []byte) error {
	b.grow(key, nil)
	return b.txn.Delete(key)
}

// entryBytes is what the engine counts for an entry besides key and value.
const entryBytes = 12

func (b *batch) grow(key, value []byte) {
	b.count++
	b.size += int64(len(key) + len(value) + entryBytes)
}

func (b *batch) entry() *engine.Entry {
	slab, at := b.used/entrySlab, b.used%entrySlab
	if slab == len(b.entries) {
		b.entries = append(b.entries, make([]engine.Entry, entrySlab))
	}
	b.used++
	return &b.entries[slab][at]
}

// flush makes the transaction durable, lets readers see it and answers those
// who wait for nothing else.
func (b *batch) flush() error {
	if err := b.failure(); err != nil {
		return err
	}
	if err := b.stageNumbers(); err != nil {
		return err
	}
	if b.count > 0 {
		if err := b.s.write(b.txn, b.txnNumber()); err != nil {
			return err
		}
		b.publish()
	}
	for _, r := range b.waiting {
		r.done <- nil
	}
	clear(b.waiting)
	b.waiting = b.waiting[:0]
	b.forget()
	return nil
}

func (b *batch) txnNumber() uint64 { return b.s.at.Load() + 1 }

// stageNumbers stages what changes with every transaction and is written once
// in each: heads, senders, counters.
func (b *batch) stageNumbers() error {
	for c, h := range b.heads {
		if h == (headState{}) { // dropped
			if err := b.unset(b.keep(putConv(b.space(), keyHead, c))); err != nil {
				return err
			}
			continue
		}
		if err := b.set(b.keep(putConv(b.space(), keyHead, c)), b.keep(encodeHead(b.space(), h)), 0); err != nil {
			return err
		}
	}
	for k, st := range b.senders {
		key := b.keep(putText(putConv(b.space(), keySender, k.conv), k.user))
		if err := b.set(key, b.keep(encodeSender(b.space(), st)), 0); err != nil {
			return err
		}
	}
	for k, n := range b.users {
		key := b.keep(putOne(b.space(), keyUserHead, k.app, k.user))
		if err := b.set(key, b.keep(encodeNumber(b.space(), n)), 0); err != nil {
			return err
		}
	}
	if b.count == 0 {
		return nil
	}
	if !b.schemaWritten {
		if err := b.set(storeKey(nameSchema), encodeNumber(nil, schema), 0); err != nil {
			return err
		}
		b.schemaWritten = true
	}
	b.counters.txn = b.txnNumber()
	return b.set(storeKey(nameCounters), b.keep(encodeCounters(b.space(), b.counters)), 0)
}

// publish shows readers what is durable now: first the disk, then the caches
// that lie before it.
func (b *batch) publish() {
	s := b.s
	s.at.Store(b.txnNumber())
	s.clock.Store(b.counters.clock)
	for _, f := range b.forgets {
		f()
	}
	for _, m := range b.appended {
		s.tail.add(m)
	}
	for _, m := range b.edited {
		s.tail.replace(m)
	}
	for c, h := range b.heads {
		s.heads.put(c, h)
	}
	for k, st := range b.senders {
		s.senders.put(k, st)
	}
	for k, n := range b.users {
		s.users.put(k, n)
	}
}

// forget empties the batch for the next transaction.
func (b *batch) forget() {
	clear(b.heads)
	clear(b.senders)
	clear(b.users)
	clear(b.fresh)
	clear(b.appended)
	clear(b.edited)
	clear(b.forgets)
	b.appended, b.edited, b.forgets = b.appended[:0], b.edited[:0], b.forgets[:0]
	b.used, b.bytes = 0, b.bytes[:0]
	b.count, b.size = 0, 0
}
