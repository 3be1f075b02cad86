package broker

import (
	"context"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/sessions"
	"github.com/teahouse-im/teahouse/hooks"
)

// LogOut implements hooks.Session.
func (s *session) LogOut(l *hooks.Link) {
	stripe := s.b.stripe(s.user.key, s.client)
	stripe.Lock()
	defer stripe.Unlock()
	if s.known(l) {
		s.leave(l)
		s.b.erased(s)
	}
}

// leave has the core told, once, that the connection l of the session logs out. The
// session's stripe is held.
func (s *session) leave(l *hooks.Link) {
	s.mu.Lock()
	left := s.left
	s.left = true
	s.mu.Unlock()
	if !left {
		s.b.svc.LogOut(s.b.ctx, l.Actor)
	}
}

// Detach implements hooks.Session.
func (s *session) Detach(l *hooks.Link, end hooks.Ending) {
	b := s.b
	stripe := b.stripe(s.user.key, s.client)
	stripe.Lock()
	out := s.loggedOut(end)
	if out && s.known(l) {
		s.leave(l)
	}
	told, last, ok := b.part(s, l, end)
	stripe.Unlock()
	if !ok { // taken over meanwhile
		return
	}
	action, reason := "Disconnect", "LinkClose"
	switch {
	case out:
		action, reason = "Logout", "Unregister"
	case end.TimedOut:
		reason = "TimeOut"
	}
	b.count.disconnects.add(reason)
	if end.Expiry > 0 && !b.closing.Load() {
		b.bound(s.user.key, l.App.Limits.DevicesPerUser)
	}
	if !end.Clean && !end.Logout {
		b.noteLost(s, l)
	}
	if told {
		b.svc.Offline(b.ctx, l.Actor, action, reason, last)
	}
}

// loggedOut reports whether the end of a connection is a logout (spec/08 §1): asked for, or a
// DISCONNECT that ends the session too, or the loss of the right to be there.
func (s *session) loggedOut(end hooks.Ending) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return end.Logout || end.Clean && end.Expiry == 0 ||
		s.kicked == chat.KickAdmin || s.kicked == chat.KickBanned || s.kicked == chat.KickTicketRevoked
}

// known reports whether the core has been told of the connection l of the session.
func (s *session) known(l *hooks.Link) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.link == l && s.live && s.quietly != l
}

// noteLost logs why a connection has ended that its client has not ended.
func (b *Broker) noteLost(s *session, l *hooks.Link) {
	s.mu.Lock()
	why := string(s.kicked)
	s.mu.Unlock()
	switch {
	case why == string(chat.KickServer) || why == string(chat.KickReplaced):
		return
	case why == "":
		why = l.Why()
		if r := l.Transport.(wire).why(); why == "" || r == closedOversize {
			why = r.String()
		}
	}
	b.lines.Info("connection lost", why, "remote", l.Actor.IP, "app", uint32(l.Actor.App), "user", string(l.Actor.User),
		"client", s.client, "reason", why)
}

// part separates a session from the connection l, and keeps or ends the session.
// ok is false when l is no longer its connection. told means that the core must be
// told, last that the user has no session left. The session's stripe is held.
func (b *Broker) part(s *session, l *hooks.Link, end hooks.Ending) (told, last, ok bool) {
	u := s.user
	u.mu.Lock()
	s.mu.Lock()
	if s.link != l {
		s.mu.Unlock()
		u.mu.Unlock()
		return false, false, false
	}
	told = s.live && s.quietly != l
	s.unlink()
	keep := end.Expiry > 0 && !end.Logout
	var fire *hooks.Will
	if l.Will != nil && !end.Clean && !end.Logout && !silent(s.kicked) {
		if keep && l.Will.Delay > 0 {
			s.will, s.willAt = l.Will, at(b.opt.Now().Add(l.Will.Delay))
		} else {
			fire = l.Will
		}
	}
	if keep {
		s.expiry = time.Duration(end.Expiry) * time.Second
		s.until = at(b.opt.Now().Add(s.expiry))
		s.dirty = true // the keeper saves it, or Close
	}
	s.mu.Unlock()
	b.disconnect(u, s)
	if !keep {
		u.forget(s)
	}
	b.index.drop(u)
	u.mu.Unlock()
	if !keep {
		b.erased(s)
		last = b.wasLast(u, s.client)
	}
	if fire != nil {
		fire.Fire()
	}
	return told, last, true
}

// discard ends a detached session for good and reports whether it was its user's
// last. Its stripe is held.
func (b *Broker) discard(s *session) (last bool) {
	u := s.user
	u.mu.Lock()
	b.disconnect(u, s)
	u.forget(s)
	b.index.drop(u)
	u.mu.Unlock()
	b.erased(s)
	return b.wasLast(u, s.client)
}

// erased removes the session's row from the store, if it may have one.
func (b *Broker) erased(s *session) {
	s.mu.Lock()
	stored := s.stored
	s.stored = false
	s.mu.Unlock()
	if stored {
		if err := b.erase(s.user.key, s.client, &sessions.State{ID: s.id}); err != nil {
			b.log.Error("delete session failed", "app", uint32(s.user.key.app), "user", string(s.user.key.user), "err", err)
		}
	}
}

// erase removes a session from the store, and afterwards, without waiting, the rows
// of what it was; nil when that is not known. While the disk is full that has to wait.
func (b *Broker) erase(k userKey, client string, was *sessions.State) error {
	err := b.store.DeleteSession(context.WithoutCancel(b.ctx), k.app, k.user, client)
	if full(err) {
		b.removals.eraseLater(place{k, client}, was)
		return nil
	}
	if err != nil {
		return chat.Internal(chat.CodeInternal, err)
	}
	if was != nil {
		b.removals.end(sessions.Rows{App: k.app, User: k.user, ID: was.ID})
	}
	return nil
}
