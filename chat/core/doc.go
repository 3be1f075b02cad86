// Package core builds the rooms of the core over one ledger and holds the few
// things that need two of them: deleting an account, going offline. Doors get a [Core]
// and call the room that serves a command.
//
// It refuses to hold rules: they lie in the rooms.
//
// Start reading at [New] in core.go.
package core
