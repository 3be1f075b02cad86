package chat

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
