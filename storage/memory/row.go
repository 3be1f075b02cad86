package memory

import (
	"context"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// cells are the rows of one kind in one shard, in the order of their keys.
type cells []*chat.Cell

// find returns where the row with that key stands or would stand.
func (list cells) find(key string) (int, bool) {
	return slices.BinarySearchFunc(list, key, func(c *chat.Cell, key string) int {
		return strings.Compare(c.Key, key)
	})
}

// cell returns a row that has not expired, or nil.
func (s *Store) cell(sh *shard, k chat.RowKind, key string) *chat.Cell {
	list := sh.rows[k]
	i, found := list.find(key)
	if !found || s.lapsed(list[i].Expires) {
		return nil
	}
	return list[i]
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
	list := sh.rows[c.Kind]
	i, found := list.find(c.Key)
	if found {
		list[i] = c
		return
	}
	sh.rows[c.Kind] = slices.Insert(list, i, c)
}

func (sh *shard) remove(k chat.RowKind, key string) {
	list := sh.rows[k]
	switch i, found := list.find(key); {
	case !found:
	case i == 0: // a large group ends from its first member on
		list[0], sh.rows[k] = nil, list[1:]
	default:
		sh.rows[k] = slices.Delete(list, i, i+1)
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
	list := s.shard(k).rows[kind]
	i, found := list.find(max(prefix, after))
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
