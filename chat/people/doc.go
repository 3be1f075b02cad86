// Package people is the room of users: accounts, profiles, blocklists and presence.
//
// A user's data is in the user's own shard and changes on the user's lane. The
// room refuses to know about groups and messages; the room of messages asks it which users
// have blocked a sender.
//
// Start reading at account.go.
package people
