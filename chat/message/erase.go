package message

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Bounds of DeleteBySender: how many messages it looks at (spec/22b §4), and how many
// in one turn.
const (
	erasedOf    = 1000
	erasedAtAll = 100
)

// DeleteBySender marks what a user has said as recalled, among the last 1,000 messages
// of a group (spec/22b §4). Nobody is told: it is seen where the history is read. In a live
// room it is gone from what the app has kept for viewers to come.
func (s *Service) DeleteBySender(ctx context.Context, by chat.Actor, id chat.GroupID, from chat.UserID) error {
	if !by.Admin() {
		return chat.Refuse(chat.CodeGroupNotAllowed, "app administrators only")
	}
	g, err := s.groups.Find(ctx, by.App, id)
	if err != nil {
		return err
	}
	if !grouptype.Of(g.Type).Stored {
		s.recents.erase(g.Conv(), from)
		return nil
	}
	head, err := s.ledger.Head(ctx, g.Conv().Shard())
	if err != nil {
		return fmt.Errorf("read head: %w", err)
	}
	last, floor := head.Seq, head.Seq-min(head.Seq, erasedOf)
	for ; last > floor; last -= min(last, erasedAtAll) {
		down := max(floor, last-min(last, erasedAtAll))
		var gone []*chat.Message
		unrefs := s.media.Unrefs
		err := s.ledger.Change(ctx, g.Conv().Shard(), 0, func(ctx context.Context, t *ledger.Turn) (err error) {
			gone, err = erase(ctx, t, by, from, last, down)
			for _, m := range gone {
				t.Commit.Mirrors = append(t.Commit.Mirrors, unrefs(m)...)
			}
			return err
		})
		if err != nil {
			return err
		}
		for _, m := range gone {
			s.media.Released(ctx, m)
		}
	}
	return nil
}

// erase takes back what from has said in the messages from last down to above floor. It returns
// those that name files of ours, as they were.
func erase(ctx context.Context, t *ledger.Turn, by chat.Actor, from chat.UserID, last, floor chat.Seq) (files []*chat.Message, err error) {
	for last > floor {
		page, err := t.Read.Messages(ctx, t.Shard.Conv(), last, true, int(last-floor), 1<<20)
		if chat.IsHole(err) || err == nil && len(page) == 0 {
			return files, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read messages: %w", err)
		}
		for _, m := range page {
			if m.Seq <= floor {
				return files, nil
			}
			if m.From != from || m.Tip != nil || m.Recall != nil {
				continue
			}
			if err := dropLists(ctx, t, m); err != nil {
				return nil, err
			}
			taken := *m
			taken.Recall = &chat.Recall{By: by.User, Time: t.Ms}
			t.Commit.Edits = append(t.Commit.Edits, &taken)
			if m.Media != 0 {
				files = append(files, m)
			}
		}
		last = page[len(page)-1].Seq - 1
	}
	return files, nil
}
