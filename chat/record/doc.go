// Package record writes and reads the values that are stored: a format byte,
// then protobuf fields. A type has one list of fields, a function over [Fields] and a
// pointer, that serves both directions, so that writing and reading cannot differ.
//
// Fields that this version does not know are passed over and absent ones stay
// as they are, so both directions of an upgrade can read a record. A field number is never
// used again for something else, and the numbers of a list ascend.
//
// kinds.go is the table of all kinds of row. The package refuses to know what the
// fields mean: the lists stand beside the rules of their noun.
//
// Start reading at [Encode] and [Decode] in record.go.
package record
