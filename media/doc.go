// Package media takes and gives out the bytes of files over HTTP, below /media/ of the
// WebSocket listener: uploads that go on where they were interrupted, downloads with ranges,
// and the smaller sizes of pictures, made when they are first asked for.
//
// An address is the right to use it: room media has signed it, and says what it opens. Files
// come from strangers and are shown in browsers, so nothing but pictures, sound and films is
// given out to be shown, and nothing grows with a file's size.
//
// It refuses to know who may have an address, and to decide what a file is or how long it stays.
// The stores of bytes are the folders below: folder, s3. picture makes the smaller sizes.
//
// Start reading at [Handler.ServeHTTP]; uploads are in upload.go, downloads in download.go.
package media
