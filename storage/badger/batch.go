package badger

import (
	"time"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// headState is what is kept as the head of a shard. The two senders of a C2C
// conversation stand in it, which saves an entry for each message.
type headState struct {
	chat.Head
	own [2]chat.SenderStat // C2C: of A and of B
	// expires is that of the newest message, as Message.PriorExpires has it.
	expires uint32
	// leapt is the clock of the last leap over which the user's events have gone; see leap.go.
	leapt uint64
}

// ownOf returns the place of u's statistics, nil where they have an entry of
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
	leap          leap
	schemaWritten bool

	heads   map[chat.Shard]headState
	senders map[senderKey]chat.SenderStat
	fresh   map[dedupRef]*chat.Message // keys of messages in this transaction

	appended []*chat.Message
	edited   []*chat.Message
	forgets  []func() // caches to clear when this is durable
	changed  [][]byte // keys written of kinds that the row cache keeps
	waiting  []*request

	sweeping map[chat.Shard]bool // dropped, with more to remove; see stageDrop
	parked   []*request          // waiting for the end of a sweep

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

func newBatch(s *Store) *batch {
	return &batch{
		s:        s,
		heads:    map[chat.Shard]headState{},
		senders:  map[senderKey]chat.SenderStat{},
		fresh:    map[dedupRef]*chat.Message{},
		sweeping: map[chat.Shard]bool{},

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
		began := b.s.now()
		b.s.disk.wrote(b.size)
		if err := b.s.write(b.txn, b.txnNumber()); err != nil {
			return err
		}
		if err := b.failure(); err != nil {
			return err // met by the engine meanwhile, which does not tell
		}
		b.s.mark.set(b.txnNumber())
		b.s.meters.seconds.Observe(b.s.now().Sub(began).Seconds())
		b.s.meters.messages.Observe(float64(len(b.appended)))
		b.publish()
	}
	b.answer(&b.waiting, nil)
	b.forget()
	return nil
}

func (b *batch) txnNumber() uint64 { return b.s.at.Load() + 1 }

// staged reports whether the transaction has anything to write.
func (b *batch) staged() bool { return b.count > 0 || len(b.heads) > 0 }

// stageNumbers stages what changes with every transaction and is written once
// in each: heads, senders, counters.
func (b *batch) stageNumbers() error {
	for shard, h := range b.heads {
		key := b.keep(putShard(b.space(), keyHead, shard))
		if err := b.set(key, b.keep(record.Encode(b.space(), &h, headFields)), 0); err != nil {
			return err
		}
	}
	for k, st := range b.senders {
		key := b.keep(putSenderKey(b.space(), k.conv, k.user))
		if err := b.set(key, b.keep(record.Encode(b.space(), &st, senderFields)), 0); err != nil {
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
	return b.set(storeKey(nameCounters), b.keep(record.Encode(b.space(), &b.counters, counterFields)), 0)
}

// publish shows readers what is durable now: first the disk, then the caches
// that lie before it. Rows that have changed are forgotten before readers move on, and kept
// again only after.
func (b *batch) publish() {
	s := b.s
	for _, key := range b.changed {
		s.rows.holdWithRange(key)
	}
	s.at.Store(b.txnNumber())
	for _, key := range b.changed {
		s.rows.letGoWithRange(key)
	}
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
	s.moved.note(b.heads, s.clock.Load(), b.counters.clock)
	s.clock.Store(b.counters.clock) // last: what it covers can be read
}

// forget empties the batch for the next transaction.
func (b *batch) forget() {
	clear(b.heads)
	clear(b.senders)
	clear(b.fresh)
	clear(b.appended)
	clear(b.edited)
	clear(b.forgets)
	clear(b.changed)
	b.appended, b.edited, b.forgets, b.changed = b.appended[:0], b.edited[:0], b.forgets[:0], b.changed[:0]
	b.used, b.bytes = 0, b.bytes[:0]
	b.count, b.size = 0, 0
}
