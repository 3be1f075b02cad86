package core

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/push"
)

// newPush builds room push over the other rooms.
func (c *Core) newPush(o push.Options) *push.Service {
	o.Ledger = c.ledger
	o.Members, o.MembersNamed = c.Group.Receivers, c.Group.ReceiversNamed
	o.Flags, o.Group = c.Group.Flags, c.Group.Stored
	o.Option, o.Unread = c.Inbox.Option, c.Inbox.UnreadOfAll
	o.Blocked = c.People.Blocked
	return push.New(o)
}

// newTasks builds pushes to many over room push and messages.
func (c *Core) newTasks(apps *chat.Apps) *push.Tasks {
	tasks := push.NewTasks(push.TasksOptions{
		Ledger: c.ledger, Apps: apps, Send: c.Message.Send,
		Devices: c.Push.Devices, Enqueue: push.Enqueue, Queued: c.Push.Queued,
	})
	c.Push.LoadTasks(tasks.Notice)
	c.Push.OnSettled(tasks.Settled)
	return tasks
}

// endPushes logs that pushes to a device did not end: they end when it is looked at again.
func (c *Core) endPushes(by chat.Actor, err error) {
	if err != nil {
		c.Log().Warn("pushes to a device were not ended", "app", by.App, "user", by.User, "err", err)
	}
}
