package message

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// afterKind is the webhook that tells of the message.
func (j *sending) afterKind() chat.EventKind {
	if j.msg.Conv.Kind == chat.InGroup {
		return chat.AfterGroup
	}
	return chat.AfterC2C
}

// afterSend adds the after-send webhook event.
func (j *sending) afterSend() {
	e := j.room.ledger.Event(j.by, j.afterKind(), j.msg.Conv)
	e.Message, e.Group = j.msg, j.group
	e.Unread = j.unread
	if j.msg.Countable() {
		e.Unread++
	}
	ledger.Tell(&j.commit, j.app, e)
}
