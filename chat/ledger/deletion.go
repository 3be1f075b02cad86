package ledger

import (
	"context"
	"encoding/binary"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// What users have deleted from their own view of a conversation: a row for each
// message. Where they may be stands in the read mark, so that nothing is read for a user
// who has deleted nothing. Turns that write them have the shard to themselves.

// deletion says that a user has deleted a message from their own view.
type deletion struct {
	Unread bool // it counts as unread while the mark is below it
}

// deletions lie with their conversation, by the user, the holder of their name and the
// message's number. They expire with the message.
var deletions = Table(record.Deletion, func(f *record.Fields, d *deletion) { record.Bool(f, 1, &d.Unread) })

// deletionsAtOnce is how many deletions are read or removed at a time.
const deletionsAtOnce = 500

// ofUser begins the keys of all that holders of a name have deleted. No UserID holds a zero
// byte.
func ofUser(u chat.UserID) string { return string(u) + "\x00" }

func ofHolder(u chat.UserID, holder uint32) string {
	return string(binary.BigEndian.AppendUint32([]byte(ofUser(u)), holder))
}

func deletionKey(prefix string, seq chat.Seq) string {
	return string(binary.BigEndian.AppendUint64([]byte(prefix), uint64(seq)))
}

// Deleted returns which of the messages u has deleted from their own view; nil when they
// have deleted none near them, and then at no cost.
func Deleted(ctx context.Context, in chat.RowReader, c chat.Conversation, u chat.UserID, d chat.Deletions, seqs ...chat.Seq) (map[chat.Seq]bool, error) {
	var asks []chat.RowAsk
	var asked []chat.Seq
	prefix := ""
	for _, seq := range seqs {
		if !d.Near(seq, seq) {
			continue
		}
		if prefix == "" {
			prefix = ofHolder(u, d.Holder)
		}
		asks = append(asks, deletions.Ask(c.Shard(), deletionKey(prefix, seq)))
		asked = append(asked, seq)
	}
	if len(asks) == 0 {
		return nil, nil
	}
	rows, err := deletions.Of(ctx, in, asks)
	if err != nil {
		return nil, err
	}
	var gone map[chat.Seq]bool
	for i, row := range rows {
		if row == nil {
			continue
		}
		if gone == nil {
			gone = make(map[chat.Seq]bool, len(rows))
		}
		gone[asked[i]] = true
	}
	return gone, nil
}

// UnreadDeletions is how many messages above a number the user of a mark has deleted
// unread.
func (r *Reader) UnreadDeletions(ctx context.Context, s chat.Shard, m chat.ReadMark, above chat.Seq) (n uint64, err error) {
	if above = max(above, m.Cleared); m.Deleted.High <= above {
		return 0, nil
	}
	prefix := ofHolder(m.User, m.Deleted.Holder)
	for after := deletionKey(prefix, above); ; {
		list, keys, err := deletions.Page(ctx, r, s, prefix, after, deletionsAtOnce)
		if err != nil {
			return 0, err
		}
		for _, d := range list {
			if d.Unread {
				n++
			}
		}
		if len(keys) < deletionsAtOnce {
			return n, nil
		}
		after = keys[len(keys)-1]
	}
}

// Delete takes messages out of the view of a mark's user, the holder of their name with
// that number, and puts the mark.
func (t *Turn) Delete(m chat.ReadMark, holder uint32, list []*chat.Message) {
	d := &m.Deleted
	d.Holder = holder
	prefix := ofHolder(m.User, holder)
	for _, one := range list {
		unread := one.Countable() && one.From != m.User && one.Seq > m.Seq
		deletions.PutUntil(t, deletionKey(prefix, one.Seq), &deletion{unread}, one.Expires)
		if unread && one.Counted > m.Counted {
			d.Less++
		}
		if d.Low == 0 || one.Seq < d.Low {
			d.Low = one.Seq
		}
		d.High = max(d.High, one.Seq)
	}
	t.PutMark(m)
}

// ForgetDeletions removes rows of what u has deleted. It reports whether there are more
// than one turn removes.
func (t *Turn) ForgetDeletions(ctx context.Context, u chat.UserID) (more bool, err error) {
	_, keys, err := deletions.Page(ctx, t.Read, t.Shard, ofUser(u), "", deletionsAtOnce)
	if err != nil {
		return false, err
	}
	for _, k := range keys {
		deletions.Remove(t, k)
	}
	return len(keys) == deletionsAtOnce, nil
}

// LeaveView forgets what u, who leaves the group whose turn it is, has deleted from it: at
// most 500 messages, beyond which the rows expire with their messages.
func (t *Turn) LeaveView(ctx context.Context, u chat.UserID) error {
	mark, err := t.Read.Mark(ctx, t.Shard.Conv(), u)
	if err == nil && mark.Deleted.High > 0 {
		_, err = t.ForgetDeletions(ctx, u)
	}
	return err
}
