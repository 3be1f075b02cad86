package broker

import (
	"maps"

	"github.com/teahouse-im/teahouse/chat"
)

// wish notes which messages u wants of the group, or of one of its topics.
func (a *audience) wish(u *user, g chat.GroupID, want chat.Want) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, here := a.at[u]; !here {
		return
	}
	switch {
	case g == a.key.group && want == chat.WantAll:
		delete(a.quiet, u)
	case g == a.key.group:
		if a.quiet == nil {
			a.quiet = map[*user]chat.Want{}
		}
		a.quiet[u] = want
	default:
		if a.topics == nil {
			a.topics = map[chat.GroupID]map[*user]chat.Want{}
		}
		if a.topics[g] == nil {
			a.topics[g] = map[*user]chat.Want{}
		}
		a.topics[g][u] = want
	}
}

// wants is which messages of the group or topic u wants. mu is held.
func (a *audience) wants(u *user, g chat.GroupID) chat.Want {
	if a.topics != nil {
		if own, set := a.topics[g][u]; set {
			return own
		}
	}
	return a.quiet[u]
}

// forgetWishes drops what u wants. mu is held.
func (a *audience) forgetWishes(u *user) {
	delete(a.quiet, u)
	for g, who := range a.topics {
		delete(who, u)
		if len(who) == 0 {
			delete(a.topics, g)
		}
	}
}

// endTopic drops what is remembered of a topic that is gone.
func (a *audience) endTopic(g chat.GroupID) {
	a.apart.forget(g)
	a.mu.Lock()
	delete(a.topics, g)
	a.mu.Unlock()
}

// Wishes implements chat.Deliverer. What a member still has to be sent of a group or topic
// of which they want nothing now is dropped.
func (b *Broker) Wishes(app chat.AppID, g chat.GroupID, list []chat.Wish) {
	for _, w := range list {
		u := b.index.user(userKey{app, w.User})
		switch {
		case u == nil:
		case w.Peer != "":
			u.wishOfPeer(w)
		default:
			u.wishOfGroup(g, w.Want)
		}
	}
}

func (u *user) wishOfGroup(g chat.GroupID, want chat.Want) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.loading != nil {
		u.loading.wants[g] = want
	}
	u.wishes(g, want)
	a := u.groups[g.Home()]
	if want != chat.WantNone || a == nil { // one who is away is asked for their wishes when they return
		return
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	for _, s := range u.all {
		s.mu.Lock()
		s.lag.removeIf(func(c chat.Conversation) bool {
			return c.Group().Home() == g.Home() && a.wants(u, c.Group()) == chat.WantNone
		})
		s.mu.Unlock()
	}
}

// hush is a peer whose messages a user does not want.
type hush struct {
	holder uint32 // of the peer's account; see chat.Account
	want   chat.Want
}

// wishOfPeer notes what u wants of a peer's messages.
func (u *user) wishOfPeer(w chat.Wish) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.loading != nil {
		u.loading.peers = append(u.loading.peers, w)
	}
	if len(u.sessions()) > 0 {
		u.hushPeers(u.hushed.Load(), []chat.Wish{w})
	}
}

// hushPeers makes wishes count, on top of those that were there. The map is never changed,
// only replaced. mu is held.
func (u *user) hushPeers(was *map[chat.UserID]hush, list []chat.Wish) {
	next := map[chat.UserID]hush{}
	if was != nil {
		maps.Copy(next, *was)
	}
	for _, w := range list {
		if w.Want == chat.WantAll {
			delete(next, w.Peer)
		} else {
			next[w.Peer] = hush{w.Holder, w.Want}
		}
	}
	if len(next) == 0 {
		u.hushed.Store(nil)
		return
	}
	u.hushed.Store(&next)
}

// takes reports whether u wants m, which is of a one-to-one conversation: what they have
// said themselves they do. It costs one load where a user hushes nobody.
func (u *user) takes(m *chat.Message) bool {
	list := u.hushed.Load()
	if list == nil || m.From == u.key.user {
		return true
	}
	h, is := (*list)[m.From]
	return !is || h.holder != m.Holder || h.want.Takes(m, u.key.user)
}

// wanting returns what u wants of a conversation now, for what is read of it.
func (u *user) wanting(c chat.Conversation) func(*chat.Message) bool {
	if c.Kind == chat.C2C {
		return u.takes
	}
	want := chat.WantAll
	u.mu.Lock()
	if a := u.groups[c.Group().Home()]; a != nil {
		a.mu.RLock()
		want = a.wants(u, c.Group())
		a.mu.RUnlock()
	}
	u.mu.Unlock()
	return func(m *chat.Message) bool { return want.Takes(m, u.key.user) }
}
