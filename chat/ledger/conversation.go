package ledger

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// What users have of conversations: how far they have read, under the
// conversation, and which one-to-one conversations they have at all, under the user. It
// stands here because the rooms that make conversations (group, message) write it and the
// room that lists them (inbox) reads it.

var marks = Table(record.ReadMark, func(f *record.Fields, m *chat.ReadMark) {
	record.Int(f, 1, &m.Seq)
	record.Int(f, 2, &m.Time)
	record.Int(f, 3, &m.Counted)
	record.Int(f, 4, &m.Own)
	record.Int(f, 5, &m.From)
	record.Int(f, 6, &m.FromRev)
	record.Int(f, 7, &m.Extra)
	record.Int(f, 8, &m.Cleared)
	record.Int(f, 9, &m.Deleted.Low)
	record.Int(f, 10, &m.Deleted.High)
	record.Int(f, 11, &m.Deleted.Less)
	record.Int(f, 12, &m.Deleted.Holder)
}).Named(func(m *chat.ReadMark, _ chat.Shard, key string) { m.User = chat.UserID(key) })

// peer is a one-to-one conversation in a user's list.
type peer struct {
	Since int64 // Unix milliseconds
}

var peers = Table(record.Peer, func(f *record.Fields, p *peer) { record.Int(f, 1, &p.Since) })

// Mark is how far u has read a conversation; nothing yet is a mark at 0.
func (r *Reader) Mark(ctx context.Context, c chat.Conversation, u chat.UserID) (chat.ReadMark, error) {
	m, err := marks.Get(ctx, r, c.Shard(), string(u))
	if m == nil {
		return chat.ReadMark{User: u}, err
	}
	return *m, err
}

// Marks is Mark for many conversations of u, in the order asked.
func (r *Reader) Marks(ctx context.Context, convs []chat.Conversation, u chat.UserID) ([]chat.ReadMark, error) {
	asks := make([]chat.RowAsk, len(convs))
	for i, c := range convs {
		asks[i] = AskMark(c, u)
	}
	return r.MarksAsked(ctx, asks)
}

// PeerMarks is how far the other party has read each of u's one-to-one
// conversations, in the order asked.
func (r *Reader) PeerMarks(ctx context.Context, convs []chat.Conversation, u chat.UserID) ([]chat.ReadMark, error) {
	asks := make([]chat.RowAsk, len(convs))
	for i, c := range convs {
		asks[i] = AskMark(c, c.Peer(u))
	}
	return r.MarksAsked(ctx, asks)
}

// AskMark names u's mark in a conversation for MarksAsked.
func AskMark(c chat.Conversation, u chat.UserID) chat.RowAsk { return marks.Ask(c.Shard(), string(u)) }

// EachMark hands on the marks that were asked for, in the order asked: shared ones, nil where
// nothing has been read.
func (r *Reader) EachMark(ctx context.Context, asks []chat.RowAsk, use func(i int, m *chat.ReadMark)) error {
	found, err := marks.Of(ctx, r, asks)
	for i, m := range found {
		use(i, m)
	}
	return err
}

// MarksAsked returns many marks, in the order asked.
func (r *Reader) MarksAsked(ctx context.Context, asks []chat.RowAsk) ([]chat.ReadMark, error) {
	found, err := marks.Of(ctx, r, asks)
	if err != nil {
		return nil, err
	}
	list := make([]chat.ReadMark, len(asks))
	for i, m := range found {
		list[i].User = chat.UserID(asks[i].Key)
		if m != nil {
			list[i] = *m
		}
	}
	return list, nil
}

// SetMark begins u's mark at message at; 0 is the head after the commit. The
// store gives the counters.
func (t *Turn) SetMark(u chat.UserID, at chat.Seq) { t.moveMark(chat.ReadMark{User: u}, at) }

// MoveMark moves a mark as SetMark does. What the user has cleared and deleted stays so.
func (t *Turn) MoveMark(ctx context.Context, old chat.ReadMark, at chat.Seq) error {
	old.Deleted.Less = 0
	if at != 0 {
		var err error
		if old.Deleted.Less, err = t.Read.UnreadDeletions(ctx, t.Shard, old, at); err != nil {
			return err
		}
	}
	t.moveMark(old, at)
	return nil
}

