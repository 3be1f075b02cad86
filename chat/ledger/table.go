package ledger

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Noun is a stored noun: how values of T stand in rows of one kind.
type Noun[T any] struct {
	kind   record.Kind
	fields func(*record.Fields, *T)
	named  func(v *T, s chat.Shard, key string)
}

// Table declares a stored noun: its kind and its list of fields. Declare it once,
// beside its rules.
func Table[T any](kind record.Kind, fields func(*record.Fields, *T)) *Noun[T] {
	n := &Noun[T]{kind: kind, fields: fields}
	register(kind, noun{
		read:  func(s chat.Shard, r chat.Row) (any, error) { return n.decode(s, r.Key, r.Value) },
		codec: n.codec(),
	})
	return n
}

func (n *Noun[T]) codec() *Codec {
	return &Codec{
		New:    func() any { return new(T) },
		Encode: func(v any) []byte { return n.encode(v.(*T)) },
		Decode: func(b []byte) (any, error) {
			v := new(T)
			return v, record.Decode(b, v, n.fields)
		},
	}
}

// Named says how a value learns what is not in its fields: the names in its
// shard and its key.
func (n *Noun[T]) Named(named func(v *T, s chat.Shard, key string)) *Noun[T] {
	n.named = named
	return n
}

// Row is v as a row, for mirrors and for commits without a turn.
func (n *Noun[T]) Row(key string, v *T) chat.Row {
	return chat.Row{Kind: chat.RowKind(n.kind), Key: key, Value: n.encode(v)}
}

// Gone is the row that removes the one under key.
func (n *Noun[T]) Gone(key string) chat.Row { return chat.Row{Kind: chat.RowKind(n.kind), Key: key} }

// Put puts v under key in the turn's shard. v may change afterwards.
func (n *Noun[T]) Put(t *Turn, key string, v *T) { t.put(n.Row(key, v)) }

// PutUntil is Put of what expires, in Unix seconds; 0 is never.
func (n *Noun[T]) PutUntil(t *Turn, key string, v *T, expires int64) {
	r := n.Row(key, v)
	r.Expires = expires
	t.put(r)
}

// PutAt is Put of what holds numbers that the store gives: those of user by at
// message at, 0 being the head after the commit (see chat.Row.Late). fill makes the
// value of them.
func (n *Noun[T]) PutAt(t *Turn, key string, at chat.Seq, by chat.UserID, fill func(chat.Numbers) *T) {
	t.put(chat.Row{
		Kind: chat.RowKind(n.kind), Key: key, At: at, By: by,
		Late: func(have chat.Numbers) []byte { return n.encode(fill(have)) },
	})
}

// Remove removes what is under key in the turn's shard.
func (n *Noun[T]) Remove(t *Turn, key string) { t.put(n.Gone(key)) }

// Get returns the value under key, nil when there is none. It is shared: nobody
// changes it.
func (n *Noun[T]) Get(ctx context.Context, r chat.RowReader, s chat.Shard, key string) (*T, error) {
	cell, err := r.Row(ctx, s, chat.RowKind(n.kind), key)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", n.kind, err)
	}
	return n.of(s, cell)
}

// Has reports whether there is something under key.
func (n *Noun[T]) Has(ctx context.Context, r chat.RowReader, s chat.Shard, key string) (bool, error) {
	cell, err := r.Row(ctx, s, chat.RowKind(n.kind), key)
	if err != nil {
		return false, fmt.Errorf("read %s: %w", n.kind, err)
	}
	return cell != nil, nil
}

// Ask names the row under key for Of.
func (n *Noun[T]) Ask(s chat.Shard, key string) chat.RowAsk {
	return chat.RowAsk{Shard: s, Kind: chat.RowKind(n.kind), Key: key}
}

