package broker

import (
	"errors"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/sessions"
	"github.com/teahouse-im/teahouse/hooks"
)

// Attach implements hooks.Sessions. Connections of one client are served one
// after another: a stripe of locks is held until the old one has been closed and the
// new one has its session.
func (b *Broker) Attach(l *hooks.Link) (hooks.Session, bool, error) {
	k := userKey{l.Actor.App, l.Actor.User}
	s, present, err := b.attach(k, l)
	if err != nil {
		return nil, false, err
	}
	if !present && l.Expiry > 0 {
		b.bound(k, l.App.Limits.DevicesPerUser)
	}
	return s, present, nil
}

func (b *Broker) attach(k userKey, l *hooks.Link) (*session, bool, error) {
	stripe := b.stripe(k, l.Actor.Device)
	stripe.Lock()
	defer stripe.Unlock()
	if b.closing.Load() {
		return nil, false, chat.Refuse(chat.CodeShutdown, "")
	}
	l.Expiry = b.granted(l)

	s, err := b.existing(k, l)
	if err != nil {
		return nil, false, err
	}
	present := s != nil
	if s == nil {
		if s, err = b.newSession(k, l); err != nil {
			return nil, false, err
		}
	}
	s.take(l)
	err = b.connect(b.ctx, s.user, s)
	if err == nil && present {
		s.silence()
		err = b.eventsBehind(s)
	}
	if err == nil {
		err = s.endure()
	}
	if err != nil {
		end := hooks.Ending{Clean: true}
		if present { // a new one has never been
			end.Expiry = l.Expiry
		}
		b.part(s, l, end)
		return nil, false, coded(err)
	}
	pushed := b.pushOut(s, l)
	s.mu.Lock()
	s.pushedOut = pushed
	s.mu.Unlock()
	return s, present, nil
}

// coded makes an error without a code a fault of ours.
func coded(err error) error {
	if _, has := errors.AsType[*chat.Error](err); has {
		return err
	}
	return chat.Internal(chat.CodeInternal, err)
}

// granted returns how many seconds the session may outlive its connection: what
// the client asks for, at most MaxSessionExpiry and at most the app's retention,
// since a longer session would find nothing to catch up with (a choice).
func (b *Broker) granted(l *hooks.Link) uint32 {
	most := b.opt.MaxSessionExpiry
	if r := l.App.Retention; r > 0 && r < most {
		most = r
	}
	return min(l.Expiry, uint32(most/time.Second))
}

// existing finds the session to resume, in memory or in the store; nil when there
// is none or the client wants a new one. A connection that has it now is closed.
func (b *Broker) existing(k userKey, l *hooks.Link) (*session, error) {
	u := b.index.locked(k)
	s := u.session(l.Actor.Device)
	if s == nil {
		b.index.drop(u)
	}
	u.mu.Unlock()
	if s == nil {
		return b.restore(k, l)
	}
	resume := !l.CleanStart && s.born == l.Born && s.resumable(b.opt.Now())
	will := s.replaced(l, resume)
	if will != nil {
		will.Fire()
	}
	if resume {
		return s, nil
	}
	b.discard(s)
	return nil, nil
}

// resumable reports whether a session may be taken up again: a connected one
// that was asked to be kept and not logged out, or a detached one that has not expired.
func (s *session) resumable(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link != nil {
		return s.expiry > 0 && !s.link.LoggedOut()
	}
	return !s.until.passed(now)
}

// replaced closes the connection that a new one of the same client takes over from.
// It returns the Will to send, if any: a session that is resumed keeps a delayed
// Will from being sent, MQTT 5 §3.1.4.
func (s *session) replaced(by *hooks.Link, resumed bool) *hooks.Will {
	s.mu.Lock()
	defer s.mu.Unlock()
	will := s.will
	s.will = nil
	if l := s.link; l != nil {
		will = l.Will
		s.close(l, chat.KickReplaced, newcomer(by))
		s.b.count.disconnects.add("replaced")
		s.unlink()
	}
	if will != nil && resumed && will.Delay > 0 {
		return nil
	}
	return will
}

