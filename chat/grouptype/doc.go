// Package grouptype is the room of what differs by the type of a group: who may do what in
// it, how one becomes a member, what its messages may be, and which tips it tells.
//
// It is a table to be held against spec/20 and spec/21 cell by cell (table.go), and what
// decides with it (permission.go). It reads nothing and changes nothing: where somebody
// stands in a group is known to package group, which asks here, as do the rooms above it.
//
// Start reading at [Rules] in rules.go.
package grouptype
