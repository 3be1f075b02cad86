package badger

import (
	"math"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// A store that is restored from a backup knows less than its clients: they have seen
// numbers that it has not given yet. It must not give them again to something else, because a
// client drops what does not count up. So what is written after a restore leaves numbers
// out: the commit clock and the ids of events do so at once, a shard with its next message or
// event. Readers take what is left out for messages that have expired.

// leap is what is left out, since the last restore.
type leap struct {
	clock   uint64 // what was numbered up to this commit clock is of the time before
	numbers uint64 // left out by a shard before its next message, or event
}

func leapFields(f *record.Fields, l *leap) {
	record.Int(f, 1, &l.clock)
	record.Int(f, 2, &l.numbers)
}

// How much is left out: a part for good measure, which makes up for clocks that differ, and
// a part that grows with the time that is lost.
const (
	clockLeap       = 1_000_000_000
	clockPerSecond  = 1_000_000 // commits: many more than a store can make
	numberLeap      = 1_000_000
	numberPerSecond = 100         // messages of one conversation, on average
	mostNumbers     = 100_000_000 // of one restore
)

// Leap makes a store that was just restored go on with numbers that were not given yet by
// the one it is a copy of, if that has lived for no longer than lost after the moment of the
// backup. It returns the commit clocks that are left out: those after one, up to the other.
func (s *Store) Leap(lost time.Duration) (after, upTo uint64, err error) {
	seconds := secondsUp(lost)
	err = s.edit(func(b *batch) error {
		after = b.counters.clock
		upTo = after + clockLeap + clockPerSecond*seconds
		b.counters.clock = upTo
		b.counters.serial = max(b.counters.serial, uint64(b.now.UnixMicro()))
		b.leap = leap{clock: upTo, numbers: b.leap.numbers + NumbersLeft(lost)}
		key := b.keep(append(b.space(), storeKey(nameLeap)...))
		return b.put(key, b.keep(record.Encode(b.space(), &b.leap, leapFields)), 0)
	})
	return after, upTo, err
}

// NumbersLeft is how many numbers a shard leaves out after a restore; see Leap.
func NumbersLeft(lost time.Duration) uint64 {
	return min(numberLeap+numberPerSecond*secondsUp(lost), mostNumbers)
}

func secondsUp(d time.Duration) uint64 { return uint64(math.Ceil(max(d.Seconds(), 0))) }

// leapMessages leaves numbers out before the first message after a restore.
func (b *batch) leapMessages(h *headState) {
	if b.leap.numbers > 0 && h.Clock <= b.leap.clock {
		h.Seq += chat.Seq(b.leap.numbers)
		h.expires = 0 // whether what is left out has expired is not known
	}
}

// leapEvents does so for events of a conversation, leapNotices for those of a user.
func (b *batch) leapEvents(h *headState) {
	if b.leap.numbers > 0 && h.EventClock <= b.leap.clock {
		h.Rev += b.leap.numbers
	}
}

func (b *batch) leapNotices(h *headState) {
	if h.leapt < b.leap.clock {
		h.EventSeq += b.leap.numbers
		h.leapt = b.leap.clock
	}
}
