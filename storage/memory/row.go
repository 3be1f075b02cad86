package memory

import (
	"context"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// cells are the rows of one kind in one shard.
type cells struct {
	list []*chat.Cell // in the order of their keys
	// named are the same by their keys, nil while there are few: in the list of a large
	// group a search would look at a dozen and more that nobody has asked for.
	named map[string]*chat.Cell
}

// fewCells is how many are found in the list alone.
const fewCells = 64

// find returns where the row with that key stands or would stand.
func (c *cells) find(key string) (int, bool) {
	return slices.BinarySearchFunc(c.list, key, func(c *chat.Cell, key string) int {
		return strings.Compare(c.Key, key)
	})
}

// get returns a row, nil when there is none. c may be nil.
func (c *cells) get(key string) *chat.Cell {
	switch {
	case c == nil:
		return nil
	case c.named != nil:
		return c.named[key]
	}
	if i, found := c.find(key); found {
		return c.list[i]
	}
	return nil
}

// keep puts a row.
func (c *cells) keep(row *chat.Cell) {
	if i, found := c.find(row.Key); found {
		c.list[i] = row
	} else {
		c.list = slices.Insert(c.list, i, row)
	}
	switch {
	case c.named != nil:
		c.named[row.Key] = row
	case len(c.list) > fewCells:
		c.named = make(map[string]*chat.Cell, 2*len(c.list))
		for _, row := range c.list {
			c.named[row.Key] = row
		}
	}
}

// remove takes a row away.
func (c *cells) remove(key string) {
	delete(c.named, key)
	switch i, found := c.find(key); {
	case !found:
	case i == 0: // a large group ends from its first member on
		c.list[0], c.list = nil, c.list[1:]
	default:
		c.list = slices.Delete(c.list, i, i+1)
	}
}

// cell returns a row that has not expired, or nil.
func (s *Store) cell(sh *shard, k chat.RowKind, key string) *chat.Cell {
	c := sh.rows[k].get(key)
	if c == nil || s.lapsed(c.Expires) {
		return nil
	}
	return c
}

// put does to sh what one row of a commit says. Late values get the numbers of
// the commit's shard, from.
func (s *Store) put(sh *shard, r *chat.Row, from *shard) {
	kept := &chat.Cell{Row: chat.Row{Kind: r.Kind, Key: r.Key, Value: r.Value, Expires: r.Expires}}
	switch {
	case r.Late != nil:
		if kept.Value = r.Late(s.numbers(from, r.At, r.By)); kept.Value == nil {
			return
		}
	case r.Add != 0:
		kept.Add = s.stands(sh, r.Kind, r.Key) + r.Add
	}
	if kept.Removes() {
		sh.remove(r.Kind, r.Key)
		return
	}
	sh.keep(kept)
}

// stands is where a counter stands; what is no counter is one at 0.
func (s *Store) stands(sh *shard, k chat.RowKind, key string) int64 {
	if c := s.cell(sh, k, key); c != nil {
		return c.Add
	}
	return 0
}

func (sh *shard) keep(c *chat.Cell) {
	if sh.rows[c.Kind] == nil {
		sh.rows[c.Kind] = &cells{}
	}
	sh.rows[c.Kind].keep(c)
}

func (sh *shard) remove(k chat.RowKind, key string) {
	if c := sh.rows[k]; c != nil {
		c.remove(key)
	}
}

// Row implements chat.RowReader.
func (s *Store) Row(_ context.Context, k chat.Shard, kind chat.RowKind, key string) (*chat.Cell, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.cell(s.shard(k), kind, key), nil
}

// RowsOf implements chat.RowReader.
func (s *Store) RowsOf(_ context.Context, asks []chat.RowAsk) ([]*chat.Cell, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := make([]*chat.Cell, len(asks))
	for i, a := range asks {
		found[i] = s.cell(s.shard(a.Shard), a.Kind, a.Key)
	}
	return found, nil
}

// Rows implements chat.RowReader.
func (s *Store) Rows(_ context.Context, k chat.Shard, kind chat.RowKind, prefix, after string, limit int) ([]chat.Row, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.shard(k).rows[kind]
	if c == nil {
		return nil, nil
	}
	list := c.list
	i, found := c.find(max(prefix, after))
	if found && after != "" && list[i].Key == after { // "" is the beginning, also for a row whose key is ""
		i++
	}
	var page []chat.Row
	for ; i < len(list) && len(page) < limit && strings.HasPrefix(list[i].Key, prefix); i++ {
		if !s.lapsed(list[i].Expires) {
			page = append(page, list[i].Row)
		}
	}
	return page, nil
}
