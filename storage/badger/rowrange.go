package badger

import (
	"bytes"
	"sort"
	"strings"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
)

// keyRange stands before what the row cache keeps of all rows of a kind in a shard; nothing
// on disk begins with it. Every change of such a row forgets it (batch.publish).
const keyRange = 'q'

// rangeLeast is how many rows a range has that is kept: fewer are read soon enough, and most
// shards have fewer.
const rangeLeast = 64

// rowRange is all rows of a kind in a shard, in the order of their keys. None of them
// expires. Nobody changes it.
type rowRange struct {
	kind   chat.RowKind
	keys   string
	values []byte // as on disk
	ends   []rangeEnd
}

// rangeEnd is where the key and the value of a row end.
type rangeEnd struct{ key, value uint32 }

// putRange is the key of a range.
func putRange(b []byte, s chat.Shard, k chat.RowKind) []byte {
	at := len(b)
	b = putRows(b, s, k)
	b[at] = keyRange
	return b
}

// rangeOf is the key of the range that a row lies in, given its key, appended to b; nil when
// that is of something else, or malformed.
func rangeOf(b, row []byte) []byte {
	const names = 6 // prefix, app, kind of the shard
	if len(row) < names || row[0] != keyRow {
		return nil
	}
	s := chat.Shard{Kind: chat.Kind(row[names-1])}
	end := names
	for range s.Names() {
		n := bytes.Index(row[end:], []byte{0, 1})
		if n < 0 {
			return nil
		}
		end += n + 2
	}
	if end += 2; end > len(row) { // the kind of the row
		return nil
	}
	at := len(b)
	b = append(b, row[:end]...)
	b[at] = keyRange
	return b
}

// rangeMaker gathers a range as it is read.
type rangeMaker struct {
	rowRange
	keys   []byte
	cannot bool // be kept
}

// add adds the next row.
func (r *rangeMaker) add(key []byte, item *engine.Item) {
	if r.cannot = r.cannot || item.ExpiresAt() != 0; r.cannot {
		return
	}
	err := item.Value(func(stored []byte) error {
		r.values = append(r.values, stored...)
		return nil
	})
	r.cannot = err != nil
	r.keys = append(r.keys, key...)
	r.ends = append(r.ends, rangeEnd{uint32(len(r.keys)), uint32(len(r.values))})
}

// made is the range, nil when it is not to be kept.
func (r *rangeMaker) made() *rowRange {
	if r.cannot || len(r.ends) < rangeLeast {
		return nil
	}
	return &rowRange{r.kind, string(r.keys), bytes.Clone(r.values), append([]rangeEnd(nil), r.ends...)}
}

// bytes is about what it takes in memory.
func (r *rowRange) bytes() int { return len(r.keys) + len(r.values) + 8*len(r.ends) }

func (r *rowRange) key(i int) string {
	return r.keys[r.end(i).key:r.ends[i].key]
}

// end is where the row before i ends.
func (r *rowRange) end(i int) rangeEnd {
	if i == 0 {
		return rangeEnd{}
	}
	return r.ends[i-1]
}

// page is Store.Rows out of memory.
func (r *rowRange) page(prefix, after string, limit int) ([]chat.Row, error) {
	from := sort.Search(len(r.ends), func(i int) bool {
		key := r.key(i)
		return key >= prefix && (after == "" || key > after)
	})
	to := from + sort.Search(min(limit, len(r.ends)-from), func(i int) bool {
		return !strings.HasPrefix(r.key(from+i), prefix)
	})
	if from == to {
		return nil, nil
	}
	list := make([]chat.Row, to-from)
	for i := range list {
		n := from + i
		list[i].Kind, list[i].Key = r.kind, r.key(n)
		if err := readRow(&list[i], r.values[r.end(n).value:r.ends[n].value]); err != nil {
			return nil, err
		}
	}
	return list, nil
}
