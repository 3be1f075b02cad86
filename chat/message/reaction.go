package message

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Bounds of reactions (spec/00 §5). How many users an answer names is a choice,
// and how many of a page.
const (
	maxReactionID    = 64 // bytes
	maxReactionKinds = 20 // a message
	eventReactors    = 10 // users named in an event
	maxReactors      = 100
)

// reaction says that a user has reacted to a message.
type reaction struct {
	Time   int64  // Unix milliseconds
	Holder uint32 // of the user's account; see chat.Account
}

// Reactions lie with their conversation, by the message's number, the reaction
// and the user; how many have one, by number and reaction. Both expire with the message.
var (
	reactions = ledger.Table(record.Reaction, func(f *record.Fields, r *reaction) {
		record.Int(f, 1, &r.Time)
		record.Int(f, 2, &r.Holder)
	})

	reactionCounts = ledger.Counter(record.ReactionCount).Counts(record.Reaction, reactionOf)
)

// reactionKey begins the keys of all who have a reaction: no ReactionId holds a
// zero byte.
func reactionKey(seq chat.Seq, id string) string { return seqKey(seq) + id + "\x00" }

// reactionOf is the part of a reaction's key that reactionKey makes.
func reactionOf(key string) string {
	n := min(len(key), seqKeyBytes) // any bytes, zero ones too
	id, _, _ := strings.Cut(key[n:], "\x00")
	return key[:n] + id + "\x00"
}

// React adds the caller's reaction to a message, or takes it back. Doing so
// twice has no second effect. The message must be one that the caller may read and that is not
// recalled. Who is muted may react, and a peer who has blocked the caller is not told: choices.
func (s *Service) React(ctx context.Context, by chat.Actor, t chat.Target, seq chat.Seq, id string, on bool) error {
	if id == "" || len(id) > maxReactionID || !utf8.ValidString(id) || chat.HasControl(id) {
		return badReaction(t.Kind, "ReactionId is no text of 1 to 64 bytes")
	}
	v, err := s.reactionView(ctx, by, t)
	if err != nil {
		return err
	}
	if t.Kind == chat.C2C {
		blocked, err := s.people.Blocked(ctx, by.App, t.User(), by.User)
		if err != nil || blocked {
			return err
		}
	}
	return s.ledger.Change(ctx, v.conv.Shard(), by.Session, func(ctx context.Context, t *ledger.Turn) error {
		m, err := reactable(ctx, t.Read, v, seq)
		if err != nil {
			return err
		}
		return react(ctx, t, m, by, id, on)
	})
}

func badReaction(kind chat.Kind, text string) error {
	code := chat.CodeBadBody
	if kind == chat.InGroup {
		code = chat.CodeGroupParameter
	}
	return chat.Refuse(code, "%s", text)
}

// reactionView is the caller's own view; in groups they must be a member.
func (s *Service) reactionView(ctx context.Context, by chat.Actor, t chat.Target) (*view, error) {
	v, err := s.view(ctx, by, "", t)
	if err != nil || t.Kind == chat.C2C {
		return v, err
	}
	m, err := s.groups.Member(ctx, by.App, t.Group(), by.User)
	if err == nil && m == nil {
		err = chat.Refuse(chat.CodeGroupNotAllowed, "members only")
	}
	return v, err
}

// reactable finds a message that may have reactions.
func reactable(ctx context.Context, in ledger.Reads, v *view, seq chat.Seq) (*chat.Message, error) {
	m, err := v.find(ctx, in, chat.MessageRef{Seq: seq})
	if err != nil {
		return nil, err
	}
	if m.Seq < v.first || !v.sees(m) || m.Recall != nil || m.Tip != nil {
		return find(ctx, in, v.conv, chat.MessageRef{}) // refused like one that is not there
	}
	return m, nil
}

// react puts or removes the row, moves the counter and tells the conversation.
func react(ctx context.Context, t *ledger.Turn, m *chat.Message, by chat.Actor, id string, on bool) error {
	prefix := reactionKey(m.Seq, id)
	old, err := reactions.Get(ctx, t.Read, t.Shard, prefix+string(by.User))
	switch has := old != nil && old.Holder == by.Holder; {
	case err != nil || has == on:
		return err
	case old != nil && !has: // it becomes the caller's, and counts once
		reactions.PutUntil(t, prefix+string(by.User), &reaction{Time: t.Ms, Holder: by.Holder}, m.Expires)
		return nil
	}
	count, err := reactionCounts.Get(ctx, t.Read, t.Shard, prefix)
	if err != nil {
		return err
	}
	users, err := reactors(ctx, t.Read, t.Shard, prefix, "", eventReactors+1)
	if err != nil {
		return err
	}
	if on {
		if count == 0 {
			if err := roomForKind(ctx, t, m); err != nil {
				return err
			}
		}
		reactions.PutUntil(t, prefix+string(by.User), &reaction{Time: t.Ms, Holder: by.Holder}, m.Expires)
		reactionCounts.AddUntil(t, prefix, 1, m.Expires)
		users = append([]chat.UserID{by.User}, users...)
		count++
	} else {
		reactions.Remove(t, prefix+string(by.User))
		reactionCounts.AddUntil(t, prefix, -1, m.Expires)
		users = without(users, by.User)
		count--
	}
	if !m.ForAll() { // the others are not to know of the message: a choice
		return nil
	}
	named, err := persons(ctx, t.Read, t.Shard.App, users[:min(len(users), eventReactors)])
	if err != nil {
		return err
	}
	t.Commit.Events = []*chat.ConvEvent{{
		Conv: m.Conv, Time: t.Ms, Kind: chat.EventReaction, By: by.User, Seq: m.Seq, MsgID: m.ID(), Expires: m.Expires,
		Detail: &chat.EventDetail{Reactions: []chat.ReactionCount{{ID: id, Count: int(count), Users: named}}},
	}}
	return nil
}

