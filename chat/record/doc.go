// Package record writes and reads the values that are stored: a format byte,
// then protobuf fields. A type has one list of fields, a function over [Fields] and a
// pointer, for both directions, so that writing and reading cannot differ.
//
// Unknown fields are skipped and absent ones keep their values, so older and newer
// versions can read each other's records. A field number is never used again for
// something else, and the numbers of a list ascend.
//
// kinds.go is the table of all kinds of row. The package refuses to know what the
// fields mean: the lists stand beside the rules of their noun.
//
// Start reading at [Encode] and [Decode] in record.go.
package record
