package broker

import (
	"context"
	"fmt"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/hooks"
)

// newestPage is how many messages a client gets of a conversation that has more than
// the app's limit waiting. A choice.
const newestPage = 20

// moved is a conversation that has messages after a point of the commit clock.
type moved struct {
	conv       chat.Conversation
	next, head chat.Seq
	gap        bool
	cut        bool // see lagging
}

// scan puts the user's conversations with messages after since into the lag set.
// lagSet.meets adds the live messages that come meanwhile, so that a message
// committed after the heads were read is not missed.
func (s *session) scan(ctx context.Context, l *hooks.Link, since uint64) error {
	list, events, err := s.b.movedSince(ctx, s.user.key, since, s.wasAway())
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
	defer func() { s.lag.cut = s.lag.cut && s.lag.behind }()
	if s.lag.rescan {
		s.lag.rescan, s.lag.behind, s.lag.since = false, true, s.lag.rescanSince
	}
	for _, m := range list {
		if m.gap || !s.lag.found(m.conv, m.next, m.head, m.cut) {
			s.events.gap(m.conv)
		}
		if m.gap {
			s.lag.found(m.conv, m.next, m.head, m.cut)
		}
	}
	for _, e := range events {
		if !s.events.add(e.conv, e.next, e.head) {
			s.events.gap(e.conv)
		}
	}
	s.away = 0
	return nil
}

func (s *session) wasAway() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.away != 0
}

// movedEvents is a stretch of a conversation's events.
type movedEvents struct {
	conv       chat.Conversation
	next, head uint64
}

// movedSince looks at the heads of all conversations of a user for what came after a
// point of the commit clock: messages, and events if they are wanted.
func (b *Broker) movedSince(ctx context.Context, k userKey, since uint64, wantEvents bool) ([]moved, []movedEvents, error) {
	rows, err := b.svc.UserConvs(ctx, k.app, k.user)
	if err != nil {
		return nil, nil, fmt.Errorf("conversations: %w", err)
	}
	shards := make([]chat.Shard, len(rows))
	for i := range rows {
		shards[i] = rows[i].Conv.Shard()
	}
	heads, err := b.store.Heads(ctx, shards)
	if err != nil {
		return nil, nil, fmt.Errorf("heads: %w", err)
	}
	list, err := b.moved(ctx, k.user, rows, heads, since, b.resumeLimit(k.app))
	if err != nil || !wantEvents {
		return list, nil, err
	}
	var events []movedEvents
	for i, h := range heads {
		if h.EventClock <= since {
			continue
		}
		next, err := b.eventAfter(ctx, rows[i].Conv, h.Rev, since)
		if err != nil {
			return nil, nil, err
		}
		if next = max(next, rows[i].Read.FromRev+1); next <= h.Rev {
			events = append(events, movedEvents{rows[i].Conv, next, h.Rev})
		}
	}
	return list, events, nil
}

// moved finds where to begin reading each conversation that has messages after
// since. What of a one-to-one conversation the user does not want is left out when it is
// read: of their own messages they want all. It leaves out messages from before the user's view begins. Of a conversation with
// more messages than the app's limit for a resuming session it takes the newest
// page and reports a gap (spec/00 §6).
func (b *Broker) moved(ctx context.Context, user chat.UserID, rows []chat.UserConv, heads []chat.Head, since uint64, limit int) ([]moved, error) {
	var list []moved
	var convs []chat.Conversation
	var joined []chat.Seq
	var deleted []chat.Deletions
	for i, h := range heads {
		h = h.For(rows[i].Conv, user)
		if h.Clock > since && (rows[i].Want != chat.WantNone || rows[i].Conv.Kind == chat.C2C) {
			convs = append(convs, rows[i].Conv)
			joined = append(joined, rows[i].JoinSeq)
			deleted = append(deleted, rows[i].Read.Deleted)
			list = append(list, moved{conv: rows[i].Conv, head: h.Seq})
		}
	}
	next, err := b.store.SeqsAtClock(ctx, convs, since)
	if err != nil {
		return nil, fmt.Errorf("numbers at clock: %w", err)
	}
	for i := range list {
		m := &list[i]
		m.next = next[i]
		m.next = max(m.next, joined[i]+1)
		if limit > 0 && m.head >= m.next && int(m.head-m.next) >= limit {
			m.next, m.gap = max(m.head-min(newestPage, m.head), joined[i])+1, true
		}
		m.cut = deleted[i].Near(m.next, m.head)
	}
	return slices.DeleteFunc(list, func(m moved) bool { return m.next > m.head }), nil
}

// eventAfter is the Rev of the first event of a conversation after a point of the commit
// clock; head is that of the newest, which is after it. Clocks grow with the numbers, so it
// halves what it looks at.
func (b *Broker) eventAfter(ctx context.Context, c chat.Conversation, head, since uint64) (uint64, error) {
	low, high := uint64(0), head // the first one lies above low, and not above high
	for low+1 < high {
		mid := low + (high-low)/2
		list, err := b.store.ConvEvents(ctx, c, mid-1, 1)
		switch {
		case err != nil:
			return 0, fmt.Errorf("events: %w", err)
		case len(list) == 0 || list[0].Clock > since: // those that have expired are passed over
			high = mid
		default:
			low = list[0].Rev
		}
	}
	return high, nil
}

// resumeLimit is the app's ResumePerConv; 0: no limit.
func (b *Broker) resumeLimit(app chat.AppID) int {
	a, err := b.svc.App(app)
	if err != nil {
		return chat.DefaultLimits.ResumePerConv
	}
	return max(a.Limits.ResumePerConv, 0)
}
