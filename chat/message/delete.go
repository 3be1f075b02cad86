package message

import (
	"context"
	"fmt"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// maxDeleted is how many messages one call deletes (spec/00 §5, spec/04 §7a).
const maxDeleted = 30

// Delete takes messages out of the view of one user ("" is the caller): the others
// keep them (spec/00 §5). Messages that are not in the view are passed over, so that doing
// it twice has no second effect. The user's devices are told.
func (s *Service) Delete(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target, refs []chat.MessageRef) error {
	if len(refs) < 1 || len(refs) > maxDeleted {
		return badReaction(t.Kind, "between 1 and 30 messages are needed")
	}
	v, err := s.view(ctx, by, of, t)
	if err != nil {
		return err
	}
	app, err := s.ledger.App(by.App)
	if err != nil {
		return err
	}
	some := false
	err = s.ledger.Change(ctx, v.conv.Shard(), 0, func(ctx context.Context, t *ledger.Turn) error {
		mark, err := t.Read.Mark(ctx, v.conv, v.user)
		if err != nil {
			return err
		}
		now := *v
		now.first, now.deleted, now.gone = max(v.first, mark.First()), mark.Deleted, nil
		list, err := now.these(ctx, t.Read, refs)
		if err != nil || len(list) == 0 {
			return err
		}
		t.Delete(mark, v.holder, list)
		e := &chat.UserEvent{
			App: by.App, User: v.user, Time: t.Ms, Kind: chat.UserDelete, Conv: v.conv, Expires: t.Read.Expiry(app),
			Detail: &chat.UserDetail{},
		}
		for _, m := range list {
			e.Detail.Deleted = append(e.Detail.Deleted, m.Seq)
		}
		t.Commit.Notices = []*chat.UserEvent{e}
		some = true
		return nil
	})
	if err == nil && some {
		s.tellItems(v.conv, 0, v.user)
	}
	return err
}

// these are those of the messages that the view has, each once, in the order of their
// numbers.
func (v *view) these(ctx context.Context, in ledger.Reads, refs []chat.MessageRef) ([]*chat.Message, error) {
	list := make([]*chat.Message, 0, len(refs))
	for _, ref := range refs {
		m, err := v.find(ctx, in, ref)
		switch code := chat.CodeOf(err); {
		case code == chat.CodeNoMessage || code == chat.CodeGroupNoMessage || chat.IsHole(err):
			continue
		case err != nil:
			return nil, err
		}
		if m.Seq >= v.first && v.sees(m) && !slices.ContainsFunc(list, func(o *chat.Message) bool { return o.Seq == m.Seq }) {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b *chat.Message) int { return int(int64(a.Seq) - int64(b.Seq)) })
	return list, nil
}

// Clear takes all messages that there are out of the view of one user ("" is the
// caller): the others keep them (spec/00 §5). What comes later is seen. The conversation
// stays in the user's list, and how far they have read it stays as it is. The user's
// devices are told.
func (s *Service) Clear(ctx context.Context, by chat.Actor, of chat.UserID, conv chat.Target) error {
	v, err := s.view(ctx, by, of, conv)
	if err != nil {
		return err
	}
	app, err := s.ledger.App(by.App)
	if err != nil {
		return err
	}
	more := false
	err = s.ledger.Change(ctx, v.conv.Shard(), 0, func(ctx context.Context, t *ledger.Turn) error {
		more, err = clearView(ctx, t, app, v)
		return err
	})
	for err == nil && more {
		err = s.ledger.Change(ctx, v.conv.Shard(), 0, func(ctx context.Context, t *ledger.Turn) error {
			mark, err := t.Read.Mark(ctx, v.conv, v.user)
			if more = false; err != nil || mark.Deleted.High > 0 { // something has been deleted since
				return err
			}
			more, err = t.ForgetDeletions(ctx, v.user)
			return err
		})
	}
	if err == nil {
		s.tellItems(v.conv, 0, v.user)
	}
	return err
}

// clearView is the turn of Clear. It reports whether more is to be forgotten of what the
// user has deleted.
func clearView(ctx context.Context, t *ledger.Turn, app *chat.App, v *view) (more bool, err error) {
	mark, err := t.Read.Mark(ctx, v.conv, v.user)
	if err != nil || max(mark.First(), v.first) > t.Head.Seq {
		return false, err
	}
	own, err := HeadFor(ctx, t.Read, t.Head, *v.sight())
	if err != nil {
		return false, err
	}
	sent, err := t.Read.Senders(ctx, []chat.Conversation{v.conv}, v.user)
	if err != nil {
		return false, fmt.Errorf("read sender: %w", err)
	}
	mark.Cleared, mark.Counted, mark.Own, mark.Extra = t.Head.Seq, t.Head.Counted, sent[0].Counted, 0
	if mark.Deleted.High > 0 {
		more, err = t.ForgetDeletions(ctx, v.user)
		mark.Deleted = chat.Deletions{}
	}
	t.PutMark(mark)
	t.Commit.Notices = []*chat.UserEvent{{
		App: app.ID, User: v.user, Time: t.Ms, Kind: chat.UserClear, Conv: v.conv, Read: own.Seq, Expires: t.Read.Expiry(app),
	}}
	return more, err
}

// Deleted returns which of the messages of a conversation u has deleted or cleared from
// their own view; nil when there are none.
func (s *Service) Deleted(ctx context.Context, c chat.Conversation, u chat.UserID, seqs []chat.Seq) (map[chat.Seq]bool, error) {
	mark, err := s.ledger.Mark(ctx, c, u)
	if err != nil {
		return nil, err
	}
	gone, err := ledger.Deleted(ctx, s.ledger, c, u, mark.Deleted, seqs...)
	if err != nil {
		return nil, err
	}
	for _, seq := range seqs {
		if seq > mark.Cleared {
			continue
		}
		if gone == nil {
			gone = map[chat.Seq]bool{}
		}
		gone[seq] = true
	}
	return gone, nil
}

// Get returns the messages of a conversation that are named, as the caller's history has
// them, in the order of their numbers; unknown ones are left out (spec/00 §5). before are
// the highest lower numbers that the caller may see.
func (s *Service) Get(ctx context.Context, by chat.Actor, t chat.Target, refs []chat.MessageRef) (HistoryPage, []chat.Seq, error) {
	var page HistoryPage
	if len(refs) < 1 || len(refs) > maxDeleted {
		return page, nil, badReaction(t.Kind, "between 1 and 30 messages are needed")
	}
	v, err := s.view(ctx, by, "", t)
	if err != nil {
		return page, nil, err
	}
	if page.Messages, err = v.these(ctx, s.ledger, refs); err != nil {
		return page, nil, err
	}
	before := make([]chat.Seq, len(page.Messages))
	for i, m := range page.Messages {
		if before[i], err = v.sight().Before(ctx, s.ledger, m); err != nil {
			return page, nil, err
		}
	}
	if page.Pinned, err = s.pinned(ctx, v.conv); err != nil {
		return page, nil, err
	}
	page.Receipts, err = s.receiptsOf(ctx, v.conv, page.Messages)
	return page, before, err
}
