// Package group is the room of groups: their members, roles, mutes, bans, join
// requests, the topics of communities, and who comes and goes in live rooms.
//
// What differs by group type, and who may do what, package grouptype says, which reads nothing.
// Each change of a group is a turn (turn.go): it reads rows, asks the rules, puts
// rows, and adds tips, notices and webhook events to the same commit.
//
// The room refuses to know about accounts' rules, friends and messages: it
// reads names and pictures of accounts, and the room of messages asks it who may speak. What
// lies in a group without being a rule of it has rooms of its own above, which come in by
// [Service.Enter], [Service.Change] and [Service.Share]: attributes and counters (package
// attribute), and what is seen of a live room (package live). Package groupsearch finds groups
// and members, shown to it by [Service.Get] and [Service.Views].
//
// Start reading at kick.go, the shortest whole change, then turn.go.
package group
