package badger

import (
	"encoding/binary"
	"errors"
	"fmt"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
)

// What a row is on disk: a byte that says what it holds, then the value as the
// core gave it, or where the counter stands, as a signed varint. When it expires is the
// engine's to keep.
const (
	holdsValue   = 1
	holdsCounter = 2
)

var errRow = errors.New("malformed row")

func putValue(b, value []byte) []byte { return append(append(b, holdsValue), value...) }

func putCounter(b []byte, n int64) []byte { return binary.AppendVarint(append(b, holdsCounter), n) }

// readRow fills in what the stored value says; r keeps it.
func readRow(r *chat.Row, stored []byte) error {
	if len(stored) == 0 {
		return errRow
	}
	switch rest := stored[1:]; stored[0] {
	case holdsValue:
		r.Value = rest[:len(rest):len(rest)]
		return nil
	case holdsCounter:
		n, size := binary.Varint(rest)
		if size != len(rest) || size == 0 {
			return errRow
		}
		r.Add = n
		return nil
	}
	return fmt.Errorf("%w: it begins with %d", errRow, stored[0])
}

// rowOf reads the row of an item, whose value it copies.
func rowOf(k chat.RowKind, key string, item *engine.Item) (chat.Row, error) {
	r := chat.Row{Kind: k, Key: key, Expires: int64(item.ExpiresAt())}
	stored, err := item.ValueCopy(nil)
	if err == nil {
		err = readRow(&r, stored)
	}
	return r, err
}

// stageRow does to a shard what a row of commit c says; h is the head after
// the commit's messages.
func (b *batch) stageRow(s chat.Shard, row *chat.Row, c *chat.Commit, h *headState) error {
	key := b.keep(putRow(b.space(), s, row.Kind, row.Key))
	value := row.Value
	switch {
	case row.Late != nil:
		n, err := b.numbers(c.Shard.Conv(), h, row)
		if err != nil {
			return err
		}
		if value = row.Late(n); value == nil {
			return nil
		}
	case value == nil && row.Add != 0:
		return b.addRow(key, row)
	case value == nil:
		return b.del(key)
	}
	return b.put(key, b.keep(putValue(b.space(), value)), row.Expires)
}

// addRow moves a counter; what is no counter is one that stands at 0.
func (b *batch) addRow(key []byte, row *chat.Row) error {
	item, err := b.view().item(key)
	if err != nil {
		return err
	}
	var old chat.Row
	if item != nil && !lapsed(int64(item.ExpiresAt()), b.now.Unix()) {
		err := item.Value(func(stored []byte) error { return readRow(&old, stored) })
		if err != nil {
			return err
		}
	}
	n := old.Add + row.Add
	if n == 0 {
		return b.del(key)
	}
	return b.put(key, b.keep(putCounter(b.space(), n)), row.Expires)
}
