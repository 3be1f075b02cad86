package broker

import (
	"context"
	"errors"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/hooks"
)

// Sizes of one read of a catch-up.
const (
	pageMessages = 64
	pageBytes    = 256 << 10
)

// wake starts the session's catch-up if there is something to read and the
// connection can take it. mu is held.
func (s *session) wake() {
	if s.catching || !s.ready(0) || s.out.room() <= 0 || !s.lag.work() && !s.events.work() {
		return
	}
	if !s.b.spawn(s.catchUp) {
		return
	}
	s.catching = true
}

// drained is called by the connection when its buffer has emptied after it refused
// a frame.
func (s *session) drained(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == c {
		s.stalled = false
		s.wake()
		s.missedStates()
	}
}

// catchUp sends from the logs what the session has missed, until nothing is left or
// nothing can be sent. Each session has at most one such goroutine; how many read
// at once is bounded across all sessions.
func (s *session) catchUp() {
	for {
		do := s.nextRead()
		if do == nil {
			return
		}
		release := s.b.reading()
		err := do(s.b.ctx)
		release()
		if err != nil {
			s.b.log.Error("catch-up read failed", "app", uint32(s.user.key.app), "user", string(s.user.key.user), "err", err)
			s.rest()
			return
		}
	}
}

// rest ends the goroutine; the next tick of the keeper wakes it again.
func (s *session) rest() {
	s.mu.Lock()
	s.catching = false
	s.mu.Unlock()
}

// nextRead decides what to read next; nil ends the catch-up. Both happen under one
// hold of the lock, so that work added afterwards starts a new catch-up.
func (s *session) nextRead() func(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.link
	room := s.out.room()
	if !s.ready(0) || room <= 0 {
		s.catching = false
		return nil
	}
	room = min(room, pageMessages)
	switch {
	case s.lag.behind && len(s.lag.convs) < maxLagging/2:
		since := s.lag.since
		s.lag.scanning = true
		return func(ctx context.Context) error { return s.scan(ctx, l, since) }
	case s.events.user.next != 0:
		from := s.events.user
		return func(ctx context.Context) error { return s.readUserEvents(ctx, l, from, room) }
	case len(s.events.gaps) > 0:
		return func(context.Context) error { s.sendGaps(l); return nil }
	}
	if c, e := s.lag.pop(); e != nil {
		at, n := *e, min(room, int(min(e.head-e.next+1, pageMessages)))
		return func(ctx context.Context) error { return s.readMessages(ctx, l, c, at, n) }
	}
	for c, e := range s.events.convs {
		from := *e
		return func(ctx context.Context) error { return s.readConvEvents(ctx, l, c, from, room) }
	}
	s.catching = false
	return nil
}

