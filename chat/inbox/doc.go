// Package inbox is the room of what one user has: the list of their
// conversations, what they have set of each (pin, marks, groups, draft, receive option), how
// far they have read it, how many messages are unread, and what a client lacks after it was
// away.
//
// It refuses to know how messages come about, which is room message, and who is
// in a group, which is room group. A read mark lies with its conversation and the
// list with its user; the rows of both are declared in package ledger, because other rooms
// write them too.
//
// Start reading at [Service.Conversations] in list.go; held.go says what a user
// has, setting.go what they have set, unread.go counts, read.go moves the marks, sync.go
// compares.
package inbox
