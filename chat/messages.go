package chat

import "context"

// Send admits a message, asks the app, appends it and calls done once: when it
// is durable, or refused. done runs on the caller's goroutine, a lane's or a
// webhook's, and must not block. Drafts of one sender for one conversation keep their order.
func (s *Service) Send(ctx context.Context, by Actor, d Draft, done func(Receipt, error)) {
	panic("unwritten")
}

// SendWait is Send for doors that may wait.
func (s *Service) SendWait(ctx context.Context, by Actor, d Draft) (Receipt, error) {
	panic("unwritten")
}

// SendMany sends one draft to up to 500 users (batchsendmsg): no webhook is
// asked or told. The receipt's key is common to all; failures lists receivers that did not get it.
func (s *Service) SendMany(ctx context.Context, by Actor, d Draft, to []UserID) (r Receipt, failures []ItemResult, err error) {
	panic("unwritten")
}

// Recall takes a message back. of is the user whose view names the
// conversation, "" for by himself.
func (s *Service) Recall(ctx context.Context, by Actor, of UserID, t Target, ref MessageRef, reason string) (*Message, error) {
	panic("unwritten")
}

// MarkRead moves of's read cursor up to a message; upTo 0 means all. of "" is by.
func (s *Service) MarkRead(ctx context.Context, by Actor, of UserID, t Target, upTo Seq) error {
	panic("unwritten")
}

// MarkReadUntil moves of's read cursor over the messages up to a time in Unix
// seconds.
func (s *Service) MarkReadUntil(ctx context.Context, by Actor, of UserID, t Target, until int64) error {
	panic("unwritten")
}

// Typing tells a peer that by is typing, or not any more.
func (s *Service) Typing(ctx context.Context, by Actor, peer UserID, on bool) error {
	panic("unwritten")
}

// HistoryQuery asks for a page of a conversation (spec/00 §5). Seqs and times
// are exclusive unless Inclusive; none set asks for the newest page.
type HistoryQuery struct {
	Of                    UserID // whose view; "" is the caller
	Target                Target
	Before, After, Around Seq
	BeforeTime, AfterTime int64 // Unix seconds
	Inclusive             bool
	Limit                 int // 1 to 100; 0: 20
	MaxBytes              int // of bodies; 0: 48 KiB
}

// HistoryPage is a page, oldest first.
type HistoryPage struct {
	Messages []*Message
	Finished bool // nothing lies beyond in the direction asked
	// FinishedBefore and FinishedAfter are for Around.
	FinishedBefore, FinishedAfter bool
}

// History pages a conversation as one user sees it.
func (s *Service) History(ctx context.Context, by Actor, q HistoryQuery) (HistoryPage, error) {
	panic("unwritten")
}

// RoamQuery is admin_getroammsg's question (spec/04 §6).
type RoamQuery struct {
	Of, Peer         UserID
	MinTime, MaxTime int64 // Unix seconds, both inclusive
	Max              int   // messages wanted, at most 100
	LastKey          string
}

// RoamPage is one page, oldest first; LastTime and LastKey are those of its
// oldest message.
type RoamPage struct {
	Messages []*Message
	Complete bool
	LastTime int64
	LastKey  string
}

// Roam pages a C2C conversation backwards in time.
func (s *Service) Roam(ctx context.Context, by Actor, q RoamQuery) (RoamPage, error) {
	panic("unwritten")
}

// GroupPage is group_msg_get_simple's answer (spec/22b §5), newest first;
// Gaps are the numbers asked for whose messages have expired.
type GroupPage struct {
	Messages []*Message
	Missing  []Seq
	Finished int // 1 all asked for, 0 not all, 2 all expired
}

// GroupMessages pages a group's history down from a number; 0 is the newest.
// count is cut to 20.
func (s *Service) GroupMessages(ctx context.Context, by Actor, id GroupID, from Seq, count int, withRecalled bool) (GroupPage, error) {
	panic("unwritten")
}

// PeerUnread is the number of unread messages from one peer.
type PeerUnread struct {
	Peer   UserID
	Unread uint64
	Code   Code // 70107 when the peer does not exist
}

// UnreadC2C counts u's unread C2C messages: in all, and from each of peers.
func (s *Service) UnreadC2C(ctx context.Context, by Actor, u UserID, peers []UserID) (total uint64, each []PeerUnread, err error) {
	panic("unwritten")
}

// ConvView is a conversation as it stands in a user's list.
type ConvView struct {
	Target   Target
	Head     Head
	Last     *Message // nil: none visible
	Read     ReadMark
	Unread   uint64
	PeerRead ReadMark // C2C
	Peer     *Account // C2C; nil when the account is gone
	Group    *Group
	Self     *MemberView // group
}

// ConvPage is a page of a user's conversations, newest first.
type ConvPage struct {
	Convs       []ConvView
	UnreadTotal uint64
	Cursor      string // "" at the end
}

// Conversations pages the caller's conversations; count 0 is 100, the most.
func (s *Service) Conversations(ctx context.Context, by Actor, cursor string, count int) (ConvPage, error) {
	panic("unwritten")
}

// Conversation returns one of the caller's conversations.
func (s *Service) Conversation(ctx context.Context, by Actor, t Target) (ConvView, error) {
	panic("unwritten")
}

// SyncPoint is how far a client has one conversation.
type SyncPoint struct {
	Seq Seq
	Rev uint64
}

// SyncQuery is how far a client is (spec/00 §5).
type SyncQuery struct {
	EventSeq uint64
	Convs    map[Target]SyncPoint
}

// SyncConv is a conversation that is ahead of the client.
type SyncConv struct {
	ConvView
	Events []*ConvEvent
}

// SyncPage is what the client lacks; Finished false asks for another sync.
type SyncPage struct {
	EventSeq uint64
	Events   []*UserEvent
	Convs    []SyncConv
	Finished bool
}

// Sync compares a client's state with the caller's.
func (s *Service) Sync(ctx context.Context, by Actor, q SyncQuery) (SyncPage, error) {
	panic("unwritten")
}
