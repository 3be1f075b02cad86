package badger

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

func sessionKey(app chat.AppID, u chat.UserID, client string) []byte {
	return putPair(nil, keySession, app, u, client)
}

// SaveSessions implements chat.Sessions.
func (s *Store) SaveSessions(_ context.Context, list []*chat.SessionState) error {
	return eachEdit(s, list, func(b *batch, st *chat.SessionState) error {
		if err := b.room(cost{entries: 1, bytes: len(st.Data) + 256}); err != nil {
			return err
		}
		return b.put(sessionKey(st.App, st.User, st.Client), encodeSession(nil, st), st.Expires)
	})
}

// Session implements chat.Sessions.
func (s *Store) Session(_ context.Context, app chat.AppID, u chat.UserID, client string) (*chat.SessionState, error) {
	v := s.view()
	defer v.discard()
	st, err := readValue(v, sessionKey(app, u, client), func(value []byte) (*chat.SessionState, error) {
		return decodeSession(app, u, client, value)
	})
	if err != nil || st == nil || lapsed(st.Expires, s.seconds()) {
		return nil, err
	}
	return st, nil
}

// DeleteSession implements chat.Sessions.
func (s *Store) DeleteSession(_ context.Context, app chat.AppID, u chat.UserID, client string) error {
	return s.edit(func(b *batch) error { return b.del(sessionKey(app, u, client)) })
}

// AllSessions implements chat.Sessions.
func (s *Store) AllSessions(_ context.Context, after *chat.SessionState, limit int) ([]*chat.SessionState, error) {
	prefix := []byte{keySession}
	from := prefix
	if after != nil {
		from = past(sessionKey(after.App, after.User, after.Client))
	}
	v := s.view()
	defer v.discard()
	now := s.seconds()
	return page(v, prefix, from, limit, func(key *keyReader, value []byte) (*chat.SessionState, bool, error) {
		st, err := decodeSession(key.app(), chat.UserID(key.text()), key.text(), value)
		return st, !lapsed(st.Expires, now), err
	})
}