func (t *Turn) moveMark(old chat.ReadMark, at chat.Seq) {
	now := old
	now.Time, now.Extra = t.Ms, 0
	marks.PutAt(t, string(old.User), at, old.User, func(n chat.Numbers) *chat.ReadMark {
		moved := now
		moved.Seq = n.Seq
		if n.Seq > old.Cleared {
			moved.Counted, moved.Own = n.Counted, n.Own
		}
		return &moved
	})
}

// PutMark puts a mark as it is.
func (t *Turn) PutMark(m chat.ReadMark) { marks.Put(t, string(m.User), &m) }

// PutUnread sets how many messages the user of a mark has not read: n of the newest,
// whatever counts as unread. own is what the user has sent.
func (t *Turn) PutUnread(old chat.ReadMark, n uint64, own chat.SenderStat) {
	n = min(n, uint64(t.Head.Seq))
	old.Seq, old.Time = t.Head.Seq-chat.Seq(n), t.Ms
	old.Counted, old.Own, old.Extra, old.Deleted.Less = t.Head.Counted, own.Counted, n, 0
	t.PutMark(old)
}

// EndMark ends the view of a user whose account is deleted: all there is lies
// before the view of the name's next user, and counts as unread for nobody. How far they had read
// stays, for the peer.
func (t *Turn) EndMark(old chat.ReadMark) {
	rev := t.Head.Rev
	marks.PutAt(t, string(old.User), 0, old.User, func(n chat.Numbers) *chat.ReadMark {
		return &chat.ReadMark{
			Seq: old.Seq, Time: old.Time, Counted: n.Counted, Own: n.Own, From: n.Seq, FromRev: rev,
		}
	})
}

// DropMark removes u's mark.
func (t *Turn) DropMark(u chat.UserID) { marks.Remove(t, string(u)) }

// HasPeer reports whether u's list has the conversation with other.
func (r *Reader) HasPeer(ctx context.Context, app chat.AppID, u, other chat.UserID) (bool, error) {
	return peers.Has(ctx, r, chat.UserShard(app, u), string(other))
}

// PeersAmong reports of each of some users whether u's list has the conversation with them.
func (r *Reader) PeersAmong(ctx context.Context, app chat.AppID, u chat.UserID, some []chat.UserID) ([]bool, error) {
	asks := make([]chat.RowAsk, len(some))
	for i, p := range some {
		asks[i] = peers.Ask(chat.UserShard(app, u), string(p))
	}
	rows, err := peers.Of(ctx, r, asks)
	if err != nil {
		return nil, err
	}
	has := make([]bool, len(some))
	for i := range rows {
		has[i] = rows[i] != nil
	}
	return has, nil
}

// Peers pages the users that u has conversations with, in byte order after a name
// ("" first).
func (r *Reader) Peers(ctx context.Context, app chat.AppID, u, after chat.UserID, limit int) ([]chat.UserID, error) {
	rows, err := r.Rows(ctx, chat.UserShard(app, u), chat.RowKind(record.Peer), "", string(after), limit)
	if err != nil {
		return nil, fmt.Errorf("read peers: %w", err)
	}
	list := make([]chat.UserID, len(rows)) // since when is not asked for
	for i := range rows {
		list[i] = chat.UserID(rows[i].Key)
	}
	return list, nil
}

// ListPeer puts the conversation with other into u's list; for the commit of
// that conversation, wherever it is filled. ms is the time in Unix milliseconds.
func ListPeer(c *chat.Commit, u, other chat.UserID, ms int64) {
	c.Mirrors = append(c.Mirrors, chat.Mirror{
		Shard: chat.UserShard(c.Shard.App, u), Row: peers.Row(string(other), &peer{Since: ms}),
	})
}

// UnlistPeer takes the one-to-one conversation whose turn it is off u's list. Messages
// under way are decided again: one of them may have to list it anew.
func (t *Turn) UnlistPeer(u chat.UserID) {
	t.Commit.Raise = true
	t.Mirror(chat.UserShard(t.Shard.App, u), peers.Gone(string(t.Shard.Conv().Peer(u))))
}
