package group

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

// notifyRows: the notification that is not stored (spec/22b §2).
func notifyRows() []*api.Command {
	return []*api.Command{
		api.Row(api.GroupService, "send_group_system_notification", "group.notify", api.Anyone, notify).
			Shows(`{"GroupId":"tea","Content":"closing","ToMembers_Account":["bob"],"RequestId":"7f1c"}`),
	}
}

type notification struct {
	ID      chat.GroupID  `wire:"!GroupId"`
	Topic   chat.GroupID  `wire:"TopicId"`
	Content string        `wire:"!Content"`
	To      []chat.UserID `wire:"ToMembers_Account"`
	Request string        `wire:"RequestId"`
}

// RequestID implements api.Repeatable.
func (r *notification) RequestID() string { return r.Request }

func notify(ctx context.Context, c *api.Call, r *notification) (*api.None, error) {
	id, err := api.InTopic(r.ID, r.Topic)
	if err != nil {
		return nil, err
	}
	return nil, c.Core.Group.Notify(ctx, c.By, id, r.To, r.Content)
}
