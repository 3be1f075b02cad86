// Package people is the room of users: accounts, profiles, blocklists, friends,
// follows and presence.
//
// A user's data is in the user's own shard and changes on the user's lane; friendhalf.go
// says how a change of two users' lists is made whole. The
// room refuses to know about groups and messages; the room of messages asks it which users
// have blocked a sender, and who are friends.
//
// Start reading at account.go.
package people
