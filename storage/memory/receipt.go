package memory

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// receipts keeps who has read which message, and counts readers for the
// commit's events.
func (s *Store) receipts(row *conversation, c *chat.Commit) {
	for _, r := range c.Receipts {
		readers := row.readers[r.Seq]
		if readers == nil {
			readers = map[chat.UserID]int64{}
			row.readers[r.Seq] = readers
		}
		if _, ok := readers[r.User]; !ok {
			readers[r.User] = r.Time
		}
	}
	for _, e := range c.Events {
		for i := range e.Receipts {
			e.Receipts[i].Read = len(row.readers[e.Receipts[i].Seq])
		}
	}
}

// readers returns who has read a message.
func (s *Store) readers(c chat.Conversation, n chat.Seq) map[chat.UserID]int64 {
	if row := s.convs[c]; row != nil {
		return row.readers[n]
	}
	return nil
}

// ReceiptCounts implements chat.ReceiptRows.
func (s *Store) ReceiptCounts(_ context.Context, c chat.Conversation, list []chat.Seq) ([]int, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	counts := make([]int, len(list))
	for i, n := range list {
		counts[i] = len(s.readers(c, n))
	}
	return counts, nil
}

// Receipted implements chat.ReceiptRows.
func (s *Store) Receipted(_ context.Context, c chat.Conversation, u chat.UserID, list []chat.Seq) ([]bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	has := make([]bool, len(list))
	for i, n := range list {
		_, has[i] = s.readers(c, n)[u]
	}
	return has, nil
}

// Receipts implements chat.ReceiptRows.
func (s *Store) Receipts(_ context.Context, c chat.Conversation, n chat.Seq, after chat.UserID, limit int) ([]chat.ReceiptMark, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	readers := s.readers(c, n)
	var list []chat.ReceiptMark
	for _, u := range pageKeys(readers, after, limit) {
		list = append(list, chat.ReceiptMark{Seq: n, User: u, Time: readers[u]})
	}
	return list, nil
}
