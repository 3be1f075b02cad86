// Package backup is the file into which a server is copied: how it is written, and
// how it is read by somebody who does not trust it.
//
// A file begins with its name and the number of its format, which are followed by
// frames. Each frame has a kind, lengths, its content and a checksum, in which its place
// counts too. The first is the [Header], the last the [Trailer] with counts and a hash of all
// before it. So a file that was cut, changed or put together from others is refused, and the
// frame is named. docs/backup.md describes the bytes.
//
// Reading and writing take bounded memory, whatever the file says of itself.
//
// It refuses to know what an entry means, and any engine: who makes a backup hands in the
// entries of a store and the files beside it, who restores one takes them. Start reading at
// [Make] and [Reader.Each]; frame.go has the bytes.
package backup
