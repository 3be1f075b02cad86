package memory

import (
	"context"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// shard is everything that one shard holds; which of it is used depends on the
// shard's kind. Message n is msgs[n-1], event n is events[n-1] and notice n is
// notices[n-1].
type shard struct {
	head chat.Head
	rows map[chat.RowKind]*cells

	// of conversations
	msgs    []*chat.Message
	events  []*chat.ConvEvent
	senders map[chat.UserID]chat.SenderStat
	first   map[chat.DedupKey]first

	// of users
	notices  []*chat.UserEvent
	sessions map[string]*chat.SessionState // by client
}

// first is the message a dedup key stands for, and until when; a zero time is
// for as long as the message is there.
type first struct {
	seq   chat.Seq
	until time.Time
}

func newShard(rules uint64) *shard {
	return &shard{
		head:     chat.Head{Rules: rules},
		rows:     map[chat.RowKind]*cells{},
		senders:  map[chat.UserID]chat.SenderStat{},
		first:    map[chat.DedupKey]first{},
		sessions: map[string]*chat.SessionState{},
	}
}

// blank is what is read of a shard that has nothing.
var blank = newShard(1)

// shard returns a shard for reading.
func (s *Store) shard(k chat.Shard) *shard {
	if sh := s.shards[k]; sh != nil {
		return sh
	}
	return blank
}

// made returns a shard for writing.
func (s *Store) made(k chat.Shard) *shard {
	sh := s.shards[k]
	if sh == nil {
		sh = newShard(1)
		s.shards[k] = sh
	}
	return sh
}

// drop leaves nothing of a shard but the revision of its rules.
func (s *Store) drop(k chat.Shard) {
	s.shards[k] = newShard(s.shard(k).head.Rules)
}

// Head implements chat.Log.
func (s *Store) Head(_ context.Context, k chat.Shard) (chat.Head, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.shard(k).head, nil
}

// EachHead implements chat.Log.
func (s *Store) EachHead(ctx context.Context, convs []chat.Conversation, u chat.UserID, use func(int, *chat.Head, *chat.SenderStat) error) error {
	for i, c := range convs {
		s.mu.RLock()
		sh := s.shard(c.Shard())
		h, own := sh.head, sh.senders[u]
		s.mu.RUnlock()
		if err := use(i, &h, &own); err != nil {
			return err
		}
	}
	return nil
}

// Moved implements chat.Log: heads are near enough.
func (s *Store) Moved(context.Context, chat.AppID, chat.UserID, uint64) ([]chat.UserID, bool, error) {
	return nil, false, nil
}

// Heads implements chat.Log.
func (s *Store) Heads(_ context.Context, list []chat.Shard) ([]chat.Head, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	heads := make([]chat.Head, len(list))
	for i, k := range list {
		heads[i] = s.shard(k).head
	}
	return heads, nil
}
