// Package sessions says what of an MQTT session is kept as rows: the filters it was
// granted, and what its publishes have led to, so that a publish which comes again is
// known (spec/00 §3). Both lie in the shard of the session's user, under the session's
// own id, which no other session ever has.
//
// It refuses to know connections and packets, and decides nothing: package hooks asks
// what a publish has led to, package broker loads and removes the rows.
//
// Start reading at [Rows].
package sessions
