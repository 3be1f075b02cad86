package memory

import "github.com/teahouse-im/teahouse/chat"

// maxSearched is how many messages are looked at to find the next one of a
// user.
const maxSearched = 2000

// numbers are the counters of a conversation at message at; 0 is the head. Own
// counts the messages of by.
func (s *Store) numbers(sh *shard, at chat.Seq, by chat.UserID) chat.Numbers {
	if at == 0 || at >= sh.head.Seq {
		return chat.Numbers{Seq: sh.head.Seq, Counted: sh.head.Counted, Own: sh.senders[by].Counted}
	}
	for n := at; n > 0; n-- {
		if m := s.live(sh, n); m != nil {
			return chat.Numbers{Seq: at, Counted: m.Counted, Own: s.own(sh, m, by)}
		}
	}
	return chat.Numbers{Seq: at}
}

// own counts the countable messages of a user up to and with m.
func (s *Store) own(sh *shard, m *chat.Message, by chat.UserID) uint64 {
	switch st := sh.senders[by]; {
	case m.From == by:
		return m.Own
	case m.Conv.Has(by):
		return m.Counted - m.Own
	case st.LastSeq <= m.Seq:
		return st.Counted
	}
	return s.before(sh, m.Seq, by)
}

// before tells from the user's next message after number n how many the user had
// before it. When there is none near, it is what the user has now.
func (s *Store) before(sh *shard, n chat.Seq, by chat.UserID) uint64 {
	for i := n + 1; i <= min(n+maxSearched, sh.head.Seq); i++ {
		m := s.live(sh, i)
		switch {
		case m == nil || m.From != by:
			continue
		case m.Countable():
			return m.Own - 1
		}
		return m.Own
	}
	return sh.senders[by].Counted
}
