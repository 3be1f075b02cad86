package badger

import (
	"bytes"
	"context"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
)

// Row implements chat.RowReader. A row that is in memory costs no allocation.
func (s *Store) Row(_ context.Context, shard chat.Shard, k chat.RowKind, name string) (*chat.Cell, error) {
	var room [keyRoom]byte
	key := putRow(room[:0], shard, k, name)
	cell, ok, ticket := s.cell(key)
	if ok {
		return cell, nil
	}
	own := bytes.Clone(key) // the engine holds on to it, and the caller's is on the stack
	v := s.view()
	defer v.discard()
	return s.readCell(v, own, k, len(name), ticket)
}

// RowsOf implements chat.RowReader: what memory has not is read in one view.
func (s *Store) RowsOf(_ context.Context, asks []chat.RowAsk) ([]*chat.Cell, error) {
	found := make([]*chat.Cell, len(asks))
	var missing []missingCell
	for i := range asks {
		var room [keyRoom]byte
		key := putRow(room[:0], asks[i].Shard, asks[i].Kind, asks[i].Key)
		cell, ok, ticket := s.cell(key)
		if ok {
			found[i] = cell
			continue
		}
		missing = append(missing, missingCell{i, bytes.Clone(key), ticket})
	}
	if len(missing) == 0 {
		return found, nil
	}
	v := s.view()
	defer v.discard()
	for _, m := range missing {
		var err error
		if found[m.at], err = s.readCell(v, m.key, asks[m.at].Kind, len(asks[m.at].Key), m.ticket); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// missingCell is one that is asked for and not in memory.
type missingCell struct {
	at     int
	key    []byte
	ticket uint64
}

// cell returns what memory knows of a row: nil and true when that is that there
// is none. ticket is for readCell, after a miss.
func (s *Store) cell(key []byte) (cell *chat.Cell, ok bool, ticket uint64) {
	kept, ok, ticket := s.rows.get(key)
	if !ok {
		return nil, false, ticket
	}
	return s.live(kept.(*chat.Cell)), true, 0
}

// live is the cell, or nil when it has expired.
func (s *Store) live(c *chat.Cell) *chat.Cell {
	if c == nil || c.Expires != 0 && lapsed(c.Expires, s.seconds()) {
		return nil
	}
	return c
}

// readCell reads a row from the disk and keeps it in memory, also that there
// is none. The last name bytes of key are the row's own.
func (s *Store) readCell(v view, key []byte, k chat.RowKind, name int, ticket uint64) (*chat.Cell, error) {
	item, err := v.item(key)
	if err != nil {
		return nil, err
	}
	text := string(key)
	if item == nil {
		s.rows.keep(text, (*chat.Cell)(nil), 0, ticket)
		return nil, nil
	}
	row, err := rowOf(k, text[len(text)-name:], item)
	if err != nil {
		return nil, err
	}
	cell := &chat.Cell{Row: row}
	s.rows.keep(text, cell, len(row.Value), ticket)
	return s.live(cell), nil
}

// Rows implements chat.RowReader. The rows of a kind in a shard that were read to their end
// stay in memory when they are many.
func (s *Store) Rows(_ context.Context, shard chat.Shard, k chat.RowKind, prefix, after string, limit int) ([]chat.Row, error) {
	if limit <= 0 {
		return nil, nil
	}
	var room [keyRoom]byte
	key := putRange(room[:0], shard, k)
	kept, ok, ticket := s.rows.get(key)
	if ok {
		return kept.(*rowRange).page(prefix, after, limit)
	}
	all := putRows(nil, shard, k)
	within := append(bytes.Clone(all), prefix...)
	from := within
	if after != "" && after >= prefix {
		from = append(append(bytes.Clone(all), after...), 0) // the next key in byte order
	}
	list, whole, err := s.readRows(k, len(all), within, from, limit)
	if err == nil && whole != nil {
		s.rows.keep(string(key), whole, whole.bytes()/2, ticket) // nothing of it is decoded
	}
	return list, err
}

// readRows reads the rows below a prefix from a key on from the disk, at most limit; the first
// common bytes of a key are not the row's own. whole is the range, nil when not all of it
// was read, or it is not to be kept.
func (s *Store) readRows(k chat.RowKind, common int, within, from []byte, limit int) (list []chat.Row, whole *rowRange, err error) {
	v := s.view()
	defer v.discard()
	now := s.seconds()
	all := rangeMaker{rowRange: rowRange{kind: k}, cannot: limit < rangeLeast || len(from) > common}
	err = v.scan(within, from, func(key []byte, item *engine.Item) (bool, error) {
		all.add(key[common:], item)
		if lapsed(int64(item.ExpiresAt()), now) {
			return true, nil
		}
		row, err := rowOf(k, string(key[common:]), item)
		list = append(list, row)
		return len(list) < limit, err
	})
	if err != nil {
		return nil, nil, err
	}
	if len(list) < limit {
		whole = all.made()
	}
	return list, whole, nil
}

// rowsAtOnce is how many rows EachRow reads before it hands them on.
const rowsAtOnce = 1000

// EachRow hands on every row of the store, those of a shard together and in the
// order of their kinds. It ends at the first error. Rows that cannot be read are left out:
// Verify names them.
func (s *Store) EachRow(ctx context.Context, use func(chat.Shard, chat.Row) error) error {
	for from := []byte{keyRow}; from != nil; {
		list, next, err := s.someRows(from)
		if err != nil {
			return err
		}
		for _, r := range list {
			s.hasRead(len(r.Key) + len(r.Value))
			if err := use(r.Shard, r.Row); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		from = next
	}
	return nil
}

// someRows reads rows from a key on; next is where to go on, nil at the end.
func (s *Store) someRows(from []byte) (list []chat.Mirror, next []byte, err error) {
	v := s.view()
	defer v.discard()
	err = v.scan([]byte{keyRow}, from, func(key []byte, item *engine.Item) (bool, error) {
		if len(list) == rowsAtOnce {
			next = append([]byte(nil), key...)
			return false, nil
		}
		if shard, row, err := rowAt(key, item); err == nil {
			list = append(list, chat.Mirror{Shard: shard, Row: row})
		}
		return true, nil
	})
	return list, next, err
}

// rowAt reads a row and its shard.
func rowAt(key []byte, item *engine.Item) (chat.Shard, chat.Row, error) {
	r := readKey(key[1:])
	shard, kind := r.shard(r.app()), r.kind()
	name := r.all()
	if err := r.err(); err != nil {
		return shard, chat.Row{}, err
	}
	row, err := rowOf(kind, name, item)
	return shard, row, err
}
