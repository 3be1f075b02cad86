package badger

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

func (b *batch) stageEvents(c *chat.Commit, h *headState) error {
	for _, e := range c.Events {
		b.leapEvents(h)
		h.Rev++
		b.counters.clock++
		h.EventClock = b.counters.clock
		e.Rev, e.Clock = h.Rev, h.EventClock
		key := b.keep(putNumber(putConv(b.space(), keyRevision, e.Conv), e.Rev))
		if err := b.put(key, b.keep(record.Encode(b.space(), e, convEventFields)), e.Expires); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) stageNotices(c *chat.Commit) error {
	for _, e := range c.Notices {
		shard := chat.UserShard(e.App, e.User)
		h, err := b.head(shard)
		if err != nil {
			return err
		}
		b.leapNotices(&h)
		h.EventSeq++
		e.Seq = h.EventSeq
		b.heads[shard] = h
		key := b.keep(putUserEvent(b.space(), e.App, e.User, e.Seq))
		if err := b.put(key, b.keep(record.Encode(b.space(), e, userEventFields)), e.Expires); err != nil {
			return err
		}
	}
	return nil
}

// ConvEvents implements chat.Log.
func (s *Store) ConvEvents(_ context.Context, c chat.Conversation, after uint64, limit int) ([]*chat.ConvEvent, error) {
	h, err := s.headOf(c.Shard())
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
func (s *Store) UserEvents(_ context.Context, app chat.AppID, u chat.UserID, after uint64, limit int) ([]*chat.UserEvent, error) {
	h, err := s.headOf(chat.UserShard(app, u))
	if err != nil || h.EventSeq <= after {
		return nil, err
	}
	v := s.view()
	defer v.discard()
	now := s.seconds()
	prefix := putUser(nil, keyUserEvent, app, u)
	from := putUserEvent(nil, app, u, after+1)
	return page(v, prefix, from, limit, func(key *keyReader, value []byte) (*chat.UserEvent, bool, error) {
		e, err := decodeUserEvent(app, u, key.number(), value)
		return e, !lapsed(e.Expires, now), err
	})
}
