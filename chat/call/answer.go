package call

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// Accept accepts an invitation (spec/00 §5, signal.accept). The first answer counts: another one,
// or one by another device, is 8012; 8010 when there is no such call or it is over, 8011
// for a user who was not invited. Without data the signal has the data of the invitation.
func (s *Service) Accept(ctx context.Context, by chat.Actor, id, data string) error {
	return s.signal(ctx, by, id, accept, data)
}

// Reject rejects an invitation; its refusals are those of Accept.
func (s *Service) Reject(ctx context.Context, by chat.Actor, id, data string) error {
	return s.signal(ctx, by, id, reject, data)
}

// Cancel takes back an invitation from those who have not answered. 8010 when there is no
// such call or it is over, 8011 for a user who has not made it. Its data are as those of Accept.
func (s *Service) Cancel(ctx context.Context, by chat.Actor, id, data string) error {
	return s.signal(ctx, by, id, cancel, data)
}

func (s *Service) signal(ctx context.Context, by chat.Actor, id string, what action, data string) error {
	if first := chat.ClaimOf(ctx).Repeats(); first != nil && first.Seq != 0 {
		return nil
	}
	if len(data) > maxData {
		return chat.Refuse(chat.CodeBadJSON, "Data is longer than %d bytes", maxData)
	}
	c, conv, err := s.find(ctx, by.App, id)
	if err != nil {
		return err
	}
	if _, err := c.after(by, what); err != nil { // so that the app is not asked in vain
		return again(err)
	}
	counts, err := s.counts(ctx, conv)
	if err != nil {
		return err
	}
	to := []chat.UserID{by.User}
	if what == cancel {
		to = c.waits()
	}
	if data == "" {
		data = c.Data // so that readers can tell what it is about
	}
	body, err := c.body(conv, what, to, data)
	if err != nil {
		return err
	}
	d := draft(conv.For(by.User), body, quiet(conv, what, counts), c)
	d.Hidden = c.Hidden
	d.With = func(ctx context.Context, rows chat.RowReader, to *chat.Commit) error {
		return move(ctx, rows, to, conv, id, by, what)
	}
	if err := s.send(ctx, by, d); err != nil {
		return again(err)
	}
	s.count(what)
	return nil
}

// again is the answer to a signal that was sent before: it is done.
func again(err error) error {
	if errors.Is(err, errAgain) {
		return nil
	}
	return err
}

// move changes a call in the commit of a signal, on the lane of its conversation.
func move(ctx context.Context, rows chat.RowReader, to *chat.Commit, conv chat.Conversation, id string, by chat.Actor, what action) error {
	c, err := callIn(ctx, rows, to.Shard, id)
	if err != nil {
		return err
	}
	if c == nil {
		return noCall()
	}
	next, err := c.after(by, what)
	if err != nil {
		return err
	}
	next.keep(to, conv)
	return nil
}

// after is the call once by has sent a signal, or the refusal of it; errAgain when by has
// sent it before.
func (c *row) after(by chat.Actor, what action) (*row, error) {
	switch what {
	case cancel:
		return c.cancelled(by)
	case timeout:
		return c.closed(timedOut)
	}
	invited := false
	for _, u := range c.Invitees {
		invited = invited || u == by.User
	}
	if !invited {
		return nil, chat.Refuse(chat.CodeNotInvited, "")
	}
	if r := c.replyOf(by.User); r != nil {
		if r.Accept == (what == accept) && r.Device == by.Device {
			return nil, errAgain
		}
		return nil, chat.Refuse(chat.CodeCallTaken, "answered already")
	}
	if c.End != open {
		return nil, chat.Refuse(chat.CodeNoCall, "the call is over")
	}
	return c.with(reply{by.User, by.Device, what == accept}), nil
}

func (c *row) cancelled(by chat.Actor) (*row, error) {
	switch {
	case c.Inviter != by.User || c.Holder != by.Holder:
		return nil, chat.Refuse(chat.CodeNotInvited, "")
	case c.End == cancelled:
		return nil, errAgain
	}
	return c.closed(cancelled)
}

func (c *row) closed(how end) (*row, error) {
	if c.End != open {
		return nil, chat.Refuse(chat.CodeNoCall, "the call is over")
	}
	next := *c
	next.End = how
	return &next, nil
}

// counts reports whether messages of a conversation count as unread at all.
func (s *Service) counts(ctx context.Context, conv chat.Conversation) (bool, error) {
	if conv.Kind == chat.C2C {
		return true, nil
	}
	app, err := s.ledger.App(conv.App)
	if err != nil {
		return false, err
	}
	g, err := s.Group(ctx, conv.App, conv.Group())
	if err != nil {
		return false, err
	}
	return grouptype.Of(g.Type).Counts(app), nil
}

// draft is the message of a signal of c.
func draft(to chat.Target, body json.RawMessage, marks chat.Control, c *row) chat.Draft {
	if c.OnlineOnly {
		marks |= chat.OnlineOnly
	}
	return chat.Draft{To: to, Body: body, Control: marks, Priority: chat.High, Checked: true}
}

// send sends a signal and waits until it is durable. The device that sends it gets it, too:
// so that all devices see the signals of a call in the same order.
func (s *Service) send(ctx context.Context, by chat.Actor, d chat.Draft) error {
	by.Session = 0
	got := make(chan error, 1)
	s.Send(ctx, by, d, func(r chat.Receipt, err error) { got <- sent(r, err) })
	select {
	case err := <-got:
		return err
	case <-ctx.Done():
		return chat.Internal(chat.CodeBusy, ctx.Err())
	}
}

// sent is the outcome of a signal: one that the group's rate has dropped was not sent.
func sent(r chat.Receipt, err error) error {
	if err == nil && r.DropReason != "" {
		return chat.Refuse(chat.CodeGroupRate, "")
	}
	if err != nil {
		return fmt.Errorf("send signal: %w", err)
	}
	return nil
}
