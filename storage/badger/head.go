package badger

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// headOf returns a shard's head as readers may see it.
func (s *Store) headOf(shard chat.Shard) (headState, error) {
	h, ok := s.heads.get(shard)
	if ok {
		return h, nil
	}
	v := s.view()
	defer v.discard()
	h, err := readHead(v, shard)
	if err == nil {
		s.heads.install(shard, h, v.at())
	}
	return h, err
}

// readHead reads a head from the disk. Rules begin at 1.
func readHead(v view, shard chat.Shard) (headState, error) {
	h, err := readValue(v, putShard(make([]byte, 0, keyRoom), keyHead, shard), headFields)
	if h.Rules == 0 {
		h.Rules = 1
	}
	if h.expires > never {
		h.Until = int64(h.expires)
	}
	return h, err
}

// Head implements chat.Log.
func (s *Store) Head(_ context.Context, shard chat.Shard) (chat.Head, error) {
	h, err := s.headOf(shard)
	return h.Head, err
}

// Heads implements chat.Log.
func (s *Store) Heads(_ context.Context, list []chat.Shard) ([]chat.Head, error) {
	heads := make([]chat.Head, len(list))
	for i, shard := range list {
		if s.heads.look(shard, func(h *headState) { heads[i] = h.Head }) {
			continue
		}
		h, err := s.headOf(shard)
		if err != nil {
			return nil, err
		}
		heads[i] = h.Head
	}
	return heads, nil
}

// Senders implements chat.Log.
func (s *Store) Senders(_ context.Context, convs []chat.Conversation, u chat.UserID) ([]chat.SenderStat, error) {
	list := make([]chat.SenderStat, len(convs))
	for i, c := range convs {
		var err error
		if list[i], err = s.sender(c, u); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// EachHead implements chat.Log.
func (s *Store) EachHead(_ context.Context, convs []chat.Conversation, u chat.UserID, use func(int, *chat.Head, *chat.SenderStat) error) error {
	var h chat.Head
	var own chat.SenderStat
	for i, c := range convs {
		apart, err := s.headAndSender(c, u, &h, &own)
		if err == nil && apart {
			own, err = s.senderApart(c, u)
		}
		if err == nil {
			err = use(i, &h, &own)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) sender(c chat.Conversation, u chat.UserID) (st chat.SenderStat, err error) {
	var h chat.Head
	apart, err := s.headAndSender(c, u, &h, &st)
	if err == nil && apart {
		st, err = s.senderApart(c, u)
	}
	return st, err
}

// headAndSender reads a head and what u has sent, as far as it stands there; apart: it has
// an entry of its own.
func (s *Store) headAndSender(c chat.Conversation, u chat.UserID, h *chat.Head, st *chat.SenderStat) (apart bool, err error) {
	*st = chat.SenderStat{}
	take := func(have *headState) {
		*h = have.Head
		if h.Seq == 0 {
			return
		}
		own := have.ownOf(c, u)
		if apart = own == nil; !apart {
			*st = *own
		}
	}
	if s.heads.look(c.Shard(), take) {
		return apart, nil
	}
	have, err := s.headOf(c.Shard())
	if err == nil {
		take(&have)
	}
	return apart, err
}

// senderApart reads what u has sent where it has an entry of its own.
func (s *Store) senderApart(c chat.Conversation, u chat.UserID) (chat.SenderStat, error) {
	k := senderKey{c, u}
	st, ok := s.senders.get(k)
	if ok {
		return st, nil
	}
	v := s.view()
	defer v.discard()
	st, err := readValue(v, putSenderKey(nil, c, u), senderFields)
	if err == nil {
		s.senders.install(k, st, v.at())
	}
	return st, err
}
