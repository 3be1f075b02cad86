// Package call is about calls: who invites, who has answered, when an invitation is
// over, and what callers need of the servers of media beside this one.
//
// A call is a row in the shard of its conversation. Each signal of it (invite, accept, reject,
// cancel, timeout) is a message of that conversation, and the row changes in the commit of
// the message: what the history shows has happened, and nothing else has. The rules of
// messages bind signals, since they are sent like any other message; rows alone decide
// whether a signal is the caller's to send (call.go). When nobody answers in time, the
// worker sends the signal that says so, once, over restarts too (due.go).
//
// No sound and no picture passes this server. It makes credentials for a TURN server
// (ice.go) and tokens for a LiveKit server (room.go), if the configuration has them.
//
// Start reading at [Service.Invite].
package call
