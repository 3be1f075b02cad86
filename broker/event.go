package broker

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
	"github.com/teahouse-im/teahouse/wire/form"
)

// maxEventLag bounds, for one session, the conversations with unsent events and the
// unsent gap signals. Events beyond it are counted as dropped; the client's next
// sync brings them.
const maxEventLag = 1024

// eventLag holds the events a session has still to be sent, as positions in the
// logs of events. session.mu guards it.
type eventLag struct {
	convs map[chat.Conversation]*revs
	user  revs                // EventSeqs; zero: nothing
	last  uint64              // EventSeq of the newest user event sent
	gaps  []chat.Conversation // an im/event/conversation with Gap is still to be sent
}

// revs is a stretch of event numbers to be read.
type revs struct{ next, head uint64 }

// meets is asked about each live event of a conversation; see lagSet.meets.
func (g *eventLag) meets(c chat.Conversation, rev uint64) bool {
	e := g.convs[c]
	if e == nil {
		return true
	}
	e.head = max(e.head, rev)
	return false
}

// add enters events that could not be sent. It reports false beyond the bound.
func (g *eventLag) add(c chat.Conversation, next, head uint64) bool {
	if e := g.convs[c]; e != nil {
		e.next, e.head = min(e.next, next), max(e.head, head)
		return true
	}
	if len(g.convs) >= maxEventLag {
		return false
	}
	if g.convs == nil {
		g.convs = map[chat.Conversation]*revs{}
	}
	g.convs[c] = &revs{next, head}
	return true
}

func (g *eventLag) forget(c chat.Conversation) {
	delete(g.convs, c)
	if len(g.convs) == 0 {
		g.convs = nil
	}
}

func (g *eventLag) work() bool { return len(g.convs) > 0 || g.user.next != 0 || len(g.gaps) > 0 }

// gap notes that the client must be sent a gap signal for a conversation.
func (g *eventLag) gap(c chat.Conversation) {
	if len(g.gaps) < maxEventLag {
		g.gaps = append(g.gaps, c)
	}
}

// convFace is an event of a conversation as viewer sees it.
func convFace(e *chat.ConvEvent, viewer chat.UserID) *face {
	return &face{
		conv: e.Conv, to: topics.Event(e.Kind), payload: form.AppendConvEvent(nil, e, viewer),
		brief: func() []byte { return form.AppendBriefConvEvent(nil, e, viewer) },
	}
}

func userFace(e *chat.UserEvent) *face {
	return &face{
		to: topics.Event(e.Kind), payload: form.AppendUserEvent(nil, e),
		brief: func() []byte { return form.AppendBriefUserEvent(nil, e) },
	}
}

func gapFace(c chat.Conversation, viewer chat.UserID) *face {
	return &face{to: topics.Event(chat.UserChanged), payload: form.AppendGap(nil, c, viewer)}
}

// ConvEvent implements chat.Deliverer. In C2C each party sees the conversation
// by the other's name; a group's members see the same.
func (b *Broker) ConvEvent(e *chat.ConvEvent) {
	if e.Kind == chat.EventRecall || e.Kind == chat.EventModify {
		b.tail.forget(e.Conv, e.Seq) // the kept copy is outdated
	}
	if e.Conv.Kind == chat.C2C {
		b.convEventTo(chat.UserID(e.Conv.A), e)
		if e.Conv.B != e.Conv.A {
			b.convEventTo(chat.UserID(e.Conv.B), e)
		}
		return
	}
	a := b.index.audience(groupKey{e.Conv.App, e.Conv.Group().Home()})
	if a == nil {
		return
	}
	f := convFace(e, "")
	a.each(func(u *user) { u.convEvent(f, e) })
}

func (b *Broker) convEventTo(id chat.UserID, e *chat.ConvEvent) {
	if u := b.index.user(userKey{e.Conv.App, id}); u != nil && len(u.sessions()) > 0 {
		u.convEvent(convFace(e, id), e)
	}
}

func (u *user) convEvent(f *face, e *chat.ConvEvent) {
	for _, s := range u.sessions() {
		s.convEvent(f, e)
	}
}

func (s *session) convEvent(f *face, e *chat.ConvEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	qos, ok := s.filters.Load().QoS(f.to)
	if !ok {
		return
	}
	if !s.events.meets(e.Conv, e.Rev) {
		s.wake()
		return
	}
	if s.ready(qos) && s.putEvent(f, qos, e.Rev) {
		s.b.count.events.Add(1)
		return
	}
	if e.Rev == 0 || !s.events.add(e.Conv, e.Rev, e.Rev) {
		s.b.count.dropped.Add(1)
	}
}

// UserEvent implements chat.Deliverer.
func (b *Broker) UserEvent(e *chat.UserEvent) {
	if e.Told != nil {
		b.tail.forget(e.Conv, e.Told.Seq)
	}
	u := b.index.user(userKey{e.App, e.User})
	if u == nil || len(u.sessions()) == 0 {
		return
	}
	f := userFace(e)
	cut := e.Kind == chat.UserDelete || e.Kind == chat.UserClear
	for _, s := range u.sessions() {
		if cut {
			s.cutView(e.Conv)
		}
		s.userEvent(f, e.Seq)
	}
}

// cutView notes that the user has taken messages out of their view: those that are still
// to be sent are not to be.
func (s *session) cutView(c chat.Conversation) {
	s.mu.Lock()
	s.lag.cuts(c)
	s.mu.Unlock()
}

func (s *session) userEvent(f *face, seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	qos, ok := s.filters.Load().QoS(f.to)
	lag := &s.events.user
	switch {
	case seq != 0 && seq <= s.events.last: // read from the store already
	case lag.next != 0:
		lag.head = max(lag.head, seq)
		s.wake()
	case !ok:
		s.events.last = max(s.events.last, seq)
	case s.ready(qos) && s.put(f, qos, seq):
		s.b.count.events.Add(1)
		s.events.last = max(s.events.last, seq)
	case seq != 0:
		*lag = revs{seq, seq}
	default:
		s.b.count.dropped.Add(1)
	}
}
