// Package push reaches the services that wake devices: Apple's (APNs), Firebase Cloud
// Messaging, Huawei Push Kit, the push services of browsers (Web Push), and a webhook of the
// operator's own (spec/09 A). Each is one implementation of the port [room.Channel].
//
// It refuses to decide who gets a push, to keep one, or to try again: that is package
// chat/push. It knows no store. What it sends is always valid and within the provider's
// bounds; what a provider answers is read to a bound and becomes a [room.Result].
// Credentials are in no error and no log.
//
// Start reading at [Providers.Channel], then at apns.go, the plainest of the channels. What each answer
// of a provider means is a table at the end of the channel's file.
package push
