// Package folder keeps the bytes of files in a folder of this machine: it implements the
// port [media.Store].
//
// A file lies under its key. While it is uploaded it has another name, with an end that no
// key has; what a crash leaves is therefore an upload under way, which goes on or is removed
// by the sweep of the room. A file gets its name when all of it is on the disk, and has it
// durably when Finish returns.
//
// It refuses to know what is in a file, and keys that lead out of the folder.
//
// Start reading at [Store.Append]; what is done to the disk is in disk.go.
package folder
