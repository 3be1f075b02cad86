package broker

import (
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/hooks"
)

// pushOut closes the connections that the new one of s leaves no room for, by the app's
// policy (spec/08 §5) and its limit of devices per user (spec/00 §1): the oldest that compete
// with it. It returns their platforms.
func (b *Broker) pushOut(s *session, l *hooks.Link) []chat.Platform {
	online := s.user.sessions()
	var gone []chat.Platform
	if same, most := l.App.Login.Class(l.Actor.Platform); most > 0 {
		gone = b.pushOutOf(online, same, most, s, l, gone)
	}
	if most := l.App.Limits.DevicesPerUser; most > 0 {
		gone = b.pushOutOf(online, func(chat.Platform) bool { return true }, most, s, l, gone)
	}
	return gone
}

// pushOutOf closes the oldest connections of some platforms until there are so many. Only
// those that came before s: who comes later sees to itself.
func (b *Broker) pushOutOf(online []*session, of func(chat.Platform) bool, most int, s *session, l *hooks.Link, gone []chat.Platform) []chat.Platform {
	var compete []*session
	for _, other := range online {
		if p, stays := other.staying(); stays && of(p) {
			compete = append(compete, other)
		}
	}
	for _, old := range compete[:max(0, len(compete)-most)] {
		if old == s {
			break
		}
		if p, ok := b.pushOutOne(old, l); ok && !slices.Contains(gone, p) {
			gone = append(gone, p)
		}
	}
	return gone
}

// staying is the platform of the session's connection, if it has one that has not been told
// to go.
func (s *session) staying() (chat.Platform, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link == nil || s.kicked != "" {
		return "", false
	}
	return s.link.Actor.Platform, true
}

func (b *Broker) pushOutOne(old *session, by *hooks.Link) (chat.Platform, bool) {
	old.mu.Lock()
	defer old.mu.Unlock()
	l := old.link
	if l == nil || old.kicked != "" {
		return "", false
	}
	old.close(l, chat.KickMultiLogin, newcomer(by))
	old.quietly = l // the new login's Online reports it
	b.count.disconnects.add("multi-login")
	b.lines.Info("limit reached", "devices", "limit", "devices of a user", "remote", l.Actor.IP, "app", uint32(l.Actor.App),
		"user", string(l.Actor.User), "client", old.client)
	return l.Actor.Platform, true
}

// newcomer is the device that another one has to make room for.
func newcomer(l *hooks.Link) chat.KickedBy {
	return chat.KickedBy{Platform: l.Actor.Platform, Client: l.Actor.Device}
}
