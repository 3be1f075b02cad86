package message

import (
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// SendReceipts tells the authors of messages that of has read them. of "" is
// the caller; administrators may name another. Messages that ask for no receipt, or not
// from this user, are passed over, and so is what was told before; a batch that has
// nothing else is refused. Only who was there when a group message was sent is asked.
func (s *Service) SendReceipts(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target, refs []chat.MessageRef) error {
	v, err := s.receiptView(ctx, by, of, t, len(refs))
	if err != nil {
		return err
	}
	if t.Kind == chat.InGroup {
		m, err := s.groups.Member(ctx, by.App, t.Group(), v.user)
		switch {
		case err != nil:
			return err
		case m == nil: // that an administrator may read a group makes nobody a member
			return chat.Refuse(chat.CodeGroupNotAllowed, "members only")
		}
		v.first = max(v.first, m.JoinSeq+1)
	}
	found, err := s.askedOf(ctx, v, refs)
	if err != nil {
		return err
	}
	group := s.groups.Find
	// A receipt changes no rule, so the readers of one group share commits.
	return s.ledger.Share(ctx, v.conv.Shard(), by.Session, 256*len(found), func(ctx context.Context, t *ledger.Turn) error {
		list, err := unreceipted(ctx, t, v, found)
		if err != nil || len(list) == 0 {
			return err
		}
		told, err := putReceipts(ctx, t, by, v.user, list)
		if err != nil || len(told) == 0 || t.Shard.Conv().Kind != chat.InGroup {
			return err
		}
		return tellReceipts(ctx, t, by, v.user, told, group)
	})
}

// askedOf finds those of the messages whose receipt the view's user may send,
// each once.
func (s *Service) askedOf(ctx context.Context, v *view, refs []chat.MessageRef) ([]*chat.Message, error) {
	list := make([]*chat.Message, 0, len(refs))
	for _, ref := range refs {
		m, err := v.find(ctx, s.ledger, ref)
		switch code := chat.CodeOf(err); {
		case code == chat.CodeNoMessage || code == chat.CodeGroupNoMessage:
			continue
		case err != nil:
			return nil, err
		}
		if m.From == v.user || m.Seq < v.first || !wantsReceipt(m) || !v.sees(m) {
			continue
		}
		if !slices.ContainsFunc(list, func(o *chat.Message) bool { return o.Seq == m.Seq }) {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		return nil, noReceipt(v.conv.Kind)
	}
	return list, nil
}

// unreceipted returns those of the messages that still want a receipt from the
// view's user. A message may have been recalled since it was found, or its group may be gone.
func unreceipted(ctx context.Context, t *ledger.Turn, v *view, found []*chat.Message) ([]*chat.Message, error) {
	list := make([]*chat.Message, 0, len(found))
	asks := make([]chat.RowAsk, 0, len(found))
	for _, was := range found {
		m, err := message(ctx, t.Read, v.conv, was.Seq)
		if err != nil {
			return nil, err
		}
		if m != nil && m.Clock == was.Clock && wantsReceipt(m) {
			list = append(list, m)
			asks = append(asks, receipts.Ask(t.Shard, receiptKey(m.Seq, v.user)))
		}
	}
	have, err := receipts.Of(ctx, t.Read, asks)
	if err != nil {
		return nil, err
	}
	fresh := list[:0]
	for i, m := range list {
		if have[i] == nil {
			fresh = append(fresh, m)
		}
	}
	return fresh, nil
}

// putReceipts makes u's receipts durable and tells the conversation of all of
// them at once. Receipts of targeted messages are counted and not told, because
// the other members are not to know of such messages: a choice.
func putReceipts(ctx context.Context, t *ledger.Turn, by chat.Actor, u chat.UserID, list []*chat.Message) ([]chat.ReceiptCount, error) {
	asks := make([]chat.RowAsk, len(list))
	for i, m := range list {
		asks[i] = receiptCounts.Ask(t.Shard, seqKey(m.Seq))
	}
	counts, err := receiptCounts.Of(ctx, t.Read, asks)
	if err != nil {
		return nil, err
	}
	var told []chat.ReceiptCount
	expires := int64(0)
	for i, m := range list {
		receipts.PutUntil(t, receiptKey(m.Seq, u), &receipt{Time: t.Ms}, m.Expires)
		receiptCounts.AddUntil(t, seqKey(m.Seq), 1, m.Expires)
		if !m.ForAll() {
			continue
		}
		c := unreadCount(m)
		c.Read = int(counts[i]) + 1
		expires = later(expires, m.Expires, len(told) == 0)
		told = append(told, c)
	}
	if len(told) > 0 {
		t.Commit.Events = []*chat.ConvEvent{{
			Conv: t.Shard.Conv(), Time: t.Ms, Kind: chat.EventReceipt, By: u,
			Detail: &chat.EventDetail{Receipts: told}, Expires: expires,
		}}
	}
	return told, nil
}

// tellReceipts adds the webhook event about receipts of one reader in a group.
func tellReceipts(ctx context.Context, t *ledger.Turn, by chat.Actor, u chat.UserID, list []chat.ReceiptCount,
	group func(context.Context, chat.AppID, chat.GroupID) (*chat.Group, error),
) error {
	app, err := t.Read.App(by.App)
	if err != nil || !t.Wants(app, chat.AfterReceipt) {
		return err
	}
	e := t.Read.Event(by, chat.AfterReceipt, t.Shard.Conv())
	if e.Group, err = group(ctx, by.App, t.Shard.Conv().Group()); err != nil {
		return err
	}
	for _, c := range list {
		e.Receipts = append(e.Receipts, chat.ReceiptTold{Seq: c.Seq, Read: c.Read, Unread: c.Unread(), By: []chat.UserID{u}})
	}
	t.AddWebhook(app, e)
	return nil
}

// later is the later of two times of expiry, of which 0 is never; of the first
// one it is that one. The event is of no use to anybody once its last message is gone.
func later(a, b int64, first bool) int64 {
	switch {
	case first:
		return b
	case a == 0 || b == 0:
		return 0
	}
	return max(a, b)
}
