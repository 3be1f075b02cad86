package badger

import (
	"context"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Conversations implements chat.Log. It goes over the heads on the disk, which lie in the
// order asked for.
func (s *Store) Conversations(_ context.Context, app chat.AppID, k chat.Kind, after chat.Conversation, limit int) ([]chat.LastSaid, error) {
	if limit <= 0 {
		return nil, nil
	}
	v := s.view()
	defer v.discard()
	prefix := append(putApp(nil, keyHead, app), byte(k))
	var from []byte
	if after != (chat.Conversation{}) {
		from = append(putConv(nil, keyHead, after), 0)
	}
	var list []chat.LastSaid
	err := v.scan(prefix, from, func(key []byte, item *engine.Item) (bool, error) {
		r := readKey(key[1:])
		shard := r.shard(r.app())
		if r.err() != nil {
			return false, r.err()
		}
		var h headState
		err := item.Value(func(value []byte) error { return record.Decode(value, &h, headFields) })
		if err == nil && h.Seq > 0 {
			list = append(list, chat.LastSaid{Conv: shard.Conv(), Time: h.Time, Moved: h.Moved()})
		}
		return len(list) < limit, err
	})
	return list, err
}

// Users implements chat.Log: those who have a head.
func (s *Store) Users(_ context.Context, app chat.AppID, after chat.UserID, limit int) ([]chat.UserID, error) {
	if limit <= 0 {
		return nil, nil
	}
	v := s.view()
	defer v.discard()
	first := chat.UserShard(app, after)
	prefix := append(putApp(nil, keyHead, app), byte(first.Kind))
	var from []byte
	if after != "" {
		from = append(putShard(nil, keyHead, first), 0)
	}
	var list []chat.UserID
	err := v.scan(prefix, from, func(key []byte, _ *engine.Item) (bool, error) {
		r := readKey(key[1:])
		list = append(list, r.shard(r.app()).User())
		return len(list) < limit, r.err()
	})
	return list, err
}
