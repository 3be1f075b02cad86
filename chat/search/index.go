package search

import (
	"cmp"
	"context"
	"errors"

	"github.com/teahouse-im/teahouse/chat"
)

// ErrDamaged is the fault of an index whose files are not what was written. It is removed,
// and made anew.
var ErrDamaged = errors.New("the index is damaged")

// Shelf keeps the indexes of all apps. Its methods are safe for concurrent use.
type Shelf interface {
	// Begin is called when the program starts, before anything can change: only an index that was
	// closed orderly by then counts as such, and only until the next Begin.
	Begin() error
	// Open opens the index of an app, which is empty when there was none. check says that
	// all of it is read to see whether it is whole. ErrDamaged when it is not.
	Open(app chat.AppID, check bool) (Index, error)
	// Remove removes the index of an app, which is not open.
	Remove(app chat.AppID) error
	// Apps are those of which there is an index.
	Apps() ([]chat.AppID, error)
	// Close ends what the indexes share. They are closed.
	Close()
}

// Index is that of one app. Methods are safe for concurrent use; ErrDamaged is among
// their errors, and ErrClosed.
type Index interface {
	// Place is Batch.Place of the last batch that is there, nil: none. Orderly reports that the
	// index was closed after everything had been written, before Shelf.Begin.
	Place() (place []byte, orderly bool, err error)
	// Put does all of a batch or, when the program ends meanwhile, perhaps nothing; what later
	// batches have done is then not there either. It may return before that is decided.
	Put(ctx context.Context, b *Batch) error
	// Messages are those that may be meant, the newest first, and whether there are more. All
	// that match are among them, and others perhaps too.
	Messages(ctx context.Context, f *Find) (list []MessageID, more bool, err error)
	// Names are users or groups that may be meant, in the order of their ids, after one.
	Names(ctx context.Context, kind NameKind, k Keywords, after string, most int) (ids []string, more bool, err error)
	// Conversations pages those that have messages here, in an order of its own, after one.
	Conversations(ctx context.Context, after chat.Conversation, most int) ([]chat.Conversation, error)
	// Forget removes the messages of a conversation.
	Forget(ctx context.Context, c chat.Conversation) error
	// Expire removes messages that have expired, now in Unix seconds.
	Expire(ctx context.Context, now int64) error
	// Renewed removes the names of one kind that no batch with the round has put.
	Renewed(ctx context.Context, kind NameKind, round uint32) error
	// Size is how many documents it has, and bytes on the disk.
	Size() (documents, bytes int64)
	// Close writes what is to be written still. orderly makes Place report it after the next
	// Shelf.Begin.
	Close(orderly bool) error
}

// MessageID is a message as an index knows it.
type MessageID struct {
	Conv chat.Conversation
	Seq  chat.Seq
	Time int64 // Unix milliseconds
}

// Message is one to be found.
type Message struct {
	MessageID
	From    chat.UserID
	Types   []string // MsgType of its elements
	Texts   []Words
	Expires int64 // Unix seconds, 0: never
}

// NameKind says what has a name.
type NameKind byte

// The kinds.
const (
	UserName  NameKind = 'u'
	GroupName NameKind = 'g'
)

// Name is a user or a group to be found.
type Name struct {
	Kind  NameKind
	ID    string
	Texts []Words
	Round uint32 // of going through all of them; see Index.Renewed
}

// Batch is what is put at a time. One of the same id replaces the other.
type Batch struct {
	Messages  []Message
	Gone      []MessageID
	Names     []Name
	NamesGone []Name // Kind and ID
	Place     []byte // nil: as it was
}

// Find asks for messages.
type Find struct {
	Keywords Keywords
	// User and Convs say where: in one-to-one conversations of User, or in one of Convs.
	User  chat.UserID
	Convs []chat.Conversation
	From  []chat.UserID // nil: anybody
	Types []string      // nil: any
	// Since and Until are the times of messages, Unix milliseconds, both inclusive.
	Since, Until int64
	Before       *MessageID // older ones; nil: all
	Most         int
}

// Compare orders messages as an index does: by time, then number, then conversation.
func (m MessageID) Compare(o MessageID) int {
	return cmp.Or(
		cmp.Compare(m.Time, o.Time), cmp.Compare(m.Seq, o.Seq), cmp.Compare(m.Conv.Kind, o.Conv.Kind),
		cmp.Compare(len(m.Conv.A), len(o.Conv.A)), cmp.Compare(m.Conv.A, o.Conv.A), cmp.Compare(m.Conv.B, o.Conv.B),
	)
}
