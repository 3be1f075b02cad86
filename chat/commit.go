package chat

// Commit is everything one step of one shard makes durable: all of it or
// nothing.
//
// The store gives the numbers: Message.Seq (consecutive from 1), Counted, Own
// and Clock, ConvEvent.Rev and Clock, UserEvent.Seq, Event.ID, and what the rows' Late is asked with.
type Commit struct {
	Shard Shard

	// Rules is the revision of the shard's rules that the commit was decided under
	// (Head.Rules); 0: under none, so that it is not compared. When it has moved, the
	// store does nothing of the commit, nor of anything later for the shard in the call, and sets
	// Stale on all of these.
	Rules uint64
	Stale bool
	// Raise begins a new revision of the shard's rules: the commit changes what
	// others decide by.
	Raise bool

	Messages []*Message   // appended in order; a duplicate is not stored and says so
	Edits    []*Message   // stored messages replaced, by Seq (recall)
	Events   []*ConvEvent // numbered by Rev
	Notices  []*UserEvent // numbered by UserEvent.Seq
	Outbox   []*Event     // kept until settled; dropped with a message that was a duplicate
	Rows     []Row        // put, moved or removed in Shard
	Mirrors  []Mirror     // put or removed in other shards
	// Drop removes the shard: rows, messages, events, sessions and numbers. Of a
	// dropped shard only the revision of its rules goes on counting. It comes before Mirrors, Notices and Outbox;
	// Messages and Events are numbered and told, and not stored; Rows are empty.
	Drop bool

	// The store ignores what follows; delivery does not.
	Quiet   bool      // Messages are not delivered: readers find them in the history
	Ended   bool      // the group is no more, though its shard stays for now
	Arrived []UserID  // who is new to the group
	Type    GroupType // of the group, with Arrived
	Left    []UserID  // who is in the group no more
	// Wishes are members who want other messages of the group than before (MsgFlag), or, of a
	// user's shard, what the user wants of a peer.
	Wishes  []Wish
	Viewers *ViewerChange
	Passing []*Message // delivered after Messages, to those online
	// PassingEvents and PassingNotices are told to those online, without a number.
	PassingEvents  []*ConvEvent
	PassingNotices []*UserEvent
	Told           []*Event // as Outbox, for those who listen to the app's stream alone
	Counted        []Counted
}

// Durable reports whether the store has anything to do.
func (c *Commit) Durable() bool {
	return len(c.Messages)+len(c.Edits)+len(c.Events)+len(c.Notices)+len(c.Outbox)+len(c.Rows)+len(c.Mirrors) > 0 ||
		c.Raise || c.Drop
}

// Silent reports whether nothing comes of the commit at all.
func (c *Commit) Silent() bool {
	return !c.Durable() && c.Viewers == nil && len(c.Passing)+len(c.PassingEvents)+len(c.PassingNotices)+len(c.Told) == 0
}

// ViewerChange moves viewers of an AVChatRoom, who are not stored.
type ViewerChange struct {
	Joined, Left []UserID
}

// Wish is what a user wants of a group that the commit is about, or, when Peer is set, of
// that user's messages to them. Holder is the peer's; see Account.
type Wish struct {
	User   UserID
	Want   Want
	Peer   UserID
	Holder uint32
}
