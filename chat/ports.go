package chat

import (
	"context"
	"time"
)

// Store keeps everything durable. Engines: storage/badger, storage/memory;
// the suite storage/storagetest is the contract in code. Its list of methods is
// closed: a new noun is a kind of [Row] and adds nothing here.
//
// Every key lies under an AppID. Methods are safe for concurrent use. Returned
// messages, events, cells and slices are shared: callers change nothing. What does
// not exist is a nil pointer, a zero value or an empty slice, not an error. An
// error is a fault of the engine and carries no [Code], but for CodeBusy: an engine
// whose disk is full refuses every write with it, before anything of the write has happened,
// and takes writes again when there is room.
type Store interface {
	Log
	RowReader // writing is Commit's
	Sessions
	Outbox
	Eraser

	// Close finishes the commits under way and releases the engine.
	Close() error
}

// Log keeps shards: messages, heads, cursors, events.
type Log interface {
	// Apply makes commits durable, each atomically, in order, and returns when
	// they are on disk (fsynced where the engine has a disk). It fills the numbers
	// named at Commit, sees to the keys of Chosen messages (Message.AvoidKeys), and marks
	// commits that are stale. Commits of different calls may be merged into one write; callers
	// at the same time for one shard are served one after the other. After an error nothing of
	// the call is promised, and the engine refuses all further Applies; after ErrBusy nothing of
	// the call has happened.
	Apply(ctx context.Context, commits []*Commit) error
	// Clock is a point of the commit clock at or below which nothing is still to come:
	// every message and conversation event that gets a number from now on has a larger Clock.
	Clock() uint64

	// Head returns the head of a shard; of one that has nothing, a Head with nothing but
	// Rules 1.
	Head(ctx context.Context, s Shard) (Head, error)
	// Heads returns many heads, in the order asked.
	Heads(ctx context.Context, list []Shard) ([]Head, error)
	// EachHead hands on the head of each of many conversations and what u has sent in it, in
	// the order asked, until use returns an error, which it returns. They are valid only in
	// use, which may ask the store anything.
	EachHead(ctx context.Context, convs []Conversation, u UserID, use func(i int, h *Head, own *SenderStat) error) error
	// Moved lists the peers whose one-to-one conversation with u has moved (Head.Moved)
	// after a point of the commit clock, in no order, if the engine knows them without looking
	// at each: all that Clock covers before the call, perhaps some that had moved before. ok is
	// false when it does not know; what moves from then on it may come to know.
	Moved(ctx context.Context, app AppID, u UserID, after uint64) (peers []UserID, ok bool, err error)
	// Senders returns what u has sent in each of the conversations, in the order asked.
	Senders(ctx context.Context, convs []Conversation, u UserID) ([]SenderStat, error)
	// Message returns one message, or nil when it never was or has expired; a *Hole when
	// it is lost.
	Message(ctx context.Context, c Conversation, s Seq) (*Message, error)
	// Messages pages through a conversation: at most limit messages and about
	// maxBytes of bodies (at least one message), going up from first (ascending) or
	// down from first. Expired ones are passed over. Lost ones end the page; when it would
	// begin with them, it is a *Hole.
	Messages(ctx context.Context, c Conversation, first Seq, down bool, limit, maxBytes int) ([]*Message, error)
	// SeqAtTime returns the first message whose Time is at least ms; head+1 when
	// there is none.
	SeqAtTime(ctx context.Context, c Conversation, ms int64) (Seq, error)
	// SeqsAtClock returns of each conversation the first message whose Clock is greater
	// than clock; head+1 when there is none. In the order asked.
	SeqsAtClock(ctx context.Context, convs []Conversation, clock uint64) ([]Seq, error)
	// Conversations pages the conversations of an app that have ever had a message, C2C or
	// InGroup: in byte order of A, then of B, after the given one (the zero Conversation is
	// the beginning), at most limit. It is for those who go through all of an app and are in no
	// hurry: caches are left as they are.
	Conversations(ctx context.Context, app AppID, k Kind, after Conversation, limit int) ([]LastSaid, error)
	// Users pages, like Conversations, the users of an app whose shard has ever had a commit
	// that raised its rules or told the user of something: everybody with an account, and perhaps
	// others. In byte order, after the given one ("" is the beginning), at most limit.
	Users(ctx context.Context, app AppID, after UserID, limit int) ([]UserID, error)
	// Seen returns the message stored with a dedup key that has not lapsed, or nil.
	Seen(ctx context.Context, c Conversation, k DedupKey) (*Message, error)

	// ConvEvents pages a conversation's events with Rev > after, ascending.
	ConvEvents(ctx context.Context, c Conversation, after uint64, limit int) ([]*ConvEvent, error)
	// UserEvents pages a user's events with Seq > after, ascending. The newest number
	// is Head.EventSeq of the user's shard.
	UserEvents(ctx context.Context, app AppID, u UserID, after uint64, limit int) ([]*UserEvent, error)
}

