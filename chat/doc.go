// Package chat is the core of teahouse: its vocabulary (accounts, messages,
// conversations, groups), the rules that govern them, and the ports through
// which it reaches the disk, the devices and the app's own server.
//
// It refuses to know about MQTT, HTTP, JSON envelopes or a storage engine: two
// doors (packages hooks and admin) call the same rooms below this folder, engines
// implement [Store], package broker implements [Deliverer], package webhook [Gate].
//
// Start reading at [Message] and [Draft] in message.go, then at Send in package
// chat/message: a message is admitted by the rules, offered to the app, appended by its
// conversation's lane and handed to the devices. Everything that becomes durable is a
// [Commit]; the lanes of package chat/ledger own the order of commits within a shard.
package chat
