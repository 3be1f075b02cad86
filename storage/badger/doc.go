// Package badger is the default engine of [chat.Store]: one folder, no second
// process, every acknowledged write on disk.
//
// All writes go through one committer goroutine, which merges whatever has
// queued into one Badger transaction, so that many callers share one fsync.
// Badger runs in managed mode: the committer numbers the
// transactions, and readers read at the newest number that is on disk. That
// way a reader neither waits for the fsync under way nor sees what is not yet
// durable.
//
// The package refuses to know rules: who may do what, what counts as a
// duplicate and how long things are kept comes with the [chat.Commit].
//
// Start reading at [Store.Apply] in committer.go, then batch.go, which gives
// the numbers; keys.go is the table of everything on disk.
package badger
