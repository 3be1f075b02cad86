// Package api is the command table that both doors serve, and the wire form
// of everything that crosses them.
//
// One row is one command: its REST service and name, its MQTT method, who may
// call it, and a function that goes from a decoded request over one core call
// to an answer. Package admin finds a row by [Table.REST], package hooks by
// [Table.Method]; both run it with [Command.Run], so a rule cannot differ
// between them.
//
// It refuses to know about HTTP, MQTT and storage, and it decides nothing about
// roles: that is the core's. What is decided here is form: spelling (both
// generations of names), types, batch sizes, which code a malformed member
// earns.
//
// Start reading at [New] in table.go, where all rows stand in one list; then
// wire.go for how requests are read and envelope.go for how answers are written.
// The hot path (messages in and out over MQTT) is hand-built and lies in draft.go and
// message.go.
package api
