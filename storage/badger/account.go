package badger

import (
	"context"
	"encoding/json"

	"github.com/teahouse-im/teahouse/chat"
)

// Account implements chat.Accounts.
func (s *Store) Account(_ context.Context, app chat.AppID, u chat.UserID) (*chat.Account, error) {
	var key [keyRoom]byte
	return keptRowOf(s, putOne(key[:0], keyAccount, app, u), func(value []byte) (*chat.Account, error) {
		return decodeAccount(app, u, value)
	})
}

// PutAccounts implements chat.Accounts.
func (s *Store) PutAccounts(_ context.Context, list []*chat.Account) error {
	return eachEdit(s, list, func(b *batch, a *chat.Account) error {
		return b.put(putOne(nil, keyAccount, a.App, a.User), encodeAccount(nil, a), 0)
	})
}

// DeleteAccount implements chat.Accounts: the account first, then what hangs
// on it, in steps.
func (s *Store) DeleteAccount(_ context.Context, app chat.AppID, u chat.UserID) error {
	err := s.edit(func(b *batch) error {
		k := userKey{app, u}
		delete(b.users, k)
		b.forgets = append(b.forgets, func() { s.users.forget(k) })
		if err := b.del(putOne(nil, keyUserHead, app, u)); err != nil {
			return err
		}
		return b.del(putOne(nil, keyAccount, app, u))
	})
	if err != nil {
		return err
	}
	if err := s.deleteRelations(app, u); err != nil {
		return err
	}
	rows := putOne(nil, keyRow, app, u)
	err = s.deleteAll(rows, func(b *batch, key []byte) error {
		r := readKey(key[len(rows):])
		b.unlist(r.target().Of(app, u))
		return b.del(key)
	})
	if err != nil {
		return err
	}
	for _, prefix := range []byte{keyUserEvent, keySession} {
		if err := s.deleteAll(putOne(nil, prefix, app, u), (*batch).del); err != nil {
			return err
		}
	}
	return nil
}

// unlist makes the next message of a C2C conversation look for its rows again.
func (b *batch) unlist(c chat.Conversation) {
	if h, ok := b.heads[c]; ok {
		h.listed = false
		b.heads[c] = h
	}
	b.forgets = append(b.forgets, func() { b.s.heads.forget(c) })
}

func (s *Store) deleteRelations(app chat.AppID, u chat.UserID) error {
	for _, way := range [][2]byte{{keyBlock, keyBlockedBy}, {keyBlockedBy, keyBlock}} {
		prefix := putOne(nil, way[0], app, u)
		err := s.deleteAll(prefix, func(b *batch, key []byte) error {
			r := readKey(key[len(prefix):])
			other := chat.UserID(r.text())
			if err := b.del(putPair(nil, way[1], app, other, u)); err != nil {
				return err
			}
			return b.del(key)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Blocked implements chat.Accounts.
func (s *Store) Blocked(_ context.Context, app chat.AppID, owner, peer chat.UserID) (bool, error) {
	var key [keyRoom]byte
	return keptRowOf(s, putPair(key[:0], keyBlock, app, owner, peer), func([]byte) (bool, error) { return true, nil })
}

// Block implements chat.Accounts. Who is blocked already keeps his time.
func (s *Store) Block(_ context.Context, app chat.AppID, owner chat.UserID, peers []chat.UserID, at int64) error {
	return eachEdit(s, peers, func(b *batch, peer chat.UserID) error {
		key := putPair(nil, keyBlock, app, owner, peer)
		if has, err := b.view().has(key); has || err != nil {
			return err
		}
		if err := b.put(key, encodeNumber(nil, uint64(at)), 0); err != nil {
			return err
		}
		return b.put(putPair(nil, keyBlockedBy, app, peer, owner), fields(nil), 0)
	})
}

// Unblock implements chat.Accounts.
func (s *Store) Unblock(_ context.Context, app chat.AppID, owner chat.UserID, peers []chat.UserID) error {
	return eachEdit(s, peers, func(b *batch, peer chat.UserID) error {
		if err := b.del(putPair(nil, keyBlock, app, owner, peer)); err != nil {
			return err
		}
		return b.del(putPair(nil, keyBlockedBy, app, peer, owner))
	})
}

// Blocklist implements chat.Accounts.
func (s *Store) Blocklist(_ context.Context, app chat.AppID, owner, after chat.UserID, limit int) ([]chat.BlockEntry, error) {
	v := s.view()
	defer v.discard()
	prefix := putOne(nil, keyBlock, app, owner)
	return page(v, prefix, beyond(prefix, after), limit, func(key *keyReader, value []byte) (chat.BlockEntry, bool, error) {
		at, err := decodeNumber(value)
		return chat.BlockEntry{User: chat.UserID(key.text()), At: int64(at)}, true, err
	})
}

// formatJSON begins the value of an app: settings are read by people too.
const formatJSON = 2

// StoredApps implements chat.AppRows.
func (s *Store) StoredApps(context.Context) ([]chat.App, error) {
	v := s.view()
	defer v.discard()
	return page(v, []byte{keyApp}, nil, maxApps, func(key *keyReader, value []byte) (a chat.App, ok bool, err error) {
		key.app()
		if len(value) == 0 || value[0] != formatJSON {
			return a, false, errFormat
		}
		err = json.Unmarshal(value[1:], &a)
		return a, true, err
	})
}

// maxApps bounds StoredApps; an SDKAppID has ten digits, tenants are made by hand.
const maxApps = 1 << 20

// PutApp implements chat.AppRows.
func (s *Store) PutApp(_ context.Context, a chat.App) error {
	value, err := json.Marshal(a)
	if err != nil {
		return err
	}
	value = append([]byte{formatJSON}, value...)
	return s.edit(func(b *batch) error { return b.put(putApp(nil, keyApp, a.ID), value, 0) })
}
