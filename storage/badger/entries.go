package badger

import (
	"bytes"

	engine "github.com/dgraph-io/badger/v4"
)

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

// cost is about what something adds to a transaction, rather too much.
type cost struct{ entries, bytes int }

// smallChange is the cost of an edit; edits keep to it.
var smallChange = cost{entries: editEntries, bytes: editEntries * 256}

// editEntries bounds the entries of one edit.
const editEntries = 1024

// room makes sure that c fits into the transaction, writing what is staged if
// it does not.
func (b *batch) room(c cost) error {
	if !b.staged() || b.fits(c) {
		return nil
	}
	return b.renew()
}

// numberBytes is about what one of the entries of stageNumbers takes.
const numberBytes = 256

// fits reports whether c and the entries that flush adds stay within the engine's
// limits.
func (b *batch) fits(c cost) bool {
	numbers := int64(len(b.heads) + len(b.senders) + 2)
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

// put stages an entry. expires is in Unix seconds, 0 never. Only a commit that is
// beyond the limits by itself is split here: see Apply.
func (b *batch) put(key, value []byte, expires int64) error {
	if b.staged() && !b.fits(cost{1, len(key) + len(value)}) {
		key, value = bytes.Clone(key), bytes.Clone(value) // renew gives their space back
		if err := b.renew(); err != nil {
			return err
		}
	}
	return b.set(key, value, expires)
}

// set is put for entries whose room is already taken into account.
func (b *batch) set(key, value []byte, expires int64) error {
	e := b.entry()
	*e = engine.Entry{Key: key, Value: value, ExpiresAt: uint64(max(expires, 0))}
	b.grow(key, value)
	return b.txn.SetEntry(e)
}

func (b *batch) del(key []byte) error {
	if b.staged() && !b.fits(cost{1, len(key)}) {
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
	if keptKind(key[0]) {
		b.changed = append(b.changed, key)
	}
}

func (b *batch) entry() *engine.Entry {
	slab, at := b.used/entrySlab, b.used%entrySlab
	if slab == len(b.entries) {
		b.entries = append(b.entries, make([]engine.Entry, entrySlab))
	}
	b.used++
	return &b.entries[slab][at]
}
