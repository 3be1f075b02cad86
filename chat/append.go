package chat

import (
	"context"
	"hash/maphash"
	"sync/atomic"
)

// ruleBook counts changes of the rules that bind a conversation's senders
// (membership, mutes, blocks), so that a message admitted under the present ones is not checked twice.
// Conversations share counters by hash; a needless second check does no harm.
type ruleBook struct {
	seed   maphash.Seed
	epochs [4096]atomic.Uint64
}

func newRuleBook() *ruleBook { return &ruleBook{seed: maphash.MakeSeed()} }

func (b *ruleBook) of(c Conversation) *atomic.Uint64 {
	return &b.epochs[maphash.Comparable(b.seed, c)%uint64(len(b.epochs))]
}

// at returns the present epoch. Read it before the rules themselves.
func (b *ruleBook) at(c Conversation) uint64 { return b.of(c).Load() }

// changed begins a new epoch. Call it once the change is durable.
func (b *ruleBook) changed(c Conversation) { b.of(c).Add(1) }

// append hands the draft to its conversation's lane.
func (s *Service) append(j *sending) {
	m := j.msg
	if j.group != nil && !s.rates.allow(m.Conv, m.Priority, j.app.Limits.GroupRate, s.nowSec()) {
		r := receiptOf(m)
		r.DropReason = DroppedByRate
		j.done(r, nil)
		return
	}
	j.step = step{conv: m.Conv, bytes: len(m.Body) + len(m.Cloud) + 128, session: j.by.Session, sending: j}
	if err := s.lanes.enqueue(&j.step); err != nil {
		j.done(Receipt{}, err)
	}
}

// prepare runs on the lane: the rules are asked again if they have changed
// since the draft was admitted.
func (s *Service) prepare(ctx context.Context, j *sending) (*Commit, error) {
	m := j.msg
	if s.rules.at(m.Conv) != j.epoch {
		if err := s.recheck(ctx, j); err != nil {
			return nil, err
		}
	}
	c := &j.commit
	c.Conv = m.Conv
	j.one[0] = m
	if j.transient {
		if j.group != nil && !j.group.Type.rules().stored {
			m.Seq = s.rooms.next(m.Conv)
		}
		c.Passing = j.one[:]
	} else {
		c.Messages = j.one[:]
	}
	if !j.skipAfter {
		c.Outbox = s.afterSend(j)
	}
	return c, nil
}

// recheck repeats the part of admit that the world may have overtaken.
func (s *Service) recheck(ctx context.Context, j *sending) error {
	m := j.msg
	if m.Conv.Kind == C2C {
		if j.by.Standing != AsUser {
			return nil
		}
		blocked, err := s.blocked(ctx, j.app, m.Conv, m.From)
		if err == nil && blocked {
			j.dropped = true
			return Refuse(CodeBlocked, "")
		}
		return err
	}
	g, err := s.group(ctx, m.Conv.App, m.Conv.Group())
	if err != nil {
		return err
	}
	j.group = g
	if err := s.admitReceipt(ctx, j); err != nil {
		return err
	}
	return s.sender(ctx, j.by, m.From, g)
}

// sent answers the sender.
func (s *Service) sent(j *sending, err error) {
	switch {
	case j.dropped:
		j.done(receiptOf(j.msg), nil)
	case err != nil:
		j.done(Receipt{}, err)
	case j.msg.Duplicate != nil:
		r := receiptOf(j.msg.Duplicate)
		r.Duplicate = true
		j.done(r, nil)
	default:
		j.done(receiptOf(j.msg), nil)
	}
}

// afterSend is the event that tells the app, if it wants to know.
func (s *Service) afterSend(j *sending) []*Event {
	kind := AfterC2C
	if j.group != nil {
		kind = AfterGroup
	}
	if !j.app.Webhook.On(kind) {
		return nil
	}
	e := s.event(j.by, kind, j.msg.Conv)
	e.Message, e.Group = j.msg, j.group
	e.Unread = j.unread
	if j.msg.Countable() {
		e.Unread++
	}
	return []*Event{e}
}

// event is an event of a conversation with everything but its particulars.
func (s *Service) event(by Actor, kind EventKind, conv Conversation) *Event {
	return &Event{
		App: conv.App, Kind: kind, Key: conv.String(), Time: s.nowMs(),
		By: by.User, IP: by.IP, From: by.Platform, Conv: conv,
	}
}
