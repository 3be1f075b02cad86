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
	// LastSeq and LastTime are of the newest message without NoLastMsg: they place
	// the conversation in lists.
	LastSeq  Seq
	LastTime int64
	Clock    uint64 // Message.Clock of the newest message
	Rev      uint64 // newest conversation event
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
