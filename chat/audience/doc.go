// Package audience is the room of those who watch live rooms: who is there, in the order
// they came, their marks, and how far a room's messages are numbered.
//
// All of it lies in memory (spec/20 §2): after a restart the rooms are empty. It refuses
// to know rules, accounts and commits: the rooms above it decide who comes, goes and may look.
//
// Start reading at [Rooms] in room.go.
package audience
