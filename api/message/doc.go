// Package message has the commands about messages in both kinds of
// conversation: sending, recall, histories, receipts.
//
// The forms that clients see, and the reading of a message to be sent, lie in
// package wire/form, since they cross both doors outside of commands too; the
// forms that only REST histories have are here. Read marks are in package inbox.
// Start reading at [Rows].
package message
