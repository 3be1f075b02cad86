package badger

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// SaveSessions implements chat.Sessions.
func (s *Store) SaveSessions(_ context.Context, list []*chat.SessionState) error {
	return eachEdit(s, list, func(b *batch, st *chat.SessionState) error {
		if err := b.room(cost{entries: 1, bytes: len(st.Data) + 256}); err != nil {
			return err
		}
		return b.put(sessionKey(st.App, st.User, st.Client), record.Encode(nil, st, sessionFields), st.Expires)
	})
}

// Session implements chat.Sessions.
func (s *Store) Session(_ context.Context, app chat.AppID, u chat.UserID, client string) (*chat.SessionState, error) {
	v := s.view()
	defer v.discard()
	value, err := v.copied(sessionKey(app, u, client))
	if err != nil || value == nil {
		return nil, err
	}
	st, err := decodeSession(app, u, client, value)
	if err != nil || lapsed(st.Expires, s.seconds()) {
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

// decodeSession reads a record; the session keeps v.
func decodeSession(app chat.AppID, u chat.UserID, client string, v []byte) (*chat.SessionState, error) {
	st := &chat.SessionState{App: app, User: u, Client: client}
	return st, record.Decode(v, st, sessionFields)
}
