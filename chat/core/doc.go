// Package core builds the rooms of the core over one ledger and holds the few
// things that belong to no room: deleting an account and going offline, which need two of
// them, the rows of apps with their sealed secrets, and verifying all rows of a store.
// Doors get a [Core] and call the room that serves a command.
//
// It refuses to hold rules: they lie in the rooms.
//
// Start reading at [New] in core.go.
package core
