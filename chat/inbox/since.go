package inbox

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// moment is what Since says (spec/00 §5): how much a client knows of the conversations that
// it does not name, on the commit clock. It knows those that moved last up to floor, and from
// from to top: so an answer that goes on, which begins with the newest, need not be named when
// the rest is asked for.
type moment struct {
	floor     uint64
	from, top uint64 // 0: nothing
	// base is where the client stood when it began to ask: of those that it does not know it
	// lacks the events from that clock on. 0: it knew nothing.
	base uint64
	ms   int64 // when it was, Unix milliseconds, for groups that were joined since
	// just are the groups that were there at that moment though their joining, which is known
	// to the second, does not say so: it was in that second, or the clock was set back. By
	// a hash of their names.
	just []uint32
}

// maxJust bounds moment.just. Of more groups those that were joined in its second are told
// again until that is over.
const maxJust = 8

// moment is now. Take it before anything is read.
func (s *Service) moment() moment {
	clock := s.ledger.Clock()
	return moment{floor: clock, base: clock + 1, ms: s.ledger.NowMs()}
}

// none reports whether it is no moment.
func (m *moment) none() bool { return m.floor == 0 && m.top == 0 && m.ms == 0 }

// joinedBefore reports whether a conversation was joined before the moment, as far as times say.
func (m *moment) joinedBefore(h *held) bool { return h.joined+999 < m.ms }

// note notes a conversation that is there at the moment.
func (m *moment) note(h *held) {
	switch {
	case m.joinedBefore(h):
	case len(m.just) < maxJust:
		m.just = append(m.just, nameHash(h))
	case h.joined > m.ms:
		m.ms = h.joined + 1000 // the clock was set back
	}
}

// had reports whether a conversation was there at the moment.
func (m *moment) had(h *held) bool { return m.joinedBefore(h) || slices.Contains(m.just, nameHash(h)) }

func nameHash(h *held) uint32 {
	f := fnv.New32a()
	_, _ = f.Write([]byte(h.Conv.Group())) // it returns no error
	return f.Sum32()
}

// knows reports whether it knows all of a conversation that moved last at a clock, and from
// which clock on it lacks events otherwise, 0: it knows nothing of the conversation.
func (m moment) knows(moved uint64) (all bool, from uint64) {
	from = cmp.Or(m.base, behind(m.floor))
	switch {
	case m.top > 0 && moved > m.top: // it may have been answered before it moved again
		return false, cmp.Or(from, behind(m.top))
	case m.top > 0 && moved >= m.from:
		return true, 0
	}
	return moved <= m.floor, from
}

// behind is the clock after another, 0: after none.
func behind(clock uint64) uint64 {
	if clock == 0 {
		return 0
	}
	return clock + 1
}

// String is Since; no comma nor colon is in it.
func (m moment) String() string {
	b := []byte{'s'}
	numbers := []uint64{m.floor, uint64(m.ms), m.from, m.top, m.base}
	for _, n := range m.just {
		numbers = append(numbers, uint64(n))
	}
	for i, n := range numbers {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendUint(b, n, 36)
	}
	return string(b)
}

// parseMoment reads what String has written: 50002 for anything else.
func parseMoment(s string) (m moment, err error) {
	rest, ok := strings.CutPrefix(s, "s")
	parts := strings.Split(rest, ".")
	if !ok || len(parts) < 5 || len(parts) > 5+maxJust {
		return m, badSince()
	}
	n := make([]uint64, len(parts))
	for i, part := range parts {
		bits := 64
		if i >= 5 {
			bits = 32
		}
		if n[i], err = strconv.ParseUint(part, 36, bits); err != nil {
			return m, badSince()
		}
	}
	m = moment{floor: n[0], ms: int64(n[1]), from: n[2], top: n[3], base: n[4]}
	for _, just := range n[5:] {
		m.just = append(m.just, uint32(just))
	}
	return m, nil
}

func badSince() error { return chat.Refuse(chat.CodeConvParameter, "Since is invalid") }
