package broker

import "github.com/teahouse-im/teahouse/chat"

// CatchesUp reports whether a session of a user is being served from the logs.
func (b *Broker) CatchesUp(app chat.AppID, id chat.UserID) bool {
	for _, s := range b.index.user(userKey{app, id}).sessions() {
		s.mu.Lock()
		catching := s.catching
		s.mu.Unlock()
		if catching {
			return true
		}
	}
	return false
}

// Look has the keeper look at all sessions now.
func (b *Broker) Look() { b.tick(b.opt.Now()) }

// InMemory is how many sessions of a user are in memory.
func (b *Broker) InMemory(app chat.AppID, id chat.UserID) int {
	u := b.index.user(userKey{app, id})
	if u == nil {
		return 0
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.all)
}

// Busy reports whether a connection of a client would have to wait for what is done
// with its session now.
func (b *Broker) Busy(app chat.AppID, id chat.UserID, client string) bool {
	stripe := b.stripe(userKey{app, id}, client)
	if stripe.TryLock() {
		stripe.Unlock()
		return false
	}
	return true
}