// Of returns many values at once, in the order asked, nil for those that are
// not there. The asks are its own, made by Ask.
func (n *Noun[T]) Of(ctx context.Context, r chat.RowReader, asks []chat.RowAsk) ([]*T, error) {
	cells, err := r.RowsOf(ctx, asks)
	if err != nil {
		return nil, fmt.Errorf("read %ss: %w", n.kind, err)
	}
	list := make([]*T, len(cells))
	for i, c := range cells {
		if list[i], err = n.of(asks[i].Shard, c); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Page returns at most limit values of a shard in byte order of their keys:
// those whose key begins with prefix and comes after the given one ("" first). keys are theirs.
func (n *Noun[T]) Page(ctx context.Context, r chat.RowReader, s chat.Shard, prefix, after string, limit int) (list []*T, keys []string, err error) {
	rows, err := r.Rows(ctx, s, chat.RowKind(n.kind), prefix, after, limit)
	if err != nil {
		return nil, nil, fmt.Errorf("read %ss: %w", n.kind, err)
	}
	list, keys = make([]*T, len(rows)), make([]string, len(rows))
	for i := range rows {
		keys[i] = rows[i].Key
		if list[i], err = n.decode(s, rows[i].Key, rows[i].Value); err != nil {
			return nil, nil, err
		}
	}
	return list, keys, nil
}

// of is the value of a cell, decoded once for all who read it.
func (n *Noun[T]) of(s chat.Shard, c *chat.Cell) (*T, error) {
	if c == nil {
		return nil, nil
	}
	if v, ok := c.Decoded().(*T); ok {
		return v, nil
	}
	v, err := n.decode(s, c.Key, c.Value)
	if err != nil {
		return nil, err
	}
	c.Keep(v)
	return v, nil
}

// Read returns the value of a row that was read without the noun.
func (n *Noun[T]) Read(s chat.Shard, r chat.Row) (*T, error) { return n.decode(s, r.Key, r.Value) }

func (n *Noun[T]) encode(v *T) []byte { return record.Encode(nil, v, n.fields) }

func (n *Noun[T]) decode(s chat.Shard, key string, value []byte) (*T, error) {
	v := new(T)
	if err := record.Decode(value, v, n.fields); err != nil {
		return nil, fmt.Errorf("%s of %s: %w", n.kind, s, err)
	}
	if n.named != nil {
		n.named(v, s, key)
	}
	return v, nil
}

// Tally is a counter kept as rows of one kind.
type Tally struct{ kind record.Kind }

// Counter declares a counter.
func Counter(kind record.Kind) *Tally {
	register(kind, noun{read: func(_ chat.Shard, r chat.Row) (any, error) { return r.Add, nil }})
	return &Tally{kind}
}

// Add moves the counter under key in the turn's shard.
func (c *Tally) Add(t *Turn, key string, by int64) { t.put(c.Row(key, by)) }

// AddUntil is Add to a counter that expires, in Unix seconds; 0 is never.
func (c *Tally) AddUntil(t *Turn, key string, by, expires int64) {
	r := c.Row(key, by)
	r.Expires = expires
	t.put(r)
}

// Row is a move as a row, for mirrors.
func (c *Tally) Row(key string, by int64) chat.Row {
	return chat.Row{Kind: chat.RowKind(c.kind), Key: key, Add: by}
}

// Ask names the counter under key for Of.
func (c *Tally) Ask(s chat.Shard, key string) chat.RowAsk {
	return chat.RowAsk{Shard: s, Kind: chat.RowKind(c.kind), Key: key}
}

// Get returns where the counter stands.
func (c *Tally) Get(ctx context.Context, r chat.RowReader, s chat.Shard, key string) (int64, error) {
	cell, err := r.Row(ctx, s, chat.RowKind(c.kind), key)
	if err != nil || cell == nil {
		return 0, wrapRead(c.kind, err)
	}
	return cell.Add, nil
}

// Of returns where many counters stand, in the order asked.
func (c *Tally) Of(ctx context.Context, r chat.RowReader, asks []chat.RowAsk) ([]int64, error) {
	cells, err := r.RowsOf(ctx, asks)
	if err != nil {
		return nil, wrapRead(c.kind, err)
	}
	list := make([]int64, len(cells))
	for i, cell := range cells {
		if cell != nil {
			list[i] = cell.Add
		}
	}
	return list, nil
}

func wrapRead(k record.Kind, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("read %s: %w", k, err)
}
