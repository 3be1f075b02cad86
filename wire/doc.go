// Package wire reads and writes JSON by hand, for the paths on which decoding
// into structs costs too much: every message that comes in or goes out.
//
// Reading: [Split] checks a whole text and lists the members of its object;
// [Items], [Members] and the Read functions then go through values that have
// been checked. All of them share the bytes they are given and copy only what
// has escapes. Writing: each Put function appends one member to an object
// under way, and puts the comma itself.
//
// It refuses to know what the members mean: no code of an error, no name of a
// member stands here. Package form beside it knows messages and events, package
// api knows requests.
//
// Start reading at [Split] in walk.go.
package wire
