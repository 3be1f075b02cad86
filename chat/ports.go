package chat

import (
	"context"
	"time"
)

// Store keeps everything durable. Engines: storage/badger, storage/memory;
// the suite storage/storagetest is the contract in code.
//
// Every key lies under an AppID. Methods are safe for concurrent use. Returned
// messages, groups, members and slices are shared: callers change nothing.
// Rows that do not exist are nil pointers, zero values or empty slices, not
// errors. An error is a fault of the engine and carries no [Code].
type Store interface {
	Log
	ReceiptRows
	GroupRows
	Accounts
	Sessions
	Outbox
	AppRows

	// Close finishes the commits under way and releases the engine.
	Close() error
}

// Log keeps conversations: messages, heads, cursors, events.
type Log interface {
	// Apply makes commits durable, each atomically, in order, and returns when
	// they are on disk (fsynced where the engine has a disk). It fills the numbers
	// named at Commit. Commits of different calls for different conversations may be
	// merged into one write; for one conversation the caller has one Apply under way at a
	// time. The first message of a C2C conversation lists it for both users. After an
	// error nothing of the call is promised, and the engine refuses all further Applies.
	Apply(ctx context.Context, commits []*Commit) error
	// Clock is the commit clock: the largest Message.Clock given so far.
	Clock() uint64

	// Heads returns the heads of conversations, in the order asked; zero Heads for
	// conversations without messages.
	Heads(ctx context.Context, convs []Conversation) ([]Head, error)
	// Sender returns what u has sent in a conversation.
	Sender(ctx context.Context, c Conversation, u UserID) (SenderStat, error)
	// Message returns one message, or nil when it never was or has expired.
	Message(ctx context.Context, c Conversation, s Seq) (*Message, error)
	// Messages pages through a conversation: at most limit messages and about
	// maxBytes of bodies (at least one message), going up from first (ascending) or
	// down from first. Expired ones are passed over.
	Messages(ctx context.Context, c Conversation, first Seq, down bool, limit, maxBytes int) ([]*Message, error)
	// SeqAtTime returns the first message whose Time is at least ms; head+1 when
	// there is none.
	SeqAtTime(ctx context.Context, c Conversation, ms int64) (Seq, error)
	// SeqAtClock returns the first message whose Clock is greater than clock; head+1
	// when there is none.
	SeqAtClock(ctx context.Context, c Conversation, clock uint64) (Seq, error)
	// Seen returns the message stored with a dedup key that has not lapsed, or nil.
	Seen(ctx context.Context, c Conversation, k DedupKey) (*Message, error)

	// ConvEvents pages a conversation's events with Rev > after, ascending.
	ConvEvents(ctx context.Context, c Conversation, after uint64, limit int) ([]*ConvEvent, error)
	// UserEvents pages a user's events with Seq > after, ascending.
	UserEvents(ctx context.Context, app AppID, u UserID, after uint64, limit int) ([]*UserEvent, error)
	// UserEventSeq is the newest EventSeq of a user.
	UserEventSeq(ctx context.Context, app AppID, u UserID) (uint64, error)

	// Conversations lists what a user has: C2C conversations and groups he is a
	// member of, in no order, with his read marks. At most 10,000.
	Conversations(ctx context.Context, app AppID, u UserID) ([]UserConv, error)
	// Conversation returns one of them; ok is false when the user does not have it.
	Conversation(ctx context.Context, c Conversation, u UserID) (row UserConv, ok bool, err error)
}

// ReceiptRows keeps who has read which message. Writing is Commit's. Of
// messages that have expired nothing is promised.
type ReceiptRows interface {
	// ReceiptCounts returns how many have read each of the messages, in the order asked.
	ReceiptCounts(ctx context.Context, c Conversation, list []Seq) ([]int, error)
	// Receipted tells of each of the messages whether u has read it, in the order asked.
	Receipted(ctx context.Context, c Conversation, u UserID, list []Seq) ([]bool, error)
	// Receipts pages those who have read a message in byte order of UserID, after the
	// given one ("" first). Expires is not filled.
	Receipts(ctx context.Context, c Conversation, s Seq, after UserID, limit int) ([]ReceiptMark, error)
}

// GroupRows keeps groups, members, mutes and applications. Writing is Commit's.
type GroupRows interface {
	Group(ctx context.Context, app AppID, g GroupID) (*Group, error)
	// Groups pages group ids in byte order, after the given one ("" first),
	// of one type or of all (""). total counts all of that type.
	Groups(ctx context.Context, app AppID, t GroupType, after GroupID, limit int) (ids []GroupID, total int, err error)
	Member(ctx context.Context, app AppID, g GroupID, u UserID) (*Member, error)
	// Members pages members in byte order of UserID, after the given one ("" first).
	Members(ctx context.Context, app AppID, g GroupID, after UserID, limit int) ([]*Member, error)
	// Memberships lists the groups a user is in, at most 10,000, in byte order.
	Memberships(ctx context.Context, app AppID, u UserID) ([]Membership, error)
	// MuteUntil returns when u's mute in g ends, Unix seconds; 0: not muted. Past
	// values may be returned.
	MuteUntil(ctx context.Context, app AppID, g GroupID, u UserID) (int64, error)
	// Mutes pages mutes in byte order of UserID, ended ones perhaps included.
	Mutes(ctx context.Context, app AppID, g GroupID, after UserID, limit int) ([]Mute, error)
	// Application returns one application, or nil when it never was or has expired.
	Application(ctx context.Context, app AppID, g GroupID, newcomer UserID, kind ApplicationKind) (*Application, error)
	// Applications pages a group's applications in byte order of newcomer, then by
	// kind, after the given one (nil first), of which only these two count. Expired ones are
	// passed over.
	Applications(ctx context.Context, app AppID, g GroupID, after *Application, limit int) ([]*Application, error)
}

