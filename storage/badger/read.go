package badger

import (
	"errors"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat/record"
)

// view is a look at the newest durable state. It keeps Close waiting until it
// is discarded, because the engine panics under a late reader; a holder of
// one opens no other. A view of a closed store answers errClosed.
type view struct {
	txn *engine.Txn
	s   *Store
}

func (s *Store) view() view { return s.viewAt(s.at.Load()) }

// viewAt is a look at an earlier durable state. Older ones than the last minute's are
// there only while a snapshot holds them.
func (s *Store) viewAt(at uint64) view {
	s.reading.RLock()
	if s.released {
		s.reading.RUnlock()
		return view{}
	}
	return view{s.db.NewTransactionAt(at, false), s}
}

func (v view) discard() {
	if v.txn != nil {
		v.txn.Discard()
		v.s.reading.RUnlock()
	}
}

// at is the transaction the view is of.
func (v view) at() uint64 { return v.txn.ReadTs() }

// seconds is now in Unix seconds.
func (s *Store) seconds() int64 { return s.now().Unix() }

// lapsed reports whether something that expires then (Unix seconds, 0 never)
// is gone.
func lapsed(expires, now int64) bool { return expires != 0 && expires <= now }

// item looks a key up; nil when there is none.
func (v view) item(key []byte) (*engine.Item, error) {
	if v.txn == nil {
		return nil, errClosed
	}
	item, err := v.txn.Get(key)
	if errors.Is(err, engine.ErrKeyNotFound) {
		return nil, nil
	}
	return item, err
}

func (v view) iterator(o engine.IteratorOptions) (*engine.Iterator, error) {
	if v.txn == nil {
		return nil, errClosed
	}
	return v.txn.NewIterator(o), nil
}

// get calls use with the value of key, which is valid only there; found is
// false when there is none.
func (v view) get(key []byte, use func(value []byte) error) (found bool, err error) {
	item, err := v.item(key)
	if err != nil || item == nil {
		return false, err
	}
	return true, item.Value(use)
}

// copied returns the value of key for keeps, nil when there is none.
func (v view) copied(key []byte) ([]byte, error) {
	item, err := v.item(key)
	if err != nil || item == nil {
		return nil, err
	}
	return item.ValueCopy(nil)
}

// readValue reads the record of key; the zero T when there is none. T must not
// keep anything of the record: see record.Raw.
func readValue[T any](v view, key []byte, list func(*record.Fields, *T)) (T, error) {
	var t T
	_, err := v.get(key, func(value []byte) error { return record.Decode(value, &t, list) })
	return t, err
}

// scan walks the keys that begin with prefix, from the key from on ("" is the
// beginning), until use says no. Key and value are valid only inside use.
func (v view) scan(prefix, from []byte, use func(key []byte, item *engine.Item) (more bool, err error)) error {
	if len(from) == 0 {
		from = prefix
	}
	it, err := v.iterator(engine.IteratorOptions{Prefix: prefix})
	if err != nil {
		return err
	}
	defer it.Close()
	for it.Seek(from); it.Valid(); it.Next() {
		item := it.Item()
		more, err := use(item.Key(), item)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// page lists at most limit records under prefix from the key from on. decode
// returns ok false to leave one out; value is for it to keep.
func page[T any](v view, prefix, from []byte, limit int, decode func(key *keyReader, value []byte) (t T, ok bool, err error)) ([]T, error) {
	if limit <= 0 {
		return nil, nil
	}
	var list []T
	err := v.scan(prefix, from, func(key []byte, item *engine.Item) (bool, error) {
		value, err := item.ValueCopy(nil)
		if err != nil {
			return false, err
		}
		r := &keyReader{rest: key[len(prefix):]}
		t, ok, err := decode(r, value)
		if err == nil {
			err = r.err()
		}
		if err == nil && ok {
			list = append(list, t)
		}
		return len(list) < limit, err
	})
	return list, err
}
