package message

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// excepted is done, or for a group message that the app wants to hear of when it
// fails, done and the webhook Group.CallbackSendMsgException (spec/30 §6.4).
func (s *Service) excepted(by chat.Actor, d *chat.Draft, done func(chat.Receipt, error)) func(chat.Receipt, error) {
	if d.To.Kind != chat.InGroup || d.SkipAfter {
		return done
	}
	app, err := s.ledger.App(by.App)
	if err != nil || !s.ledger.Wants(app, chat.SendException) {
		return done
	}
	failed := *d
	return func(r chat.Receipt, err error) {
		if err == nil && r.DropReason == chat.DroppedByRate {
			s.tellException(by, &failed, chat.Refuse(chat.CodeGroupRate, ""))
		} else if err != nil && !chat.IsFault(err) {
			s.tellException(by, &failed, err)
		}
		done(r, err)
	}
}

// tellException tells of a draft that was refused. The sender is not kept waiting
// for it; one about a group that is not there is told nobody.
func (s *Service) tellException(by chat.Actor, d *chat.Draft, why error) {
	conv := d.To.Of(by.App, by.User)
	find := s.groups.Find
	err := s.ledger.Go(conv.Shard(), false, func(ctx context.Context, t *ledger.Turn) error {
		t.Commit.Rules = 0 // decided under no rule
		app, err := t.Read.App(by.App)
		if err != nil || !t.Wants(app, chat.SendException) {
			return err
		}
		g, err := find(ctx, by.App, conv.Group())
		if err != nil {
			if chat.IsFault(err) {
				return err
			}
			return nil
		}
		e := t.Read.Event(by, chat.SendException, conv)
		e.Group, e.Message = g, refusedMessage(conv, by, d)
		e.Code, e.Info = chat.Outward(why)
		t.AddWebhook(app, e)
		return nil
	}, nil)
	if err != nil {
		s.ledger.Log().Warn("failed send not told", "conv", conv.String(), "err", err)
	}
}

// refusedMessage is a draft as far as an event tells of it.
func refusedMessage(conv chat.Conversation, by chat.Actor, d *chat.Draft) *chat.Message {
	m := &chat.Message{Conv: conv, From: d.From, Body: d.Body, Cloud: d.Cloud, Control: d.Control}
	if m.From == "" {
		m.From = by.User
	}
	if d.Random != nil {
		m.Random = *d.Random
	}
	return m
}