// Accounts keeps users and their blocklists.
type Accounts interface {
	Account(ctx context.Context, app AppID, u UserID) (*Account, error)
	// PutAccounts creates or replaces accounts, durably.
	PutAccounts(ctx context.Context, list []*Account) error
	// DeleteAccount removes the account, its relations in both directions, its user
	// events, sessions and conversation rows. Messages stay.
	DeleteAccount(ctx context.Context, app AppID, u UserID) error

	Blocked(ctx context.Context, app AppID, owner, peer UserID) (bool, error)
	// Block adds entries with the time of blocking in Unix seconds; Unblock removes.
	Block(ctx context.Context, app AppID, owner UserID, peers []UserID, at int64) error
	Unblock(ctx context.Context, app AppID, owner UserID, peers []UserID) error
	// Blocklist pages entries in byte order after the given one ("" first).
	Blocklist(ctx context.Context, app AppID, owner, after UserID, limit int) ([]BlockEntry, error)
}

// BlockEntry is one name on a blocklist.
type BlockEntry struct {
	User UserID
	At   int64 // Unix seconds
}

// Sessions keeps what survives of MQTT sessions. The core does not read them.
type Sessions interface {
	SaveSessions(ctx context.Context, list []*SessionState) error
	Session(ctx context.Context, app AppID, u UserID, client string) (*SessionState, error)
	DeleteSession(ctx context.Context, app AppID, u UserID, client string) error
	// AllSessions pages every session of every app; pass the last one got, nil first.
	AllSessions(ctx context.Context, after *SessionState, limit int) ([]*SessionState, error)
}

// SessionState is a saved MQTT session: who, what he subscribed to, and how
// far he was served.
type SessionState struct {
	App     AppID
	User    UserID
	Client  string
	Expires int64 // Unix seconds when it ends; 0: never
	// Data is the broker's: filters, cursor, lag set, packet ids. Opaque to the store.
	Data []byte
}

// Outbox keeps events until they are told. Events of one Key come out in the
// order of their commits.
type Outbox interface {
	// Pending pages undelivered events in commit order, after the given ID ("" first).
	// IDs sort as text in that order, over all apps.
	Pending(ctx context.Context, after string, limit int) ([]*Event, error)
	// Settle removes delivered or given-up events; Bury moves them to the dead letters.
	Settle(ctx context.Context, ids []string) error
	Bury(ctx context.Context, ids []string) error
	// Dead pages dead letters like Pending; Revive puts them back.
	Dead(ctx context.Context, after string, limit int) ([]*Event, error)
	Revive(ctx context.Context, ids []string) error
}

// AppRows keeps tenants made at run time.
type AppRows interface {
	StoredApps(ctx context.Context) ([]App, error)
	PutApp(ctx context.Context, a App) error
}

// Gate asks the app before something happens (spec/30 §3).
type Gate interface {
	// Before asks about a message and calls done once, from any goroutine, perhaps
	// before it returns. A nil error lets the message go on with the (perhaps rewritten) Body and Cloud of the
	// verdict. It bounds its own time to 2 s.
	Before(ctx context.Context, q Question, done func(Verdict, error))
}

// Question is a message about to be sent.
type Question struct {
	App     *App
	By      Actor
	Kind    EventKind // BeforeC2C or BeforeGroup
	Message *Message  // no Seq yet
	Group   *Group    // BeforeGroup
}

// Verdict is the app's answer.
type Verdict struct {
	Drop  bool   // discard, tell the sender success
	Body  []byte // nil: unchanged
	Cloud *string
}

// Deliverer reaches devices that are online, and remembers for persistent
// sessions that are not. Methods do not block and keep no lock that a caller
// may hold; for one conversation calls come in order.
type Deliverer interface {
	// Deliver hands over a message after its commit (or instead of one, when it is online only).
	// group is the group's row for group messages. session is not sent the message.
	Deliver(m *Message, session uint64)
	// ConvEvent tells both parties or the group of a durable event.
	ConvEvent(e *ConvEvent)
	// UserEvent tells one user's devices.
	UserEvent(e *UserEvent)
	// Typing tells a user's devices that a peer is typing, or not.
	Typing(app AppID, from, to UserID, on bool)
	// Joined and Left move users in and out of a group's audience, effective for the
	// next message. An AVChatRoom's audience is only known from these calls.
	Joined(app AppID, g GroupID, t GroupType, users []UserID)
	Left(app AppID, g GroupID, users []UserID)
	// Gone removes a whole audience.
	Gone(app AppID, g GroupID)
	// Kick closes a user's connections (all, or the one client) after telling them.
	Kick(app AppID, u UserID, client string, why KickReason, by UserID)
	// Devices lists a user's live connections, oldest first.
	Devices(app AppID, u UserID) []Device
}

// Observer is told that the outbox has something new. It does not block.
type Observer interface {
	Committed()
}

// Clock gives the time. The default is time.Now.
type Clock func() time.Time
