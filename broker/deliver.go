package broker

import (
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
)

// Deliver implements chat.Deliverer. It runs on the lane of the conversation, so
// the messages of one conversation come in order. It encodes once and appends to
// buffers; it neither waits nor reads.
func (b *Broker) Deliver(m *chat.Message, session uint64) {
	p := newParcel(m)
	b.toParties(p, session)
	if st := b.streams.of(m.Conv.App); st != nil {
		st.show(b, p)
	}
	took := time.Duration(b.opt.Now().UnixMicro()-m.Time*1000) * time.Microsecond
	b.count.spread.Observe(max(0, took).Seconds())
}

// toParties delivers to both parties, or to the group.
func (b *Broker) toParties(p *parcel, session uint64) {
	m := p.m
	app := m.Conv.App
	if m.Conv.Kind == chat.C2C {
		b.deliverTo(b.index.user(userKey{app, chat.UserID(m.Conv.A)}), p, session)
		if m.Conv.B != m.Conv.A {
			b.deliverTo(b.index.user(userKey{app, chat.UserID(m.Conv.B)}), p, session)
		}
		return
	}
	g := m.Conv.Group()
	a := b.index.audience(groupKey{app, g.Home()})
	if a != nil && p.stored() {
		p.apart = a.apart.pass(m)
	}
	if m.Control.Has(chat.SenderOnly) {
		b.deliverTo(b.index.user(userKey{app, m.From}), p, session)
		return
	}
	if a == nil || p.m.Live() && b.coalesce(a, p, session) {
		return
	}
	a.each(func(u *user) {
		if a.wants(u, g).Takes(m, u.key.user) {
			b.deliverTo(u, p, session)
		}
	})
}

func (b *Broker) deliverTo(u *user, p *parcel, session uint64) {
	if u == nil || !p.m.VisibleTo(u.key.user) || p.m.Conv.Kind == chat.C2C && !u.takes(p.m) {
		return
	}
	for _, s := range u.sessions() {
		if s.number == session && session != 0 {
			s.ownMessage(p.m)
			continue
		}
		s.deliver(p)
	}
}

// ownMessage keeps a message from being read back to the session that sent it.
func (s *session) ownMessage(m *chat.Message) {
	s.mu.Lock()
	s.lag.skip(m.Conv, m.Seq)
	s.mu.Unlock()
}

// deliver sends a message to one session, or leaves it to the log.
func (s *session) deliver(p *parcel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, qos, ok := p.choose(s.filters.Load(), s.user.key.user)
	if !ok {
		return
	}
	m := p.m
	if !p.stored() {
		if s.once(f) {
			s.user.down(m.Conv.Kind, 1)
		}
		return
	}
	if !s.lag.meets(m.Conv, m.Seq, s.b.handed) {
		s.keep(p)
		s.wake()
		return
	}
	if s.ready(qos) && s.put(f, qos, uint64(m.Seq)) {
		s.b.count.delivered[qos].Add(1)
		s.user.down(m.Conv.Kind, 1)
		return
	}
	s.b.count.lagged.Add(1)
	s.keep(p)
	s.lag.add(m.Conv, m.Seq, s.b.handed)
}

// keep stores a message that a session could not be sent in the tail, once.
func (s *session) keep(p *parcel) {
	if !p.kept.Load() && p.kept.CompareAndSwap(false, true) {
		s.b.tail.keep(p)
	}
}

// once sends a message that is in no log, with QoS 0. If it cannot be sent now, it
// is dropped.
func (s *session) once(f *face) (sent bool) {
	if !s.ready(0) || !s.put(f, 0, 0) {
		s.b.count.dropped.Add(1)
		return false
	}
	s.b.count.delivered[0].Add(1)
	return true
}

// Typing implements chat.Deliverer.
func (b *Broker) Typing(app chat.AppID, from, to chat.UserID, on bool) {
	u := b.index.user(userKey{app, to})
	if u == nil {
		return
	}
	f := &face{to: topics.Typing(from), payload: []byte("0")}
	if on {
		f.payload = []byte("1")
	}
	for _, s := range u.sessions() {
		s.mu.Lock()
		if _, ok := s.filters.Load().QoS(f.to); ok {
			s.once(f)
		}
		s.mu.Unlock()
	}
}

// Devices implements chat.Deliverer.
func (b *Broker) Devices(app chat.AppID, id chat.UserID) []chat.Device {
	u := b.index.user(userKey{app, id})
	if u == nil {
		return nil
	}
	var list []chat.Device
	for _, s := range u.sessions() {
		s.mu.Lock()
		if l := s.link; l != nil {
			list = append(list, chat.Device{Client: s.client, Platform: l.Actor.Platform, IP: l.Actor.IP, Since: l.Since, Ticket: l.Ticket(), Leaving: s.kicked != ""})
		}
		s.mu.Unlock()
	}
	return list
}
