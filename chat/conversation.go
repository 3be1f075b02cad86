package chat

// Head is the state of a shard: how far its log, its events and its rules have
// come. Of users only Rules and EventSeq are used.
type Head struct {
	// Rules is the revision of the rules that bind the shard. It begins at 1 and only
	// grows, also when the shard is dropped and begins anew.
	Rules    uint64
	EventSeq uint64 // users: newest event

	Seq     Seq    // highest number given; 0: nothing yet
	Counted uint64 // Message.Counted of the newest message
	Time    int64  // of the newest message, Unix milliseconds
	Until   int64  // when that is no longer kept, Unix seconds; 0: it is for ever, or not known
	// LastSeq and LastTime are of the newest message without NoLastMsg that everybody
	// may see: they place the conversation in lists.
	LastSeq  Seq
	LastTime int64
	// Extra is what few conversations have; nil when there is nothing of it. It is
	// shared and never changed: a head that moves gets a new one.
	Extra *HeadExtra
	Clock uint64 // Message.Clock of the newest message
	Rev   uint64 // newest conversation event
	// EventClock is ConvEvent.Clock of the newest event; 0: there is none, or it is of a time
	// when events had no clock.
	EventClock uint64
}

// Moved is the commit clock of what came last, a message or an event.
func (h *Head) Moved() uint64 { return max(h.Clock, h.EventClock) }

// HeadExtra is what the newest messages mean that not everybody may see, or that
// mention somebody.
type HeadExtra struct {
	Skips [2]uint32 // Message.Skips of the next message
	// Last are the newest messages without NoLastMsg that not everybody may see, when
	// newer than LastSeq: in C2C the one that only A, and the one that only B, may see; in
	// groups the newest, in Last[0].
	Last    [2]Place
	Mention Seq // the newest message that mentions somebody (Message.At); 0: none
}

// Place is a message by number and time (Unix milliseconds).
type Place struct {
	Seq  Seq
	Time int64
}

// Number gives m, the next message of the conversation, its numbers, and moves the
// head and what its sender has sent over it. clock is its commit clock. Engines call it.
func (h *Head) Number(m *Message, sent *SenderStat, clock uint64) {
	h.Seq++
	if m.Countable() {
		h.Counted++
		sent.Counted++
	}
	m.Time = max(m.Time, h.Time)
	m.Seq, m.Counted, m.Own, m.Clock = h.Seq, h.Counted, sent.Counted, clock
	h.Time, h.Clock, h.Until = m.Time, m.Clock, m.Expires
	sent.LastSeq, sent.Time = m.Seq, m.Time
	h.place(m)
}

// place notes what m is to those who see it, and to those who do not.
func (h *Head) place(m *Message) {
	var was HeadExtra
	if h.Extra != nil {
		was = *h.Extra
	}
	next := was
	m.Skips, m.Mention = was.Skips, 0
	places := !m.Control.Has(NoLastMsg)
	switch {
	case !m.ForAll():
		next.apart(m, places)
	case places:
		h.LastSeq, h.LastTime = m.Seq, m.Time
		next = HeadExtra{Mention: was.Mention}
	default:
		next.Skips = [2]uint32{}
	}
	if len(m.At) > 0 {
		if was.Mention != 0 {
			m.Mention = uint32(m.Seq - was.Mention)
		}
		next.Mention = m.Seq
	}
	switch next {
	case was:
	case HeadExtra{}:
		h.Extra = nil
	default:
		kept := next // on the heap only now
		h.Extra = &kept
	}
}

// apart notes m, which is not for everybody.
func (x *HeadExtra) apart(m *Message, places bool) {
	last := Place{m.Seq, m.Time}
	if m.Conv.Kind != C2C {
		x.Skips[0]++
		if places {
			x.Last[0] = last
		}
		return
	}
	for i, u := range [2]string{m.Conv.A, m.Conv.B} {
		if !m.VisibleTo(UserID(u)) {
			x.Skips[i]++
			continue
		}
		x.Skips[i] = 0
		if places {
			x.Last[i] = last
		}
	}
}

// For is the head of a C2C conversation as u may see it: Seq, LastSeq and LastTime
// are those of messages that u may see. Of other shards it is h itself.
func (h Head) For(c Conversation, u UserID) Head {
	if c.Kind != C2C || h.Extra == nil {
		return h
	}
	i := c.side(u)
	h.Seq -= Seq(h.Extra.Skips[i])
	if p := h.Extra.Last[i]; p.Seq != 0 {
		h.LastSeq, h.LastTime = p.Seq, p.Time
	}
	h.Extra = nil
	return h
}

// SenderStat is what one sender has sent in one conversation.
type SenderStat struct {
	Counted uint64 // Message.Own of the newest one
	LastSeq Seq
	Time    int64 // of the newest one, Unix milliseconds
}

// UserConv is a conversation as one user has it.
type UserConv struct {
	Conv Conversation
	Read ReadMark
	// Joined marks a group the user is a member of now; C2C rows always have it.
	Joined bool
	// JoinSeq is the last message that is not the user's to see, unless their group shows
	// what was said before they joined: in groups Member.JoinSeq, in C2C ReadMark.From, or
	// ReadMark.Cleared when that is higher.
	JoinSeq Seq
	// Want says which messages of it the user wants delivered and counted as unread.
	Want Want
}

// ReadMark is how far a user has read a conversation. Counted and Own are the
// counters at Seq, so that unread needs no scan:
// (head.Counted - Counted) - (own.Counted - Own).
type ReadMark struct {
	User    UserID
	Seq     Seq
	Time    int64 // when, Unix milliseconds
	Counted uint64
	Own     uint64
	// From and FromRev are set in C2C when the account before this one was deleted:
	// messages and events up to them are not the user's (spec/03 §3). Then Counted and
	// Own are those at From until the user has read something.
	From    Seq
	FromRev uint64
	// Extra are unread messages besides those counted, set from outside (spec/22a §18);
	// reading further ends them.
	Extra uint64
	// Cleared is the last message that the user has cleared from their view, 0: none
	// (spec/00 §5). Counted and Own are never below those at Cleared.
	Cleared Seq
	Deleted Deletions
}

// Deletions says where the messages are that a user has deleted from their own view
// (spec/00 §5): none is below Low or above High, both 0: there are none. Each has a row.
type Deletions struct {
	Low, High Seq
	Less      uint64 // how many of them the counters of the mark still count as unread
	Holder    uint32 // of the user's account; see Account
}

// Near reports whether one of the messages from first to last may be deleted.
func (d Deletions) Near(first, last Seq) bool { return d.Low <= last && first <= d.High && d.High > 0 }

// First is the lowest number that the mark leaves in the user's view.
func (r ReadMark) First() Seq { return max(r.From, r.Cleared) + 1 }

// Unread is the number of countable messages from others after the mark that the user
// has not deleted.
func (r ReadMark) Unread(h Head, own SenderStat) uint64 {
	total := minus(h.Counted, r.Counted)
	return minus(minus(total, minus(own.Counted, r.Own)), r.Deleted.Less) + r.Extra
}

func minus(a, b uint64) uint64 {
	if a < b {
		return 0
	}
	return a - b
}

// LastSaid is a conversation, when the newest message of it was said, and when anything
// came last.
type LastSaid struct {
	Conv  Conversation
	Time  int64  // Unix milliseconds
	Moved uint64 // Head.Moved
}
