// Package message is the room of what is said: sending, the question to the app
// before a message is stored, recall, read receipts, history, typing.
//
// Who may speak in a group is decided by room group, who has blocked a sender is
// known to room people; this room asks them. It refuses to know how far a user has read and
// what their list of conversations shows, which is room inbox, and how a
// message reaches devices.
//
// Start reading at [Service.Send] in send.go: admit checks a draft against form
// and rules, before (before.go) asks the app, append (append.go) hands it to the lane of
// its conversation, which prepares it again if the rules have moved meanwhile.
// What the sender is told is in answer.go.
package message