// readMessages sends up to n messages of a conversation, which stands at from, out of the
// log. Lost ones are passed over with a gap signal: a client that asks for them is told of
// the fault.
func (s *session) readMessages(ctx context.Context, l *hooks.Link, c chat.Conversation, from lagging, n int) error {
	list, err := s.b.messages(ctx, c, from.next, n)
	var gone map[chat.Seq]bool
	if err == nil && from.cut {
		gone, err = s.b.deleted(ctx, c, s.user.key.user, list)
	}
	wanted := s.user.wanting(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.lag.convs[c]
	var lost *chat.Hole
	if err != nil && !errors.As(err, &lost) {
		if e != nil {
			s.lag.enqueue(c, e)
		}
		return err
	}
	if e == nil || e.passed {
		return nil
	}
	switch {
	case s.link != l || e.next != from.next || e.cut != from.cut: // they are read again
	case lost != nil:
		s.events.gap(c)
		e.next = min(lost.Last, e.head) + 1
	default:
		s.sendRead(e, list, gone, wanted)
	}
	if e.next > e.head {
		s.lag.caughtUp(c, e, s.b.handed())
		return nil
	}
	s.lag.enqueue(c, e)
	return nil
}

// deleted returns which of the messages a user has deleted from their view.
func (b *Broker) deleted(ctx context.Context, c chat.Conversation, u chat.UserID, list []*parcel) (map[chat.Seq]bool, error) {
	seqs := make([]chat.Seq, len(list))
	for i, p := range list {
		seqs[i] = p.m.Seq
	}
	return b.svc.Deleted(ctx, c, u, seqs)
}

// sendRead sends messages that were read, but for those that are gone or not wanted. It moves the
// position past each message that was sent or that this session does not get. mu is held.
func (s *session) sendRead(e *lagging, list []*parcel, gone map[chat.Seq]bool, wanted func(*chat.Message) bool) {
	set := s.filters.Load()
	for _, p := range list {
		if p.m.Seq > e.head {
			break
		}
		e.clock = max(e.clock, p.m.Clock)
		e.next = p.m.Seq // the numbers in between have expired
		if !e.isOwn(p.m.Seq) && !gone[p.m.Seq] && p.m.VisibleTo(s.user.key.user) && wanted(p.m) {
			f, qos, ok := p.choose(set, s.user.key.user)
			if ok && (!s.ready(qos) || !s.put(f, qos, uint64(p.m.Seq))) {
				return
			}
			if ok {
				s.b.count.caughtUp.Add(1)
				s.user.down(p.m.Conv.Kind, 1)
			}
		}
		e.next++
	}
	if len(list) == 0 {
		e.next = e.head + 1 // all of it has expired
	}
}

// messages reads up to n messages of a conversation: from the tail as far as it
// has them, otherwise from the store.
func (b *Broker) messages(ctx context.Context, c chat.Conversation, first chat.Seq, n int) ([]*parcel, error) {
	if list := b.tail.run(make([]*parcel, 0, n), c, first, n); len(list) > 0 {
		return list, nil
	}
	found, err := b.store.Messages(ctx, c, first, false, n, pageBytes)
	if err != nil {
		return nil, err
	}
	list := make([]*parcel, len(found))
	for i, m := range found {
		list[i] = newParcel(m)
		if _, exact := m.Before(""); exact {
			continue
		}
		if list[i].apart, err = b.apart(ctx, found[:i], m); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// apart are the messages right before m that are not for everybody, at most maxApart:
// read is what has been read up to m.
func (b *Broker) apart(ctx context.Context, read []*chat.Message, m *chat.Message) ([]*chat.Message, error) {
	n := min(int(m.Skips[0]), maxApart)
	if n <= len(read) {
		return read[len(read)-n:], nil
	}
	list, err := b.store.Messages(ctx, m.Conv, m.Seq-1, true, n, pageBytes)
	slices.Reverse(list)
	return list, err
}

// readUserEvents sends the user's events from the store.
func (s *session) readUserEvents(ctx context.Context, l *hooks.Link, from revs, n int) error {
	list, err := s.b.store.UserEvents(ctx, s.user.key.app, s.user.key.user, from.next-1, n)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	lag := &s.events.user
	if s.link != l || lag.next != from.next {
		return nil
	}
	for _, e := range list {
		if e.Seq > lag.head {
			break
		}
		f := userFace(e)
		if qos, ok := s.filters.Load().QoS(f.to); ok && (!s.ready(qos) || !s.put(f, qos, e.Seq)) {
			return nil
		}
		s.events.last = e.Seq
		lag.next = e.Seq + 1
	}
	if len(list) == 0 || lag.next > lag.head {
		s.events.last = max(s.events.last, lag.head)
		*lag = revs{}
	}
	return nil
}

// readConvEvents sends a conversation's events from the store.
func (s *session) readConvEvents(ctx context.Context, l *hooks.Link, c chat.Conversation, from revs, n int) error {
	list, err := s.b.store.ConvEvents(ctx, c, from.next-1, n)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	lag := s.events.convs[c]
	if s.link != l || lag == nil || lag.next != from.next {
		return nil
	}
	for _, e := range list {
		if e.Rev > lag.head {
			break
		}
		f := convFace(e, s.user.key.user)
		if qos, ok := s.filters.Load().QoS(f.to); ok && (!s.ready(qos) || !s.putEvent(f, qos, e.Rev)) {
			return nil
		}
		lag.next = e.Rev + 1
	}
	if len(list) == 0 || lag.next > lag.head {
		s.events.forget(c)
	}
	return nil
}

// sendGaps sends the gap signals owed.
func (s *session) sendGaps(l *hooks.Link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.link == l && len(s.events.gaps) > 0 {
		f := gapFace(s.events.gaps[0], s.user.key.user)
		if qos, ok := s.filters.Load().QoS(f.to); ok && (!s.ready(qos) || !s.put(f, qos, 0)) {
			return
		}
		s.events.gaps = s.events.gaps[1:]
	}
}
