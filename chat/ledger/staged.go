package ledger

import (
	"context"
	"errors"

	"github.com/teahouse-im/teahouse/chat"
)

// errPending says that a row's value is known only once the batch under way is
// durable. The step that asked waits for the next batch.
var errPending = errors.New("row is pending")

// staged is the store as a lane sees it while it fills a batch: single rows
// are as the steps prepared before have put them. Pages are the store's: only turns that
// are alone in their batch read them.
type staged struct {
	Reads
	rows map[chat.RowAsk]*chat.Row
}

// note enters the rows of a commit.
func (s *staged) note(c *chat.Commit) {
	for i := range c.Rows {
		r := &c.Rows[i]
		ask := chat.RowAsk{Shard: c.Shard, Kind: r.Kind, Key: r.Key}
		if s.rows == nil {
			s.rows = map[chat.RowAsk]*chat.Row{}
		}
		if old := s.rows[ask]; old != nil && r.Add != 0 && old.Add != 0 {
			sum := *r
			sum.Add += old.Add
			r = &sum
		}
		s.rows[ask] = r
	}
}

func (s *staged) clear() { clear(s.rows) }

// Row implements chat.RowReader.
func (s *staged) Row(ctx context.Context, sh chat.Shard, k chat.RowKind, key string) (*chat.Cell, error) {
	if len(s.rows) == 0 {
		return s.Reads.Row(ctx, sh, k, key)
	}
	r := s.rows[chat.RowAsk{Shard: sh, Kind: k, Key: key}]
	switch {
	case r == nil:
		return s.Reads.Row(ctx, sh, k, key)
	case r.Late != nil:
		return nil, errPending
	case r.Removes():
		return nil, nil
	case r.Add != 0:
		return s.moved(ctx, sh, r)
	}
	return &chat.Cell{Row: *r}, nil
}

// moved is a counter with what the batch adds to it.
func (s *staged) moved(ctx context.Context, sh chat.Shard, r *chat.Row) (*chat.Cell, error) {
	before, err := s.Reads.Row(ctx, sh, r.Kind, r.Key)
	if err != nil {
		return nil, err
	}
	now := &chat.Cell{Row: *r}
	if before != nil {
		now.Add += before.Add
	}
	return now, nil
}

// RowsOf implements chat.RowReader.
func (s *staged) RowsOf(ctx context.Context, asks []chat.RowAsk) ([]*chat.Cell, error) {
	cells, err := s.Reads.RowsOf(ctx, asks)
	if err != nil || len(s.rows) == 0 {
		return cells, err
	}
	for i, a := range asks {
		if s.rows[a] == nil {
			continue
		}
		if cells[i], err = s.Row(ctx, a.Shard, a.Kind, a.Key); err != nil {
			return nil, err
		}
	}
	return cells, nil
}