// unlink detaches the session from its connection. From here on it is served from
// the logs. mu is held.
func (s *session) unlink() {
	if !s.lag.behind {
		s.lag.behind, s.lag.since = true, s.b.handed()
	}
	s.lag.scanning, s.lag.rescan = false, false
	s.b.meters.of(s.user.key.app).connected.Add(-1)
	s.link, s.conn, s.live, s.stalled = nil, nil, false, false
	s.listen()
	s.watchesNobody()
	s.away = s.b.opt.Now().UnixMilli()
}

// newSession makes an empty session and enters it.
func (b *Broker) newSession(k userKey, l *hooks.Link) (*session, error) {
	s := &session{b: b, client: l.Actor.Device, number: b.numbers.Add(1), born: l.Born}
	s.pubs = hooks.NewInbound(nil, nil)
	if l.Expiry > 0 {
		s.id = sessions.NewID()
		s.pubs = hooks.NewInbound(b.kept(sessions.Rows{App: k.app, User: k.user, ID: s.id}), nil)
		head, err := b.store.Head(b.ctx, chat.UserShard(k.app, k.user))
		if err != nil {
			return nil, chat.Internal(chat.CodeInternal, err)
		}
		s.events.last = head.EventSeq
	}
	b.enter(k, s)
	return s, nil
}

// enter puts a session into its user's record.
func (b *Broker) enter(k userKey, s *session) {
	u := b.index.locked(k)
	defer u.mu.Unlock()
	s.user = u
	u.all = append(u.all, s)
	u.back(s.client)
}

// take connects the session to l. Nothing is sent before Start.
func (s *session) take(l *hooks.Link) {
	l.Actor.Session = s.number
	w := l.Transport.(wire)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.link, s.conn, s.version = l, w.conn, l.Version
	s.live, s.left, s.stalled, s.kicked = false, false, false, ""
	s.maxBytes = int(l.MaxPacket)
	s.out.size = defaultWindow
	if l.Window > 0 {
		s.out.size = min(int32(l.Window), maxWindow)
	}
	if expiry := time.Duration(l.Expiry) * time.Second; s.expiry != expiry {
		s.expiry, s.goodFor = expiry, 0
	}
	s.until = 0
	w.takes(s.maxBytes)
	w.OnDrain(s)
	m := s.b.meters.of(s.user.key.app)
	m.connected.Add(1)
	w.count(&m.flow)
}

// Start implements hooks.Session: what is unacknowledged goes out again under its
// old ids [MQTT-4.4.0-1], then the logs are caught up with.
func (s *session) Start(l *hooks.Link) {
	s.mu.Lock()
	why := s.kicked
	if s.link != l {
		why = chat.KickReplaced
	}
	if why != "" {
		s.mu.Unlock()
		l.Goodbye(l.Version, kickCodes[why], string(why))
		return
	}
	s.live = true
	s.listen()
	s.resend()
	s.wake()
	s.system(s.b.opt.Now())
	s.watches(byName(s.filters.Load().All()), byFilter)
	s.greets()
	pushed := s.pushedOut
	s.pushedOut = nil
	s.mu.Unlock()
	s.b.svc.Online(s.b.ctx, l.Actor, pushed)
}

// resend repeats the window with DUP set. What does not fit the new connection's
// window or buffer is left to the logs. mu is held.
func (s *session) resend() {
	for i := range s.out.queue {
		p := &s.out.queue[i]
		if p.done {
			continue
		}
		fr := p.f.frame(s.version, 1)
		if i >= int(s.out.size) || !s.conn.Frame(fr.bytes, fr.idOffset, idAfter(s.out.first, i), true) {
			s.relag(s.out.cut(i))
			return
		}
	}
}

// relag returns sent packets to the lag, by their numbers. mu is held.
func (s *session) relag(list []sent) {
	for _, p := range list {
		switch {
		case p.done || p.seq == 0:
		case p.f.conv.Kind == 0:
			u := &s.events.user
			if u.next == 0 || p.seq < u.next {
				u.next = p.seq
			}
			u.head = max(u.head, p.seq, s.events.last)
			s.events.last = min(s.events.last, p.seq-1)
		case p.event:
			s.events.add(p.f.conv, p.seq, p.seq)
		default:
			s.lag.found(p.f.conv, chat.Seq(p.seq), chat.Seq(p.seq), true)
		}
	}
}
