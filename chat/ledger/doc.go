// Package ledger owns the order of everything durable: the lanes, the turns
// that run on them, the stored nouns as rows, and what a commit announces.
//
// A shard (a conversation, a user, an app) belongs to one lane, a goroutine. A
// [Step] of work queues there; the lane prepares the steps of a batch, makes their
// commits durable together, answers the callers in order and then tells the devices. A step
// that was decided under rules that have moved meanwhile comes back stale from
// the store and is prepared again.
//
// A [Turn] is what a change sees while it has its lane: rows to read and a
// commit to fill, and nothing that waits, because a turn that waited for another step of its
// own lane would wait for ever. A stored noun is declared once with [Table] or
// [Counter], beside its rules; [Verify] checks what it says of its mirrors and counters.
//
// The package refuses to know any rule: who may do what is decided by the
// rooms above it (group, people, message, inbox).
//
// Start reading at [Ledger.Change] in step.go, then lanes.go.
package ledger
