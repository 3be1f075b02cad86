package inbox

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// maxRecounted is how many messages behind a mark are looked at to tell the app how many of
// them are the reader's own.
const maxRecounted = 1000

// reporting tells the app that somebody has read one-to-one messages (spec/30 §6.3); nil
// when it does not want to know.
type reporting struct {
	app       *chat.App
	by        chat.Actor
	elsewhere uint64 // what the reader has not read in other one-to-one conversations
}

// reporting prepares the report of a mark of of's in a conversation.
func (s *Service) reporting(ctx context.Context, app *chat.App, by chat.Actor, of chat.UserID, conv chat.Conversation) (*reporting, error) {
	if conv.Kind != chat.C2C || !s.ledger.Wants(app, chat.AfterC2CRead) {
		return nil, nil
	}
	total, err := s.UnreadTotal(ctx, app.ID, of)
	if err != nil {
		return nil, err
	}
	v, err := s.setOf(ctx, conv, of)
	if err != nil {
		return nil, err
	}
	here, err := s.unreadPrivate(ctx, app.ID, of, []held{heldPeer(app.ID, of, conv.Peer(of), v)})
	if err != nil {
		return nil, err
	}
	return &reporting{app, by, total - min(total, here[0].unread)}, nil
}

// tell adds the webhook event about a mark that is moved to a message.
func (r *reporting) tell(ctx context.Context, t *ledger.Turn, old chat.ReadMark, seq chat.Seq) error {
	if r == nil {
		return nil
	}
	conv := t.Shard.Conv()
	left, err := unreadAfter(ctx, t, old, seq)
	if err != nil {
		return err
	}
	e := t.Read.Event(r.by, chat.AfterC2CRead, conv)
	e.Users = []chat.UserID{old.User, conv.Peer(old.User)}
	e.Unread = int64(r.elsewhere + left)
	e.Message = &chat.Message{Conv: conv, Seq: seq, Time: t.Ms}
	newest, err := t.Read.Messages(ctx, conv, seq, true, 1, 1)
	switch {
	case err != nil && !chat.IsHole(err):
		return fmt.Errorf("read messages: %w", err)
	case err == nil && len(newest) > 0:
		e.Message.Time = newest[0].Time
	}
	t.AddWebhook(r.app, e)
	return nil
}

// unreadAfter is how much its user has not read once a mark stands at seq. Of more than
// 1,000 messages behind it the user's own count too.
func unreadAfter(ctx context.Context, t *ledger.Turn, m chat.ReadMark, seq chat.Seq) (n uint64, err error) {
	conv, looked := t.Shard.Conv(), 0
	for next := max(seq, m.Cleared) + 1; next <= t.Head.Seq; {
		page, err := t.Read.Messages(ctx, conv, next, false, 100, 1<<20)
		if err != nil && !chat.IsHole(err) {
			return 0, fmt.Errorf("read messages: %w", err)
		}
		if err != nil || len(page) == 0 {
			break
		}
		for _, one := range page {
			if one.Countable() && one.From != m.User {
				n++
			}
		}
		last := page[len(page)-1]
		if looked += len(page); looked >= maxRecounted {
			n += t.Head.Counted - min(t.Head.Counted, last.Counted)
			break
		}
		next = last.Seq + 1
	}
	gone, err := t.Read.UnreadDeletions(ctx, t.Shard, m, seq)
	return n - min(n, gone), err
}

// of is the report of a conversation: of groups there is none.
func (r *reporting) of(s chat.Shard) *reporting {
	if s.Conv().Kind != chat.C2C {
		return nil
	}
	return r
}
