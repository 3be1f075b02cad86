package chat

import "context"

// May and MayTo let the matrix of package chattest, which imports this one, be
// held against the rules themselves.
var (
	May      = may
	MayTo    = mayTo
	MayQuit  = mayQuit
	MayApply = mayApply
)

// RankApp is the rank of app administrators.
const RankApp = rankApp

// Sender asks whether from may speak in g.
func (s *Service) Sender(ctx context.Context, by Actor, from UserID, g *Group) error {
	return s.sender(ctx, by, from, g)
}

// Watching is how many rooms u watches, and in how many rooms anybody does.
func (s *Service) Watching(app AppID, u UserID) (own, all int) {
	own = len(s.rooms.watched(app, u))
	s.rooms.mu.RLock()
	defer s.rooms.mu.RUnlock()
	return own, len(s.rooms.of)
}
