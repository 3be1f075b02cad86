package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Turn is one change of one shard while it has the shard's lane: the rows it
// reads are the latest, and what it puts into its commit is all that happens. It owns what
// it has, and has nothing that waits.
type Turn struct {
	Read   *Reader // sees what earlier steps of the batch have put
	Shard  chat.Shard
	Head   chat.Head
	Ms     int64 // now, Unix milliseconds
	Commit *chat.Commit

	watched bool // somebody listens to the app's stream
}

// turn begins a turn: its commit is decided under the present rules.
func (l *Ledger) turn(ctx context.Context, s chat.Shard, in Reads) (*Turn, error) {
	head, err := in.Head(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("read head: %w", err)
	}
	read := l.Reader
	read.Reads = in
	return &Turn{
		Read: &read, Shard: s, Head: head, Ms: l.NowMs(), watched: l.Deliverer().Watched(s.App),
		Commit: &chat.Commit{Shard: s, Rules: head.Rules},
	}, nil
}

// Sec is now in Unix seconds.
func (t *Turn) Sec() int64 { return t.Ms / 1000 }

// put adds a row of the turn's shard; one of a rule kind begins a new revision.
func (t *Turn) put(r chat.Row) {
	t.Commit.Rows = append(t.Commit.Rows, r)
	if record.Kind(r.Kind).Rule() {
		t.Commit.Raise = true
	}
}

// Mirror puts a row of another shard.
func (t *Turn) Mirror(s chat.Shard, r chat.Row) {
	t.Commit.Mirrors = append(t.Commit.Mirrors, chat.Mirror{Shard: s, Row: r})
}

// noticeLife is how long a notice is kept for its user (spec/23).
const noticeLife = 7 * 24 * time.Hour

// AddNotice gives one user a group system notification.
func (t *Turn) AddNotice(u chat.UserID, n *chat.Notice) {
	t.Commit.Notices = append(t.Commit.Notices, NoticeEvent(t.Shard.App, u, t.Ms, n))
}

// NoticeEvent is the event that gives one user a notice; ms is now, Unix milliseconds.
func NoticeEvent(app chat.AppID, u chat.UserID, ms int64, n *chat.Notice) *chat.UserEvent {
	return &chat.UserEvent{
		App: app, User: u, Time: ms, Kind: chat.UserGroup, Notice: n,
		Expires: ms/1000 + int64(noticeLife/time.Second),
	}
}

// Wants reports whether anybody is to be told of a webhook event: the app's own
// server, or an administrator who listens to the app's stream.
func (t *Turn) Wants(app *chat.App, kind chat.EventKind) bool {
	return app.Webhook.On(kind) || t.watched
}

// AddWebhook tells the app's own server of an event, if it is called about that
// kind, and those who listen to the app's stream.
func (t *Turn) AddWebhook(app *chat.App, e *chat.Event) { Tell(t.Commit, app, e) }

// Tell adds a webhook event to a commit; see [Turn.AddWebhook].
func Tell(c *chat.Commit, app *chat.App, e *chat.Event) {
	if app.Webhook.On(e.Kind) {
		c.Outbox = append(c.Outbox, e)
	} else {
		c.Told = append(c.Told, e)
	}
}
