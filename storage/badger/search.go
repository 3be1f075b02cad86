package badger

import (
	"bytes"
	"context"
	"slices"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// SeqAtTime implements chat.Log.
func (s *Store) SeqAtTime(_ context.Context, c chat.Conversation, ms int64) (chat.Seq, error) {
	return s.find(c, func(t stamp) bool { return t.time >= ms })
}

// SeqsAtClock implements chat.Log.
func (s *Store) SeqsAtClock(_ context.Context, convs []chat.Conversation, clock uint64) ([]chat.Seq, error) {
	list := make([]chat.Seq, len(convs))
	for i, c := range convs {
		var err error
		if list[i], err = s.find(c, func(t stamp) bool { return t.clock > clock }); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// find returns the first message for which after is true; head+1 when there is
// none. after never turns false again with growing numbers, so the search is
// binary. Numbers without a message make it look for the next one.
func (s *Store) find(c chat.Conversation, after func(stamp) bool) (chat.Seq, error) {
	h, err := s.headOf(c.Shard())
	if err != nil {
		return 0, err
	}
	if h.Seq == 0 || !after(stamp{time: h.Time, clock: h.Clock}) {
		return h.Seq + 1, nil
	}
	now := s.seconds()
	if n, ok := s.tail.find(c, h.Seq, now, after); ok {
		return n, nil
	}
	v := s.view()
	defer v.discard()
	lo, hi, best := chat.Seq(1), h.Seq+1, h.Seq+1
	for lo < hi {
		mid := lo + (hi-lo)/2
		n, t, found, err := v.nextStamp(c, mid, hi, now)
		switch {
		case err != nil:
			return 0, err
		case found == holeTooWide: // a stretch of expired history: before everything
			lo = mid + 1
		case found == nothing:
			hi = mid
		case after(t):
			best, hi = n, mid
		default:
			lo = n + 1
		}
	}
	return best, nil
}

// What nextStamp finds.
type finding int

const (
	nothing finding = iota // no message up to the end
	message
	holeTooWide
)

// lookAhead bounds the expired rows nextStamp passes; expired messages come
// first in a conversation but for those with a lifetime of their own.
const lookAhead = 256

// nextStamp finds the first message from n on and before end.
func (v view) nextStamp(c chat.Conversation, n, end chat.Seq, now int64) (chat.Seq, stamp, finding, error) {
	prefix := putConv(make([]byte, 0, 96), keyMessage, c)
	t, err := readValue(v, putNumber(slices.Clip(prefix), uint64(n)), stampFields)
	if err != nil || t.clock != 0 && !t.gone(now) {
		return n, t, message, err
	}
	it, err := v.iterator(engine.IteratorOptions{Prefix: prefix, AllVersions: true})
	if err != nil {
		return 0, t, nothing, err
	}
	defer it.Close()
	var before []byte // AllVersions shows what is gone, newest version first
	steps := 0
	for it.Seek(putNumber(slices.Clip(prefix), uint64(n)+1)); it.Valid(); it.Next() {
		item := it.Item()
		if bytes.Equal(item.Key(), before) {
			continue
		}
		before = item.KeyCopy(before)
		r := readKey(before[len(prefix):])
		at := chat.Seq(r.number())
		if at >= end {
			return 0, t, nothing, nil
		}
		if steps++; steps > lookAhead {
			return 0, t, holeTooWide, nil
		}
		if item.IsDeletedOrExpired() {
			continue
		}
		t = stamp{}
		err := item.Value(func(value []byte) error { return record.Decode(value, &t, stampFields) })
		if err != nil || !t.gone(now) {
			return at, t, message, err
		}
	}
	return 0, t, nothing, nil
}
