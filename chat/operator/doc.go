// Package operator is the room of those who look after the server: who they are, how they log
// in, their sessions, the links by which they are invited, and the log of what was done. None
// of it belongs to an app, and all of it lies in the shard of the server.
//
// It refuses to know what operators may do with apps and users: that is the door's table
// (package operator at the top). Secrets are kept as hashes: a password by argon2id, the
// tokens of sessions and links by SHA-256, since they are random.
//
// Start reading at [Service].
package operator
