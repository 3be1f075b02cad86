package group

// May and its siblings let the matrix of package chattest be held against the
// rules themselves.
var (
	May      = may
	MayTo    = mayTo
	MayQuit  = mayQuit
	MayApply = mayApply
)

// RankApp is the rank of app administrators.
const RankApp = rankApp
