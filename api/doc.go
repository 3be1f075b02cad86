// Package api is the command table that both doors serve: what a command is,
// how its request is read and how its answer is written.
//
// One row is one command: its REST service and name, its MQTT method, who may
// call it, and a function that goes from a decoded request over one core call
// to an answer. Package admin finds a row by [Table.REST], package hooks by
// [Table.Method]; both run it with [Command.Run], so a rule cannot differ
// between them. The rows themselves stand in a package for each family of
// commands, one file for each noun: api/account, api/people, api/group,
// api/message, api/inbox and api/push. Package api/commands puts them together.
//
// It refuses to know about HTTP, MQTT and storage, and it decides nothing about
// roles: that is the core's. Bounds are the core's too, where it has them. What
// is decided here is form: spelling (both generations of names), types, the
// sizes of batches that are no matter of the core, which code a malformed member
// earns.
//
// # Which reader
//
// A request is a struct; [Row] reads it in one of two ways.
//
//   - Tags, the rule: each field carries `wire:"NewName,OldName"` and, where it
//     has a code of its own, `code:"90005"`. decode.go explains them. A member
//     that needs more than its Go type says gets a type with
//     ReadWire(value []byte) bool: [Conv], [LooseText], [LooseNumber], a role, an
//     "On" or "Off". Prefer this to reading text and parsing it in the command.
//   - ReadMembers(list []wire.Member) error, when one member decides how others
//     are read. That is so for messages alone: their receiver decides the codes.
//     Such a request finds its receiver with [ConvOf] or wire.LastText and gives
//     the list to package wire/form: DraftOf, AdminDraftOf, ReadOf, RecallOf.
//     Its Knows says which members it reads; all others are named in the log.
//
// help explains a method by its request: the names and types of the fields of it or
// of its shape, with the body that the row's Shows gives. A type
// with ReadWire says by TypeInJSON what it is in JSON, when its Go kind does not.
//
// Payloads that come on a topic of their own (im/send and its like) are no
// commands: hooks reads them with package wire/form.
//
// # Which writer
//
//   - A struct with json tags, the rule. A nil pointer to it is the bare
//     envelope: commands without an answer return *[None]. Yes and no are
//     wire.Bit; lists that may be empty are made, so that they are not null.
//   - AppendMembers(dst []byte) []byte, and a Shape, when the answer holds messages, events or
//     conversations, whose form is written by hand in package wire/form, or when
//     the request chooses the members. Write with the Put functions of package
//     wire: they put the commas.
//   - A table of fields under AppendMembers, when a filter of the request chooses
//     members by name: the profiles of groups and members, in api/group/fields.go.
//
// Answers and requests that do it by hand say what they do by a shape, a struct with the
// same tags ([Shaped]): help and the descriptions of both doors (package api/describe) are
// made of these types, and golden files are held against them.
//
// A page is asked for with [Fitting], which asks for fewer entries when an answer
// is larger than its door takes. An answer may also say its own ActionStatus, see
// envelope.go.
//
// Start reading at [Row] and [Table] in table.go, then decode.go for how
// requests are read and envelope.go for how answers are written.
package api
