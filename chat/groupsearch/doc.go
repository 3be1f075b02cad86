// Package groupsearch is the room of finding groups and their members by words.
//
// It keeps no index and stores nothing: one call looks at a bounded part of the caller's
// groups, and the cursor goes on from there. It refuses to decide what somebody may see:
// package group shows it groups and members as the caller sees them.
//
// Start reading at [Service.Groups] in groups.go.
package groupsearch
