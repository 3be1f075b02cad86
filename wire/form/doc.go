// Package form is the wire form of what crosses both doors and concerns no
// single command: messages, tips, events, drafts, references to messages, and
// the answers to a publish (spec/00 §3, §4, §6).
//
// It is built by hand on package wire, since all of it lies on the path of each
// message. Append functions append a whole value, Put functions members of an
// object under way. Decode functions take a payload, the functions that end in
// Of its members, for commands that have others beside them.
//
// It refuses to decide who may do what, and checks of a message only what the
// core cannot see any more: that the members have the right types.
//
// Start reading at [AppendMessage] in message.go for what goes out, at
// [DecodeSend] in draft.go for what comes in.
package form
