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
