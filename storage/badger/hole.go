package badger

import (
	"bytes"
	"math"
	"time"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
)

// never stands in Message.PriorExpires for a message that does not expire.
const never = 1

// untilOf is m's Expires as the message after it has it in PriorExpires.
func untilOf(m *chat.Message) uint32 {
	if m.Expires == 0 {
		return never
	}
	return uint32(min(max(m.Expires, never+1), math.MaxUint32))
}

// holeEvery is how often the log is told of missing messages at most, in seconds.
const holeEvery = 60

// missing is asked about the numbers lo to hi of a conversation, which have no
// message in v. It is nil when they may have expired: when the one above them, or the head,
// says that of the last of them. Else they are lost, and it is a *chat.Hole. above is nil
// when it is not known.
//
// Only the last is judged, since each message knows of the one before. Damage takes
// neighbours, and in a run of messages that expire one by one the last goes last.
func (s *Store) missing(v view, c chat.Conversation, lo, hi chat.Seq, above *chat.Message) error {
	h, err := readHead(v, c.Shard())
	if err != nil || hi > h.Seq {
		return err // dropped since the caller read the head
	}
	until := h.expires
	if above == nil && hi < h.Seq {
		known := false
		if above, known, err = v.storedFrom(c, hi+1, h.Seq); err != nil || !known {
			return err
		}
	}
	hi = h.Seq
	if above != nil {
		until, hi = above.PriorExpires, above.Seq-1
	}
	if until == 0 || until != never && lapsed(int64(until), s.secondsOfAll()) {
		return nil
	}
	return s.lost(&chat.Hole{Conv: c, First: lo, Last: hi})
}

// secondsOfAll is the later of the store's time and the machine's, in Unix
// seconds: the engine drops by the second what has expired.
func (s *Store) secondsOfAll() int64 { return max(s.seconds(), time.Now().Unix()) }

// lost counts a hole, and tells the log once in a while.
func (s *Store) lost(h *chat.Hole) error {
	s.meters.damage.Inc()
	now, said := s.seconds(), s.holeSaid.Load()
	if now-said >= holeEvery && s.holeSaid.CompareAndSwap(said, now) {
		s.log.Error("messages are missing", "conv", h.Conv.String(), "first", uint64(h.First), "last", uint64(h.Last))
	}
	return h
}

// storedFrom finds the first message from n to head on the disk, also an expired
// one; nil when there is none. known is false when the search was given up.
func (v view) storedFrom(c chat.Conversation, n, head chat.Seq) (m *chat.Message, known bool, err error) {
	prefix := putConv(make([]byte, 0, 96), keyMessage, c)
	it, err := v.iterator(engine.IteratorOptions{Prefix: prefix, AllVersions: true}) // shows what is gone, newest version first
	if err != nil {
		return nil, false, err
	}
	defer it.Close()
	it.Seek(putNumber(bytes.Clone(prefix), uint64(n)))
	removed := chat.Seq(0)
	for range lookAhead {
		if !it.Valid() {
			return nil, true, nil
		}
		r := readKey(it.Item().Key()[len(prefix):])
		at := chat.Seq(r.number())
		if r.err() != nil || at > head {
			return nil, true, r.err()
		}
		value, err := it.Item().ValueCopy(nil)
		if err != nil {
			return nil, false, err
		}
		if len(value) > 0 && at != removed {
			m, err := decodeMessage(c, at, value)
			return m, true, err
		}
		removed = at // older versions may follow
		it.Next()
	}
	return nil, false, nil
}
