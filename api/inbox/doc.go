// Package inbox has the commands about what a user has: the list of
// conversations, what is unread, read marks, and sync.
//
// Start reading at [Rows].
package inbox
