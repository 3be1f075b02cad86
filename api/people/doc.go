// Package people has the commands about users and what they are to each other:
// who is online, their profiles, and the blocklist.
//
// What a block forbids is decided in the core. Start reading at [Rows].
package people
