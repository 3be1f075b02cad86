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
	e := j.tell(j.afterKind())
	e.Unread = j.unread
	if j.msg.Countable() {
		e.Unread++
	}
}

// tell adds a webhook event about the message.
func (j *sending) tell(kind chat.EventKind) *chat.Event {
	e := j.room.ledger.Event(j.by, kind, j.msg.Conv)
	e.Message, e.Group = j.msg, j.group
	ledger.Tell(&j.commit, j.app, e)
	return e
}
