// Package attribute is the room of what clients keep in a group for one another: its
// attributes, which are texts, and its counters (spec/22b §10 and §11).
//
// It refuses to decide who may read and write them: that is a column of the table of
// group types, and package group answers for it. What is changed here changes no rule of
// a group, and puts rows of its own kinds only.
//
// Start reading at [Service.WriteAttrs] in attr.go; counter.go is built likewise, for many
// writers at once.
package attribute
