package ledger

import (
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// What has to hold between rows: which rows mirror one, and which value or
// counter tells how many rows of a kind there are. Filled while packages are initialised, as
// nouns is, and read by Verify alone.
var (
	mirrored = map[record.Kind]func(chat.Shard, chat.Row) ([]chat.RowAsk, error){}
	counting = map[record.Kind]tally{}
	counted  = map[record.Kind]tally{}
)

// tally is a relation between a counter and the rows that it counts, which lie
// in the same shard.
type tally struct {
	counter record.Kind
	// key is the key of the counter that counts a row.
	key func(row string) string
	// stands is what the counter's row says; ok is false when it does not count rows.
	stands func(chat.Shard, chat.Row) (n int64, ok bool, err error)
}

func relate(k record.Kind, t tally) {
	if counted[k].key != nil || counting[t.counter].key != nil {
		panic(fmt.Sprintf("ledger: %s is counted twice", k))
	}
	counted[k], counting[t.counter] = t, t
}

// MirroredBy says which rows of other shards mirror each row of the noun.
func (n *Noun[T]) MirroredBy(rows func(s chat.Shard, key string, v *T) []chat.RowAsk) *Noun[T] {
	mirrored[n.kind] = func(s chat.Shard, r chat.Row) ([]chat.RowAsk, error) {
		v, err := n.decode(s, r.Key, r.Value)
		if err != nil {
			return nil, err
		}
		return rows(s, r.Key, v), nil
	}
	return n
}

// Counts says that the counter stands for the number of rows of kind k in its
// shard: for each of them under the key that of gives. An expired row is in neither.
func (c *Tally) Counts(k record.Kind, of func(row string) string) *Tally {
	relate(k, tally{c.kind, of, func(_ chat.Shard, r chat.Row) (int64, bool, error) { return r.Add, true, nil }})
	return c
}

// Counts says that the noun, of which a shard has one row under "", tells how many
// rows of kind k the shard has.
func (n *Noun[T]) Counts(k record.Kind, stands func(*T) (n int64, ok bool)) *Noun[T] {
	relate(k, tally{n.kind, func(string) string { return "" }, func(s chat.Shard, r chat.Row) (int64, bool, error) {
		v, err := n.decode(s, r.Key, r.Value)
		if err != nil {
			return 0, false, err
		}
		count, ok := stands(v)
		return count, ok, nil
	}})
	return n
}
