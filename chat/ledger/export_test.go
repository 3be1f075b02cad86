package ledger

import "github.com/teahouse-im/teahouse/chat"

// MaxFed is how much a feed holds.
const MaxFed = maxFed

// Note tells a feed of a commit, as a lane does.
func Note(f *Feed, c *chat.Commit) { f.note(c) }
