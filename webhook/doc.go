// Package webhook tells an app's own server what happens and asks it before a
// message is sent (spec/30).
//
// It refuses to decide anything itself: whether an app is asked, what follows
// from an answer and what is stored belong to package chat. It never makes its
// callers wait: a question is answered by a callback, an event is read from the
// store's outbox by goroutines of this package.
//
// Start reading at [Gate.Before] for the questions and at [Outbox.Run] for the
// events. A new webhook is a row in body.go.
package webhook
