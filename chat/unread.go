package chat

import "context"

// PeerUnread is the number of unread messages from one peer.
type PeerUnread struct {
	Peer   UserID
	Unread uint64
	Code   Code // 70107 when the peer does not exist
}

// UnreadC2C counts u's unread C2C messages: in all, and from each of peers
// (spec/04 §8). u "" is the caller.
func (s *Service) UnreadC2C(ctx context.Context, by Actor, u UserID, peers []UserID) (total uint64, each []PeerUnread, err error) {
	if _, err := s.App(by.App); err != nil {
		return 0, nil, err
	}
	if u, err = s.onBehalf(by, u, C2C); err != nil {
		return 0, nil, err
	}
	if len(peers) == 0 {
		total, err = s.unreadTotal(ctx, by.App, u)
		return total, nil, err
	}
	for _, p := range peers {
		acc, err := s.store.Account(ctx, by.App, p)
		if err != nil {
			return 0, nil, Internal(CodeInternal, err)
		}
		if acc == nil {
			each = append(each, PeerUnread{Peer: p, Code: CodeNoAccount})
			continue
		}
		row, _, err := s.store.Conversation(ctx, C2COf(by.App, u, p), u)
		if err != nil {
			return 0, nil, Internal(CodeInternal, err)
		}
		row.Conv = C2COf(by.App, u, p)
		n, err := s.unread(ctx, u, []UserConv{row})
		if err != nil {
			return 0, nil, err
		}
		each = append(each, PeerUnread{Peer: p, Unread: n[0].unread})
		total += n[0].unread
	}
	return total, each, nil
}

// unreadTotal is the sum over u's C2C conversations.
func (s *Service) unreadTotal(ctx context.Context, app AppID, u UserID) (uint64, error) {
	rows, err := s.store.Conversations(ctx, app, u)
	if err != nil {
		return 0, Internal(CodeInternal, err)
	}
	private := rows[:0:0]
	for _, r := range rows {
		if r.Conv.Kind == C2C {
			private = append(private, r)
		}
	}
	list, err := s.unread(ctx, u, private)
	if err != nil {
		return 0, err
	}
	var total uint64
	for _, c := range list {
		total += c.unread
	}
	return total, nil
}

// counted is a conversation of a user with what unread needs.
type counted struct {
	UserConv
	head   Head
	unread uint64
}

// unread computes the unread numbers of u's conversations without reading a
// message (spec/06 §7): countable ones after his mark, less his own.
func (s *Service) unread(ctx context.Context, u UserID, rows []UserConv) ([]counted, error) {
	convs := make([]Conversation, len(rows))
	for i, r := range rows {
		convs[i] = r.Conv
	}
	heads, err := s.store.Heads(ctx, convs)
	if err != nil {
		return nil, Internal(CodeInternal, err)
	}
	list := make([]counted, len(rows))
	for i, r := range rows {
		list[i] = counted{UserConv: r, head: heads[i]}
		if heads[i].Counted <= r.Read.Counted {
			continue
		}
		own, err := s.store.Sender(ctx, r.Conv, u)
		if err != nil {
			return nil, Internal(CodeInternal, err)
		}
		list[i].unread = r.Read.Unread(heads[i], own)
	}
	return list, nil
}
