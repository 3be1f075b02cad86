package chat

import (
	"context"
	"sync/atomic"
)

// RowKind is the number of a stored noun; chat/record has the table of them.
type RowKind uint16

// Bounds of a row. What is larger, or is written for every message delivered,
// does not belong into rows.
const (
	MaxRowKey   = 512     // bytes of Key
	MaxRowValue = 4 << 10 // bytes of Value; a tenant may have 64 KiB
)

// Row is a small durable fact that no engine looks into: a group, a member, a
// mute, a reaction. Shard, kind and key name it. A row holds a value or a counter.
type Row struct {
	Kind  RowKind
	Key   string // orders within shard and kind, by its bytes
	Value []byte // in a commit, nil and Add 0 removes the row
	// Add moves a counter instead of setting a value; the counter begins at 0 and is
	// no row while it stands there. When read, where the counter stands.
	Add     int64
	Expires int64 // Unix seconds, 0: never; expired rows are not read

	// Late gives the value instead of Value, for rows that hold numbers which the
	// store gives. It is called between numbering and writing; it does not wait, read
	// or fail.
	Late func(Numbers) []byte
	// At is, for Late, the message whose numbers are asked for; 0 is the head after
	// this commit. By is the user whose own messages Numbers.Own counts.
	At Seq
	By UserID
}

// Removes reports whether the row, in a commit, removes what is there.
func (r *Row) Removes() bool { return r.Value == nil && r.Add == 0 && r.Late == nil }

// Numbers are the counters of a conversation at one of its messages.
type Numbers struct {
	Seq     Seq
	Counted uint64 // see Message.Counted
	Own     uint64 // how many of them are the user's, see Row.By
}

// Mirror is a row that a commit puts or removes in another shard, blindly: what
// is there is not read, and doing it twice does no harm, except for a counter, which
// moves with the commit. A mirror is a hint: its readers check the row that it mirrors.
type Mirror struct {
	Shard Shard
	Row
}

// Cell is a row as it is read: shared, with the value that was decoded from it
// once. Nobody changes either.
type Cell struct {
	Row
	decoded atomic.Pointer[any]
}

// Decoded returns what Keep was given, nil before.
func (c *Cell) Decoded() any {
	if p := c.decoded.Load(); p != nil {
		return *p
	}
	return nil
}

// Keep keeps what the value decodes to, for all who read the cell later.
func (c *Cell) Keep(v any) { c.decoded.Store(&v) }

// RowAsk names a row.
type RowAsk struct {
	Shard Shard
	Kind  RowKind
	Key   string
}

// RowReader reads rows. Every engine is one; so is a turn, which sees its own
// batch too.
type RowReader interface {
	// Row returns one row, nil when there is none.
	Row(ctx context.Context, s Shard, k RowKind, key string) (*Cell, error)
	// Rows pages the rows of a kind in a shard in byte order of Key: those whose key
	// begins with prefix and comes after the given one ("" is the beginning), at most limit.
	// Nobody changes their values.
	Rows(ctx context.Context, s Shard, k RowKind, prefix, after string, limit int) ([]Row, error)
	// RowsOf returns many rows at once, in the order asked, nil for those that are not there.
	RowsOf(ctx context.Context, asks []RowAsk) ([]*Cell, error)
}
