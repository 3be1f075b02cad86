package message

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// maxPins is how many messages of a group are pinned at a time (spec/00 §5).
const maxPins = 10

// pin says who has pinned a message, and when.
type pin struct {
	By   chat.UserID
	Time int64 // Unix milliseconds
}

// pins lie with their conversation, by the message's number, and expire with it.
var pins = ledger.Table(record.Pin, func(f *record.Fields, p *pin) {
	record.Text(f, 1, &p.By)
	record.Int(f, 2, &p.Time)
})

// Pin pins a message of a group, or unpins it; doing so twice has no second effect.
// Only what everybody sees can be pinned, and ten messages (10070); those that are recalled or
// gone count no more.
func (s *Service) Pin(ctx context.Context, by chat.Actor, t chat.Target, seq chat.Seq, on bool) error {
	v, err := s.pinView(ctx, by, t)
	if err != nil {
		return err
	}
	p := &pinning{by: by, view: v, seq: seq, on: on, member: s.groups.Member}
	return s.ledger.Change(ctx, v.conv.Shard(), 0, p.do)
}

// pinning is a change of a pin under way.
type pinning struct {
	by     chat.Actor
	view   *view
	seq    chat.Seq
	on     bool
	member memberOf
}

// do is the turn.
func (p *pinning) do(ctx context.Context, t *ledger.Turn) error {
	key := seqKey(p.seq)
	has, err := pins.Has(ctx, t.Read, t.Shard, key)
	if err != nil || has == p.on {
		return err
	}
	m, err := message(ctx, t.Read, p.view.conv, p.seq)
	if err != nil {
		return err
	}
	if !p.on {
		pins.Remove(t, key)
		return p.tell(ctx, t, m)
	}
	if m == nil || m.Seq < p.view.first || !m.ForAll() || m.Recall != nil || m.Tip != nil {
		return chat.Refuse(chat.CodeGroupNoMessage, "")
	}
	if err := roomForPin(ctx, t); err != nil {
		return err
	}
	pins.PutUntil(t, key, &pin{p.by.User, t.Ms}, m.Expires)
	return p.tell(ctx, t, m)
}

// pinView is the caller's view of a group in which they may pin.
func (s *Service) pinView(ctx context.Context, by chat.Actor, t chat.Target) (*view, error) {
	if t.Kind != chat.InGroup {
		return nil, chat.Refuse(chat.CodeConvParameter, "messages are pinned in groups")
	}
	if err := s.groups.MayPin(ctx, by, t.Group()); err != nil {
		return nil, err
	}
	return s.view(ctx, by, "", t)
}

// roomForPin removes pins of messages that are shown no more, and refuses one pin
// too many.
func roomForPin(ctx context.Context, t *ledger.Turn) error {
	_, keys, err := pins.Page(ctx, t.Read, t.Shard, "", "", maxPins)
	if err != nil || len(keys) < maxPins {
		return err
	}
	for _, k := range keys {
		m, err := message(ctx, t.Read, t.Shard.Conv(), seqOfKey(k))
		if err != nil {
			return err
		}
		if m == nil || m.Recall != nil {
			pins.Remove(t, k)
		}
	}
	if len(t.Commit.Rows) == 0 {
		return chat.Refuse(chat.CodeTooManyPins, "")
	}
	return nil
}

// tell tells the group. m is nil when the message is gone.
func (p *pinning) tell(ctx context.Context, t *ledger.Turn, m *chat.Message) error {
	who, err := p.operator(ctx, t)
	if err != nil {
		return err
	}
	e := &chat.ConvEvent{
		Conv: t.Shard.Conv(), Time: t.Ms, Kind: chat.EventPin, By: p.by.User, Seq: p.seq,
		Detail: &chat.EventDetail{Pin: &chat.PinChange{Pinned: p.on, Operator: who}},
	}
	if m != nil {
		e.MsgID, e.Expires = m.ID(), m.Expires
	} else {
		e.Expires = t.Sec()
	}
	t.Commit.Events = []*chat.ConvEvent{e}
	return nil
}

// operator is the caller as the group sees them.
func (p *pinning) operator(ctx context.Context, t *ledger.Turn) (chat.Person, error) {
	named, err := persons(ctx, t.Read, p.by.App, []chat.UserID{p.by.User})
	if err != nil {
		return chat.Person{}, err
	}
	m, err := p.member(ctx, p.by.App, t.Shard.Conv().Group(), p.by.User)
	if err == nil && m != nil {
		named[0].NameCard, named[0].Role = m.NameCard, m.Role
	}
	return named[0], err
}

// PinnedPage are the pinned messages of a group, oldest first.
type PinnedPage struct {
	Messages []*chat.Message
	Before   []chat.Seq // of each, the highest lower number that the reader may see
	Receipts map[chat.Seq]chat.ReceiptCount
}

// Pins lists the pinned messages of a group as the caller's history has them.
func (s *Service) Pins(ctx context.Context, by chat.Actor, t chat.Target) (page PinnedPage, err error) {
	if t.Kind != chat.InGroup {
		return page, chat.Refuse(chat.CodeConvParameter, "messages are pinned in groups")
	}
	v, err := s.view(ctx, by, "", t)
	if err != nil {
		return page, err
	}
	numbers, err := s.pinned(ctx, v.conv)
	if err != nil {
		return page, err
	}
	for _, seq := range numbers {
		m, err := v.message(ctx, s.ledger, seq)
		if err != nil {
			return page, err
		}
		if m == nil || m.Seq < v.first || !v.sees(m) || m.Recall != nil {
			continue
		}
		before, err := v.sight().Before(ctx, s.ledger, m)
		if err != nil {
			return page, err
		}
		page.Messages, page.Before = append(page.Messages, m), append(page.Before, before)
	}
	page.Receipts, err = s.receiptsOf(ctx, v.conv, page.Messages)
	return page, err
}

// pinned are the numbers of the pinned messages of a conversation, in order. Only
// groups have some.
func (s *Service) pinned(ctx context.Context, c chat.Conversation) ([]chat.Seq, error) {
	if c.Kind != chat.InGroup {
		return nil, nil
	}
	_, keys, err := pins.Page(ctx, s.ledger, c.Shard(), "", "", maxPins)
	if err != nil {
		return nil, err
	}
	list := make([]chat.Seq, len(keys))
	for i, k := range keys {
		list[i] = seqOfKey(k)
	}
	return list, nil
}
