package media

import (
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// Messages are kept as they were sent. Wherever they leave the core their addresses are signed
// anew, here and nowhere else: what reads the store reads it by [Addresses.Store], what is
// delivered goes by [Addresses.Deliverer], what the app is asked about by [Addresses.Gate]. One
// without files of ours costs a look at a number.

// Message is a message with the present addresses of its files: itself when it has none.
func (a *Addresses) Message(m *chat.Message) *chat.Message {
	if m == nil || m.Media == 0 || m.Recall != nil {
		return m
	}
	fresh := *m
	fresh.Body = a.Body(m.Conv.App, m.Body)
	return &fresh
}

// Body is a MsgBody with the present addresses of its files.
func (a *Addresses) Body(app chat.AppID, body []byte) []byte {
	return a.text(app, body, eachNamed)
}

// List is the list of a merged message with the present addresses of its files.
func (a *Addresses) List(app chat.AppID, list []byte) []byte {
	return a.text(app, list, eachMerged)
}

func (a *Addresses) text(app chat.AppID, text []byte, each func([]byte, func(slot) bool) bool) []byte {
	if !Names(text) {
		return text
	}
	var slots []slot
	each(text, func(s slot) bool {
		if s.text != nil {
			slots = append(slots, s)
		}
		return true
	})
	if len(slots) == 0 {
		return text
	}
	until := a.until()
	return rewritten(text, slots, func(dst []byte, s slot) []byte {
		return a.append(dst, app, s.id, s.variant, until)
	})
}

// messages are messages with present addresses: the list itself when none has files.
func (a *Addresses) messages(list []*chat.Message) []*chat.Message {
	copied := false
	for i, m := range list {
		if m.Media == 0 {
			continue
		}
		if !copied {
			list, copied = slices.Clone(list), true
		}
		list[i] = a.Message(m)
	}
	return list
}

func (a *Addresses) convEvent(e *chat.ConvEvent) *chat.ConvEvent {
	if e == nil || e.Message == nil || e.Message.Media == 0 {
		return e
	}
	fresh := *e
	fresh.Message = a.Message(e.Message)
	return &fresh
}

func (a *Addresses) userEvent(e *chat.UserEvent) *chat.UserEvent {
	if e == nil || e.Told == nil || e.Told.Message == nil || e.Told.Message.Media == 0 {
		return e
	}
	fresh := *e
	fresh.Told = a.convEvent(e.Told)
	return &fresh
}

func (a *Addresses) event(e *chat.Event) *chat.Event {
	if e == nil || e.Message == nil || e.Message.Media == 0 {
		return e
	}
	fresh := *e
	fresh.Message = a.Message(e.Message)
	return &fresh
}

// each changes the items of a list that change says are others.
func each[T any](list []*T, change func(*T) *T) []*T {
	copied := false
	for i, one := range list {
		if now := change(one); now != one {
			if !copied {
				list, copied = slices.Clone(list), true
			}
			list[i] = now
		}
	}
	return list
}

// Store is a store whose messages have present addresses. What is written is kept as it comes.
func (a *Addresses) Store(s chat.Store) chat.Store { return &freshStore{s, a} }

type freshStore struct {
	chat.Store
	fresh *Addresses
}

// Message implements chat.Log.
func (s *freshStore) Message(ctx context.Context, c chat.Conversation, n chat.Seq) (*chat.Message, error) {
	m, err := s.Store.Message(ctx, c, n)
	return s.fresh.Message(m), err
}

// Messages implements chat.Log.
func (s *freshStore) Messages(ctx context.Context, c chat.Conversation, first chat.Seq, down bool, limit, maxBytes int) ([]*chat.Message, error) {
	list, err := s.Store.Messages(ctx, c, first, down, limit, maxBytes)
	return s.fresh.messages(list), err
}

// Seen implements chat.Log.
func (s *freshStore) Seen(ctx context.Context, c chat.Conversation, k chat.DedupKey) (*chat.Message, error) {
	m, err := s.Store.Seen(ctx, c, k)
	return s.fresh.Message(m), err
}

// ConvEvents implements chat.Log.
func (s *freshStore) ConvEvents(ctx context.Context, c chat.Conversation, after uint64, limit int) ([]*chat.ConvEvent, error) {
	list, err := s.Store.ConvEvents(ctx, c, after, limit)
	return each(list, s.fresh.convEvent), err
}

// UserEvents implements chat.Log.
func (s *freshStore) UserEvents(ctx context.Context, app chat.AppID, u chat.UserID, after uint64, limit int) ([]*chat.UserEvent, error) {
	list, err := s.Store.UserEvents(ctx, app, u, after, limit)
	return each(list, s.fresh.userEvent), err
}

// Pending implements chat.Outbox.
func (s *freshStore) Pending(ctx context.Context, after string, limit int) ([]*chat.Event, error) {
	list, err := s.Store.Pending(ctx, after, limit)
	return each(list, s.fresh.event), err
}

// Deliverer is one who is given messages with present addresses.
func (a *Addresses) Deliverer(d chat.Deliverer) chat.Deliverer { return &freshDeliverer{d, a} }

type freshDeliverer struct {
	chat.Deliverer
	fresh *Addresses
}

// Deliver implements chat.Deliverer.
func (d *freshDeliverer) Deliver(m *chat.Message, session uint64) {
	d.Deliverer.Deliver(d.fresh.Message(m), session)
}

// ConvEvent implements chat.Deliverer.
func (d *freshDeliverer) ConvEvent(e *chat.ConvEvent) { d.Deliverer.ConvEvent(d.fresh.convEvent(e)) }

// UserEvent implements chat.Deliverer.
func (d *freshDeliverer) UserEvent(e *chat.UserEvent) { d.Deliverer.UserEvent(d.fresh.userEvent(e)) }

// Happened implements chat.Deliverer.
func (d *freshDeliverer) Happened(e *chat.Event) { d.Deliverer.Happened(d.fresh.event(e)) }

// Gate is one that asks about messages with present addresses.
func (a *Addresses) Gate(g chat.Gate) chat.Gate { return &freshGate{g, a} }

type freshGate struct {
	chat.Gate
	fresh *Addresses
}

// Before implements chat.Gate.
func (g *freshGate) Before(ctx context.Context, q chat.Question, done func(chat.Verdict, error)) {
	q.Message = g.fresh.Message(q.Message)
	g.Gate.Before(ctx, q, done)
}
