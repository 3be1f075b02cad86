package inbox

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/message"
)

// Delete takes a conversation off the list of of's ("" is the caller); a message that places
// it brings it back (spec/06 §3). Its pin and draft go, and nothing in it is unread any more;
// marks, groups and the receive option stay: choices. One that they do not have is no error.
func (s *Service) Delete(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target, clear bool) error {
	app, of, err := s.owner(ctx, by, of)
	if err != nil {
		return err
	}
	p, err := s.place(ctx, app, of, t)
	if err != nil {
		if chat.IsFault(err) || t.ID == "" {
			return err
		}
		return nil
	}
	if clear {
		if err := s.messages.Clear(ctx, by, of, t); err != nil {
			return err
		}
	}
	h, err := s.one(ctx, app, of, p.conv)
	if err != nil {
		return err
	}
	head, own, err := s.standing(ctx, p.conv, of)
	if err != nil {
		return err
	}
	seen, err := message.HeadFor(ctx, s.ledger, head, h.sight(of))
	if err != nil {
		return err
	}
	listed := t.Kind == chat.InGroup || seen.LastSeq >= h.first && seen.LastSeq > 0
	return s.share(ctx, app, of, func(ctx context.Context, e *editor) error {
		return e.edit(ctx, p, func(v *setting) *chat.ConvChange {
			if !v.Pinned && !v.Drafted && (!listed || v.Hidden != nil && v.Hidden.Seq >= head.Seq) {
				return nil
			}
			v.Pinned, v.Drafted = false, false
			v.Hidden = &hidden{Seq: head.Seq, Counted: head.Counted, Own: own.Counted}
			return &chat.ConvChange{Deleted: true, Read: head.Seq}
		})
	})
}

// steady is how often a head is read until nothing was said meanwhile.
const steady = 4

// standing reads a head and what u has sent up to it.
func (s *Service) standing(ctx context.Context, c chat.Conversation, u chat.UserID) (head chat.Head, own chat.SenderStat, err error) {
	for range steady {
		before := head
		if head, err = s.ledger.Head(ctx, c.Shard()); err != nil {
			return head, own, fmt.Errorf("read head: %w", err)
		}
		if before.Rules != 0 && before.Seq == head.Seq {
			return head, own, nil
		}
		sent, err := s.ledger.Senders(ctx, []chat.Conversation{c}, u)
		if err != nil {
			return head, own, fmt.Errorf("read sender: %w", err)
		}
		own = sent[0]
	}
	return head, own, nil
}

// readAtOnce is how many conversations are marked as read side by side.
const readAtOnce = 256

// ReadAll marks everything as read that the caller has of a kind of conversations, 0: of
// both. Each is a commit of its own: a call that ends early has done a part, and may be
// repeated.
func (s *Service) ReadAll(ctx context.Context, by chat.Actor, kind chat.Kind) error {
	app, err := s.ledger.App(by.App)
	if err != nil {
		return err
	}
	list, err := s.held(ctx, app, by.User)
	if err != nil {
		return err
	}
	shards, err := s.unreadOf(ctx, by.User, list, kind)
	if err != nil {
		return err
	}
	of := by.User
	var report *reporting // in the end nothing is unread elsewhere either
	if s.ledger.Wants(app, chat.AfterC2CRead) {
		report = &reporting{app: app, by: by}
	}
	for len(shards) > 0 {
		some := shards[:min(readAtOnce, len(shards))]
		shards = shards[len(some):]
		err := s.ledger.ChangeAll(ctx, some, func(ctx context.Context, t *ledger.Turn) error {
			own, err := message.HeadFor(ctx, t.Read, t.Head, message.Sight{Conv: t.Shard.Conv(), User: of})
			if err != nil {
				return err
			}
			return moveMark(ctx, t, app, by, report.of(t.Shard), of, own.Seq)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// unreadOf are those of a kind in which anything is unread, wanted or not.
func (s *Service) unreadOf(ctx context.Context, u chat.UserID, list []held, kind chat.Kind) (shards []chat.Shard, err error) {
	var convs []chat.Conversation
	var marks []chat.ReadMark
	for i := range list {
		if kind == 0 || list[i].Conv.Kind == kind {
			convs, marks = append(convs, list[i].Conv), append(marks, list[i].Read)
			shards = append(shards, list[i].Conv.Shard())
		}
	}
	heads, err := s.ledger.Heads(ctx, shards)
	if err != nil {
		return nil, fmt.Errorf("read heads: %w", err)
	}
	own, err := s.ledger.Senders(ctx, convs, u)
	if err != nil {
		return nil, fmt.Errorf("read senders: %w", err)
	}
	left := shards[:0]
	for i := range marks {
		if marks[i].Unread(heads[i], own[i]) > 0 {
			left = append(left, convs[i].Shard())
		}
	}
	return left, nil
}
