// Package archive makes the files of an hour's messages that an operator downloads
// (spec/09 §F), and gives them out under signed addresses.
//
// A file is made when it is first asked for, by one goroutine that walks the conversations
// of the app page by page and rests after each: nothing is written for it when messages are.
// A file is there as a whole or not at all; what a kill has left is removed by the next start.
//
// It refuses to know who may ask: administrators alone do, and doors see to that.
//
// Start reading at [Service.Hour]; making a file is in job.go, its form in entry.go.
package archive
