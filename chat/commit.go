package chat

// Commit is everything one step of one conversation makes durable: all of it
// or nothing. It names one shard key, Conv; rows of single users that ride
// along (marks, notices) follow idempotently where an engine keeps them apart.
//
// The store gives the numbers: Message.Seq (consecutive from 1), Counted, Own
// and Clock, ConvEvent.Rev, UserEvent.Seq, Event.ID.
type Commit struct {
	Conv Conversation

	Messages []*Message   // appended in order; a duplicate is not stored and says so
	Edits    []*Message   // stored messages replaced, by Seq (recall)
	Events   []*ConvEvent // numbered by Rev

	Group   *Group       // the group's row put, nil: unchanged
	Drop    bool         // the group is gone: its row, members, mutes, history and the members' rows
	Joins   []*Member    // member rows put, new or changed
	Leaves  []UserID     // member rows removed
	Mutes   []Mute       // put; Until 0 removes
	Reads   []ReadMark   // read cursors moved
	Notices []*UserEvent // numbered by UserEvent.Seq
	Outbox  []*Event     // kept until settled; dropped with a message that was a duplicate
	Viewers *ViewerChange
}

// ViewerChange moves viewers of an AVChatRoom, who are not stored. The store
// ignores it; delivery does not.
type ViewerChange struct {
	Joined, Left []UserID
}
