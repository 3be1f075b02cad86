// Package push reaches users who have no connection, through the services of those who make
// their devices (spec/09).
//
// A device registers a token (device.go). A follower of the log decides who gets a message
// (follow.go, who.go), and nothing is written on the message path for it. What is to be sent waits
// in rows of the app's shard (queue.go) until a worker has handed it to the device's channel
// (work.go); it is looked at again right before, and what it says is written then (text.go).
//
// It refuses to know any provider: how one is reached is behind [Channel], in the folder
// push. Other rooms are functions in [Options].
//
// Start reading at ports.go, then follow.go.
package push
