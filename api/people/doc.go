// Package people has the commands about users and what they are to each other:
// who is online, their profiles, blocklists, friends and follows.
//
// What a block forbids is decided in the core. Start reading at [Rows].
package people
