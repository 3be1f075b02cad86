package inbox

import (
	"cmp"
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
	// lacks the events from there on.
	base uint64
	ms   int64 // when it was, Unix milliseconds, for groups that were joined since
}

// moment is now. Take it before anything is read.
func (s *Service) moment() moment {
	clock := s.ledger.Clock()
	return moment{floor: clock, base: clock, ms: s.ledger.NowMs()}
}

// knows reports whether it knows all of a conversation that moved last at a clock, and from
// which clock on it lacks events otherwise, 0: it knows nothing of the conversation.
func (m moment) knows(moved uint64) (all bool, upTo uint64) {
	upTo = cmp.Or(m.base, m.floor)
	switch {
	case m.top > 0 && moved > m.top: // it may have been answered before it moved again
		return false, cmp.Or(upTo, m.top)
	case m.top > 0 && moved >= m.from:
		return true, 0
	}
	return moved <= m.floor, upTo
}

// String is Since; no comma nor colon is in it.
func (m moment) String() string {
	b := []byte{'s'}
	for i, n := range []uint64{m.floor, uint64(m.ms), m.from, m.top, m.base} {
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
	if !ok || len(parts) != 5 {
		return m, badSince()
	}
	var n [5]uint64
	for i, part := range parts {
		if n[i], err = strconv.ParseUint(part, 36, 64); err != nil {
			return m, badSince()
		}
	}
	return moment{floor: n[0], ms: int64(n[1]), from: n[2], top: n[3], base: n[4]}, nil
}

func badSince() error { return chat.Refuse(chat.CodeConvParameter, "Since is invalid") }
