// Package chat is the core of teahouse: its vocabulary (accounts, messages,
// conversations, groups), the rules that govern them, and the ports through
// which it reaches the disk, the devices and the app's own server.
//
// It refuses to know about MQTT, HTTP, JSON envelopes or a storage engine: two
// doors (packages hooks and admin) call the same [Service], engines implement
// [Store], package broker implements [Deliverer], package webhook [Gate].
//
// Start reading at [Service.Send] in send.go: a message is admitted by the
// rules, offered to the app, appended by its conversation's lane and handed to
// the devices, and every line of that path is a call into a file of its own.
// Everything that becomes durable is a [Commit]; the lanes in log.go own the
// order of commits within a conversation.
package chat
