package broker

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/hooks"
)

// Sizes of what a resume brings beyond messages, choices: newestPage is what a
// client gets of a conversation that has more than the app's limit waiting;
// recentEvents of how many conversations, and how many of each, are looked at
// for events that came meanwhile (best effort: only a sync is complete).
const (
	newestPage       = 20
	recentConvs      = 256
	recentEvents     = 32
	eventsSafetyMsec = 1000
)

// moved is a conversation that has messages after a point of the commit clock.
type moved struct {
	conv       chat.Conversation
	next, head chat.Seq
	gap        bool
}

// scan finds the conversations of the user that moved after since, and puts them
// into the lag set. Live messages that come meanwhile are entered by lagSet.meets, so that a
// message committed after the heads were read is not missed.
func (s *session) scan(ctx context.Context, l *hooks.Link, since uint64) error {
	list, events, err := s.b.movedSince(ctx, s.user.key, since, s.awaySince())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag.scanning = false
	if s.link != l {
		return nil
	}
	if err != nil {
		return err
	}
	s.lag.behind = false
	if s.lag.rescan {
		s.lag.rescan, s.lag.behind, s.lag.since = false, true, s.lag.rescanSince
	}
	for _, m := range list {
		if m.gap || !s.lag.found(m.conv, m.next, m.head) {
			s.events.gap(m.conv)
		}
		if m.gap {
			s.lag.found(m.conv, m.next, m.head)
		}
	}
	for _, e := range events {
		s.events.add(e.conv, e.next, e.head)
	}
	s.away = 0
	return nil
}

func (s *session) awaySince() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.away
}

// movedEvents is a stretch of a conversation's events.
type movedEvents struct {
	conv       chat.Conversation
	next, head uint64
}

// movedSince looks at the heads of all conversations of a user. away is when he
// was last served, Unix milliseconds; 0 leaves events out.
func (b *Broker) movedSince(ctx context.Context, k userKey, since uint64, away int64) ([]moved, []movedEvents, error) {
	rows, err := b.store.Conversations(ctx, k.app, k.user)
	if err != nil {
		return nil, nil, fmt.Errorf("conversations: %w", err)
	}
	convs := make([]chat.Conversation, len(rows))
	for i := range rows {
		convs[i] = rows[i].Conv
	}
	heads, err := b.store.Heads(ctx, convs)
	if err != nil {
		return nil, nil, fmt.Errorf("heads: %w", err)
	}
	limit := b.resumeLimit(k.app)
	var list []moved
	var events []movedEvents
	for i, h := range heads {
		if h.Clock > since {
			m, err := b.moved(ctx, &rows[i], h, since, limit)
			if err != nil {
				return nil, nil, err
			}
			list = append(list, m)
		}
		if h.Rev > 0 && away > 0 && i < recentConvs {
			e, err := b.eventsSince(ctx, convs[i], h.Rev, away-eventsSafetyMsec)
			if err != nil {
				return nil, nil, err
			}
			if e.next != 0 {
				events = append(events, e)
			}
		}
	}
	return list, events, nil
}

// moved finds where a conversation is to be read from: what came after since, but
// nothing from before the user joined, and no more than the app lets a resuming
// session have (spec/00 §6).
func (b *Broker) moved(ctx context.Context, row *chat.UserConv, h chat.Head, since uint64, limit int) (moved, error) {
	m := moved{conv: row.Conv, head: h.Seq}
	var err error
	if m.next, err = b.store.SeqAtClock(ctx, row.Conv, since); err != nil {
		return m, fmt.Errorf("seq at clock: %w", err)
	}
	if row.Conv.Kind == chat.InGroup {
		m.next = max(m.next, row.JoinSeq+1)
	}
	if limit > 0 && h.Seq >= m.next && int(h.Seq-m.next) >= limit {
		m.next, m.gap = h.Seq-min(newestPage, h.Seq)+1, true
	}
	return m, nil
}

// eventsSince finds the newest events of a conversation that came after a time.
func (b *Broker) eventsSince(ctx context.Context, c chat.Conversation, head uint64, ms int64) (movedEvents, error) {
	after := head - min(head, recentEvents)
	list, err := b.store.ConvEvents(ctx, c, after, recentEvents)
	if err != nil {
		return movedEvents{}, fmt.Errorf("events: %w", err)
	}
	for _, e := range list {
		if e.Time >= ms {
			return movedEvents{conv: c, next: e.Rev, head: head}, nil
		}
	}
	return movedEvents{}, nil
}

// resumeLimit is the app's ResumePerConv; 0: no limit.
func (b *Broker) resumeLimit(app chat.AppID) int {
	a, err := b.svc.App(app)
	if err != nil {
		return chat.DefaultLimits.ResumePerConv
	}
	return max(a.Limits.ResumePerConv, 0)
}
