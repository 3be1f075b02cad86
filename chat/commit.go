package chat

// Commit is everything one step of one conversation makes durable: all of it
// or nothing. It names one shard key, Conv; rows of single users that ride
// along (marks, notices) follow idempotently where an engine keeps them apart.
//
// The store gives the numbers: Message.Seq (consecutive from 1), Counted, Own
// and Clock, ConvEvent.Rev and the Read of its Receipts, UserEvent.Seq, Event.ID.
type Commit struct {
	Conv Conversation

	Messages []*Message   // appended in order; a duplicate is not stored and says so
	Edits    []*Message   // stored messages replaced, by Seq (recall)
	Events   []*ConvEvent // numbered by Rev

	Group    *Group        // the group's row put, nil: unchanged
	Drop     bool          // the group is gone: its row, members, mutes, history and the members' rows
	Joins    []*Member     // member rows put, new or changed
	Leaves   []UserID      // member rows removed
	Mutes    []Mute        // put; Until 0 removes
	Reads    []ReadMark    // read cursors moved
	Receipts []ReceiptMark // messages read, kept once for each user and message
	Notices  []*UserEvent  // numbered by UserEvent.Seq
	Outbox   []*Event      // kept until settled; dropped with a message that was a duplicate
	// Applications are put, each in place of the one with its newcomer and kind;
	// Drop removes them.
	Applications []*Application

	// The store ignores what follows; delivery does not.
	Arrived []UserID // of Joins, those who are new to the group; Group is set with them
	Viewers *ViewerChange
	Passing []*Message // delivered after Messages, to whoever is online
}

// durable reports whether the store has anything to do.
func (c *Commit) durable() bool {
	return len(c.Messages)+len(c.Edits)+len(c.Events)+len(c.Joins)+len(c.Leaves)+len(c.Mutes)+
		len(c.Reads)+len(c.Receipts)+len(c.Notices)+len(c.Outbox)+len(c.Applications) > 0 || c.Group != nil || c.Drop
}

// silent reports whether nothing comes of the commit at all.
func (c *Commit) silent() bool {
	return !c.durable() && c.Viewers == nil && len(c.Passing) == 0
}

// ViewerChange moves viewers of an AVChatRoom, who are not stored.
type ViewerChange struct {
	Joined, Left []UserID
}
