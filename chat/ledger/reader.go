package ledger

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// Reads is what rules may ask of the store, on a lane and off it: whatever
// only reads and belongs to one shard.
type Reads interface {
	chat.RowReader
	Head(ctx context.Context, s chat.Shard) (chat.Head, error)
	Heads(ctx context.Context, list []chat.Shard) ([]chat.Head, error)
	EachHead(ctx context.Context, convs []chat.Conversation, u chat.UserID, use func(i int, h *chat.Head, own *chat.SenderStat) error) error
	Moved(ctx context.Context, app chat.AppID, u chat.UserID, after uint64) ([]chat.UserID, bool, error)
	Senders(ctx context.Context, convs []chat.Conversation, u chat.UserID) ([]chat.SenderStat, error)
	Message(ctx context.Context, c chat.Conversation, s chat.Seq) (*chat.Message, error)
	Messages(ctx context.Context, c chat.Conversation, first chat.Seq, down bool, limit, maxBytes int) ([]*chat.Message, error)
	SeqAtTime(ctx context.Context, c chat.Conversation, ms int64) (chat.Seq, error)
	SeqsAtClock(ctx context.Context, convs []chat.Conversation, clock uint64) ([]chat.Seq, error)
	Conversations(ctx context.Context, app chat.AppID, k chat.Kind, after chat.Conversation, limit int) ([]chat.LastSaid, error)
	Users(ctx context.Context, app chat.AppID, after chat.UserID, limit int) ([]chat.UserID, error)
	Seen(ctx context.Context, c chat.Conversation, k chat.DedupKey) (*chat.Message, error)
	ConvEvents(ctx context.Context, c chat.Conversation, after uint64, limit int) ([]*chat.ConvEvent, error)
	UserEvents(ctx context.Context, app chat.AppID, u chat.UserID, after uint64, limit int) ([]*chat.UserEvent, error)
}

// Reader is what rules read by: the store, the apps, the time. It has nothing
// that waits for a lane, so a turn may have one.
type Reader struct {
	Reads
	apps   *chat.Apps
	now    chat.Clock
	random func() uint32
}

// App returns a tenant, or a refusal: 70020 when unknown, 60016 when disabled.
func (r *Reader) App(id chat.AppID) (*chat.App, error) {
	a := r.apps.App(id)
	switch {
	case a == nil:
		return nil, chat.Refuse(chat.CodeUnknownApp, "")
	case a.Disabled:
		return nil, chat.Refuse(chat.CodeAppDisabled, "")
	}
	return a, nil
}

// AppEvenDisabled returns a tenant, nil when unknown.
func (r *Reader) AppEvenDisabled(id chat.AppID) *chat.App { return r.apps.App(id) }

// Random is a random number, such as a message gets.
func (r *Reader) Random() uint32 { return r.random() }

// NowMs is the time in Unix milliseconds.
func (r *Reader) NowMs() int64 { return r.now().UnixMilli() }

// NowSec is the time in Unix seconds.
func (r *Reader) NowSec() int64 { return r.now().Unix() }

// Expiry is when something written now leaves the app's history, Unix seconds;
// 0: never.
func (r *Reader) Expiry(a *chat.App) int64 {
	if a.Retention <= 0 {
		return 0
	}
	return r.now().Add(a.Retention).Unix()
}

// Event is a webhook event about a conversation with everything but its
// particulars.
func (r *Reader) Event(by chat.Actor, kind chat.EventKind, conv chat.Conversation) *chat.Event {
	return &chat.Event{
		App: conv.App, Kind: kind, Key: conv.String(), Time: r.NowMs(),
		By: by.User, IP: by.IP, From: by.Platform, Conv: conv, Trace: by.Trace,
	}
}