// Sessions keeps what survives of MQTT sessions. The core does not read them.
type Sessions interface {
	SaveSessions(ctx context.Context, list []*SessionState) error
	Session(ctx context.Context, app AppID, u UserID, client string) (*SessionState, error)
	DeleteSession(ctx context.Context, app AppID, u UserID, client string) error
	// AllSessions pages every session of every app; pass the last one got, nil first.
	AllSessions(ctx context.Context, after *SessionState, limit int) ([]*SessionState, error)
}

// SessionState is a saved MQTT session: its user, subscriptions and positions in
// the logs.
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

// Eraser removes apps.
type Eraser interface {
	// Erase removes all that is kept of an app: messages, events, rows, sessions, what waits in
	// the outbox and its dead letters. It does so in steps of a bounded size, and serves others'
	// calls between them; after each it says how many entries were removed, durably. What is written
	// of the app meanwhile may stay: the caller keeps that from happening, and calls until
	// nothing was removed. It stops when ctx ends, or with ErrBusy when the disk is full: what
	// was removed until then is gone, and a later call goes on.
	Erase(ctx context.Context, app AppID, removed func(entries int)) error
}

// Gate asks the app before something happens (spec/30 §3).
type Gate interface {
	// Before asks and calls done once, from any goroutine, perhaps before it returns. A
	// nil error lets the thing go on, a message with the (perhaps rewritten) Body and Cloud
	// of the verdict. It bounds its own time to 2 s.
	Before(ctx context.Context, q Question, done func(Verdict, error))
}

// Question is what is about to happen.
type Question struct {
	App     *App
	By      Actor
	Kind    EventKind
	Message *Message // BeforeC2C, BeforeGroup: no Seq yet
	Group   *Group   // of questions about groups; BeforeCreateGroup: no ID yet
	Users   []UserID // BeforeCreateGroup, BeforeInvite: who is to be in it
	Made    int      // BeforeCreateGroup: the groups of this type that the owner has

	Relation *RelationChange // BeforeFriend, BeforeAnswer
}

// Verdict is the app's answer.
type Verdict struct {
	Drop  bool   // discard, tell the sender success
	Body  []byte // nil: unchanged
	Cloud *string
	// Refused are those of the question's Users who are left out; BeforeInvite alone.
	Refused []UserID
	// Items are the answers to the items of a Relation that the app refuses.
	Items []ItemResult
}

// Deliverer reaches devices that are online, and remembers for persistent
// sessions that are not. Methods do not block and keep no lock that a caller
// may hold; for one conversation calls come in order.
type Deliverer interface {
	// Deliver hands over a message after its commit (or instead of one, when it is online
	// only). The session with that number is not sent the message; 0: no such session.
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
	// Wishes says which messages members want of their group, or a user of a peer (then g is
	// ""), effective for the next one. Who joins wants all, until it says otherwise.
	Wishes(app AppID, g GroupID, list []Wish)
	// Gone removes a whole audience.
	Gone(app AppID, g GroupID)
	// Kick closes a user's connections (all, or the one client) after telling them.
	Kick(app AppID, u UserID, client string, why KickReason, by UserID)
	// Devices lists a user's live connections, oldest first.
	Devices(app AppID, u UserID) []Device
	// Online is how many users of an app have a connection, Stayed how many of those have had
	// it since before that time, Unix milliseconds. Down is how many messages devices of the app
	// were sent since it was asked last: of one-to-one conversations, and of groups.
	Online(app AppID) int64
	Stayed(app AppID, since int64) int64
	Down(app AppID) (c2c, group int64)
	// StateMoved has those told who watch a user: the user's state may have changed (spec/00
	// §4). What it is now they are told in their own time.
	StateMoved(app AppID, u UserID)
	// Watched reports whether an administrator listens to the app's stream (spec/00
	// §4). It is asked about every message and takes no lock.
	Watched(app AppID) bool
	// Happened hands over what an after-webhook tells, for the app's stream, after the
	// commit. While nobody listens it need not be called.
	Happened(e *Event)
}

// Observer is told that the outbox has something new. It does not block.
type Observer interface {
	Committed()
}

// Clock gives the time. The default is time.Now.
type Clock func() time.Time
