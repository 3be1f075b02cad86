// Package s3 keeps the bytes of files in a bucket of S3, or of what speaks like it: it
// implements the port [media.Store].
//
// An upload through this server goes to the bucket part by part as it comes, and the rest that
// is shorter than a part lies beside it; any server goes on from there, because all that is
// known of an upload is in the bucket. Its objects have the name of the file with an end that
// begins with "!", which sorts before all that keys have, so that a listing gives keys in their
// order.
//
// Downloads are given out by the bucket under an address of short life. It refuses to know what
// is in a file, and to hold one in memory.
//
// Start reading at [Store.Append]; how much there is of an upload is found in state.go.
package s3
