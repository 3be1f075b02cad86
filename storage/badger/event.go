package badger

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

func (b *batch) stageEvents(c *chat.Commit, h *headState) error {
	for _, e := range c.Events {
		h.Rev++
		e.Rev = h.Rev
		key := b.keep(putNumber(putConv(b.space(), keyRevision, e.Conv), e.Rev))
		if err := b.put(key, b.keep(encodeConvEvent(b.space(), e)), e.Expires); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) stageNotices(c *chat.Commit) error {
	for _, e := range c.Notices {
		k := userKey{e.App, e.User}
		n, err := b.userSeq(k)
		if err != nil {
			return err
		}
		e.Seq = n + 1
		b.users[k] = e.Seq
		key := b.keep(putNumber(putOne(b.space(), keyUserEvent, e.App, e.User), e.Seq))
		if err := b.put(key, b.keep(encodeUserEvent(b.space(), e)), e.Expires); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) userSeq(k userKey) (uint64, error) {
	if n, ok := b.users[k]; ok {
		return n, nil
	}
	if n, ok := b.s.users.get(k); ok {
		return n, nil
	}
	return readValue(b.view(), putOne(nil, keyUserHead, k.app, k.user), decodeNumber)
}

// ConvEvents implements chat.Log.
func (s *Store) ConvEvents(_ context.Context, c chat.Conversation, after uint64, limit int) ([]*chat.ConvEvent, error) {
	h, err := s.headOf(c)
	if err != nil || h.Rev <= after {
		return nil, err
	}
	v := s.view()
	defer v.discard()
	now := s.seconds()
	prefix := putConv(nil, keyRevision, c)
	from := putNumber(putConv(nil, keyRevision, c), after+1)
	return page(v, prefix, from, limit, func(key *keyReader, value []byte) (*chat.ConvEvent, bool, error) {
		e, err := decodeConvEvent(c, key.number(), value)
		return e, !lapsed(e.Expires, now), err
	})
}

// UserEvents implements chat.Log.
func (s *Store) UserEvents(ctx context.Context, app chat.AppID, u chat.UserID, after uint64, limit int) ([]*chat.UserEvent, error) {
	newest, err := s.UserEventSeq(ctx, app, u)
	if err != nil || newest <= after {
		return nil, err
	}
	v := s.view()
	defer v.discard()
	now := s.seconds()
	prefix := putOne(nil, keyUserEvent, app, u)
	from := putNumber(putOne(nil, keyUserEvent, app, u), after+1)
	return page(v, prefix, from, limit, func(key *keyReader, value []byte) (*chat.UserEvent, bool, error) {
		e, err := decodeUserEvent(app, u, key.number(), value)
		return e, !lapsed(e.Expires, now), err
	})
}

// UserEventSeq implements chat.Log.
func (s *Store) UserEventSeq(_ context.Context, app chat.AppID, u chat.UserID) (uint64, error) {
	k := userKey{app, u}
	n, ok := s.users.get(k)
	if ok {
		return n, nil
	}
	v := s.view()
	defer v.discard()
	n, err := readValue(v, putOne(nil, keyUserHead, app, u), decodeNumber)
	if err == nil {
		s.users.install(k, n, v.at())
	}
	return n, err
}
