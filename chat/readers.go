package chat

import "context"

// ReadersQuery asks who has read one message, or who has not.
type ReadersQuery struct {
	Of     UserID // whose view; "" is the caller
	Target Target
	Seq    Seq
	Unread bool   // those who have not
	After  UserID // continues after this one; "" first
	Limit  int    // 1 to 200, which 0 means too
}

// ReadersPage is a page of users in byte order; unless Finished, the last one
// continues.
type ReadersPage struct {
	Users    []UserID
	Finished bool
}

// Readers lists who has read a message, to its author and to administrators
// (spec/22b §8). Who has not are those present members it was sent to.
func (s *Service) Readers(ctx context.Context, by Actor, q ReadersQuery) (ReadersPage, error) {
	v, err := s.receiptView(ctx, by, q.Of, q.Target, 1)
	if err != nil {
		return ReadersPage{}, err
	}
	m, err := s.store.Message(ctx, v.conv, q.Seq)
	switch {
	case err != nil:
		return ReadersPage{}, Internal(CodeInternal, err)
	case m == nil || !v.shows(by, m) || !m.wantsReceipt():
		return ReadersPage{}, noReceipt(v.conv.Kind)
	case m.From != v.user && !by.Admin() && v.conv.Kind == InGroup:
		return ReadersPage{}, Refuse(CodeGroupNotAllowed, "for the author only")
	case m.From != v.user && !by.Admin():
		return ReadersPage{}, Refuse(CodeNoMessage, "for the author only")
	}
	if q.Limit <= 0 || q.Limit > maxReaders {
		q.Limit = maxReaders
	}
	if q.Unread {
		return s.nonReaders(ctx, m, q.After, q.Limit)
	}
	list, err := s.store.Receipts(ctx, v.conv, m.Seq, q.After, q.Limit+1)
	if err != nil {
		return ReadersPage{}, Internal(CodeInternal, err)
	}
	var page ReadersPage
	for _, r := range list[:min(q.Limit, len(list))] {
		page.Users = append(page.Users, r.User)
	}
	page.Finished = len(list) <= q.Limit
	return page, nil
}

// nonReaders pages those whom m was sent to and who have sent no receipt. One
// who has left the group since is not among them.
func (s *Service) nonReaders(ctx context.Context, m *Message, after UserID, limit int) (ReadersPage, error) {
	read, err := s.readersOf(ctx, m)
	if err != nil {
		return ReadersPage{}, err
	}
	if m.Conv.Kind == C2C {
		page := ReadersPage{Finished: true}
		if peer := m.Peer(); peer != m.From && peer > after && !read[peer] {
			page.Users = []UserID{peer}
		}
		return page, nil
	}
	var page ReadersPage
	for {
		rows, err := s.store.Members(ctx, m.Conv.App, m.Conv.Group(), after, memberPage)
		if err != nil {
			return ReadersPage{}, Internal(CodeGroupInternal, err)
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
		if len(rows) < memberPage {
			page.Finished = true
			return page, nil
		}
		after = rows[len(rows)-1].User
	}
}

// readersOf is everybody who has read m.
func (s *Service) readersOf(ctx context.Context, m *Message) (map[UserID]bool, error) {
	read := map[UserID]bool{}
	after := UserID("")
	for {
		list, err := s.store.Receipts(ctx, m.Conv, m.Seq, after, maxReaders)
		if err != nil {
			return nil, Internal(CodeInternal, err)
		}
		for _, r := range list {
			read[r.User] = true
			after = r.User
		}
		if len(list) < maxReaders {
			return read, nil
		}
	}
}