// roomForKind refuses one kind of reaction more than a message may have.
func roomForKind(ctx context.Context, t *ledger.Turn, m *chat.Message) error {
	kinds, err := t.Read.Rows(ctx, t.Shard, chat.RowKind(record.ReactionCount), seqKey(m.Seq), "", maxReactionKinds)
	if err == nil && len(kinds) == maxReactionKinds {
		err = badReaction(m.Conv.Kind, "the message has 20 kinds of reaction")
	}
	return err
}

func without(list []chat.UserID, u chat.UserID) []chat.UserID {
	kept := list[:0]
	for _, other := range list {
		if other != u {
			kept = append(kept, other)
		}
	}
	return kept
}

// reactors pages those who have a reaction, in byte order after a name.
func reactors(ctx context.Context, in ledger.Reads, s chat.Shard, prefix string, after chat.UserID, limit int) ([]chat.UserID, error) {
	from := ""
	if after != "" {
		from = prefix + string(after)
	}
	_, keys, err := reactions.Page(ctx, in, s, prefix, from, limit)
	if err != nil {
		return nil, err
	}
	users := make([]chat.UserID, len(keys))
	for i, k := range keys {
		users[i] = chat.UserID(k[len(prefix):])
	}
	return users, nil
}

// persons shows users by name and picture.
func persons(ctx context.Context, in *ledger.Reader, app chat.AppID, users []chat.UserID) ([]chat.Person, error) {
	accounts, err := in.Accounts(ctx, app, users)
	if err != nil {
		return nil, err
	}
	list := make([]chat.Person, len(users))
	for i, u := range users {
		list[i].User = u
		if a := accounts[i]; a != nil {
			list[i].Nick, list[i].FaceURL = a.Nick, a.FaceURL
		}
	}
	return list, nil
}

// MessageReactions are the reactions to one message.
type MessageReactions struct {
	Seq  chat.Seq
	ID   string // MsgId
	List []chat.ReactionCount
}

// Reactions lists the reactions to messages, each with at most most users
// (0 to 10). Messages that the caller may not read are left out.
func (s *Service) Reactions(ctx context.Context, by chat.Actor, t chat.Target, seqs []chat.Seq, most int) ([]MessageReactions, error) {
	if len(seqs) < 1 || len(seqs) > maxReceipts {
		return nil, badReaction(t.Kind, "between 1 and 30 messages are needed")
	}
	v, err := s.view(ctx, by, "", t)
	if err != nil {
		return nil, err
	}
	answer := make([]MessageReactions, 0, len(seqs))
	for _, seq := range seqs {
		m, err := v.message(ctx, s.ledger, seq)
		if err != nil {
			return nil, err
		}
		if m == nil || !v.shows(by, m) || m.Recall != nil {
			continue
		}
		list, err := s.reactionsOf(ctx, by, m, min(most, eventReactors))
		if err != nil {
			return nil, err
		}
		answer = append(answer, MessageReactions{Seq: m.Seq, ID: m.ID(), List: list})
	}
	return answer, nil
}

func (s *Service) reactionsOf(ctx context.Context, by chat.Actor, m *chat.Message, most int) ([]chat.ReactionCount, error) {
	shard := m.Conv.Shard()
	kinds, err := s.ledger.Rows(ctx, shard, chat.RowKind(record.ReactionCount), seqKey(m.Seq), "", maxReactionKinds)
	if err != nil {
		return nil, err
	}
	list := make([]chat.ReactionCount, len(kinds))
	for i, k := range kinds {
		c := &list[i]
		c.ID, c.Count = k.Key[len(seqKey(0)):len(k.Key)-1], int(k.Add)
		mine, err := reactions.Get(ctx, s.ledger, shard, k.Key+string(by.User))
		if err != nil {
			return nil, err
		}
		c.Mine = mine != nil && mine.Holder == by.Holder
		users, err := reactors(ctx, s.ledger, shard, k.Key, "", most)
		if err != nil {
			return nil, err
		}
		if c.Users, err = persons(ctx, &s.ledger.Reader, by.App, users); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Reactors pages those who have a reaction on a message, in byte order after a
// name ("" first), at most 100, which 0 means too, or chat.NoEntries. next continues while
// it is not "".
func (s *Service) Reactors(ctx context.Context, by chat.Actor, t chat.Target, seq chat.Seq, id string, after chat.UserID, limit int) (list []chat.Person, next chat.UserID, err error) {
	v, err := s.view(ctx, by, "", t)
	if err != nil {
		return nil, "", err
	}
	m, err := v.find(ctx, s.ledger, chat.MessageRef{Seq: seq})
	if err != nil {
		return nil, "", err
	}
	if !v.shows(by, m) || m.Recall != nil {
		_, err := find(ctx, s.ledger, v.conv, chat.MessageRef{}) // refused like one that is not there
		return nil, "", err
	}
	if limit = chat.PageSize(limit, maxReactors, maxReactors); limit == 0 {
		return nil, after, nil
	}
	users, err := reactors(ctx, s.ledger, v.conv.Shard(), reactionKey(m.Seq, id), after, limit+1)
	if err != nil {
		return nil, "", err
	}
	if len(users) > limit {
		users = users[:limit]
		next = users[limit-1]
	}
	list, err = persons(ctx, &s.ledger.Reader, by.App, users)
	return list, next, err
}
