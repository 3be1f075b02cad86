package broker

import (
	"context"
	"maps"

	"github.com/teahouse-im/teahouse/chat"
)

// connect adds a session to the user's connected sessions. When it returns, the
// user is listed in the audiences of all groups they belong to. u.mu is not held.
func (b *Broker) connect(ctx context.Context, u *user, s *session) error {
	u.mu.Lock()
	if len(u.sessions()) == 0 {
		u.figures.online.Add(1)
	}
	u.online.Store(with(*without(u.sessions(), s), s)) // a new connection is the youngest
	switch {
	case u.loaded:
		u.mu.Unlock()
		return nil
	case u.loading != nil: // another session of this user is loading them
		l := u.loading
		u.mu.Unlock()
		<-l.ready
		return l.err
	}
	l := &loading{moved: map[chat.GroupID]bool{}, wants: map[chat.GroupID]chat.Want{}, ready: make(chan struct{})}
	u.loading = l
	u.mu.Unlock()

	list, err := b.svc.Memberships(ctx, u.key.app, u.key.user)
	var peers []chat.Wish
	if err == nil {
		peers, err = b.svc.PeerWishes(ctx, u.key.app, u.key.user)
	}

	u.mu.Lock()
	defer u.mu.Unlock()
	u.loading, l.err = nil, err
	close(l.ready)
	if err != nil {
		return err
	}
	if len(u.sessions()) == 0 {
		b.index.drop(u)
		return nil
	}
	u.loaded = true
	for _, m := range list {
		if m.Group.IsTopic() { // how the user wants it, behind its community
			if _, newer := l.moved[m.Group.Home()]; !newer {
				u.wishes(m.Group, m.Flag.Want())
			}
			continue
		}
		if m.Type == chat.AVChatRoom { // the owner's row; owners watch when they join, like everybody (spec/22a §1)
			continue
		}
		if _, newer := l.moved[m.Group]; newer {
			continue
		}
		b.join(u, m.Group, m.Type)
		u.wishes(m.Group, m.Flag.Want())
	}
	for g, want := range l.wants {
		u.wishes(g, want)
	}
	u.hushPeers(nil, append(peers, l.peers...))
	return nil
}

// wishes notes which messages u wants of a group or topic. mu is held.
func (u *user) wishes(g chat.GroupID, want chat.Want) {
	if a := u.groups[g.Home()]; a != nil {
		a.wish(u, g, want)
	}
}

// disconnect removes a session from the user's connected sessions. With the last
// one the user leaves the audiences, so an absent device costs nothing per message.
// u.mu is held.
func (b *Broker) disconnect(u *user, s *session) {
	before := len(u.sessions())
	u.online.Store(without(u.sessions(), s))
	if len(u.sessions()) > 0 {
		return
	}
	if before > 0 {
		u.figures.online.Add(-1)
	}
	for _, a := range u.groups {
		b.index.unlist(u, a)
	}
	u.groups, u.loaded = nil, false
}

// join lists u in a group. u.mu is held.
func (b *Broker) join(u *user, g chat.GroupID, t chat.GroupType) {
	into := &u.groups
	if t == chat.AVChatRoom {
		into = &u.rooms
	}
	if (*into)[g] != nil {
		return
	}
	if *into == nil {
		*into = map[chat.GroupID]*audience{}
	}
	(*into)[g] = b.index.list(u, g)
}

// leave takes u out of a group at once: messages of the group that still wait for
// u are dropped. u.mu is held.
func (b *Broker) leave(u *user, g chat.GroupID) {
	for _, from := range []map[chat.GroupID]*audience{u.groups, u.rooms} {
		if a := from[g]; a != nil {
			b.index.unlist(u, a)
			delete(from, g)
		}
	}
	for _, s := range u.all {
		s.forget(g)
	}
}

// Joined implements chat.Deliverer.
func (b *Broker) Joined(app chat.AppID, g chat.GroupID, t chat.GroupType, users []chat.UserID) {
	for _, id := range users {
		k := userKey{app, id}
		if t == chat.AVChatRoom {
			u := b.index.locked(k)
			b.join(u, g, t)
			u.mu.Unlock()
			continue
		}
		u := b.index.user(k)
		if u == nil {
			continue
		}
		u.mu.Lock()
		if u.loading != nil {
			u.loading.moved[g] = true
		}
		if len(u.sessions()) > 0 && !u.dead {
			b.join(u, g, t)
		}
		u.mu.Unlock()
	}
}

// Left implements chat.Deliverer.
func (b *Broker) Left(app chat.AppID, g chat.GroupID, users []chat.UserID) {
	for _, id := range users {
		if u := b.index.user(userKey{app, id}); u != nil {
			b.left(u, g)
		}
	}
}

func (b *Broker) left(u *user, g chat.GroupID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.loading != nil {
		u.loading.moved[g] = false
		maps.DeleteFunc(u.loading.wants, func(of chat.GroupID, _ chat.Want) bool { return of.Home() == g })
	}
	b.leave(u, g)
	b.index.drop(u)
}

// Gone implements chat.Deliverer.
func (b *Broker) Gone(app chat.AppID, g chat.GroupID) {
	if home := b.index.audience(groupKey{app, g.Home()}); home != nil && g.IsTopic() {
		home.endTopic(g)
	}
	a := b.index.audience(groupKey{app, g})
	if a == nil {
		return
	}
	a.lastWords(b)
	for _, u := range a.members() {
		b.left(u, g)
	}
}

func with(list []*session, s *session) *[]*session {
	next := append(append(make([]*session, 0, len(list)+1), list...), s)
	return &next
}

func without(list []*session, s *session) *[]*session {
	next := make([]*session, 0, len(list))
	for _, other := range list {
		if other != s {
			next = append(next, other)
		}
	}
	return &next
}
