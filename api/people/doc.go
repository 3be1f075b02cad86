// Package people has the commands about users and what they are to each other:
// who is online, and the blocklist.
//
// Whom a block keeps from what is the core's. Start reading at [Rows].
package people
