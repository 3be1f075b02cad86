// Package search is the room of finding messages, users and groups by words (spec/00 §5,
// msg.search and user.search).
//
// What matches is said once, by [Words.In]: a keyword is in a text when its words stand in
// it one after the other, the last perhaps begun only. An [Index] narrows down what is
// to be looked at; each find is then read from the log, and judged by what its reader may see
// now and by what it says now. So an index that remembers too much shows nobody anything.
//
// The index of an app is a copy that can be made anew at any time. One goroutine of the app
// follows the log and fills it; [Position] says how far it has come, and is written with what
// it speaks of. While it lacks something that is older than a moment, searches are refused
// with how much is done (60040): an answer that lacks what was not looked at is never given.
//
// It refuses to know how an index is kept, which package search beside the storage does, and to
// decide who may see what: the rooms of messages, people and groups are asked, through the
// functions of [Options].
//
// Start reading at [Service.Messages]; filling begins in worker.go, the words in words.go.
package search
