package chat

// ReceiptCount is how many have read one message.
type ReceiptCount struct {
	Seq  Seq
	ID   string // MsgId
	Of   int    // how many were to read it
	Read int
	Code Code // of Receipts: why there is no receipt, and then no numbers; else 0
}

// Unread is how many of those it was sent to have not read it. It may count some who
// have left the group since, which Readers does not list.
func (r ReceiptCount) Unread() int { return max(0, r.Of-r.Read) }
