package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// Account implements chat.Accounts.
func (s *Store) Account(_ context.Context, app chat.AppID, u chat.UserID) (*chat.Account, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if row := s.users[userKey{app, u}]; row != nil {
		return row.account, nil
	}
	return nil, nil
}

// PutAccounts implements chat.Accounts.
func (s *Store) PutAccounts(_ context.Context, list []*chat.Account) error {
	return s.write(func() {
		for _, a := range list {
			kept := *a
			s.user(a.App, a.User).account = &kept
		}
	})
}

// DeleteAccount implements chat.Accounts. Memberships are the groups' to end.
func (s *Store) DeleteAccount(_ context.Context, app chat.AppID, u chat.UserID) error {
	return s.write(func() {
		for k, other := range s.users {
			if k.app == app {
				delete(other.blocks, u)
			}
		}
		k := userKey{app, u}
		if row := s.users[k]; row != nil {
			groups := row.groups
			delete(s.users, k)
			s.user(app, u).groups = groups
		}
	})
}

// Blocked implements chat.Accounts.
func (s *Store) Blocked(_ context.Context, app chat.AppID, owner, peer chat.UserID) (bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	row := s.users[userKey{app, owner}]
	if row == nil {
		return false, nil
	}
	_, ok := row.blocks[peer]
	return ok, nil
}

// Block implements chat.Accounts. Who is blocked already keeps his time.
func (s *Store) Block(_ context.Context, app chat.AppID, owner chat.UserID, peers []chat.UserID, at int64) error {
	return s.write(func() {
		blocks := s.user(app, owner).blocks
		for _, p := range peers {
			if _, ok := blocks[p]; !ok {
				blocks[p] = at
			}
		}
	})
}

// Unblock implements chat.Accounts.
func (s *Store) Unblock(_ context.Context, app chat.AppID, owner chat.UserID, peers []chat.UserID) error {
	return s.write(func() {
		for _, p := range peers {
			delete(s.user(app, owner).blocks, p)
		}
	})
}

// Blocklist implements chat.Accounts.
func (s *Store) Blocklist(_ context.Context, app chat.AppID, owner, after chat.UserID, limit int) ([]chat.BlockEntry, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	row := s.users[userKey{app, owner}]
	if row == nil {
		return nil, nil
	}
	var list []chat.BlockEntry
	for _, p := range pageKeys(row.blocks, after, limit) {
		list = append(list, chat.BlockEntry{User: p, At: row.blocks[p]})
	}
	return list, nil
}

// SaveSessions implements chat.Sessions.
func (s *Store) SaveSessions(_ context.Context, list []*chat.SessionState) error {
	return s.write(func() {
		for _, st := range list {
			kept := *st
			kept.Data = slices.Clone(st.Data)
			s.user(st.App, st.User).sessions[st.Client] = &kept
		}
	})
}

// Session implements chat.Sessions.
func (s *Store) Session(_ context.Context, app chat.AppID, u chat.UserID, client string) (*chat.SessionState, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	row := s.users[userKey{app, u}]
	if row == nil {
		return nil, nil
	}
	if st := row.sessions[client]; st != nil && !s.lapsed(st.Expires) {
		return st, nil
	}
	return nil, nil
}

// DeleteSession implements chat.Sessions.
func (s *Store) DeleteSession(_ context.Context, app chat.AppID, u chat.UserID, client string) error {
	return s.write(func() { delete(s.user(app, u).sessions, client) })
}

// AllSessions implements chat.Sessions.
func (s *Store) AllSessions(_ context.Context, after *chat.SessionState, limit int) ([]*chat.SessionState, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []*chat.SessionState
	for _, u := range s.users {
		for _, st := range u.sessions {
			if !s.lapsed(st.Expires) && (after == nil || order(after, st) < 0) {
				list = append(list, st)
			}
		}
	}
	slices.SortFunc(list, order)
	return list[:max(0, min(limit, len(list)))], nil
}

func order(a, b *chat.SessionState) int {
	return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.User, b.User), cmp.Compare(a.Client, b.Client))
}

// StoredApps implements chat.AppRows.
func (s *Store) StoredApps(context.Context) ([]chat.App, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []chat.App
	for _, a := range s.apps {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b chat.App) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}

// PutApp implements chat.AppRows.
func (s *Store) PutApp(_ context.Context, a chat.App) error {
	return s.write(func() { s.apps[a.ID] = a })
}
