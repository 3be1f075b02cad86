// Package search keeps the indexes of package chat/search, one for each app, in folders of
// its own: inverted lists by the segment files of bleve (scorch).
//
// A document has lists of terms alone: nothing of a text is stored, nor where in it a
// word stands. An index says what may be meant; who asks reads it and judges.
//
// Files are written once and never changed, and one small file says which of them are the
// index, so that a batch is there as a whole or not at all. Open believes the newest state or
// none, and reads the checksums of its files where it is told to; a file that turns out wrong
// later, or is gone, is noticed by who reads it.
//
// It refuses to know what a message is, and who may find it.
//
// Start reading at [Index.Put]; questions are in find.go, terms in terms.go, files in shelf.go.
package search
