package message

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// membersAtOnce is how many members are read at a time.
const membersAtOnce = 500

// ReadersQuery asks who has read one message, or who has not.
type ReadersQuery struct {
	Of     chat.UserID // whose view; "" is the caller
	Target chat.Target
	Seq    chat.Seq
	Unread bool        // those who have not
	After  chat.UserID // continues after this one; "" first
	Limit  int         // 1 to 200, which 0 means too, or chat.NoEntries
}

// ReadersPage is a page of users in byte order; unless Finished, the last one
// continues.
type ReadersPage struct {
	Users    []chat.UserID
	Finished bool
}

// Readers lists who has read a message, to its author and to administrators
// (spec/22b §8). Those who have not are present members it was sent to.
func (s *Service) Readers(ctx context.Context, by chat.Actor, q ReadersQuery) (ReadersPage, error) {
	v, err := s.receiptView(ctx, by, q.Of, q.Target, 1)
	if err != nil {
		return ReadersPage{}, err
	}
	m, err := v.message(ctx, s.ledger, q.Seq)
	switch {
	case err != nil:
		return ReadersPage{}, err
	case m == nil || !v.shows(by, m) || !wantsReceipt(m):
		return ReadersPage{}, noReceipt(v.conv.Kind)
	case !v.wrote(m) && !by.Admin() && v.conv.Kind == chat.InGroup:
		return ReadersPage{}, chat.Refuse(chat.CodeGroupNotAllowed, "only the author may ask")
	case !v.wrote(m) && !by.Admin():
		return ReadersPage{}, chat.Refuse(chat.CodeNoMessage, "only the author may ask")
	}
	q.Limit = chat.PageSize(q.Limit, maxReaders, maxReaders)
	if q.Unread {
		return s.nonReaders(ctx, m, q.After, q.Limit)
	}
	list, err := s.readers(ctx, m, q.After, q.Limit+1)
	if err != nil {
		return ReadersPage{}, err
	}
	n := min(q.Limit, len(list))
	return ReadersPage{Users: list[:n], Finished: n == len(list)}, nil
}

// nonReaders pages the users that m was sent to and who have sent no receipt. One
// who has left the group since is not among them.
func (s *Service) nonReaders(ctx context.Context, m *chat.Message, after chat.UserID, limit int) (ReadersPage, error) {
	read, err := s.readersOf(ctx, m)
	if err != nil {
		return ReadersPage{}, err
	}
	if m.Conv.Kind == chat.C2C {
		peer := m.Peer()
		if peer == m.From || peer <= after || read[peer] {
			return ReadersPage{Finished: true}, nil
		}
		list := []chat.UserID{peer}[:min(limit, 1)]
		return ReadersPage{Users: list, Finished: limit > 0}, nil
	}
	var page ReadersPage
	for {
		rows, err := s.groups.MemberPage(ctx, m.Conv.App, m.Conv.Group(), after, membersAtOnce)
		if err != nil {
			return ReadersPage{}, err
		}
		for _, r := range rows {
			if r.User == m.From || r.JoinSeq >= m.Seq || !m.VisibleTo(r.User) || read[r.User] {
				continue
			}
			if len(page.Users) == limit {
				return page, nil
			}
			page.Users = append(page.Users, r.User)
		}
		if len(rows) < membersAtOnce {
			page.Finished = true
			return page, nil
		}
		after = rows[len(rows)-1].User
	}
}

// readers pages those who have read m in byte order, after the given one.
func (s *Service) readers(ctx context.Context, m *chat.Message, after chat.UserID, limit int) ([]chat.UserID, error) {
	prefix, from := seqKey(m.Seq), ""
	if after != "" {
		from = receiptKey(m.Seq, after)
	}
	_, keys, err := receipts.Page(ctx, s.ledger, m.Conv.Shard(), prefix, from, limit)
	if err != nil {
		return nil, err
	}
	list := make([]chat.UserID, len(keys))
	for i, k := range keys {
		list[i] = chat.UserID(k[len(prefix):])
	}
	return list, nil
}

// readersOf is everybody who has read m.
func (s *Service) readersOf(ctx context.Context, m *chat.Message) (map[chat.UserID]bool, error) {
	read := map[chat.UserID]bool{}
	after := chat.UserID("")
	for {
		list, err := s.readers(ctx, m, after, maxReaders)
		if err != nil {
			return nil, err
		}
		for _, u := range list {
			read[u] = true
			after = u
		}
		if len(list) < maxReaders {
			return read, nil
		}
	}
}
