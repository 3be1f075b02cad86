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
	// LastSeq and LastTime are of the newest message without NoLastMsg that everybody
	// may see: they place the conversation in lists.
	LastSeq  Seq
	LastTime int64
	// Apart is what newer messages have changed for those who may see them, or not; nil
	// when there is nothing to say. It is shared: whoever moves the head makes a new one.
	Apart *Apart
	Clock uint64 // Message.Clock of the newest message
	Rev   uint64 // newest conversation event
}

// Apart is what the newest messages mean that not everybody may see.
type Apart struct {
	Skips [2]uint32 // Message.Skips of the next message
	// Last are the newest messages without NoLastMsg that not everybody may see, when
	// newer than LastSeq: in C2C the one that only A, and the one that only B, may see; in
	// groups the newest, in Last[0].
	Last [2]Place
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
	h.Time, h.Clock = m.Time, m.Clock
	sent.LastSeq, sent.Time = m.Seq, m.Time
	m.Skips = [2]uint32{}
	if h.Apart != nil {
		m.Skips = h.Apart.Skips
	}
	h.place(m)
}

// place notes what m is to those who see it, and to those who do not.
func (h *Head) place(m *Message) {
	places := !m.Control.Has(NoLastMsg)
	switch {
	case !m.ForAll():
		h.Apart = h.Apart.with(m, places)
	case places:
		h.LastSeq, h.LastTime, h.Apart = m.Seq, m.Time, nil
	case h.Apart != nil:
		h.Apart = &Apart{Last: h.Apart.Last}
	}
}

// with is a after m, which is not for everybody.
func (a *Apart) with(m *Message, places bool) *Apart {
	next := Apart{}
	if a != nil {
		next = *a
	}
	seen := [2]bool{}
	if m.Conv.Kind == C2C {
		seen = [2]bool{m.VisibleTo(UserID(m.Conv.A)), m.VisibleTo(UserID(m.Conv.B))}
	}
	for i := range next.Skips {
		next.Skips[i]++
		if seen[i] {
			next.Skips[i] = 0
		}
		if places && (seen[i] || m.Conv.Kind == InGroup) {
			next.Last[i] = Place{m.Seq, m.Time}
		}
	}
	if m.Conv.Kind == InGroup {
		next.Skips[1], next.Last[1] = 0, Place{}
	}
	return &next
}

// For is the head of a C2C conversation as u may see it: Seq, LastSeq and LastTime
// are those of messages that u may see. Of other shards it is h itself.
func (h Head) For(c Conversation, u UserID) Head {
	if c.Kind != C2C || h.Apart == nil {
		return h
	}
	i := c.side(u)
	h.Seq -= Seq(h.Apart.Skips[i])
	if p := h.Apart.Last[i]; p.Seq != 0 {
		h.LastSeq, h.LastTime = p.Seq, p.Time
	}
	h.Apart = nil
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
	// JoinSeq is the last message that is not the user's to see: in groups
	// Member.JoinSeq, in C2C ReadMark.From.
	JoinSeq Seq
	// Discard says that the user wants no messages of it delivered, nor counted as
	// unread (spec/21 §6).
	Discard bool
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
}

// Unread is the number of countable messages from others after the mark.
func (r ReadMark) Unread(h Head, own SenderStat) uint64 {
	total := minus(h.Counted, r.Counted)
	return minus(total, minus(own.Counted, r.Own))
}

func minus(a, b uint64) uint64 {
	if a < b {
		return 0
	}
	return a - b
}
