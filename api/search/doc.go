// Package search has the commands that find messages, users and groups by words: msg.search
// and user.search, and the service "search" of REST, which is ours.
//
// Groups and members that users find have a room of their own; their commands stand in
// api/group. Start reading at [Rows].
package search
